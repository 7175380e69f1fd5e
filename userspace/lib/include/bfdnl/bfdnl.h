/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * libbfdnl: talk to the kernel's BFD sessions (generic netlink family "bfd").
 *
 * All calls are synchronous and return 0 or a negative errno; bfdnl_error()
 * then says why in words. A handle and what belongs to it may be used by one
 * thread at a time; different handles are independent.
 */
#ifndef BFDNL_BFDNL_H
#define BFDNL_BFDNL_H

#include <linux/bfd.h>
#include <bfdnl/addr.h>
#include <bfdnl/session.h>
#include <bfdnl/key.h>
#include <bfdnl/echo_source.h>
#include <bfdnl/stats.h>
#include <bfdnl/event.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * bfdnl_new() - a handle, not yet connected
 *
 * Return: the handle, to be freed with bfdnl_free(); NULL if there is no
 * memory.
 */
struct bfdnl *bfdnl_new(void);

/**
 * bfdnl_free() - close and free a handle
 * @h: the handle or NULL. Sessions in the kernel live on.
 */
void bfdnl_free(struct bfdnl *h);

/**
 * bfdnl_connect() - open the netlink socket
 * @h: the handle; if it was connected, it is connected anew
 * @netns: a network namespace: a name as "ip netns" shows it, or a path if it
 *	has a slash; NULL for the caller's own
 *
 * The calling thread is moved to @netns and back, which needs CAP_SYS_ADMIN.
 *
 * Return: 0; -EPROTONOSUPPORT if the bfd module is not loaded; -ENOENT if
 * there is no such network namespace; another negative errno.
 */
int bfdnl_connect(struct bfdnl *h, const char *netns);

/**
 * bfdnl_error() - what went wrong in the last call that failed
 * @h: the handle
 *
 * Return: one line for a human, without a newline: the kernel's words with the
 * offending attribute, if it gave any, or else the text of the errno. Valid
 * until the next call with @h; empty if nothing failed yet.
 */
const char *bfdnl_error(const struct bfdnl *h);

/**
 * bfdnl_error_message() - the kernel's own words on the last failure
 * @h: the handle
 *
 * Return: the extended ack message; NULL if there was none.
 */
const char *bfdnl_error_message(const struct bfdnl *h);

/**
 * bfdnl_error_attribute() - which argument the kernel objected to
 * @h: the handle
 *
 * Return: the name of a field such as "local-multiplier"; NULL if the kernel
 * named none.
 */
const char *bfdnl_error_attribute(const struct bfdnl *h);

/**
 * bfdnl_add() - create a session
 * @h: a connected handle
 * @session: BFDNL_DEST_ADDR and whatever else may be configured; what only the
 *	kernel can know is passed over, so a session that was dumped will do
 *	(with BFDNL_OWNER_EXIT other than BFD_OWNER_EXIT_KEEP, it is @h whose
 *	end ends the session)
 * @created: if not NULL, gets the session as the kernel made it, to be freed
 *	with bfdnl_session_free()
 *
 * Needs CAP_NET_ADMIN in the network namespace.
 *
 * Return: 0; -EEXIST for a second session between the same addresses;
 * -EADDRINUSE if another program holds the UDP port; -EADDRNOTAVAIL for a
 * source address that is not local; -ENOSPC at a limit; -EINVAL, -ERANGE or
 * -EOPNOTSUPP with the attribute; -EPERM; another negative errno.
 */
int bfdnl_add(struct bfdnl *h, const struct bfdnl_session *session,
	      struct bfdnl_session **created);

/**
 * bfdnl_set() - change a session
 * @h: a connected handle
 * @selector: which one: BFDNL_ID, or else BFDNL_LOCAL_DISCRIMINATOR, or else
 *	BFDNL_DEST_ADDR with what else tells it from others (source address,
 *	interface, VRF, path type)
 * @changes: the fields to change; -EINVAL for any that cannot be changed
 *
 * Needs CAP_NET_ADMIN in the network namespace.
 *
 * Return: 0; -ENOENT if there is no such session; otherwise as bfdnl_add().
 */
int bfdnl_set(struct bfdnl *h, const struct bfdnl_session *selector,
	      const struct bfdnl_session *changes);

/**
 * bfdnl_del() - delete a session
 * @h: a connected handle
 * @selector: as for bfdnl_set()
 *
 * Needs CAP_NET_ADMIN in the network namespace.
 *
 * Return: 0; -ENOENT if there is no such session; another negative errno.
 */
int bfdnl_del(struct bfdnl *h, const struct bfdnl_session *selector);

/**
 * bfdnl_flush() - delete all sessions of the network namespace
 * @h: a connected handle
 *
 * Needs CAP_NET_ADMIN in the network namespace.
 *
 * Return: 0 or a negative errno.
 */
int bfdnl_flush(struct bfdnl *h);

/**
 * bfdnl_get() - read one session
 * @h: a connected handle
 * @selector: as for bfdnl_set()
 * @session: gets the session, to be freed with bfdnl_session_free()
 *
 * Return: 0; -ENOENT if there is no such session; another negative errno.
 */
int bfdnl_get(struct bfdnl *h, const struct bfdnl_session *selector,
	      struct bfdnl_session **session);

/**
 * typedef bfdnl_session_fn - receives sessions
 * @session: one session; valid until the function returns
 * @data: as given to bfdnl_dump()
 *
 * Return: 0 to go on; any other value ends bfdnl_dump(), which returns it.
 */
typedef int (*bfdnl_session_fn)(const struct bfdnl_session *session,
				void *data);

/**
 * bfdnl_dump() - read all sessions of the network namespace
 * @h: a connected handle
 * @fn: is called for each, in the order of their ids, after all were read
 * @data: handed to @fn
 *
 * A dump during which sessions came or went is repeated, a few times.
 *
 * Return: 0; -EAGAIN if sessions came and went during each attempt: @fn was
 * given the last one; another negative errno; or what @fn returned.
 */
int bfdnl_dump(struct bfdnl *h, bfdnl_session_fn fn, void *data);

/**
 * bfdnl_poll() - start a Poll Sequence now
 * @h: a connected handle
 * @selector: as for bfdnl_set()
 *
 * In Demand mode, a Poll Sequence verifies the path. It ends when the peer has
 * answered; without an answer the session goes down.
 * Needs CAP_NET_ADMIN in the network namespace.
 *
 * Return: 0 once it was started; -ENOENT if there is no such session; another
 * negative errno.
 */
int bfdnl_poll(struct bfdnl *h, const struct bfdnl_session *selector);

/**
 * bfdnl_set_key() - make a key, or replace one that no session uses
 * @h: a connected handle
 * @key: its number, type and secret; what was sent of it is wiped
 *
 * Needs CAP_NET_ADMIN in the network namespace.
 *
 * Return: 0; -EBUSY if a session uses the key; -EINVAL or -ERANGE with the
 * attribute; -EOPNOTSUPP for a digest that the kernel does not have; -ENOSPC
 * at a limit; -EPERM; another negative errno.
 */
int bfdnl_set_key(struct bfdnl *h, const struct bfdnl_key *key);

/**
 * bfdnl_del_key() - delete a key that no session uses
 * @h: a connected handle
 * @number: which one
 *
 * Needs CAP_NET_ADMIN in the network namespace.
 *
 * Return: 0; -ENOENT if there is no such key; -EBUSY if a session uses it;
 * another negative errno.
 */
int bfdnl_del_key(struct bfdnl *h, __u32 number);

/**
 * bfdnl_get_key() - read one key, but for its secret
 * @h: a connected handle
 * @number: which one
 * @key: gets it, to be freed with bfdnl_key_free()
 *
 * Return: 0; -ENOENT if there is no such key; another negative errno.
 */
int bfdnl_get_key(struct bfdnl *h, __u32 number, struct bfdnl_key **key);

/**
 * typedef bfdnl_key_fn - receives keys
 * @key: one key, without its secret; valid until the function returns
 * @data: as given to bfdnl_dump_keys()
 *
 * Return: 0 to go on; any other value ends bfdnl_dump_keys(), which returns it.
 */
typedef int (*bfdnl_key_fn)(const struct bfdnl_key *key, void *data);

/**
 * bfdnl_dump_keys() - read all keys of the network namespace
 * @h: a connected handle
 * @fn: is called for each, in the order of their numbers, after all were read
 * @data: handed to @fn
 *
 * Return: as bfdnl_dump().
 */
int bfdnl_dump_keys(struct bfdnl *h, bfdnl_key_fn fn, void *data);

/**
 * bfdnl_set_echo_source() - choose whose addresses echo packets are sent from
 * @h: a connected handle
 * @interface: an interface with subnets of its own; NULL for none
 *
 * Needs CAP_NET_ADMIN in the network namespace.
 *
 * Return: 0; -ENODEV if there is no such interface; another negative errno.
 */
int bfdnl_set_echo_source(struct bfdnl *h, const char *interface);

/**
 * bfdnl_get_echo_source() - what echo packets are sent from
 * @h: a connected handle
 * @source: gets it, to be freed with bfdnl_echo_source_free()
 *
 * Return: 0 or a negative errno.
 */
int bfdnl_get_echo_source(struct bfdnl *h, struct bfdnl_echo_source **source);

/**
 * bfdnl_stats_get() - read the statistics
 * @h: a connected handle
 * @stats: gets them, to be freed with bfdnl_stats_free()
 *
 * Return: 0 or a negative errno.
 */
int bfdnl_stats_get(struct bfdnl *h, struct bfdnl_stats **stats);

/**
 * bfdnl_stats_clear() - set counters, histograms and maxima to zero
 * @h: a connected handle
 *
 * Needs CAP_NET_ADMIN in the network namespace.
 *
 * Return: 0 or a negative errno.
 */
int bfdnl_stats_clear(struct bfdnl *h);

#ifdef __cplusplus
}
#endif

#endif /* BFDNL_BFDNL_H */
