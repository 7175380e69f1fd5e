/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Echoes: our own, the peer's, and those that are a session by themselves.
 */
#ifndef _BFD_ECHO_H
#define _BFD_ECHO_H

#include <linux/siphash.h>

#include "bfd.h"
#include "echo_pkt.h"
#include "ingress.h"

/**
 * struct bfd_echo - what a session needs for echoes; guarded by its lock
 * @session: whose it is; constant
 * @tx_timer: the next echo
 * @detect_timer: looks whether they come back
 * @suspect: as bfd_session.suspect
 * @window: which of ours are on their way
 * @key: secret of their digest; constant
 * @last_tx: when the last one left, ns
 * @last_rx: when the last one came back, or the first one left, ns
 * @watched: the detection time as @detect_timer knows it, ns; 0: no echoes
 * @rx_count: ours that came back
 * @tx_count: ours that left
 * @looped: the peer's that we sent back
 * @rtt_min: shortest time that one of ours was away, ns; so are the next two
 * @rtt_max: longest
 * @rtt_sum: of all @rtt_count
 * @rtt_count: measured
 * @loop_due: when the peer's next echo may come if it keeps to the pace, ns
 * @loop_interval: the pace that it was told, ns; 0: none is to come
 * @old_loop_interval: the one before, which it may still keep to
 * @old_loop_until: until this time, ns
 */
struct bfd_echo {
	struct bfd_session *session;
	struct bfd_timer tx_timer;
	struct bfd_timer detect_timer;
	bool suspect;
	struct bfd_echo_window window;
	siphash_key_t key;
	u64 last_tx;
	u64 last_rx;
	u64 watched;

	u64 rx_count;
	u64 tx_count;
	u64 looped;
	u64 rtt_min;
	u64 rtt_max;
	u64 rtt_sum;
	u64 rtt_count;

	u64 loop_due;
	u64 loop_interval;
	u64 old_loop_interval;
	u64 old_loop_until;
};

/* ---- echo.c ---- */

/**
 * bfd_echo_wanted() - does a session send or loop echoes
 * @cfg: its configuration
 */
bool bfd_echo_wanted(const struct bfd_fsm_config *cfg);

/**
 * bfd_echo_prepare() - a session is about to be configured like this
 * @bn: the namespace, locked
 * @s: the session, not locked
 * @cfg: with or without echoes
 *
 * May sleep. What was prepared stays until bfd_echo_free().
 * Return: 0 or -ENOMEM
 */
int bfd_echo_prepare(struct bfd_net *bn, struct bfd_session *s, const struct bfd_fsm_config *cfg);

/**
 * bfd_echo_configure() - the session is being configured like this
 * @s: the session, locked, its configuration still the old one
 * @cfg: the new one
 * @now: ns
 */
void bfd_echo_configure(struct bfd_session *s, const struct bfd_fsm_config *cfg, u64 now);

/**
 * bfd_echo_follow() - do what BFD_ACT_ECHO asks for
 * @s: the session, locked
 * @now: ns
 */
void bfd_echo_follow(struct bfd_session *s, u64 now);

/**
 * bfd_echo_stop() - no timer runs any more
 * @s: the session, locked and dead
 */
void bfd_echo_stop(struct bfd_session *s);

/**
 * bfd_echo_free() - free it with its session, after a grace period
 * @e: or NULL
 */
void bfd_echo_free(struct bfd_echo *e);

/**
 * bfd_echo_addrs() - the addresses that echoes of ours carry
 * @s: the session, locked, with a route
 * @source: all zero behind an IPv4 address
 * @dest: what makes the neighbor send them back: an address of ours
 *
 * Context: RCU read side
 */
void bfd_echo_addrs(const struct bfd_session *s, union bfd_addr *source, union bfd_addr *dest);

/**
 * bfd_echo_send() - bfd_tx_neighbor(), and count a failure
 * @s: the session, not locked
 * @skb: NULL: nothing happens
 */
void bfd_echo_send(struct bfd_session *s, struct sk_buff *skb);

/**
 * bfd_echo_skb() - room for an IP packet to the session's neighbor
 * @s: the session, locked
 * @len: of the packet
 *
 * Finds the route, counts failures. Return: to be filled; or NULL
 */
struct sk_buff *bfd_echo_skb(struct bfd_session *s, unsigned int len);

/**
 * bfd_echo_checksum_later() - the UDP checksum is that of the pseudo header yet
 * @skb: the packet
 * @at: where its UDP header is
 */
void bfd_echo_checksum_later(struct sk_buff *skb, unsigned int at);

/**
 * bfd_echo_returned() - an echo of ours came back
 * @s: the session, locked
 * @data: its payload
 * @len: its length
 * @now: ns
 *
 * Return: BFD_DROP_NONE, or why it is not believed
 */
enum bfd_drop bfd_echo_returned(struct bfd_session *s, const void *data, size_t len, u64 now);

/**
 * bfd_echo_forgive() - an echo leaves late
 * @last_rx: when the last one came back, ns
 * @late: by how much, ns
 * @now: ns
 *
 * What has not left cannot come back: the time in which we stood still does not
 * count as silence. The grace of suspect() would not do, as it is for packets that
 * are there to be read.
 */
void bfd_echo_forgive(u64 *last_rx, u64 late, u64 now);

/**
 * bfd_echo_clear_stats() - counters begin anew
 * @s: the session, locked
 */
void bfd_echo_clear_stats(struct bfd_session *s);

/* ---- echo_source.c ---- */

/**
 * bfd_echo_source_addr() - a source address for echoes (RFC 5881, 4)
 * @bn: the namespace
 * @family: AF_INET or AF_INET6
 * @addr: set when there is one
 *
 * Context: RCU read side
 * Return: there is one
 */
bool bfd_echo_source_addr(const struct bfd_net *bn, u16 family, union bfd_addr *addr);

/**
 * bfd_echo_source_named() - a link came or was renamed
 * @bn: the namespace, locked
 * @dev: the link
 */
void bfd_echo_source_named(struct bfd_net *bn, const struct net_device *dev);

/**
 * bfd_echo_source_gone() - a link goes
 * @bn: the namespace, locked
 * @dev: the link
 */
void bfd_echo_source_gone(struct bfd_net *bn, const struct net_device *dev);

/* ---- echo_rx.c ---- */

/**
 * bfd_echo_receive() - a packet to the port of echoes
 * @p: the packet
 *
 * Context: BHs disabled, RCU read side
 * Return: NF_ACCEPT: it goes on to IP; or NF_DROP, or NF_STOLEN
 */
unsigned int bfd_echo_receive(struct bfd_ingress_packet *p);

#endif /* _BFD_ECHO_H */
