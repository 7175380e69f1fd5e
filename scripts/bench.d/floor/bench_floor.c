// SPDX-License-Identifier: GPL-2.0
/*
 * The least that sending and receiving packets like BFD's costs in the kernel.
 *
 * A flow sends a prebuilt IP and UDP packet over a cached route, once in period_us:
 * 87.5 ms, as a session of 100 ms with its jitter does on average; its phase is fixed.
 * What is due within a millisecond goes out together. Sockets take the packets
 * before UDP queues them, count and free them. There is no state, no look-up and
 * no deadline.
 *
 * /sys/kernel/debug/bench_floor: a line "LINK SOURCE DESTINATION" adds a flow in
 * the network namespace of the writer, "start" starts all, "stop" stops them. Reading
 * it tells what was sent, received and failed.
 */
#include <linux/debugfs.h>
#include <linux/hrtimer.h>
#include <linux/inet.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/pkt_sched.h>
#include <linux/prandom.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/route.h>
#include <net/udp_tunnel.h>

#define PORT		3784
#define SOURCE_PORT	49152
#define BFD_LEN		24
#define UDP_LEN		(sizeof(struct udphdr) + BFD_LEN)

#define RASTER_NS	NSEC_PER_MSEC

#define MAX_FLOWS	8192

/**
 * struct end - a network namespace with flows
 * @list: in ends
 * @net: the namespace
 * @sock: what it receives through, IPv4 and IPv6
 */
struct end {
	struct list_head list;
	struct net *net;
	struct socket *sock[2];
};

/**
 * struct flow - one sender
 * @net: its namespace
 * @ifindex: of the link to send by, and so of the VRF
 * @dst: the route
 * @cookie: validates @dst
 * @phase_ns: when in a period it sends
 * @family: AF_INET or AF_INET6
 * @len: of @packet
 * @packet: from the IP header on
 */
struct flow {
	struct net *net;
	int ifindex;
	struct dst_entry *dst;
	u32 cookie;
	u32 phase_ns;
	u16 family;
	u16 len;
	u8 packet[sizeof(struct ipv6hdr) + UDP_LEN] __aligned(8);
};

static unsigned int period_us = 87500;
module_param(period_us, uint, 0444);
MODULE_PARM_DESC(period_us, "microseconds between two packets of a flow (87500)");

static LIST_HEAD(ends);
static DEFINE_MUTEX(lock);		/* everything but what a running timer uses */
static struct dentry *control;

static struct flow *flows[MAX_FLOWS];
static unsigned int n_flows;
static bool running;

static struct hrtimer timer;
static unsigned int current_flow;	/* the next one due */
static u64 base_ns;			/* start of its period */
static u64 sent, received, failed;

static int receive(struct sock *sk, struct sk_buff *skb)
{
	received++;
	consume_skb(skb);
	return 0;
}

static int open_socket(struct end *e, int family)
{
	struct sockaddr_in6 any6 = { .sin6_family = AF_INET6, .sin6_port = htons(PORT) };
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	struct udp_tunnel_sock_cfg cfg = { .encap_type = 1, .encap_rcv = receive };
	struct socket **sock = &e->sock[family == AF_INET6];
	int ret;

	ret = sock_create_kern(e->net, family, SOCK_DGRAM, IPPROTO_UDP, sock);
	if (ret)
		return ret;
	if (family == AF_INET6) {
		ret = ip6_sock_set_v6only((*sock)->sk);
		if (!ret)
			ret = kernel_bind(*sock, (void *)&any6, sizeof(any6));
	} else {
		ret = kernel_bind(*sock, (void *)&any, sizeof(any));
	}
	if (ret) {
		sock_release(*sock);
		*sock = NULL;
		return ret;
	}
	cfg.sk_user_data = e;
	setup_udp_tunnel_sock(e->net, *sock, &cfg);
	return 0;
}

static int open_end(struct net *net)
{
	struct end *e;
	int ret;

	list_for_each_entry(e, &ends, list)
		if (e->net == net)
			return 0;
	e = kzalloc(sizeof(*e), GFP_KERNEL);
	if (!e)
		return -ENOMEM;
	e->net = get_net(net);
	list_add(&e->list, &ends);
	ret = open_socket(e, AF_INET);
	return ret ?: open_socket(e, AF_INET6);
}

static void close_end(struct end *e)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(e->sock); i++)
		if (e->sock[i])
			udp_tunnel_sock_release(e->sock[i]);
	put_net(e->net);
	list_del(&e->list);
	kfree(e);
}

static int find_route4(struct flow *f)
{
	const struct iphdr *iph = (struct iphdr *)f->packet;
	struct rtable *rt;
	struct flowi4 fl4;

	rt = ip_route_output_ports(f->net, &fl4, NULL, iph->daddr, iph->saddr, htons(PORT),
				   htons(SOURCE_PORT), IPPROTO_UDP, iph->tos, f->ifindex);
	if (IS_ERR(rt))
		return PTR_ERR(rt);
	f->dst = &rt->dst;
	return 0;
}

static int find_route6(struct flow *f)
{
	const struct ipv6hdr *ip6h = (struct ipv6hdr *)f->packet;
	struct flowi6 fl6 = {
		.saddr = ip6h->saddr,
		.daddr = ip6h->daddr,
		.flowi6_oif = f->ifindex,
		.flowi6_proto = IPPROTO_UDP,
		.fl6_dport = htons(PORT),
		.fl6_sport = htons(SOURCE_PORT),
	};
	struct dst_entry *dst = ip6_route_output(f->net, NULL, &fl6);

	if (dst->error) {
		dst_release(dst);
		return -ENETUNREACH;
	}
	f->dst = dst;
	f->cookie = rt6_get_cookie((struct rt6_info *)dst);
	return 0;
}

/* Routes go stale when addresses come and go. */
static int find_route(struct flow *f)
{
	if (likely(f->dst)) {
		if (likely(dst_check(f->dst, f->cookie)))
			return 0;
		dst_release(f->dst);
		f->dst = NULL;
	}
	return f->family == AF_INET6 ? find_route6(f) : find_route4(f);
}

static void write_udp(struct udphdr *uh, __sum16 pseudo)
{
	u8 *bfd = (u8 *)(uh + 1);

	uh->source = htons(SOURCE_PORT);
	uh->dest = htons(PORT);
	uh->len = htons(UDP_LEN);
	uh->check = ~pseudo;
	bfd[0] = 1 << 5;	/* version */
	bfd[1] = 3 << 6;	/* Up */
	bfd[2] = 3;
	bfd[3] = BFD_LEN;
}

static bool write_packet4(struct flow *f, const char *source, const char *dest)
{
	struct iphdr *iph = (struct iphdr *)f->packet;

	f->family = AF_INET;
	f->len = sizeof(*iph) + UDP_LEN;
	*iph = (struct iphdr) {
		.version = 4,
		.ihl = sizeof(*iph) / 4,
		.tos = 0xc0,
		.tot_len = htons(f->len),
		.frag_off = htons(IP_DF),
		.ttl = 255,
		.protocol = IPPROTO_UDP,
	};
	if (!in4_pton(source, -1, (u8 *)&iph->saddr, -1, NULL) ||
	    !in4_pton(dest, -1, (u8 *)&iph->daddr, -1, NULL))
		return false;
	write_udp((struct udphdr *)(iph + 1),
		  csum_tcpudp_magic(iph->saddr, iph->daddr, UDP_LEN, IPPROTO_UDP, 0));
	return true;
}

static bool write_packet6(struct flow *f, const char *source, const char *dest)
{
	struct ipv6hdr *ip6h = (struct ipv6hdr *)f->packet;

	f->family = AF_INET6;
	f->len = sizeof(*ip6h) + UDP_LEN;
	*ip6h = (struct ipv6hdr) {
		.version = 6,
		.priority = 0xc,
		.payload_len = htons(UDP_LEN),
		.nexthdr = IPPROTO_UDP,
		.hop_limit = 255,
	};
	if (!in6_pton(source, -1, (u8 *)&ip6h->saddr, -1, NULL) ||
	    !in6_pton(dest, -1, (u8 *)&ip6h->daddr, -1, NULL))
		return false;
	write_udp((struct udphdr *)(ip6h + 1),
		  csum_ipv6_magic(&ip6h->saddr, &ip6h->daddr, UDP_LEN, IPPROTO_UDP, 0));
	return true;
}

static int ifindex_of(struct net *net, const char *link)
{
	struct net_device *dev = dev_get_by_name(net, link);
	int ifindex;

	if (!dev)
		return 0;
	ifindex = dev->ifindex;
	dev_put(dev);
	return ifindex;
}

static int add_flow(const char *link, const char *source, const char *dest)
{
	struct net *net = current->nsproxy->net_ns;
	int ifindex = ifindex_of(net, link);
	struct flow *f;
	bool ok;
	int ret;

	if (n_flows == MAX_FLOWS || running)
		return -EBUSY;
	if (!ifindex)
		return -ENODEV;
	ret = open_end(net);
	if (ret)
		return ret;
	f = kzalloc(sizeof(*f), GFP_KERNEL);
	if (!f)
		return -ENOMEM;
	f->net = net;
	f->ifindex = ifindex;
	if (strchr(source, ':'))
		ok = write_packet6(f, source, dest);
	else
		ok = write_packet4(f, source, dest);
	ret = ok ? find_route(f) : -EINVAL;
	if (ret) {
		kfree(f);
		return ret;
	}
	flows[n_flows++] = f;
	return 0;
}

static void transmit(struct flow *f)
{
	unsigned int headroom;
	struct sk_buff *skb;

	if (unlikely(find_route(f))) {
		failed++;
		return;
	}
	headroom = LL_RESERVED_SPACE(f->dst->dev);
	skb = alloc_skb(headroom + f->len, GFP_ATOMIC);
	if (unlikely(!skb)) {
		failed++;
		return;
	}
	skb_reserve(skb, headroom);
	skb_put_data(skb, f->packet, f->len);
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, f->len - UDP_LEN);
	skb->priority = TC_PRIO_CONTROL;
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_transport_header(skb) - skb->head;
	skb->csum_offset = offsetof(struct udphdr, check);
	skb_dst_set_noref(skb, f->dst);
	sent++;
	if (f->family == AF_INET6) {
		skb->protocol = htons(ETH_P_IPV6);
		ip6_local_out(f->net, NULL, skb);
	} else {
		skb->protocol = htons(ETH_P_IP);
		ip_local_out(f->net, NULL, skb);
	}
}

static enum hrtimer_restart transmit_due(struct hrtimer *timer)
{
	u64 now = ktime_get_ns(), next;

	rcu_read_lock();
	while ((next = base_ns + flows[current_flow]->phase_ns) <= now) {
		transmit(flows[current_flow]);
		if (++current_flow == n_flows) {
			current_flow = 0;
			base_ns += period_us * NSEC_PER_USEC;
		}
	}
	rcu_read_unlock();
	next = DIV64_U64_ROUND_UP(next, RASTER_NS) * RASTER_NS;
	hrtimer_set_expires(timer, ns_to_ktime(next));
	return HRTIMER_RESTART;
}

static int by_phase(const void *a, const void *b)
{
	const struct flow *x = *(struct flow **)a, *y = *(struct flow **)b;

	return x->phase_ns < y->phase_ns ? -1 : x->phase_ns > y->phase_ns;
}

static int start(void)
{
	struct rnd_state random;
	unsigned int i;

	if (!n_flows || running)
		return -EINVAL;
	prandom_seed_state(&random, 1);
	for (i = 0; i < n_flows; i++)
		flows[i]->phase_ns = prandom_u32_state(&random) % (u32)(period_us * NSEC_PER_USEC);
	sort(flows, n_flows, sizeof(*flows), by_phase, NULL);
	base_ns = ktime_get_ns() + period_us * NSEC_PER_USEC;
	current_flow = 0;
	running = true;
	hrtimer_init(&timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_PINNED_SOFT);
	timer.function = transmit_due;
	hrtimer_start(&timer, ns_to_ktime(base_ns), HRTIMER_MODE_ABS_PINNED_SOFT);
	return 0;
}

static int stop(void)
{
	if (!running)
		return -EINVAL;
	hrtimer_cancel(&timer);
	running = false;
	return 0;
}

static ssize_t control_write(struct file *file, const char __user *from, size_t len, loff_t *pos)
{
	char line[128], link[IFNAMSIZ], source[64], dest[64];
	int ret = -EINVAL;

	if (len >= sizeof(line) || copy_from_user(line, from, len))
		return -EFAULT;
	line[len] = '\0';
	mutex_lock(&lock);
	if (sscanf(line, "%15s %63s %63s", link, source, dest) == 3)
		ret = add_flow(link, source, dest);
	else if (!strcmp(strim(line), "start"))
		ret = start();
	else if (!strcmp(strim(line), "stop"))
		ret = stop();
	mutex_unlock(&lock);
	return ret ?: len;
}

static int control_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "flows %u sent %llu received %llu failed %llu\n", n_flows, sent, received,
		   failed);
	return 0;
}

static int control_open(struct inode *inode, struct file *file)
{
	return single_open(file, control_show, NULL);
}

static const struct file_operations control_fops = {
	.owner = THIS_MODULE,
	.open = control_open,
	.read = seq_read,
	.write = control_write,
	.release = single_release,
};

static int __init floor_init(void)
{
	control = debugfs_create_file("bench_floor", 0600, NULL, NULL, &control_fops);
	return PTR_ERR_OR_ZERO(control);
}

static void __exit floor_exit(void)
{
	struct end *e, *next;
	unsigned int i;

	debugfs_remove(control);
	stop();
	list_for_each_entry_safe(e, next, &ends, list)
		close_end(e);
	for (i = 0; i < n_flows; i++) {
		dst_release(flows[i]->dst);
		kfree(flows[i]);
	}
}

module_init(floor_init);
module_exit(floor_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("The least that packets like BFD's cost in the kernel");
