// SPDX-License-Identifier: GPL-2.0
/*
 * The tables that sessions are found in: by id, by local discriminator, by what
 * the first packet of a peer tells, and by the peer's address.
 */
#include <linux/hash.h>
#include <linux/jhash.h>
#include <linux/rhashtable.h>
#include <linux/string.h>

#include "session.h"

/*
 * Every packet looks its session up by discriminator: this is to be inlined. No
 * stranger chooses what is in the table, so the hash need not be one that resists him.
 */
static inline u32 discr_hash(const void *discr, u32 len, u32 seed)
{
	return ((*(const u32 *)discr ^ seed) * GOLDEN_RATIO_64) >> 32;
}

static inline int discr_differs(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct bfd_session *s = obj;

	return s->fsm.local_discr != *(const u32 *)arg->key;
}

static const struct rhashtable_params discr_params = {
	.key_len = sizeof(u32),
	.key_offset = offsetof(struct bfd_session, fsm.local_discr),
	.head_offset = offsetof(struct bfd_session, discr_node),
	.hashfn = discr_hash,
	.obj_cmpfn = discr_differs,
	.automatic_shrinking = true,
};

/*
 * Packets of strangers are looked up: half the words that jhash2() would take.
 * Nets, VRFs and links are often numbered alike, so a plain sum might not differ.
 */
static inline u32 peer_hash(const void *data, u32 len, u32 seed)
{
	const struct bfd_peer_key *key = data;
	const u32 *a = (const u32 *)&key->peer;

	return jhash_3words(a[0] + a[1] * GOLDEN_RATIO_32, a[2] + key->vrf * GOLDEN_RATIO_32,
			    a[3] + key->scope * GOLDEN_RATIO_32, seed + key->dport);
}

static inline int peer_differs(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct bfd_session *s = obj;

	return memcmp(&s->match, arg->key, sizeof(s->match));
}

static const struct rhashtable_params peer_params = {
	.key_len = sizeof(struct bfd_peer_key),
	.key_offset = offsetof(struct bfd_session, match),
	.head_offset = offsetof(struct bfd_session, peer_node),
	.hashfn = peer_hash,
	.obj_cmpfn = peer_differs,
	.automatic_shrinking = true,
};

static const struct rhashtable_params dest_params = {
	.key_len = offsetofend(struct bfd_peer_key, family),
	.key_offset = offsetof(struct bfd_session, key),
	.head_offset = offsetof(struct bfd_session, dest_node),
	.automatic_shrinking = true,
};

int bfd_tables_init(struct bfd_net *bn)
{
	int ret;

	/* a packet can name a session only when its key has no holes to differ in */
	BUILD_BUG_ON(sizeof(struct bfd_peer_key) != 12 + sizeof(struct in6_addr));
	BUILD_BUG_ON(offsetofend(struct bfd_peer_key, family) != 2 + sizeof(struct in6_addr));

	xa_init_flags(&bn->sessions, XA_FLAGS_ALLOC1);
	ret = rhashtable_init(&bn->by_discr, &discr_params);
	if (ret)
		return ret;
	ret = rhltable_init(&bn->by_peer, &peer_params);
	if (ret)
		goto discr;
	ret = rhltable_init(&bn->by_dest, &dest_params);
	if (ret)
		goto peer;
	return 0;

peer:
	rhltable_destroy(&bn->by_peer);
discr:
	rhashtable_destroy(&bn->by_discr);
	return ret;
}

void bfd_tables_exit(struct bfd_net *bn)
{
	rhltable_destroy(&bn->by_dest);
	rhltable_destroy(&bn->by_peer);
	rhashtable_destroy(&bn->by_discr);
	xa_destroy(&bn->sessions);
}

/* See struct bfd_peer_key; the peer itself has an address */
static bool takes_any_sender(const struct bfd_session *s)
{
	return bfd_addr_any(&s->match.peer);
}

int bfd_tables_add_peer(struct bfd_net *bn, struct bfd_session *s)
{
	int ret;

	ret = rhltable_insert(&bn->by_peer, &s->peer_node, peer_params);
	if (!ret && takes_any_sender(s))
		WRITE_ONCE(bn->any_sender, bn->any_sender + 1);
	return ret;
}

void bfd_tables_del_peer(struct bfd_net *bn, struct bfd_session *s)
{
	if (takes_any_sender(s))
		WRITE_ONCE(bn->any_sender, bn->any_sender - 1);
	rhltable_remove(&bn->by_peer, &s->peer_node, peer_params);
}

int bfd_tables_add(struct bfd_net *bn, struct bfd_session *s)
{
	int ret;

	ret = rhashtable_insert_fast(&bn->by_discr, &s->discr_node, discr_params);
	if (ret)
		return ret;
	ret = rhltable_insert(&bn->by_dest, &s->dest_node, dest_params);
	if (ret)
		goto discr;
	ret = bfd_tables_add_peer(bn, s);
	if (ret)
		goto dest;
	return 0;

dest:
	rhltable_remove(&bn->by_dest, &s->dest_node, dest_params);
discr:
	rhashtable_remove_fast(&bn->by_discr, &s->discr_node, discr_params);
	return ret;
}

void bfd_tables_del(struct bfd_net *bn, struct bfd_session *s)
{
	xa_erase(&bn->sessions, s->id);
	rhashtable_remove_fast(&bn->by_discr, &s->discr_node, discr_params);
	rhltable_remove(&bn->by_dest, &s->dest_node, dest_params);
	if (!s->away)
		bfd_tables_del_peer(bn, s);
}

struct bfd_session *bfd_session_by_id(struct bfd_net *bn, u32 id)
{
	return xa_load(&bn->sessions, id);
}

struct bfd_session *bfd_session_by_discr(struct bfd_net *bn, u32 discr)
{
	return rhashtable_lookup(&bn->by_discr, &discr, discr_params);
}

/* On a point-to-point link, see struct bfd_peer_key */
static struct bfd_peer_key any_sender(const struct bfd_peer_key *key, int ifindex)
{
	return (struct bfd_peer_key) {
		.family = key->family,
		.dport = key->dport,
		.vrf = key->vrf,
		.scope = ifindex,
	};
}

/* What was asked for exactly goes before what takes any. */
static int fitness(const struct bfd_session *s, const union bfd_addr *peer)
{
	return 4 * bfd_addr_equal(&s->key.peer, peer) + 2 * !s->source_auto + !!s->ifname[0];
}

static struct bfd_session *fittest(struct bfd_net *bn, const struct bfd_peer_key *key,
				   const union bfd_addr *peer, const union bfd_addr *local,
				   int ifindex)
{
	struct bfd_session *s, *best = NULL;
	struct rhlist_head *list, *pos;

	list = rhltable_lookup(&bn->by_peer, key, peer_params);
	rhl_for_each_entry_rcu(s, pos, list, peer_node) {
		if (s->ifname[0] && READ_ONCE(s->ifindex) != ifindex)
			continue;
		if (!s->source_auto && !bfd_addr_equal(&s->source, local))
			continue;
		if (!best || fitness(s, peer) > fitness(best, peer))
			best = s;
	}
	return best;
}

struct bfd_session *bfd_session_for_packet(struct bfd_net *bn, const struct bfd_peer_key *key,
					   const union bfd_addr *local, int ifindex)
{
	struct bfd_session *s = fittest(bn, key, &key->peer, local, ifindex);
	struct bfd_peer_key any;

	if (s || !READ_ONCE(bn->any_sender))
		return s;
	any = any_sender(key, ifindex);
	return fittest(bn, &any, &key->peer, local, ifindex);
}

static struct bfd_session *with_echo(struct bfd_net *bn, const struct bfd_peer_key *key,
				     const union bfd_addr *peer, int ifindex)
{
	struct rhlist_head *list, *pos;
	struct bfd_session *s;

	list = rhltable_lookup(&bn->by_peer, key, peer_params);
	rhl_for_each_entry_rcu(s, pos, list, peer_node)
		if (READ_ONCE(s->echo) && READ_ONCE(s->ifindex) == ifindex &&
		    bfd_addr_equal(&s->key.peer, peer))
			return s;
	return NULL;
}

struct bfd_session *bfd_session_for_echo(struct bfd_net *bn, const struct bfd_peer_key *key,
					 int ifindex)
{
	const struct bfd_peer_key any = any_sender(key, ifindex);

	return with_echo(bn, key, &key->peer, ifindex) ?:
	       with_echo(bn, &any, &key->peer, ifindex);
}

static struct rhlist_head *sessions_with(struct bfd_net *bn, u16 family,
					 const union bfd_addr *dest)
{
	const struct bfd_peer_key key = { .peer = *dest, .family = family };

	return rhltable_lookup(&bn->by_dest, &key, dest_params);
}

static bool selects(const struct bfd_selector *sel, const struct bfd_session *s)
{
	if (sel->path_given && sel->path_type != bfd_path_type(s))
		return false;
	if (!bfd_addr_any(&sel->source) && !bfd_addr_equal(&sel->source, &s->source))
		return false;
	if (sel->ifname[0] && strcmp(sel->ifname, s->ifname))
		return false;
	return !sel->vrfname[0] || !strcmp(sel->vrfname, s->vrfname);
}

/* What it is that the selector does not say, it is in the plainest way. */
static bool is_plain(const struct bfd_selector *sel, const struct bfd_session *s)
{
	return (sel->path_given || bfd_path_type(s) == BFD_PATH_IP_SH) &&
	       (sel->vrfname[0] || !s->vrfname[0]);
}

struct bfd_session *bfd_session_by_addr(struct bfd_net *bn, const struct bfd_selector *sel)
{
	struct bfd_session *s, *found = NULL, *plain = NULL;
	unsigned int count = 0, plain_count = 0;
	struct rhlist_head *list, *pos;

	rcu_read_lock();
	list = sessions_with(bn, sel->family, &sel->dest);
	rhl_for_each_entry_rcu(s, pos, list, dest_node) {
		if (!selects(sel, s))
			continue;
		found = s;
		count++;
		if (!is_plain(sel, s))
			continue;
		plain = s;
		plain_count++;
	}
	rcu_read_unlock();
	if (!count)
		return ERR_PTR(-ENOENT);
	if (count == 1)
		return found;
	return plain_count == 1 ? plain : ERR_PTR(-ENOTUNIQ);
}

bool bfd_session_exists(struct bfd_net *bn, const struct bfd_session_params *p)
{
	struct rhlist_head *list, *pos;
	bool exists = false;
	struct bfd_session *s;

	rcu_read_lock();
	list = sessions_with(bn, p->family, &p->dest);
	rhl_for_each_entry_rcu(s, pos, list, dest_node) {
		if (s->key.dport != p->dport || strcmp(s->vrfname, p->vrfname))
			continue;
		if (p->ifname[0] && s->ifname[0] && strcmp(p->ifname, s->ifname))
			continue;
		if (!bfd_addr_any(&p->source) && !s->source_auto &&
		    !bfd_addr_equal(&p->source, &s->source))
			continue;
		exists = true;
		break;
	}
	rcu_read_unlock();
	return exists;
}
