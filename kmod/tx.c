// SPDX-License-Identifier: GPL-2.0
/*
 * Transmission: a template a session, a cached route, the pace.
 */
#include <linux/inetdevice.h>
#include <linux/log2.h>
#include <linux/pkt_sched.h>
#include <linux/skbuff.h>
#include <linux/udp.h>
#include <net/addrconf.h>
#include <net/dst.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/ndisc.h>
#include <net/neighbour.h>
#include <net/route.h>

#include "auth.h"
#include "echo.h"
#include "session.h"
#include "trace.h"

/* On a coarser raster a session would have too few instants to choose from. */
#define RASTER_SHIFT	6		/* 1/64 of the interval */
#define RUN_SHIFT	6		/* about 64 packets */
#define RASTER_MAX_NS	BIT(24)		/* 16.8 ms */

/* More in one turn is a flood that we answer, or a CPU that stands still. */
#define TX_TURN_MAX	8

/* The link or else the VRF; NULL: neither was asked for */
static struct net_device *out_dev(const struct bfd_session *s)
{
	return dev_get_by_index_rcu(s->net, s->ifindex ?: s->key.vrf);
}

static struct dst_entry *route4(struct bfd_session *s, __be32 *source)
{
	struct flowi4 fl4;
	struct rtable *rt;

	/* the look-up is content with an address of any VRF */
	if (!s->source_auto &&
	    inet_addr_type_dev_table(s->net, out_dev(s), s->source.ip) != RTN_LOCAL)
		return ERR_PTR(-EADDRNOTAVAIL);
	rt = ip_route_output_ports(s->net, &fl4, NULL, s->key.peer.ip,
				   s->source_auto ? 0 : s->source.ip,
				   htons(s->key.dport), htons(s->source_port), IPPROTO_UDP,
				   s->dscp << 2, s->ifindex ?: s->key.vrf);
	if (IS_ERR(rt))
		return ERR_CAST(rt);
	*source = fl4.saddr;
	return &rt->dst;
}

/* What express sessions are sent has to be what IP would deliver: not while tentative. */
static bool is_local6(const struct bfd_session *s)
{
	bool link_local = ipv6_addr_type(&s->source.ip6) & IPV6_ADDR_LINKLOCAL;

	return ipv6_chk_addr_and_flags(s->net, &s->source.ip6, out_dev(s), !link_local, link_local,
				       s->express ? IFA_F_TENTATIVE : 0);
}

static struct dst_entry *route6(struct bfd_session *s, struct in6_addr *source)
{
	struct flowi6 fl6 = {
		.daddr = s->key.peer.ip6,
		.flowi6_proto = IPPROTO_UDP,
		.flowi6_oif = s->ifindex ?: s->key.vrf,
		.flowlabel = ip6_make_flowinfo(s->dscp << 2, 0),
		.fl6_dport = htons(s->key.dport),
		.fl6_sport = htons(s->source_port),
	};
	struct dst_entry *dst;

	if (!s->source_auto) {
		if (!is_local6(s))
			return ERR_PTR(-EADDRNOTAVAIL);
		fl6.saddr = s->source.ip6;
	}
	dst = ip6_dst_lookup_flow(s->net, NULL, &fl6, NULL);
	if (IS_ERR(dst))
		return dst;
	/* RFC 5881, 6: by this link; to the look-up, the link is but a preference */
	if (s->ifindex && dst->dev->ifindex != s->ifindex) {
		dst_release(dst);
		return ERR_PTR(-ENETUNREACH);
	}
	*source = fl6.saddr;
	return dst;
}

/* What is called when there is no valid route yet. */
static int find_route(struct bfd_session *s)
{
	union bfd_addr source = {};
	struct dst_entry *dst;

	bfd_tx_reset_headers(s);
	if (s->away)
		return -s->away;
	if (s->key.family == AF_INET6)
		dst = route6(s, &source.ip6);
	else
		dst = route4(s, &source.ip);
	if (IS_ERR(dst))
		return PTR_ERR(dst);
	s->dst = dst;
	s->dst_cookie = s->key.family == AF_INET6 ? rt6_get_cookie((struct rt6_info *)dst) : 0;
	if (memcmp(&source, &s->source, sizeof(source))) {
		s->source = source;
		s->params_pending = true;
	}
	return 0;
}

int bfd_tx_route(struct bfd_session *s)
{
	lockdep_assert_held(&s->lock);
	if (likely(s->dst && dst_check(s->dst, s->dst_cookie)))
		return 0;
	return find_route(s);
}

void bfd_tx_reset_headers(struct bfd_session *s)
{
	lockdep_assert_held(&s->lock);
	dst_release(s->dst);
	s->dst = NULL;
	s->hdr_len = 0;
}

static unsigned int udp_len(const struct bfd_session *s)
{
	return sizeof(struct udphdr) + BFD_PACKET_LEN + bfd_auth_len(s->auth);
}

static void write_udp(const struct bfd_session *s, struct udphdr *uh, __sum16 pseudo)
{
	uh->source = htons(s->source_port);
	uh->dest = htons(s->key.dport);
	uh->len = htons(udp_len(s));
	uh->check = ~pseudo;
}

static void write_headers4(struct bfd_session *s)
{
	struct iphdr *iph = (struct iphdr *)s->tmpl;
	unsigned int len = udp_len(s);
	union bfd_addr source = s->source, dest = s->key.peer;

	if (s->fsm.cfg.unaffiliated)
		bfd_echo_addrs(s, &source, &dest);
	*iph = (struct iphdr) {
		.version = 4,
		.ihl = sizeof(*iph) / 4,
		.tos = s->dscp << 2,
		.tot_len = htons(sizeof(*iph) + len),
		.frag_off = htons(IP_DF),
		.ttl = s->tx_ttl,
		.protocol = IPPROTO_UDP,
		.saddr = source.ip,
		.daddr = dest.ip,
	};
	ip_send_check(iph);
	write_udp(s, (struct udphdr *)(iph + 1),
		  csum_tcpudp_magic(iph->saddr, iph->daddr, len, IPPROTO_UDP, 0));
	s->hdr_len = sizeof(*iph) + sizeof(struct udphdr);
}

static void write_headers6(struct bfd_session *s)
{
	struct ipv6hdr *ip6h = (struct ipv6hdr *)s->tmpl;
	unsigned int len = udp_len(s);
	union bfd_addr source = s->source, dest = s->key.peer;

	if (s->fsm.cfg.unaffiliated)
		bfd_echo_addrs(s, &source, &dest);
	*ip6h = (struct ipv6hdr) {
		.payload_len = htons(len),
		.nexthdr = IPPROTO_UDP,
		.hop_limit = s->tx_ttl,
		.saddr = source.ip6,
		.daddr = dest.ip6,
	};
	ip6_flow_hdr(ip6h, s->dscp << 2, 0);
	write_udp(s, (struct udphdr *)(ip6h + 1),
		  csum_ipv6_magic(&ip6h->saddr, &ip6h->daddr, len, IPPROTO_UDP, 0));
	s->hdr_len = sizeof(*ip6h) + sizeof(struct udphdr);
}

static void write_headers(struct bfd_session *s)
{
	if (s->key.family == AF_INET6)
		write_headers6(s);
	else
		write_headers4(s);
	s->tmpl_len = s->hdr_len + BFD_PACKET_LEN + bfd_auth_len(s->auth);
}

static int write_payload(struct bfd_session *s, enum bfd_tx_kind kind, u64 now)
{
	u8 *payload = s->tmpl + s->hdr_len;
	unsigned int act, auth_len;
	struct bfd_packet p;

	act = bfd_fsm_transmit(&s->fsm, kind, now, &p);
	auth_len = bfd_auth_len(s->auth);
	p.auth = auth_len;
	p.len += auth_len;
	bfd_packet_build(&p, payload);
	/* the caller puts the next transmission */
	bfd_session_act(s, act & ~BFD_ACT_TX, s->fsm.session_state, now);
	return auth_len ? bfd_auth_sign(s->auth, payload, now) : 0;
}

void bfd_tx_failed(struct bfd_session *s, int err)
{
	lockdep_assert_held(&s->lock);
	s->tx_failed++;
	s->tx_error = -err;
}

static struct sk_buff *tx_failed(struct bfd_session *s, int err)
{
	bfd_tx_failed(s, err);
	return NULL;
}

/*
 * In Demand mode it is only our Polls that find out that the peer is not there.
 * One that could not leave is one that was lost on the way.
 */
static void lose_poll(struct bfd_session *s, enum bfd_tx_kind kind, u64 now)
{
	struct bfd_packet p;
	unsigned int act;

	if (!s->fsm.demand_in_force)
		return;
	s->hdr_len = 0;		/* the payload may be another one from here on */
	act = bfd_fsm_transmit(&s->fsm, kind, now, &p);
	bfd_session_act(s, act & ~BFD_ACT_TX, s->fsm.session_state, now);
}

/*
 * Leave a packet to whoever has the turn: it may be sent when our RCU read side
 * is over and the session has another route. The turn may end any moment until
 * a packet is added to it.
 */
static struct sk_buff *leave(struct bfd_session *s, struct sk_buff *skb)
{
	u32 turn = READ_ONCE(s->tx_turn);

	if (!turn || cmpxchg(&s->tx_turn, turn, turn + 1) != turn) {
		WRITE_ONCE(s->tx_turn, 1);
		return skb;
	}
	skb_dst_force(skb);
	__skb_queue_tail(&s->tx_waiting, skb);
	return NULL;
}

struct sk_buff *bfd_tx_build(struct bfd_session *s, enum bfd_tx_kind kind, u64 now)
{
	bool rewrite = false;
	struct sk_buff *skb;
	int ret;

	lockdep_assert_held(&s->lock);
	ret = unlikely(READ_ONCE(s->tx_turn) == TX_TURN_MAX) ? -ENOBUFS : bfd_tx_route(s);
	if (unlikely(ret)) {
		lose_poll(s, kind, now);
		return tx_failed(s, ret);
	}
	/* the echo source may have changed */
	if (unlikely(s->fsm.cfg.unaffiliated))
		s->hdr_len = 0;
	if (unlikely(!s->hdr_len)) {
		write_headers(s);
		rewrite = true;
	}
	skb = bfd_skb_alloc(LL_RESERVED_SPACE(s->dst->dev), s->tmpl_len);
	if (unlikely(!skb)) {
		s->hdr_len = 0;	/* a payload may be missing behind it */
		return tx_failed(s, -ENOMEM);
	}
	if (unlikely(rewrite || kind != BFD_TX_PERIODIC || s->fsm.dirty))
		ret = write_payload(s, kind, now);
	else if (unlikely(s->auth) && bfd_auth_must_sign(s->auth, now))
		ret = bfd_auth_sign(s->auth, s->tmpl + s->hdr_len, now);
	if (unlikely(ret)) {
		kfree_skb(skb);
		s->hdr_len = 0;
		return tx_failed(s, ret);
	}

	__skb_put_data(skb, s->tmpl, s->tmpl_len);
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, s->hdr_len - sizeof(struct udphdr));
	skb->protocol = s->key.family == AF_INET6 ? htons(ETH_P_IPV6) : htons(ETH_P_IP);
	skb->priority = TC_PRIO_CONTROL;
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_transport_header(skb) - skb->head;
	skb->csum_offset = offsetof(struct udphdr, check);
	skb_dst_set_noref(skb, s->dst);

	s->tx_count++;
	s->tx_error = 0;
	/* everything of the last turn has left before this one begins */
	if (unlikely(smp_load_acquire(&s->tx_turn)))
		return leave(s, skb);
	WRITE_ONCE(s->tx_turn, 1);
	return skb;
}

static struct neighbour *neighbor4(const struct bfd_session *s, const struct rtable *rt)
{
	return ip_neigh_gw4(rt->dst.dev, rt->rt_gw_family ? rt->rt_gw4 : s->key.peer.ip);
}

static struct neighbour *neighbor6(const struct bfd_session *s, struct rt6_info *rt)
{
	return ip_neigh_gw6(rt->dst.dev, rt6_nexthop(rt, &s->key.peer.ip6));
}

int bfd_tx_neighbor(const struct bfd_session *s, struct sk_buff *skb)
{
	struct dst_entry *dst = skb_dst(skb);
	struct rtable *rt = container_of(dst, struct rtable, dst);
	bool other_family = false;
	struct neighbour *neigh;

	if (s->key.family == AF_INET6) {
		neigh = neighbor6(s, container_of(dst, struct rt6_info, dst));
	} else if (likely(rt->rt_gw_family != AF_INET6)) {
		neigh = neighbor4(s, rt);
	} else {
		neigh = ip_neigh_gw6(dst->dev, &rt->rt_gw6);
		other_family = true;
	}
	if (IS_ERR(neigh)) {
		kfree_skb(skb);
		return PTR_ERR(neigh);
	}
	skb->dev = dst->dev;
	return neigh_output(neigh, skb, other_family);
}

/*
 * May the packet of an express session go to its neighbor without asking IP?
 * Routes that transform packets, or lead elsewhere, are IP's.
 */
static bool is_plain(const struct bfd_session *s, const struct sk_buff *skb)
{
	const struct dst_entry *dst = skb_dst(skb);

	return !dst_xfrm(dst) && !dst->lwtstate && dst->dev->ifindex == READ_ONCE(s->ifindex) &&
	       skb->len <= READ_ONCE(dst->dev->mtu);
}

static int output(struct bfd_session *s, struct sk_buff *skb)
{
	if (unlikely(s->fsm.cfg.unaffiliated) || (READ_ONCE(s->express) && is_plain(s, skb)))
		return bfd_tx_neighbor(s, skb);
	if (skb->protocol == htons(ETH_P_IPV6))
		return ip6_local_out(s->net, NULL, skb);
	return ip_local_out(s->net, NULL, skb);
}

static void send_one(struct bfd_session *s, struct sk_buff *skb)
{
	int ret = output(s, skb);

	ret = net_xmit_eval(ret);
	if (likely(!ret))
		return;
	spin_lock(&s->lock);
	bfd_tx_failed(s, ret < 0 ? ret : -ENOBUFS);
	spin_unlock(&s->lock);
}

/* The turn goes on with a packet that waits, or it ends. */
static struct sk_buff *next_packet(struct bfd_session *s, u32 sent)
{
	struct sk_buff *skb;

	if (likely(cmpxchg(&s->tx_turn, sent, 0) == sent))
		return NULL;
	spin_lock(&s->lock);
	skb = __skb_dequeue(&s->tx_waiting);
	spin_unlock(&s->lock);
	return skb;
}

void bfd_tx_send(struct bfd_session *s, struct sk_buff *skb)
{
	u32 sent = 0;

	while (skb) {
		send_one(s, skb);
		skb = next_packet(s, ++sent);
	}
}

/* Marsaglia's xorshift */
u32 bfd_tx_random(struct bfd_session *s)
{
	u32 x = s->random;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	s->random = x;
	return x;
}

/*
 * Transmissions are put on a raster, so that packets due together share one
 * wake-up. With many sessions it is finer: few share a wake-up, and none waits
 * long for those before it.
 */
u32 bfd_tx_raster(const struct bfd_timer *timer, u32 interval_us)
{
	int shift = max(RASTER_SHIFT, fls(bfd_wheel_sessions(timer)) - RUN_SHIFT);
	u64 part = ((u64)interval_us * NSEC_PER_USEC) >> shift;

	if (part <= BFD_SLOT_NS)
		return BFD_SLOT_NS;
	return min_t(u64, rounddown_pow_of_two(part), RASTER_MAX_NS);
}

void bfd_tx_schedule(struct bfd_session *s, u64 from, u64 now)
{
	u32 interval = s->fsm.tx_interval, raster;
	u64 deadline;

	lockdep_assert_held(&s->lock);
	if (!interval) {
		bfd_timer_cancel(&s->tx_timer);
		return;
	}
	raster = bfd_tx_raster(&s->tx_timer, interval);
	deadline = from + bfd_tx_delay(interval, s->fsm.cfg.detect_mult, raster,
				       bfd_timer_late_lately(&s->tx_timer), bfd_tx_random(s));
	deadline = max(deadline, s->fsm.tx_not_before);
	bfd_timer_arm(&s->tx_timer, ALIGN(deadline, (u64)raster), now);
}

void bfd_tx_timer_fn(struct bfd_timer *timer, u64 now)
{
	struct bfd_session *s = container_of(timer, struct bfd_session, tx_timer);
	struct sk_buff *skb;
	u64 late;

	spin_lock(&s->lock);
	/* while we came here, another CPU put it anew, or called it off */
	if (unlikely(s->dead || bfd_timer_pending(timer) || !s->fsm.tx_interval)) {
		spin_unlock(&s->lock);
		return;
	}
	late = now - timer->deadline;
	if (unlikely(late > BFD_TX_LATE_NS)) {
		trace_bfd_tx_late(s, late);
		if (s->fsm.cfg.unaffiliated)
			bfd_echo_forgive(&s->fsm.last_rx, late, now);
	}
	skb = bfd_tx_build(s, BFD_TX_PERIODIC, now);
	s->last_tx = now;
	/* what the margin makes up for does not count: with a seed, all runs are the same */
	bfd_tx_schedule(s, late < bfd_tx_margin(s->fsm.tx_interval) ? timer->deadline : now, now);
	if (unlikely(s->params_pending))
		bfd_session_act(s, BFD_ACT_PARAMS, s->fsm.session_state, now);
	spin_unlock(&s->lock);
	bfd_tx_send(s, skb);
}
