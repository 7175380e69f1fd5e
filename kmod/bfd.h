/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the module share.
 *
 * Locks, outermost first:
 *
 *	RTNL > bfd_net.lock > bfd_session.lock > wheel lock
 *				               > bfd_net.event_lock
 *	                    > bfd_net.event_send_lock > bfd_net.event_lock, wheel lock
 *
 * bfd_net.lock is a mutex: every change of configuration holds it, and so do
 * the netdevice notifiers, which come with RTNL held; therefore nothing takes
 * RTNL inside it. bfd_session.lock is a spinlock taken with BHs disabled: by
 * the receive path, by the session's timers and by configuration. It guards
 * everything in the session that is not constant. Packets are built under it
 * and sent after it is dropped, because a transmission may run into anybody's
 * netfilter rules and drivers. They leave in the order in which they were built:
 * who builds one while nobody sends takes the turn (bfd_session.tx_turn) and has
 * to call bfd_tx_send(); what is built meanwhile, on other CPUs or further down
 * the same stack, is left to whoever has the turn. Nobody waits for it.
 *
 * Lifetime: a session is found under RCU, through the discriminator table, the
 * peer table or a timer, and is not used once its dead flag is seen under its
 * lock. Destroying it takes it out of the tables, sets dead under its lock,
 * cancels its timers and frees it by call_rcu(); whoever found it earlier
 * runs in an RCU read side until it is done. Nothing waits, so it can be done
 * for thousands at a time. A session holds no reference on its network
 * namespace: bfd_net_pre_exit() destroys it while the namespace is whole, and
 * the namespace waits for a grace period before it is taken apart. It holds
 * its cached route; link.c drops that when the device goes down.
 *
 * Module exit destroys everything in every namespace and ends in rcu_barrier().
 */
#ifndef _BFD_H
#define _BFD_H

#include <linux/idr.h>
#include <linux/if.h>
#include <linux/in6.h>
#include <linux/interrupt.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/ratelimit_types.h>
#include <linux/rhashtable-types.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/user_namespace.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>

#include <linux/bfd.h>

#include "fsm.h"
#include "wheel.h"

#define BFD_PORT_SH		3784	/* RFC 5881, 4 */
#define BFD_PORT_ECHO		3785	/* RFC 5881, 4 */
#define BFD_PORT_MH		4784	/* RFC 5883, 5 */

#define BFD_SOURCE_PORT_MIN	49152	/* RFC 5881, 4 */
#define BFD_SOURCE_PORT_MAX	65535

#define BFD_TTL			255
#define BFD_RX_TTL_MH		1	/* by default: many send 64, from any distance */
#define BFD_DSCP		48	/* CS6 */

#define BFD_MIN_INTERVAL_US	1000

#define BFD_TX_LATE_NS		1000000	/* a transmission this late is worth a word */

#define BFD_LAST_RECEIVE_TIMES	5	/* reported when a session leaves Up */

/* IPv6 and UDP headers before the longest packet: 28 bytes of SHA1 section */
#define BFD_TEMPLATE_LEN	(40 + 8 + BFD_PACKET_LEN + 28)

struct bfd_auth;
struct bfd_echo;
struct bfd_ingress;
struct dst_entry;
struct net_device;
struct sock;

/**
 * union bfd_addr - an IPv4 or IPv6 address; which, the context tells
 * @ip: IPv4
 * @ip6: IPv6; the bytes behind an IPv4 address are zero
 */
union bfd_addr {
	__be32 ip;
	struct in6_addr ip6;
};

/**
 * struct bfd_sock - a kernel UDP socket that sessions receive through
 * @list: in bfd_net.socks
 * @sock: the socket
 * @bn: the namespace it belongs to
 * @family: AF_INET or AF_INET6
 * @port: host order
 * @vrf: ifindex of the VRF it is bound to, or 0
 * @users: sessions that need it; guarded by bfd_net.lock
 */
struct bfd_sock {
	struct list_head list;
	struct socket *sock;
	struct bfd_net *bn;
	u16 family;
	u16 port;
	u32 vrf;
	unsigned int users;
};

/**
 * struct bfd_owner - a netlink socket whose end sessions do not survive as they are
 * @list: in bfd_net.owners
 * @sk: the socket; a reference is held
 * @portid: its number
 * @users: sessions it owns, and who is about to add one; guarded by bfd_net.lock
 */
struct bfd_owner {
	struct list_head list;
	struct sock *sk;
	u32 portid;
	unsigned int users;
};

/**
 * struct bfd_net - a network namespace
 * @net: the namespace
 * @lock: see the top of this file
 * @sessions: all sessions by id; changed under @lock, read under RCU
 * @by_discr: all sessions by local discriminator
 * @by_peer: sessions that are in their place, by struct bfd_peer_key
 * @any_sender: how many of these take any sender; changed under @lock
 * @by_dest: all sessions by the peer's address alone
 * @retry: tries again to put sessions in their place, see path.c
 * @socks: struct bfd_sock; guarded by @lock
 * @keys: struct bfd_key by number; guarded by @lock
 * @key_count: how many; guarded by @lock
 * @owners: struct bfd_owner; guarded by @lock
 * @drops: per CPU, indexed by enum bfd_drop: packets dropped
 * @drops_cleared: what they were when they were last cleared; guarded by @lock
 * @count: sessions; guarded by @lock
 * @packet_rate: packets a second asked for by all sessions; guarded by @lock
 * @next_id: where the search for a free id goes on, so that ids are not
 *	reused soon
 * @generation: grows when a session comes or goes, for consistent dumps
 * @source_ports: in use, less BFD_SOURCE_PORT_MIN
 * @ingress: struct bfd_ingress; guarded by @lock
 * @echo_source: the link whose subnets give echoes their source, "": none;
 *	guarded by @lock
 * @echo_source_ifindex: its ifindex, 0: it is not there; changed under @lock
 * @event_lock: makes the order of events that of their sequence numbers
 * @event_sequence: of the last event; guarded by @event_lock
 * @events: messages to be sent, several in each; guarded by @event_lock
 * @event_send_lock: makes the order in which they are sent that of @events
 * @event_tasklet: sends them
 * @log_limit: of what is logged about its sessions
 * @dying: the namespace is going; guarded by @lock
 */
struct bfd_net {
	struct net *net;
	struct mutex lock;		/* configuration */
	struct xarray sessions;
	struct rhashtable by_discr;
	struct rhltable by_peer;
	u32 any_sender;
	struct rhltable by_dest;
	struct delayed_work retry;
	struct list_head socks;
	struct xarray keys;
	u32 key_count;
	struct list_head owners;
	u64 __percpu *drops;
	u64 drops_cleared[BFD_DROP_MAX + 1];
	u32 count;
	u64 packet_rate;
	u32 next_id;
	u32 generation;
	struct ida source_ports;
	struct list_head ingress;
	char echo_source[IFNAMSIZ];
	int echo_source_ifindex;
	spinlock_t event_lock;		/* event_sequence, events */
	u32 event_sequence;
	struct sk_buff_head events;
	spinlock_t event_send_lock;	/* the order of sending */
	struct tasklet_struct event_tasklet;
	struct ratelimit_state log_limit;
	bool dying;
};

/**
 * struct bfd_peer_key - what a packet with Your Discriminator 0 is matched by
 * @peer: the sender
 * @family: AF_INET or AF_INET6
 * @dport: the port it was received on, host order
 * @vrf: ifindex of the VRF it came in by, or 0
 * @scope: ifindex of the link when @peer is link-local, else 0
 *
 * RFC 5881, 6: on a point-to-point link the sender is no matter. Sessions that are
 * bound to one have @peer 0 and its ifindex in @scope here.
 *
 * No padding: it is hashed as it stands. Its beginning, up to @family, is the
 * key of bfd_net.by_dest.
 */
struct bfd_peer_key {
	union bfd_addr peer;
	u16 family;
	u16 dport;
	u32 vrf;
	u32 scope;
};

/**
 * struct bfd_session - one BFD session
 * @lock: see the top of this file
 * @dead: being destroyed: do not touch
 * @express: packets do not go through IP, see express.c; changed under
 *	bfd_net.lock and @lock
 * @suspect: the detection deadline was reached; received packets get a chance
 *	to be processed before it is believed
 * @source_auto: no source address was asked for: routing chooses it
 * @params_pending: a change of parameters is still to be reported
 * @vrf_asked: the VRF was asked for; else it is that of the link
 * @port_shared: @source_port is not ours alone
 * @random: state of the generator that draws the jitter
 * @fsm: the protocol
 * @last_tx: when the last packet left on schedule, ns
 * @tx_timer: the next periodic transmission
 * @detect_timer: the detection deadline, or an earlier time to look at it
 * @echo: echoes, sent or looped; NULL in most sessions. Set once, under
 *	bfd_net.lock and @lock
 * @dst: cached route
 * @dst_cookie: validates @dst
 * @tx_turn: packets that who is sending now has to send, 0: nobody is. Set under
 *	@lock, but the turn ends without it
 * @tx_waiting: those of them that were built by others
 * @auth: how packets are authenticated; NULL: they are not
 * @auth_seq: bfd.XmitAuthSeq while @auth is NULL
 * @auth_told: when the peer was last told of another method of authentication, until
 *	it uses it; 0: it does
 * @hdr_len: IP and UDP headers in @tmpl; 0: to be written anew
 * @tmpl_len: all of @tmpl, valid when @hdr_len is
 * @tmpl: the last packet from the IP header on
 * @rx_count: packets accepted
 * @tx_count: packets handed to IP
 * @rx_invalid: packets dropped that were for this session
 * @tx_failed: packets not handed to IP, or refused by it
 * @tx_error: errno of the last transmission, positive, or 0
 * @rx_times: arrival of the last packets, monotonic ns, a ring
 * @rx_times_next: index to write next
 * @params_reported: when the last parameters event was sent, ns
 * @drops: packets dropped, by reason
 * @create_time: CLOCK_REALTIME, ns; so are the next two, 0: never
 * @last_up_time: when the session last came Up
 * @last_down_time: when it last left Up
 * @down_count: times it left Up for Down
 * @admin_down_count: times it went to AdminDown
 * @net: its namespace; constant
 * @id: the handle users know it by; constant
 * @key: constant but for the ifindexes in it
 * @match: what its first packets are matched by: @key, but see struct bfd_peer_key
 * @source: local address; changes when @source_auto
 * @ifindex: the session's link, 0: any, or the link is not there now
 * @ifname: the link's name, "": any link; guarded by bfd_net.lock and @lock, as
 *	are the next three
 * @vrfname: the name of the VRF, "": none
 * @away: why the session is not in its place, see path.c; a positive errno, or 0
 * @sock: what it receives through, NULL when @away or unaffiliated
 * @source_port: host order; constant
 * @tx_ttl: TTL or hop limit of our packets
 * @rx_ttl: the least accepted
 * @dscp: of our packets
 * @owner: whose end makes @owner_exit happen, or NULL; guarded by bfd_net.lock
 * @owner_exit: enum bfd_owner_exit; guarded by bfd_net.lock and @lock
 * @ingress: the link that we look at for it, NULL: none; guarded by bfd_net.lock
 * @discr_node: in bfd_net.by_discr
 * @peer_node: in bfd_net.by_peer, unless @away
 * @dest_node: in bfd_net.by_dest
 * @rcu: frees it
 */
struct bfd_session {
	/* every packet, both ways */
	spinlock_t lock;		/* see the top of this file */
	bool dead;
	bool express;
	bool params_pending;
	u8 rx_ttl;
	u8 hdr_len;
	u8 tmpl_len;
	u8 tx_ttl;
	u8 rx_times_next;
	u32 random;
	struct rhash_head discr_node;
	struct bfd_sock *sock;
	struct bfd_auth *auth;
	struct net *net;
	struct dst_entry *dst;
	u32 dst_cookie;
	int ifindex;
	struct bfd_peer_key key;
	u32 tx_turn;
	union bfd_addr source;
	u64 rx_count;
	u64 tx_count;
	struct bfd_fsm fsm;
	/* transmission */
	u64 last_tx;
	int tx_error;
	int away;
	struct bfd_timer tx_timer;
	u8 tmpl[BFD_TEMPLATE_LEN] __aligned(4);
	/* reception */
	u64 rx_times[BFD_LAST_RECEIVE_TIMES];
	/* once in a detection time */
	struct bfd_timer detect_timer;
	bool suspect;

	/* seldom */
	bool source_auto;
	bool vrf_asked;
	bool port_shared;
	u8 dscp;
	u8 owner_exit;
	u16 source_port;
	u32 id;
	u32 auth_seq;
	struct bfd_echo *echo;
	u64 tx_failed;
	u64 params_reported;
	u64 auth_told;
	u64 rx_invalid;
	struct sk_buff_head tx_waiting;
	u64 drops[BFD_DROP_MAX + 1];
	u64 create_time;
	u64 last_up_time;
	u64 last_down_time;
	u32 down_count;
	u32 admin_down_count;
	struct bfd_peer_key match;
	char ifname[IFNAMSIZ];
	char vrfname[IFNAMSIZ];
	struct bfd_owner *owner;
	struct bfd_ingress *ingress;
	struct rhlist_head peer_node;
	struct rhlist_head dest_node;
	struct rcu_head rcu;
};

/* main.c */

/**
 * bfd_net() - our part of a network namespace
 * @net: the namespace
 */
struct bfd_net *bfd_net(const struct net *net);

/**
 * bfd_net_privileged() - does a namespace belong to the administrator of the machine?
 * @net: the namespace
 */
static inline bool bfd_net_privileged(const struct net *net)
{
	return net->user_ns == &init_user_ns;
}

/* session.c */

/* Packets a second that a namespace may ask for, and sessions it may have. */
u32 bfd_max_sessions(const struct net *net);
u32 bfd_max_packet_rate(const struct net *net);

/* socket.c */

/**
 * bfd_sock_get() - open the socket for a kind of session, or count one more user
 * @bn: the namespace, locked
 * @family: AF_INET or AF_INET6
 * @port: host order
 * @vrf: ifindex of the VRF to receive from, 0: from what is in none
 * @extack: says which port is taken
 *
 * Return: the socket or an ERR_PTR, -EADDRINUSE when another program has the port.
 */
struct bfd_sock *bfd_sock_get(struct bfd_net *bn, u16 family, u16 port, u32 vrf,
			      struct netlink_ext_ack *extack);

/**
 * bfd_sock_put() - one user less; the last one closes the socket
 * @bs: the socket; its namespace is locked
 *
 * May sleep.
 */
void bfd_sock_put(struct bfd_sock *bs);

/* rx.c */

/**
 * bfd_rcv() - a UDP datagram for one of our sockets (encap_rcv)
 * @sk: the socket
 * @skb: data at the UDP header
 *
 * Return: 0, always: the packet is consumed.
 */
int bfd_rcv(struct sock *sk, struct sk_buff *skb);

/**
 * bfd_rx_accept() - a packet for a session that came the right way, whatever it is
 * @s: the session, locked
 * @p: the packet
 * @data: its contents, @p->len bytes
 * @answer: set to what bfd_tx_send() is to send when the lock is dropped
 *
 * Authenticates it, follows the protocol, counts.
 * Return: BFD_DROP_NONE, or why it is dropped
 */
enum bfd_drop bfd_rx_accept(struct bfd_session *s, const struct bfd_packet *p, const void *data,
			    struct sk_buff **answer);

/**
 * bfd_rx_time() - when one of the last packets came
 * @s: the session, locked
 * @n: 0 is the last one, 1 the one before; less than BFD_LAST_RECEIVE_TIMES
 *
 * Return: CLOCK_MONOTONIC, ns; 0 when there were not so many.
 */
static inline u64 bfd_rx_time(const struct bfd_session *s, unsigned int n)
{
	return s->rx_times[(s->rx_times_next + BFD_LAST_RECEIVE_TIMES - 1 - n) %
			   BFD_LAST_RECEIVE_TIMES];
}

/**
 * bfd_rx_accepted() - note that a packet was accepted
 * @s: the session, locked
 * @now: when, ns
 */
static inline void bfd_rx_accepted(struct bfd_session *s, u64 now)
{
	s->rx_count++;
	s->rx_times[s->rx_times_next] = now;
	s->rx_times_next = (s->rx_times_next + 1) % BFD_LAST_RECEIVE_TIMES;
}

/**
 * bfd_rx_is_usual() - is a packet for a session that came the right way the usual one
 * @s: the session, locked
 * @data: the packet, BFD_PACKET_LEN bytes or more
 */
static inline bool bfd_rx_is_usual(const struct bfd_session *s, const void *data)
{
	return likely(!s->auth) && bfd_fsm_is_usual(&s->fsm, data);
}

/**
 * bfd_rx_usual() - receive it
 * @s: the session, locked
 * @now: ns
 */
static inline void bfd_rx_usual(struct bfd_session *s, u64 now)
{
	bfd_fsm_receive_usual(&s->fsm, now);
	bfd_rx_accepted(s, now);
}

/* skb.c */

/**
 * bfd_skb_alloc() - memory for a packet
 * @headroom: for the link's header
 * @len: the packet from the IP header on
 *
 * Context: BHs disabled. Return: the skb, empty behind @headroom, or NULL.
 */
struct sk_buff *bfd_skb_alloc(unsigned int headroom, unsigned int len);

void bfd_skbs_exit(void);

/* tx.c */

/**
 * bfd_tx_build() - make the packet that is to leave now
 * @s: the session, locked
 * @kind: why it leaves
 * @now: ns
 *
 * Finds the route, follows the protocol (bfd_fsm_transmit()), counts failures.
 * Return: for bfd_tx_send(), which must be called; NULL when there is no route or
 * memory, or when it is left to whoever is sending for the session already.
 */
struct sk_buff *bfd_tx_build(struct bfd_session *s, enum bfd_tx_kind kind, u64 now);

/**
 * bfd_tx_route() - make sure that there is a valid route
 * @s: the session, locked
 *
 * Return: 0, and it is in @s->dst; or a negative errno
 */
int bfd_tx_route(struct bfd_session *s);

/**
 * bfd_tx_failed() - a packet was not built or not sent
 * @s: the session, locked
 * @err: why, a negative errno
 */
void bfd_tx_failed(struct bfd_session *s, int err);

/**
 * bfd_tx_random() - 32 bits for the jitter; no secret may depend on them
 * @s: the session, locked
 */
u32 bfd_tx_random(struct bfd_session *s);

/**
 * bfd_tx_send() - hand a packet to IP, and those that others build meanwhile
 * @s: the session, not locked
 * @skb: from bfd_tx_build(); NULL: nothing happens
 *
 * Context: BHs disabled, in the RCU read side that @skb was built in.
 */
void bfd_tx_send(struct bfd_session *s, struct sk_buff *skb);

/**
 * bfd_tx_neighbor() - hand a packet to the session's neighbor, whatever its
 *	destination
 * @s: the session, not locked
 * @skb: from the IP header on; its dst is the session's route
 *
 * Context: BHs disabled, in the RCU read side that @skb was built in.
 * Return: 0, a positive NET_XMIT_ code or a negative errno
 */
int bfd_tx_neighbor(const struct bfd_session *s, struct sk_buff *skb);

/**
 * bfd_tx_schedule() - put the next periodic transmission
 * @s: the session, locked
 * @from: when the last one left, ns; one that would be overdue is due at once
 * @now: ns
 */
void bfd_tx_schedule(struct bfd_session *s, u64 from, u64 now);

/**
 * bfd_tx_raster() - the raster that transmissions are put on
 * @timer: a timer of the session
 * @interval_us: the agreed interval
 *
 * Return: ns, a power of two, a slot of the wheel or more
 */
u32 bfd_tx_raster(const struct bfd_timer *timer, u32 interval_us);

/**
 * bfd_tx_reset_headers() - addresses, TTL or DSCP changed: forget route and template
 * @s: the session, locked
 */
void bfd_tx_reset_headers(struct bfd_session *s);

/* Transmission timer, see bfd_timer_fn. */
void bfd_tx_timer_fn(struct bfd_timer *timer, u64 now);

/* owner.c */

/**
 * bfd_owner_get() - the owner that a netlink socket is; one user more
 * @bn: the namespace, locked
 * @sk: the socket, open
 * @portid: its number
 *
 * Return: the owner, or NULL without memory.
 */
struct bfd_owner *bfd_owner_get(struct bfd_net *bn, struct sock *sk, u32 portid);

/**
 * bfd_owner_put() - one user less
 * @owner: the owner, or NULL: nothing happens; its namespace is locked
 */
void bfd_owner_put(struct bfd_owner *owner);

int bfd_owner_init(void);
void bfd_owner_exit(void);

/* link.c */
int bfd_link_init(void);
void bfd_link_exit(void);

/* log.c */

/**
 * bfd_log_down() - say in the kernel's log why a session went from Up to Down
 * @s: the session, locked
 * @now: when, CLOCK_MONOTONIC, ns
 *
 * When the module parameter log_down asks for it.
 */
void bfd_log_down(const struct bfd_session *s, u64 now);

/* event.c */

/**
 * bfd_event_created() - report a new session
 * @s: the session, locked
 */
void bfd_event_created(struct bfd_session *s);

/**
 * bfd_event_state() - report a change of state
 * @s: the session, locked, already in its new state
 * @old_state: enum bfd_state
 * @now: CLOCK_MONOTONIC, ns
 *
 * Carries the times of the last packets received when the session leaves Up.
 */
void bfd_event_state(struct bfd_session *s, u8 old_state, u64 now);

/**
 * bfd_event_parameters() - report changed parameters
 * @s: the session, locked
 */
void bfd_event_parameters(struct bfd_session *s);

/**
 * bfd_event_deleted() - report that a session is about to be gone
 * @s: the session, locked
 */
void bfd_event_deleted(struct bfd_session *s);

/**
 * bfd_events_flush() - send now the events of what happened until now
 * @bn: the namespace
 *
 * Context: process, or BHs disabled, without the lock of a session.
 */
void bfd_events_flush(struct bfd_net *bn);

void bfd_events_init(struct bfd_net *bn);

/* No session is left that could report anything. May sleep. */
void bfd_events_exit(struct bfd_net *bn);

/* netlink.c */
int bfd_genl_init(void);
void bfd_genl_exit(void);

/**
 * enum bfd_report - how much of a session a message tells
 * @BFD_REPORT_STATE: who it is and what it does
 * @BFD_REPORT_SESSION: also what it was told to do
 * @BFD_REPORT_ALL: also its counters
 */
enum bfd_report {
	BFD_REPORT_STATE,
	BFD_REPORT_SESSION,
	BFD_REPORT_ALL,
};

/**
 * bfd_genl_fill_session() - put a session into a message
 * @skb: the message
 * @s: the session, locked
 * @report: how much of it
 *
 * Return: 0 or -EMSGSIZE
 */
int bfd_genl_fill_session(struct sk_buff *skb, const struct bfd_session *s,
			  enum bfd_report report);

extern struct genl_family bfd_genl_family;

#endif /* _BFD_H */
