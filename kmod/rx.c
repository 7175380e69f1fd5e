// SPDX-License-Identifier: GPL-2.0
/*
 * Reception: RFC 5880, 6.8.6, with what RFC 5881 and RFC 5883 add.
 */
#include <linux/ktime.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/udp.h>
#include <net/inet_sock.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/route.h>
#include <net/sock.h>

#include "session.h"

/**
 * struct bfd_rx - a packet and where it came from
 * @skb: data at the UDP header
 * @bs: the socket it came by
 * @ifindex: the link it came by
 * @vrf: ifindex of the VRF it came by, or 0
 * @ttl: TTL or hop limit
 * @packet: the contents
 */
struct bfd_rx {
	struct sk_buff *skb;
	struct bfd_sock *bs;
	int ifindex;
	u32 vrf;
	u8 ttl;
	struct bfd_packet packet;
};

static bool is_unicast(const struct bfd_rx *rx)
{
	const struct rtable *rt;

	if (rx->skb->pkt_type != PACKET_HOST)
		return false;
	if (rx->bs->family == AF_INET6)
		return !ipv6_addr_is_multicast(&ipv6_hdr(rx->skb)->daddr);
	rt = skb_rtable(rx->skb);
	return rt && !(rt->rt_flags & (RTCF_MULTICAST | RTCF_BROADCAST));
}

/* With VRFs the device of the skb is the VRF's, and sdif is the link. */
static void read_path(struct bfd_rx *rx)
{
	const struct net_device *dev = rx->skb->dev;
	int sdif;

	if (rx->bs->family == AF_INET6) {
		sdif = inet6_sdif(rx->skb);
		rx->ttl = ipv6_hdr(rx->skb)->hop_limit;
	} else {
		sdif = inet_sdif(rx->skb);
		rx->ttl = ip_hdr(rx->skb)->ttl;
	}
	rx->ifindex = sdif ?: dev->ifindex;
	rx->vrf = netif_is_l3_master(dev) ? dev->ifindex : 0;
}

static const void *payload(const struct bfd_rx *rx)
{
	return rx->skb->data + sizeof(struct udphdr);
}

/* The checks of the datagram. */
static enum bfd_drop check(struct bfd_rx *rx)
{
	if (!pskb_may_pull(rx->skb, sizeof(struct udphdr) + BFD_PACKET_LEN))
		return BFD_DROP_TOO_SHORT;
	if (!is_unicast(rx))
		return BFD_DROP_NOT_UNICAST;
	read_path(rx);
	/* RFC 5881, 5: nobody farther away than the link can send these */
	if (rx->bs->port == BFD_PORT_SH && rx->ttl != BFD_TTL)
		return BFD_DROP_TTL;
	return BFD_DROP_NONE;
}

/* The checks of the packet that need no session. */
static enum bfd_drop parse(struct bfd_rx *rx)
{
	enum bfd_drop drop = bfd_packet_parse(payload(rx), rx->skb->len - sizeof(struct udphdr),
					      &rx->packet);

	if (!drop && rx->packet.auth &&
	    !pskb_may_pull(rx->skb, sizeof(struct udphdr) + rx->packet.len))
		return BFD_DROP_TOO_SHORT;
	return drop;
}

/* Your Discriminator is 0: the addresses tell. */
static struct bfd_session *find_by_peer(const struct bfd_rx *rx)
{
	struct bfd_peer_key key = {
		.family = rx->bs->family,
		.dport = rx->bs->port,
		.vrf = rx->vrf,
	};
	union bfd_addr local = {};

	if (key.family == AF_INET6) {
		const struct ipv6hdr *ip6h = ipv6_hdr(rx->skb);

		key.peer.ip6 = ip6h->saddr;
		local.ip6 = ip6h->daddr;
		if (ipv6_addr_type(&ip6h->saddr) & IPV6_ADDR_LINKLOCAL)
			key.scope = rx->ifindex;
	} else {
		key.peer.ip = ip_hdr(rx->skb)->saddr;
		local.ip = ip_hdr(rx->skb)->daddr;
	}
	return bfd_session_for_packet(rx->bs->bn, &key, &local, rx->ifindex);
}

/*
 * The checks against the session. The sender's address is not among them once
 * it knows our discriminator (6.3), but the way the packet came is.
 */
static enum bfd_drop check_session(const struct bfd_session *s, const struct bfd_rx *rx)
{
	if (s->sock != rx->bs || s->key.vrf != rx->vrf)
		return BFD_DROP_WRONG_PATH;
	if (s->ifindex && s->ifindex != rx->ifindex)
		return BFD_DROP_WRONG_PATH;
	if (rx->ttl < s->rx_ttl)
		return BFD_DROP_TTL;
	return BFD_DROP_NONE;
}

static enum bfd_drop count_drop(struct bfd_session *s, enum bfd_drop drop)
{
	s->rx_invalid++;
	s->drops[drop]++;
	return drop;
}

/* Whoever does not know yet how packets are authenticated now is told again. */
static enum bfd_drop refuse(struct bfd_session *s, enum bfd_drop drop, struct sk_buff **answer)
{
	if (unlikely(s->auth_told))
		*answer = bfd_session_auth_remind(s, ktime_get_ns());
	return count_drop(s, drop);
}

enum bfd_drop bfd_rx_accept(struct bfd_session *s, const struct bfd_packet *p, const void *data,
			    struct sk_buff **answer)
{
	u8 old_state = s->fsm.session_state;
	unsigned int act = 0;
	enum bfd_drop drop;
	u64 now;

	if (unlikely(p->auth && !s->auth))
		return refuse(s, BFD_DROP_AUTH_UNEXPECTED, answer);
	now = ktime_get_ns();
	if (unlikely(s->auth)) {
		drop = bfd_session_authenticate(s, p, data, now, &act);
		if (drop)
			return refuse(s, drop, answer);
	}
	if (unlikely(s->auth_told))
		s->auth_told = 0;
	act |= bfd_fsm_receive(&s->fsm, p, now);
	if (unlikely(s->auth))
		bfd_session_auth_heard(s, now);
	if (act)
		*answer = bfd_session_act(s, act, old_state, now);
	else
		bfd_fsm_remember(&s->fsm, p, data);
	if (unlikely(act & BFD_ACT_DISCARD))
		return count_drop(s, BFD_DROP_ADMIN_DOWN);
	bfd_rx_accepted(s, now);
	return BFD_DROP_NONE;
}

/*
 * The checks against the session, and the packet's effect on it. Nearly all packets are
 * the usual one. What is wrong with a packet itself comes before what is with its way.
 */
static enum bfd_drop accept(struct bfd_session *s, struct bfd_rx *rx, struct sk_buff **answer)
{
	enum bfd_drop wrong_way = check_session(s, rx), drop;

	if (likely(!wrong_way && bfd_rx_is_usual(s, payload(rx)))) {
		bfd_rx_usual(s, ktime_get_ns());
		return BFD_DROP_NONE;
	}
	drop = parse(rx);
	if (drop)
		return drop;
	if (unlikely(wrong_way))
		return count_drop(s, wrong_way);
	return bfd_rx_accept(s, &rx->packet, payload(rx), answer);
}

/* @gone: the reason to drop it if the session is about to go */
static enum bfd_drop receive_for(struct bfd_session *s, struct bfd_rx *rx, enum bfd_drop gone)
{
	struct sk_buff *answer = NULL;
	enum bfd_drop drop = gone;

	spin_lock(&s->lock);
	if (likely(!s->dead))
		drop = accept(s, rx, &answer);
	spin_unlock(&s->lock);
	if (unlikely(answer))
		bfd_tx_send(s, answer);
	return drop;
}

static enum bfd_drop receive(struct bfd_rx *rx)
{
	enum bfd_drop drop = check(rx);
	struct bfd_session *s;
	u32 discr;

	if (unlikely(drop))
		return drop;
	discr = bfd_packet_your_discr(payload(rx));
	if (likely(discr)) {
		s = bfd_session_by_discr(rx->bs->bn, discr);
		if (likely(s))
			return receive_for(s, rx, BFD_DROP_YOUR_DISCRIMINATOR);
	}
	/* the first packets of a peer name no session; none is looked for if they are bad */
	drop = parse(rx);
	if (drop)
		return drop;
	if (discr)
		return BFD_DROP_YOUR_DISCRIMINATOR;
	s = find_by_peer(rx);
	return s ? receive_for(s, rx, BFD_DROP_NO_SESSION) : BFD_DROP_NO_SESSION;
}

/* IP delivers in an RCU read side. */
int bfd_rcv(struct sock *sk, struct sk_buff *skb)
{
	enum bfd_drop drop;
	struct bfd_rx rx;

	rx.skb = skb;
	rx.bs = rcu_dereference_sk_user_data(sk);
	if (likely(rx.bs)) {
		drop = receive(&rx);
		if (likely(!drop)) {
			napi_consume_skb(skb, 1);	/* we are in a softirq, or as good as */
			skb = NULL;
		} else {
			this_cpu_inc(rx.bs->bn->drops[drop]);
		}
	}
	kfree_skb(skb);
	return 0;
}
