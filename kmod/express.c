// SPDX-License-Identifier: GPL-2.0
/*
 * Express sessions: Control packets that are taken from the link before IP sees
 * them. (Sending past IP is in tx.c.)
 *
 * Taken is what IP and UDP would have delivered to the session, and only of the
 * kind that is nearly all there is: a packet of the peer's, to the address that the
 * session has a route from, which says whose session it is for. It is handed to
 * the same function as one that came by a socket. Everything else, and be it but
 * unusual, is left to IP, which knows what to do with it.
 */
#include "express.h"

#include <linux/ktime.h>
#include <linux/udp.h>
#include <net/dst.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/xfrm.h>

#include "session.h"

#define NOT_OURS	(-1)

/* Whether IPsec may want something of it. */
static bool has_policy(const struct net *net, const struct sk_buff *skb)
{
#ifdef CONFIG_XFRM
	return net->xfrm.policy_count[XFRM_POLICY_IN] || secpath_exists(skb) ||
	       net->xfrm.policy_default[XFRM_POLICY_IN] != XFRM_USERPOLICY_ACCEPT;
#else
	return false;
#endif
}

/* All that IP and UDP would check of the packet itself, which is pulled into the head. */
static bool is_valid(const struct bfd_ingress_packet *p)
{
	struct sk_buff *skb = p->skb;
	const struct udphdr *uh;

	if (p->ttl != BFD_TTL || p->ip_len > skb->len || p->ip_len > BFD_TEMPLATE_LEN ||
	    p->ip_len < p->udp_at + sizeof(*uh) + BFD_PACKET_LEN)
		return false;
	if (unlikely(skb_headlen(skb) < p->ip_len) &&
	    (skb_shared(skb) || !pskb_may_pull(skb, p->ip_len)))
		return false;
	uh = (void *)(skb->data + p->udp_at);
	if (ntohs(uh->len) != p->ip_len - p->udp_at)
		return false;
	if (p->family == AF_INET && ip_fast_csum(skb->data, 5))
		return false;
	if (!uh->check)		/* none */
		return p->family == AF_INET;
	return bfd_ingress_checksum(p, p->ip_len - p->udp_at);
}

/* A port of a bridge, a part of a bond and the like may not want IP to have it. */
static bool is_handled(const struct net_device *dev)
{
	return rcu_access_pointer(dev->rx_handler);
}

static bool is_between(const struct bfd_session *s, const struct bfd_ingress_packet *p)
{
	const struct ipv6hdr *ip6h = (void *)p->skb->data;
	const struct iphdr *iph = (void *)p->skb->data;

	if (s->key.family != p->family)
		return false;
	if (p->family == AF_INET)
		return iph->saddr == s->key.peer.ip && iph->daddr == s->source.ip;
	return ipv6_addr_equal(&ip6h->saddr, &s->key.peer.ip6) &&
	       ipv6_addr_equal(&ip6h->daddr, &s->source.ip6);
}

/*
 * The route proves that the destination is an address of ours. It was valid when
 * the last packet left, which is good enough for one interval, or a second.
 */
static bool has_route(const struct bfd_session *s, u64 now)
{
	u64 enough = min_t(u64, (u64)s->fsm.tx_interval * NSEC_PER_USEC, NSEC_PER_SEC);

	return s->dst && (now - s->last_tx < enough || dst_check(s->dst, s->dst_cookie));
}

static bool is_for(const struct bfd_session *s, const struct bfd_ingress_packet *p, u64 now)
{
	return !s->dead && s->express && s->ifindex == p->link->dev->ifindex &&
	       is_between(s, p) && has_route(s, now);
}

static int take(struct bfd_session *s, const struct bfd_ingress_packet *p, const void *data,
		u64 now, struct sk_buff **answer)
{
	struct bfd_packet packet;

	if (likely(bfd_rx_is_usual(s, data))) {
		bfd_rx_usual(s, now);
		return BFD_DROP_NONE;
	}
	/* what no session is asked about, IP's way counts */
	if (bfd_packet_parse(data, p->ip_len - p->udp_at - sizeof(struct udphdr), &packet))
		return NOT_OURS;
	return bfd_rx_accept(s, &packet, data, answer);
}

unsigned int bfd_express_receive(struct bfd_ingress_packet *p)
{
	const struct net *net = p->link->bn->net;
	u64 now = ktime_get_ns();
	struct sk_buff *answer = NULL;
	struct bfd_session *s;
	int drop = NOT_OURS;
	const void *data;

	if (!is_valid(p) || is_handled(p->link->dev) || has_policy(net, p->skb))
		return NF_ACCEPT;
	data = p->skb->data + p->udp_at + sizeof(struct udphdr);
	s = bfd_session_by_discr(p->link->bn, bfd_packet_your_discr(data));
	if (!s || !READ_ONCE(s->express))
		return NF_ACCEPT;
	spin_lock(&s->lock);
	if (likely(is_for(s, p, now)))
		drop = take(s, p, data, now, &answer);
	spin_unlock(&s->lock);
	if (unlikely(answer))
		bfd_tx_send(s, answer);
	if (unlikely(drop == NOT_OURS))
		return NF_ACCEPT;
	if (unlikely(drop)) {
		this_cpu_inc(p->link->bn->drops[drop]);
		return NF_DROP;
	}
	napi_consume_skb(p->skb, 1);	/* we are in a softirq, or as good as */
	return NF_STOLEN;
}
