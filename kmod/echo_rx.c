// SPDX-License-Identifier: GPL-2.0
/*
 * Echoes received: ours that come back, and the peer's that go back.
 *
 * The hook sees every packet of its link before IP does. Echoes of a peer that
 * has a session here and was told an interval (RFC 5880, 6.8.9) are sent back
 * to it, as forwarding would, but without asking whether this host forwards
 * for anybody, and whether it likes the source address. Everything that is not
 * for a session goes on as if we were not there.
 *
 * What goes back: packets that come with TTL 255, so from the link and never
 * looped before, addressed to the peer itself, by the link its session is
 * bound to, not faster than it was told. They go to the peer's entry in the
 * neighbor table, whoever sent them: nobody can aim them at anybody else.
 */
#include "echo.h"

#include <linux/if_vlan.h>
#include <linux/ktime.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>

#include "key.h"
#include "session.h"

#define LOOP_MAX	512	/* bytes of an IP packet that goes back */
#define LOOP_BURST	8	/* echoes that a queue on the way may have gathered */
#define HEAD_MAX	64	/* of the payload of ours: the longest has 52 */

/**
 * struct echo_rx - a packet to the echo port
 * @p: as it came from the link
 * @dst: where it wants to go
 * @len: of the payload
 * @head: the payload, or its beginning
 */
struct echo_rx {
	struct bfd_ingress_packet *p;
	union bfd_addr dst;
	unsigned int len;
	u8 head[HEAD_MAX];
};

/* Where it wants to go, and the header's checksum. */
static bool read_header(struct echo_rx *rx)
{
	const struct sk_buff *skb = rx->p->skb;
	struct iphdr iph;

	memset(&rx->dst, 0, sizeof(rx->dst));
	if (rx->p->family == AF_INET6)
		return !skb_copy_bits(skb, offsetof(struct ipv6hdr, daddr), &rx->dst.ip6,
				      sizeof(rx->dst.ip6));
	if (skb_copy_bits(skb, 0, &iph, sizeof(iph)))
		return false;
	rx->dst.ip = iph.daddr;
	return !ip_fast_csum(&iph, 5);
}

/* What IP would check later on. */
static bool read_payload(struct echo_rx *rx)
{
	const struct bfd_ingress_packet *p = rx->p;
	struct udphdr buf, *uh = skb_header_pointer(p->skb, p->udp_at, sizeof(buf), &buf);
	unsigned int len;

	if (!uh || p->ip_len > p->skb->len || p->ip_len < p->udp_at + sizeof(*uh))
		return false;
	len = ntohs(uh->len);
	if (len < sizeof(*uh) || len > p->ip_len - p->udp_at)
		return false;
	rx->len = len - sizeof(*uh);
	if (!read_header(rx))
		return false;
	return !skb_copy_bits(p->skb, p->udp_at + sizeof(*uh), rx->head,
			      min_t(unsigned int, rx->len, HEAD_MAX));
}

/* ---- ours ---- */

static struct bfd_session *find_own(const struct echo_rx *rx)
{
	struct bfd_session *s;
	__be32 discr;

	if (rx->len < BFD_ECHO_DISCR_OFFSET + sizeof(discr))
		return NULL;
	memcpy(&discr, rx->head + BFD_ECHO_DISCR_OFFSET, sizeof(discr));
	s = bfd_session_by_discr(rx->p->link->bn, be32_to_cpu(discr));
	return s && READ_ONCE(s->echo) ? s : NULL;
}

static bool is_own(const struct bfd_session *s, const struct echo_rx *rx)
{
	return !s->dead && s->key.family == rx->p->family &&
	       s->ifindex == rx->p->link->dev->ifindex &&
	       !memcmp(&s->source, &rx->dst, sizeof(rx->dst));
}

/*
 * RFC 9747: our own Control packet is the peer's. Its intervals mean nothing;
 * those that we keep do. That it arrived ends a Poll Sequence.
 */
static enum bfd_drop receive_unaffiliated(struct bfd_session *s, const struct echo_rx *rx, u64 now,
					  struct sk_buff **answer)
{
	u8 old_state = s->fsm.session_state;
	unsigned int act = 0;
	struct bfd_packet p;
	enum bfd_drop drop;

	if (!bfd_ingress_checksum(rx->p, rx->len + sizeof(struct udphdr)))
		return BFD_DROP_ECHO_DIGEST;
	drop = bfd_packet_parse(rx->head, min_t(unsigned int, rx->len, HEAD_MAX), &p);
	if (drop)
		return drop;
	if (p.your_discr && p.your_discr != s->fsm.local_discr)
		return BFD_DROP_YOUR_DISCRIMINATOR;
	if (p.auth && !s->auth)
		return BFD_DROP_AUTH_UNEXPECTED;
	if (s->auth)
		drop = bfd_session_authenticate(s, &p, rx->head, now, &act);
	if (drop)
		return drop;
	p.poll = false;
	p.final = s->fsm.poll_sent;
	p.demand = false;
	p.desired_min_tx = s->fsm.tx_interval;
	p.required_min_rx = 1;
	p.required_min_echo_rx = 0;
	act |= bfd_fsm_receive(&s->fsm, &p, now);
	if (s->auth)
		bfd_session_auth_heard(s, now);
	*answer = bfd_session_act(s, act, old_state, now);
	bfd_rx_accepted(s, now);
	return BFD_DROP_NONE;
}

static enum bfd_drop receive_own(struct bfd_session *s, const struct echo_rx *rx, u64 now,
				 struct sk_buff **answer)
{
	/* one hop there, and one decrement: from anywhere else it would be less */
	if (rx->p->ttl != BFD_TTL - 1)
		return BFD_DROP_TTL;
	if (s->fsm.cfg.unaffiliated)
		return receive_unaffiliated(s, rx, now, answer);
	return bfd_echo_returned(s, rx->head, rx->len, now);
}

/* ---- the peer's ---- */

static struct bfd_session *find_peer(const struct echo_rx *rx)
{
	const struct net_device *dev = rx->p->link->dev;
	struct bfd_peer_key key = {
		.family = rx->p->family,
		.dport = BFD_PORT_SH,
		.vrf = l3mdev_master_ifindex_rcu(dev),
		.peer = rx->dst,
	};

	if (key.family == AF_INET6 && ipv6_addr_type(&key.peer.ip6) & IPV6_ADDR_LINKLOCAL)
		key.scope = dev->ifindex;
	return bfd_session_for_echo(rx->p->link->bn, &key, dev->ifindex);
}

/* The pace at which the peer's echoes may come now, ns; 0: they may not. */
static u64 loop_interval(const struct bfd_session *s, u64 now)
{
	const struct bfd_echo *e = s->echo;

	if (s->dead || (s->fsm.session_state != BFD_STATE_INIT &&
			s->fsm.session_state != BFD_STATE_UP))
		return 0;
	if (now < e->old_loop_until && (!e->loop_interval ||
					e->old_loop_interval < e->loop_interval))
		return e->old_loop_interval;
	return e->loop_interval;
}

/*
 * 6.8.9: jitter may take a quarter off every interval. Time not used is saved
 * for a burst.
 */
static bool in_time(struct bfd_echo *e, u64 interval, u64 now)
{
	if (e->loop_due > now + LOOP_BURST * interval)
		return false;
	e->loop_due = max(e->loop_due, now) + interval / 4 * 3;
	return true;
}

static void decrement_ttl(struct sk_buff *skb, u16 family)
{
	if (family == AF_INET6)
		((struct ipv6hdr *)skb->data)->hop_limit--;
	else
		ip_decrease_ttl((struct iphdr *)skb->data);
}

static struct sk_buff *copy(struct bfd_session *s, const struct echo_rx *rx)
{
	struct sk_buff *skb = bfd_echo_skb(s, rx->p->ip_len);

	if (!skb)
		return NULL;
	if (skb_copy_bits(rx->p->skb, 0, skb->data, rx->p->ip_len)) {
		kfree_skb(skb);
		return NULL;
	}
	/* the sender has left it to its device, which was none */
	if (rx->p->skb->ip_summed == CHECKSUM_PARTIAL)
		bfd_echo_checksum_later(skb, rx->p->udp_at);
	decrement_ttl(skb, rx->p->family);
	return skb;
}

static enum bfd_drop loop(struct bfd_session *s, const struct echo_rx *rx, u64 interval, u64 now,
			  struct sk_buff **out)
{
	if (rx->p->ttl != BFD_TTL)
		return BFD_DROP_TTL;
	if (rx->p->ip_len > LOOP_MAX)
		return BFD_DROP_LENGTH;
	if (!in_time(s->echo, interval, now))
		return BFD_DROP_ECHO_RATE;
	*out = copy(s, rx);
	s->echo->looped += !!*out;
	return BFD_DROP_NONE;
}

/* ---- both ---- */

#define NOT_OURS	(-1)

static void count(struct bfd_session *s, const struct echo_rx *rx, int drop)
{
	if (drop <= 0)
		return;
	s->rx_invalid++;
	s->drops[drop]++;
	this_cpu_inc(rx->p->link->bn->drops[drop]);
}

/* Return: NOT_OURS, BFD_DROP_NONE or why it is dropped */
static int take_own(const struct echo_rx *rx, u64 now)
{
	struct bfd_session *s = find_own(rx);
	struct sk_buff *answer = NULL;
	int drop = NOT_OURS;

	if (!s)
		return NOT_OURS;
	spin_lock(&s->lock);
	if (is_own(s, rx))
		drop = receive_own(s, rx, now, &answer);
	count(s, rx, drop);
	spin_unlock(&s->lock);
	bfd_tx_send(s, answer);
	return drop;
}

static int take_peers(const struct echo_rx *rx, u64 now)
{
	struct bfd_session *s = find_peer(rx);
	struct sk_buff *out = NULL;
	int drop = NOT_OURS;
	u64 interval;

	if (!s)
		return NOT_OURS;
	spin_lock(&s->lock);
	interval = loop_interval(s, now);
	if (interval)
		drop = loop(s, rx, interval, now, &out);
	count(s, rx, drop);
	spin_unlock(&s->lock);
	bfd_echo_send(s, out);
	return drop;
}

static int take(struct echo_rx *rx)
{
	u64 now = ktime_get_ns();
	int drop;

	if (!read_payload(rx))
		return NOT_OURS;	/* IP drops it */
	drop = take_own(rx, now);
	if (drop == NOT_OURS)
		drop = take_peers(rx, now);
	if (drop == NOT_OURS)
		this_cpu_inc(rx->p->link->bn->drops[BFD_DROP_ECHO_NO_SESSION]);
	return drop;
}

unsigned int bfd_echo_receive(struct bfd_ingress_packet *p)
{
	struct echo_rx rx;

	rx.p = p;
	switch (take(&rx)) {
	case NOT_OURS:
		return NF_ACCEPT;
	case BFD_DROP_NONE:
		consume_skb(p->skb);
		return NF_STOLEN;
	default:
		return NF_DROP;
	}
}
