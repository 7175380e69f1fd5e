// SPDX-License-Identifier: GPL-2.0
/*
 * The Echo function (RFC 5880, 6.4, 6.8.5, 6.8.9; RFC 5881, 4): sending.
 *
 * An echo is addressed to ourselves and handed to the neighbor, which forwards
 * it as it would any packet. So it cannot take the way of other packets: IP
 * would deliver an outgoing one at once, and drop an incoming one whose source
 * is an address of ours. Outgoing echoes are given to the neighbor's entry
 * directly; incoming ones are taken from a netfilter hook on the link
 * (echo_rx.c), before IP sees them.
 */
#include "echo.h"

#include <linux/netdevice.h>
#include <linux/pkt_sched.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/udp.h>
#include <net/dst.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/ndisc.h>
#include <net/neighbour.h>
#include <net/route.h>

#include "session.h"

static bfd_timer_fn tx_timer_fn, detect_timer_fn;

/* ---- configuration ---- */

bool bfd_echo_wanted(const struct bfd_fsm_config *cfg)
{
	return cfg->echo || cfg->required_min_echo_rx || cfg->unaffiliated;
}

static struct bfd_echo *echo_alloc(struct bfd_session *s, const struct bfd_fsm_config *cfg)
{
	struct bfd_echo *e = kzalloc(sizeof(*e), GFP_KERNEL_ACCOUNT);
	unsigned int cpu = bfd_timer_cpu(&s->tx_timer);

	if (!e)
		return NULL;
	e->session = s;
	e->loop_interval = (u64)cfg->required_min_echo_rx * NSEC_PER_USEC;
	e->window.next = get_random_u32();
	get_random_bytes(&e->key, sizeof(e->key));
	bfd_timer_init(&e->tx_timer, cpu, tx_timer_fn, BFD_LATE_TX);
	bfd_timer_init(&e->detect_timer, cpu, detect_timer_fn, BFD_LATE_LOOK);
	return e;
}

int bfd_echo_prepare(struct bfd_net *bn, struct bfd_session *s, const struct bfd_fsm_config *cfg)
{
	struct bfd_echo *e;

	lockdep_assert_held(&bn->lock);
	if (s->echo || !bfd_echo_wanted(cfg))
		return 0;
	e = echo_alloc(s, cfg);
	if (!e)
		return -ENOMEM;
	spin_lock_bh(&s->lock);
	WRITE_ONCE(s->echo, e);
	spin_unlock_bh(&s->lock);
	return 0;
}

void bfd_echo_free(struct bfd_echo *e)
{
	kfree_sensitive(e);
}

/*
 * The peer may keep to the pace it was told until it has heard another one. If
 * it has not within its Detection Time, it is not Up any more.
 */
void bfd_echo_configure(struct bfd_session *s, const struct bfd_fsm_config *cfg, u64 now)
{
	u64 interval = (u64)cfg->required_min_echo_rx * NSEC_PER_USEC;
	struct bfd_echo *e = s->echo;
	u64 told;

	if (!e || interval == e->loop_interval)
		return;
	told = (u64)max_t(u32, s->fsm.tx_interval, BFD_SLOW_INTERVAL_US) * NSEC_PER_USEC;
	if (e->loop_interval) {
		e->old_loop_interval = e->loop_interval;
		e->old_loop_until = now + told * s->fsm.cfg.detect_mult;
	}
	e->loop_interval = interval;
}

/* ---- addresses and output ---- */

void bfd_echo_addrs(const struct bfd_session *s, union bfd_addr *source, union bfd_addr *dest)
{
	*dest = s->source;
	*source = s->source;
	bfd_echo_source_addr(bfd_net(s->net), s->key.family, source);
}

void bfd_echo_send(struct bfd_session *s, struct sk_buff *skb)
{
	int ret;

	if (!skb)
		return;
	ret = bfd_tx_neighbor(s, skb);
	ret = net_xmit_eval(ret);
	if (likely(!ret))
		return;
	spin_lock(&s->lock);
	bfd_tx_failed(s, ret < 0 ? ret : -ENOBUFS);
	spin_unlock(&s->lock);
}

/* ---- our echoes ---- */

static u64 digest(const struct bfd_echo *e, const struct bfd_echo_packet *p)
{
	return siphash_2u64((u64)p->discr << 32 | p->sequence, p->time, &e->key);
}

static void write_payload(struct bfd_session *s, void *data, u64 now)
{
	struct bfd_echo_packet p = {
		.discr = s->fsm.local_discr,
		.sequence = bfd_echo_window_send(&s->echo->window),
		.time = now,
	};

	p.digest = digest(s->echo, &p);
	bfd_echo_build(&p, data);
}

static __sum16 write_ip4(const struct bfd_session *s, struct iphdr *iph, unsigned int len)
{
	union bfd_addr source, dest;

	bfd_echo_addrs(s, &source, &dest);
	*iph = (struct iphdr) {
		.version = 4,
		.ihl = sizeof(*iph) / 4,
		.tos = s->dscp << 2,
		.tot_len = htons(sizeof(*iph) + len),
		.frag_off = htons(IP_DF),
		.ttl = BFD_TTL,
		.protocol = IPPROTO_UDP,
		.saddr = source.ip,
		.daddr = dest.ip,
	};
	ip_send_check(iph);
	return csum_tcpudp_magic(iph->saddr, iph->daddr, len, IPPROTO_UDP, 0);
}

static __sum16 write_ip6(const struct bfd_session *s, struct ipv6hdr *ip6h, unsigned int len)
{
	union bfd_addr source, dest;

	bfd_echo_addrs(s, &source, &dest);
	*ip6h = (struct ipv6hdr) {
		.payload_len = htons(len),
		.nexthdr = IPPROTO_UDP,
		.hop_limit = BFD_TTL,
		.saddr = source.ip6,
		.daddr = dest.ip6,
	};
	ip6_flow_hdr(ip6h, s->dscp << 2, 0);
	return csum_ipv6_magic(&ip6h->saddr, &ip6h->daddr, len, IPPROTO_UDP, 0);
}

static struct sk_buff *build(struct bfd_session *s, u64 now)
{
	unsigned int len = sizeof(struct udphdr) + BFD_ECHO_LEN;
	bool six = s->key.family == AF_INET6;
	unsigned int ip_len = six ? sizeof(struct ipv6hdr) : sizeof(struct iphdr);
	struct sk_buff *skb;
	struct udphdr *uh;
	__sum16 pseudo;

	skb = bfd_echo_skb(s, ip_len + len);
	if (!skb)
		return NULL;
	pseudo = six ? write_ip6(s, (void *)skb->data, len) : write_ip4(s, (void *)skb->data, len);
	uh = (void *)skb->data + ip_len;
	uh->source = htons(s->source_port);
	uh->dest = htons(BFD_PORT_ECHO);
	uh->len = htons(len);
	uh->check = ~pseudo;
	bfd_echo_checksum_later(skb, ip_len);
	write_payload(s, uh + 1, now);
	s->echo->tx_count++;
	s->tx_error = 0;
	return skb;
}

struct sk_buff *bfd_echo_skb(struct bfd_session *s, unsigned int len)
{
	struct sk_buff *skb;
	int ret = bfd_tx_route(s);

	if (ret)
		goto failed;
	skb = bfd_skb_alloc(LL_RESERVED_SPACE(s->dst->dev), len);
	ret = -ENOMEM;
	if (!skb)
		goto failed;
	skb_reset_network_header(skb);
	skb_put(skb, len);
	skb->protocol = s->key.family == AF_INET6 ? htons(ETH_P_IPV6) : htons(ETH_P_IP);
	skb->priority = TC_PRIO_CONTROL;
	skb_dst_set_noref(skb, s->dst);
	return skb;
failed:
	bfd_tx_failed(s, ret);
	return NULL;
}

void bfd_echo_checksum_later(struct sk_buff *skb, unsigned int at)
{
	skb_set_transport_header(skb, at);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_transport_header(skb) - skb->head;
	skb->csum_offset = offsetof(struct udphdr, check);
}

static void schedule_tx(struct bfd_session *s, u64 now)
{
	u32 interval = s->fsm.echo_interval, raster = bfd_tx_raster(&s->tx_timer, interval);
	u64 due = s->echo->last_tx +
		  bfd_tx_delay(interval, s->fsm.cfg.detect_mult, raster,
			       bfd_timer_late_lately(&s->echo->tx_timer), bfd_tx_random(s));

	bfd_timer_arm(&s->echo->tx_timer, ALIGN(due, (u64)raster), now);
}

static void schedule_detection(struct bfd_session *s, u64 now)
{
	struct bfd_echo *e = s->echo;

	bfd_detect_schedule(&e->detect_timer, &e->suspect, e->last_rx + s->fsm.echo_detection_time,
			    s->fsm.echo_interval, now);
}

void bfd_echo_forgive(u64 *last_rx, u64 late, u64 now)
{
	*last_rx = min(*last_rx + late, now);
}

static void tx_timer_fn(struct bfd_timer *timer, u64 now)
{
	struct bfd_echo *e = container_of(timer, struct bfd_echo, tx_timer);
	struct bfd_session *s = e->session;
	struct sk_buff *skb = NULL;
	u64 late;

	spin_lock(&s->lock);
	/* while we came here, another CPU put it anew, or called it off */
	if (!s->dead && !bfd_timer_pending(timer) && s->fsm.echo_interval) {
		late = now - timer->deadline;
		if (unlikely(late > BFD_TX_LATE_NS))
			bfd_echo_forgive(&e->last_rx, late, now);
		skb = build(s, now);
		e->last_tx = now;
		schedule_tx(s, now);
	}
	spin_unlock(&s->lock);
	bfd_echo_send(s, skb);
}

static void detect_timer_fn(struct bfd_timer *timer, u64 now)
{
	struct bfd_echo *e = container_of(timer, struct bfd_echo, detect_timer);
	struct bfd_session *s = e->session;
	const struct bfd_fsm *f = &s->fsm;
	struct sk_buff *skb = NULL;
	u8 old_state;
	u64 deadline;

	spin_lock(&s->lock);
	old_state = f->session_state;
	deadline = e->last_rx + f->echo_detection_time;
	if (!s->dead && f->echo_interval &&
	    bfd_detect_look(timer, &e->suspect, deadline, f->echo_detection_time,
			    f->echo_interval, now)) {
		bfd_wheel_count_detection(timer, now - deadline);
		skb = bfd_session_act(s, bfd_fsm_echo_failed(&s->fsm, now), old_state, now);
	}
	spin_unlock(&s->lock);
	bfd_tx_send(s, skb);
}

void bfd_echo_follow(struct bfd_session *s, u64 now)
{
	struct bfd_echo *e = s->echo;

	lockdep_assert_held(&s->lock);
	if (!s->fsm.echo_interval) {
		bfd_echo_stop(s);
		bfd_echo_window_clear(&e->window);
		e->watched = 0;
		return;
	}
	/* the first echo, and the first at a faster pace, has its whole time */
	if (s->fsm.echo_detection_time < e->watched || !e->watched)
		e->last_rx = now;
	if (e->watched)
		schedule_tx(s, now);
	else
		bfd_timer_arm(&e->tx_timer, now, now);
	e->watched = s->fsm.echo_detection_time;
	schedule_detection(s, now);
}

void bfd_echo_stop(struct bfd_session *s)
{
	if (!s->echo)
		return;
	bfd_timer_cancel(&s->echo->tx_timer);
	bfd_timer_cancel(&s->echo->detect_timer);
}

static void measure(struct bfd_echo *e, u64 rtt)
{
	e->rtt_min = e->rtt_count ? min(e->rtt_min, rtt) : rtt;
	e->rtt_max = max(e->rtt_max, rtt);
	e->rtt_sum += rtt;
	e->rtt_count++;
}

enum bfd_drop bfd_echo_returned(struct bfd_session *s, const void *data, size_t len, u64 now)
{
	struct bfd_echo *e = s->echo;
	struct bfd_echo_packet p;
	enum bfd_drop drop;

	drop = bfd_echo_parse(data, len, &p);
	if (drop)
		return drop;
	if (p.digest != digest(e, &p))
		return BFD_DROP_ECHO_DIGEST;
	if (now - p.time > s->fsm.echo_detection_time ||
	    !bfd_echo_window_return(&e->window, p.sequence))
		return BFD_DROP_ECHO_STALE;
	measure(e, now - p.time);
	e->last_rx = now;
	e->rx_count++;
	return BFD_DROP_NONE;
}

void bfd_echo_clear_stats(struct bfd_session *s)
{
	struct bfd_echo *e = s->echo;

	if (!e)
		return;
	e->rx_count = 0;
	e->tx_count = 0;
	e->looped = 0;
	e->rtt_max = 0;
	e->rtt_sum = 0;
	e->rtt_count = 0;
}
