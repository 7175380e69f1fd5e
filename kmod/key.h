/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Keys, and the sessions that use them (RFC 5880, 6.7).
 *
 * Keys are objects of a network namespace, changed with its lock held. One that
 * is used is neither changed nor deleted. A session uses a key only under its
 * own lock, so a key without users can be freed at once; a session that
 * switches from one to another because of a packet gives up the old one
 * without the lock of the namespace, hence the atomic count.
 */
#ifndef _BFD_KEY_H
#define _BFD_KEY_H

#include <linux/atomic.h>

#include "auth.h"
#include "bfd.h"

/**
 * struct bfd_key - a key
 * @auth: type and secret, constant
 * @number: what users know it by, constant
 * @users: how many times sessions use it, or wait to; grows only while the
 *	namespace is locked
 */
struct bfd_key {
	struct bfd_auth_key auth;
	u32 number;
	atomic_t users;
};

/**
 * struct bfd_auth_change - what is asked of a session's authentication
 * @given: anything at all
 * @delayed: when the peer does the same
 * @key_id: Auth Key ID
 * @key: NULL: no authentication
 */
struct bfd_auth_change {
	bool given;
	bool delayed;
	u8 key_id;
	struct bfd_key *key;
};

/* ---- keys: key.c ---- */

/* Keys that a namespace may have. */
u32 bfd_max_keys(const struct net *net);

/**
 * bfd_key_new() - make a key, not yet known to anybody
 * @number: what users know it by
 * @type: enum bfd_auth_type, not BFD_AUTH_NONE
 * @secret: the secret
 * @len: its length, right for @type
 * @extack: says what is wrong
 *
 * May load the module of a digest.
 * Return: the key or an ERR_PTR: -EOPNOTSUPP when this kernel does not have the
 * digest, -ENOMEM.
 */
struct bfd_key *bfd_key_new(u32 number, u8 type, const void *secret, unsigned int len,
			    struct netlink_ext_ack *extack);

/**
 * bfd_key_free() - wipe and free a key without users
 * @key: the key, or NULL
 */
void bfd_key_free(struct bfd_key *key);

/**
 * bfd_key_set() - make a key known, in place of one of the same number
 * @bn: the namespace, locked
 * @key: from bfd_key_new(); belongs to the namespace if this succeeds
 * @extack: says what is wrong
 *
 * Return: 0, -EBUSY, -ENOSPC, -ENOMEM
 */
int bfd_key_set(struct bfd_net *bn, struct bfd_key *key, struct netlink_ext_ack *extack);

/**
 * bfd_key_find() - find a key
 * @bn: the namespace, locked
 * @number: its number
 *
 * Return: the key or NULL
 */
struct bfd_key *bfd_key_find(struct bfd_net *bn, u32 number);

/**
 * bfd_key_delete() - delete a key that is not in use
 * @bn: the namespace, locked
 * @key: the key
 *
 * Return: 0, -EBUSY
 */
int bfd_key_delete(struct bfd_net *bn, struct bfd_key *key);

/**
 * bfd_keys_delete_all() - delete all keys of a namespace that has no session
 * @bn: the namespace, locked
 */
void bfd_keys_delete_all(struct bfd_net *bn);

/* ---- sessions: session_auth.c ---- */

/**
 * bfd_session_auth_alloc() - memory that a change may need
 * @c: the change
 *
 * Return: for bfd_session_auth_change(), to be given to kfree() after that;
 * NULL: none is needed; or ERR_PTR(-ENOMEM).
 */
struct bfd_auth *bfd_session_auth_alloc(const struct bfd_auth_change *c);

/**
 * bfd_session_auth_change() - change the authentication of a session
 * @s: the session, locked, or not yet known to anybody
 * @c: the change
 * @spare: from bfd_session_auth_alloc(); NULL afterwards when it was taken
 * @now: ns
 *
 * Return: BFD_ACT_*
 */
unsigned int bfd_session_auth_change(struct bfd_session *s, const struct bfd_auth_change *c,
				     struct bfd_auth **spare, u64 now);

/**
 * bfd_session_authenticate() - authenticate a packet
 * @s: the session, locked; it has a struct bfd_auth
 * @p: the packet, parsed
 * @data: the packet
 * @now: when it arrived, ns
 * @act: BFD_ACT_* is added when the packet made the session switch
 *
 * Return: BFD_DROP_NONE, or why to discard the packet.
 */
enum bfd_drop bfd_session_authenticate(struct bfd_session *s, const struct bfd_packet *p,
				       const void *data, u64 now, unsigned int *act);

/**
 * bfd_session_auth_remind() - a packet was refused after our method was changed
 * @s: the session, locked
 * @now: ns
 *
 * Return: what bfd_tx_send() is to send when the lock is dropped, or NULL
 */
struct sk_buff *bfd_session_auth_remind(struct bfd_session *s, u64 now);

/**
 * bfd_session_auth_heard() - a packet was accepted
 * @s: the session, locked; it has a struct bfd_auth
 * @now: when it arrived, ns
 */
void bfd_session_auth_heard(struct bfd_session *s, u64 now);

/**
 * bfd_session_auth_end() - a session gives up its keys
 * @s: the session, dead or not yet known to anybody
 */
void bfd_session_auth_end(struct bfd_session *s);

static inline struct bfd_key *bfd_key_of(const struct bfd_auth_method *m)
{
	return m->key ? container_of(m->key, struct bfd_key, auth) : NULL;
}

#endif /* _BFD_KEY_H */
