/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What tells one session from another.
 */
#ifndef BFDCONF_IDENTITY_H
#define BFDCONF_IDENTITY_H

#include <bfdnl/bfdnl.h>

/* Room for identity_format() */
#define IDENTITY_LEN	192

/**
 * identity_clashes() - would the kernel refuse one beside the other?
 * @a: one session
 * @b: the other
 *
 * As the kernel has it: the peer's first packet must belong to one session.
 *
 * Return: true if both cannot be.
 */
bool identity_clashes(const struct bfdnl_session *a,
		      const struct bfdnl_session *b);

/**
 * identity_is() - is this session of the kernel what is described?
 * @session: a session that the kernel reported
 * @described: its description; without a source address any will do, because
 *	the kernel reports the one it found
 *
 * Return: true if it is.
 */
bool identity_is(const struct bfdnl_session *session,
		 const struct bfdnl_session *described);

/**
 * identity_compare_dest() - an order in which the same peers stand together
 * @a: one session, with a destination
 * @b: the other
 *
 * Return: negative, 0, positive.
 */
int identity_compare_dest(const struct bfdnl_session *a,
			  const struct bfdnl_session *b);

/**
 * identity_copy() - a session object with nothing but the identity
 * @session: where it is taken from
 *
 * Return: the object, to be freed with bfdnl_session_free(), or NULL.
 */
struct bfdnl_session *identity_copy(const struct bfdnl_session *session);

/**
 * identity_format() - as words of the bfdnl command
 * @session: the session
 * @text: at least IDENTITY_LEN bytes
 *
 * Return: @text: "dest-addr 192.0.2.2 interface eth0".
 */
const char *identity_format(const struct bfdnl_session *session, char *text);

/**
 * number_copy() - copy a number if it is there
 * @to: where it goes
 * @from: where it is
 * @field: which one
 */
void number_copy(struct bfdnl_session *to, const struct bfdnl_session *from,
		 enum bfdnl_field field);

#endif /* BFDCONF_IDENTITY_H */
