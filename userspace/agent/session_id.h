/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A session's name in one word, for protocols that have but one for it.
 *
 *	ADDRESS[%INTERFACE][,source-addr=ADDRESS][,vrf=NAME][,multihop]
 *	       [,unaffiliated-echo]
 *
 * It is what tells sessions apart, so it is the same after a restart of
 * whatever it may be, and enough to make the session.
 */
#ifndef BFDAGENT_SESSION_ID_H
#define BFDAGENT_SESSION_ID_H

#include <bfdnl/bfdnl.h>

/* Room for any of them */
#define SESSION_ID_LEN	192

/**
 * session_id_format() - the name of a session
 * @session: the session
 * @text: at least SESSION_ID_LEN bytes; gets printable ASCII
 *
 * Return: @text.
 */
const char *session_id_format(const struct bfdnl_session *session, char *text);

/**
 * session_id_parse() - the session of a name
 * @text: its name
 * @to: gets the identity, the path type always
 *
 * Return: NULL, or what is wrong with it.
 */
const char *session_id_parse(const char *text, struct bfdnl_session *to);

#endif /* BFDAGENT_SESSION_ID_H */
