/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Creating, finding, changing and destroying sessions.
 */
#ifndef _BFD_SESSION_H
#define _BFD_SESSION_H

#include <linux/string.h>

#include "bfd.h"
#include "key.h"

static inline bool bfd_addr_equal(const union bfd_addr *a, const union bfd_addr *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static inline bool bfd_addr_any(const union bfd_addr *a)
{
	return !memchr_inv(a, 0, sizeof(*a));
}

static inline u8 bfd_path_type(const struct bfd_session *s)
{
	return s->key.dport == BFD_PORT_MH ? BFD_PATH_IP_MH : BFD_PATH_IP_SH;
}

/**
 * struct bfd_session_params - everything that can be asked of a session
 * @family: AF_INET or AF_INET6
 * @dport: the kind of session: BFD_PORT_SH, BFD_PORT_MH, or BFD_PORT_ECHO
 * @dest: the peer
 * @source: our address; all zero: routing chooses
 * @ifname: the link, or ""
 * @vrfname: the VRF, or ""; when none was asked for, set to that of the link
 * @local_discr: 0: chosen at random
 * @cfg: of the protocol
 * @tx_ttl: TTL or hop limit of our packets
 * @rx_ttl: the least accepted
 * @dscp: of our packets
 * @auth: how packets shall be authenticated from now on
 * @express: packets pass by IP
 * @owner_exit: enum bfd_owner_exit
 * @owner: whose end makes it happen; NULL when nothing shall
 * @vrf_asked: set by bfd_path_find(), as are the next three: a VRF was asked for
 * @ifindex: of the link, or 0
 * @vrf: ifindex of the VRF, or 0
 * @point_to_point: the link has but one other end
 * @fault: of an error: the attribute (BFD_A_*) that it is about, or 0
 */
struct bfd_session_params {
	u16 family;
	u16 dport;
	union bfd_addr dest;
	union bfd_addr source;
	char ifname[IFNAMSIZ];
	char vrfname[IFNAMSIZ];
	u32 local_discr;
	struct bfd_fsm_config cfg;
	u8 tx_ttl;
	u8 rx_ttl;
	u8 dscp;
	struct bfd_auth_change auth;
	bool express;
	u8 owner_exit;
	struct bfd_owner *owner;
	bool vrf_asked;
	int ifindex;
	u32 vrf;
	bool point_to_point;
	u16 fault;
};

/**
 * struct bfd_selector - names a session by its addresses
 * @family: AF_INET or AF_INET6
 * @path_given: @path_type is to be matched
 * @path_type: BFD_PATH_*
 * @dest: the peer
 * @source: our address; all zero: whatever it is
 * @ifname: the link; "": whatever it is
 * @vrfname: the VRF; "": whatever it is
 */
struct bfd_selector {
	u16 family;
	bool path_given;
	u8 path_type;
	union bfd_addr dest;
	union bfd_addr source;
	char ifname[IFNAMSIZ];
	char vrfname[IFNAMSIZ];
};

/* session.c */

/**
 * bfd_session_create() - a new session, running from now on
 * @bn: the namespace, locked
 * @p: what is asked for; intervals and the like were checked by the policy,
 *	the rest is checked here; of an error, @p->fault tells the attribute
 * @extack: says what is wrong, for every error but -ENOMEM
 *
 * Return: the session or an ERR_PTR: -EEXIST, -EADDRNOTAVAIL, -EADDRINUSE,
 * -ENODEV, -ENOSPC, -EINVAL, -EOPNOTSUPP, -ENOMEM.
 */
struct bfd_session *bfd_session_create(struct bfd_net *bn, struct bfd_session_params *p,
				       struct netlink_ext_ack *extack);

/**
 * bfd_session_params() - what was asked of a session
 * @s: the session; its namespace is locked
 * @p: filled in; to be changed and given to bfd_session_change(). There is
 *	no change of authentication in it.
 */
void bfd_session_params(struct bfd_session *s, struct bfd_session_params *p);

/**
 * bfd_session_change() - change a live session without disturbing it
 * @bn: the namespace, locked
 * @s: the session
 * @p: everything that is asked of it from now on; family, addresses, link and
 *	discriminator must be the old ones
 * @extack: says what is wrong
 *
 * Return: 0, -ENOSPC, -EOPNOTSUPP, -ENODEV, -ENOMEM
 */
int bfd_session_change(struct bfd_net *bn, struct bfd_session *s,
		       const struct bfd_session_params *p, struct netlink_ext_ack *extack);

/**
 * bfd_session_poll() - begin a Poll Sequence
 * @s: the session; its namespace is locked
 * @extack: says what is wrong
 *
 * Return: 0, -ENOTCONN when the session is not Up, -EOPNOTSUPP when it is
 * unaffiliated.
 */
int bfd_session_poll(struct bfd_session *s, struct netlink_ext_ack *extack);

/**
 * bfd_session_destroy() - tell the peer AdminDown once, and end the session
 * @bn: the namespace, locked
 * @s: the session
 *
 * May sleep: the last session of its kind closes the socket.
 */
void bfd_session_destroy(struct bfd_net *bn, struct bfd_session *s);

/**
 * bfd_session_destroy_all() - end all sessions of a namespace
 * @bn: the namespace, locked
 *
 * As bfd_session_destroy(). When the namespace itself is going its peers are
 * told nothing: to them that is a failure.
 */
void bfd_session_destroy_all(struct bfd_net *bn);

/**
 * bfd_detect_schedule() - put the next look at a deadline that packets push ahead
 * @timer: looks
 * @suspect: the session's mark that one look has found the deadline reached
 * @deadline: ns
 * @interval_us: of our transmissions, whose wake-up it may share
 * @now: ns
 */
void bfd_detect_schedule(struct bfd_timer *timer, bool *suspect, u64 deadline, u32 interval_us,
			 u64 now);

/**
 * bfd_detect_look() - has the deadline passed, and is it to be believed
 * @timer: as above, from its function; put anew unless the answer is yes
 * @suspect: as above
 * @deadline: as it is now, ns
 * @detection_time: ns
 * @interval_us: as above
 * @now: ns
 */
bool bfd_detect_look(struct bfd_timer *timer, bool *suspect, u64 deadline, u64 detection_time,
		     u32 interval_us, u64 now);

/**
 * bfd_session_act() - do what a bfd_fsm function asked for
 * @s: the session, locked
 * @act: BFD_ACT_*
 * @old_state: the state before
 * @now: ns
 *
 * Return: for bfd_tx_send(), to be called when the lock is dropped.
 */
struct sk_buff *bfd_session_act(struct bfd_session *s, unsigned int act, u8 old_state, u64 now);

/* tables.c */
int bfd_tables_init(struct bfd_net *bn);
void bfd_tables_exit(struct bfd_net *bn);

/**
 * bfd_tables_add() - make a session known to packets and selectors
 * @bn: the namespace, locked
 * @s: the session; it has its id already
 *
 * Return: 0 or a negative errno
 */
int bfd_tables_add(struct bfd_net *bn, struct bfd_session *s);

/**
 * bfd_tables_del() - undo bfd_tables_add(), and give the id back
 * @bn: the namespace, locked
 * @s: the session
 */
void bfd_tables_del(struct bfd_net *bn, struct bfd_session *s);

/* For a change of the session's key: it is in no table by it in between. */
int bfd_tables_add_peer(struct bfd_net *bn, struct bfd_session *s);
void bfd_tables_del_peer(struct bfd_net *bn, struct bfd_session *s);

/**
 * bfd_session_by_id() - find a session by its id
 * @bn: the namespace, locked or in an RCU read side
 * @id: the id
 *
 * Return: the session or NULL
 */
struct bfd_session *bfd_session_by_id(struct bfd_net *bn, u32 id);

/**
 * bfd_session_by_discr() - find a session by its local discriminator
 * @bn: the namespace, locked or in an RCU read side
 * @discr: the discriminator
 *
 * Return: the session or NULL
 */
struct bfd_session *bfd_session_by_discr(struct bfd_net *bn, u32 discr);

/**
 * bfd_session_by_addr() - find the one session that a selector names
 * @bn: the namespace, locked
 * @sel: addresses
 *
 * Of several it is the one that is single hop and in no VRF where @sel does not
 * say these things: what was made with the words of @sel is found with them.
 *
 * Return: the session, ERR_PTR(-ENOENT), or ERR_PTR(-ENOTUNIQ) when there are
 * several.
 */
struct bfd_session *bfd_session_by_addr(struct bfd_net *bn, const struct bfd_selector *sel);

/**
 * bfd_session_for_packet() - find the session for a packet with Your Discriminator 0
 * @bn: the namespace, in an RCU read side
 * @key: from the packet
 * @local: the address it was sent to
 * @ifindex: the link it came by
 *
 * Return: the session or NULL
 */
struct bfd_session *bfd_session_for_packet(struct bfd_net *bn, const struct bfd_peer_key *key,
					   const union bfd_addr *local, int ifindex);

/**
 * bfd_session_for_echo() - find the session with the neighbor that an echo returns to
 * @bn: the namespace, in an RCU read side
 * @key: the neighbor
 * @ifindex: the link it came by
 *
 * Return: the session or NULL
 */
struct bfd_session *bfd_session_for_echo(struct bfd_net *bn, const struct bfd_peer_key *key,
					 int ifindex);

/**
 * bfd_session_exists() - whether a new session would claim another one's packets
 * @bn: the namespace, locked
 * @p: what is asked for, after bfd_path_find()
 *
 * Return: there is a session that the first packet of the peer could be for
 */
bool bfd_session_exists(struct bfd_net *bn, const struct bfd_session_params *p);

/* path.c */
void bfd_path_init(struct bfd_net *bn);
void bfd_path_exit(struct bfd_net *bn);

/**
 * bfd_path_find() - the place of a new session
 * @bn: the namespace, locked
 * @p: what is asked for; the place is put in
 * @extack: says what is wrong
 *
 * Return: 0, -ENODEV, -EINVAL, -EADDRNOTAVAIL
 */
int bfd_path_find(struct bfd_net *bn, struct bfd_session_params *p,
		  struct netlink_ext_ack *extack);

/**
 * bfd_path_set_key() - put the place into what packets are matched by
 * @s: the session, its key's constant parts set; in no table by the peer
 * @ifindex: of the link, or 0
 * @vrf: ifindex of the VRF, or 0
 * @point_to_point: the link has but one other end (RFC 5881, 6)
 */
void bfd_path_set_key(struct bfd_session *s, int ifindex, u32 vrf, bool point_to_point);

/**
 * bfd_path_socket() - the socket that a session needs
 * @bn: the namespace, locked
 * @s: the session
 * @vrf: ifindex of its VRF, or 0
 * @extack: says what is wrong
 *
 * Return: for bfd_sock_put(); NULL: it needs none; or an ERR_PTR
 */
struct bfd_sock *bfd_path_socket(struct bfd_net *bn, const struct bfd_session *s, u32 vrf,
				 struct netlink_ext_ack *extack);

/**
 * bfd_path_follow() - devices have changed: see what that means to a session
 * @bn: the namespace, locked
 * @s: the session
 *
 * May sleep.
 */
void bfd_path_follow(struct bfd_net *bn, struct bfd_session *s);

#endif /* _BFD_SESSION_H */
