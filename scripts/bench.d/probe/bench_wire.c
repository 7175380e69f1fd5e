// SPDX-License-Identifier: GPL-2.0
/*
 * Notes when BFD Control packets are handed to a driver, whoever sends them:
 * what a capture would tell, without waking a process and copying packets.
 *
 * /sys/kernel/debug/bench_wire/control: write "start" to begin with an empty
 * log, or "count" to do without one, and "stop". Reading it tells CLOCK_MONOTONIC
 * of both in nanoseconds, the number of packets in the log, how many found no
 * room, and how many said that a session is not Up; then, for each kind of softirq,
 * the longest time that it ran in one go. log: struct record each.
 */
#include <linux/atomic.h>
#include <linux/debugfs.h>
#include <linux/interrupt.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/skbuff.h>
#include <linux/tracepoint.h>
#include <linux/udp.h>
#include <linux/vmalloc.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#define PORT		3784
#define BFD_LEN		24
#define MAX_RECORDS	(16 << 20)
#define STATE_SHIFT	24
#define UP		3

/**
 * struct record - a packet that was sent
 * @ns: when, CLOCK_MONOTONIC
 * @discr: My Discriminator
 * @end: the state in it, and 24 bits that tell network namespaces apart
 */
struct record {
	u64 ns;
	u32 discr;
	u32 end;
};

static unsigned int records = 1 << 20;
module_param(records, uint, 0444);
MODULE_PARM_DESC(records, "room in the log");

static bool softirqs = true;
module_param(softirqs, bool, 0444);
MODULE_PARM_DESC(softirqs, "time softirqs, which costs some of what is measured");

static struct tracepoint *sent, *entry, *leave;
static struct dentry *dir;
static struct debugfs_blob_wrapper log_blob;

static struct record *log;
static atomic_t used, not_up;
static bool running, logging;
static u64 started_ns, stopped_ns;
static u64 longest[NR_SOFTIRQS];
static DEFINE_PER_CPU(u64, entered_ns);

/* The UDP header, if there is one with room for a Control packet behind it. */
static const struct udphdr *udp_of(const struct sk_buff *skb)
{
	const u8 *head = skb_network_header(skb);
	unsigned int len, at;

	len = skb_tail_pointer(skb) - head;
	if (skb->protocol == htons(ETH_P_IP)) {
		const struct iphdr *iph = (const struct iphdr *)head;

		if (len < sizeof(*iph) || iph->protocol != IPPROTO_UDP)
			return NULL;
		at = iph->ihl * 4;
	} else if (skb->protocol == htons(ETH_P_IPV6)) {
		const struct ipv6hdr *ip6h = (const struct ipv6hdr *)head;

		if (len < sizeof(*ip6h) || ip6h->nexthdr != IPPROTO_UDP)
			return NULL;
		at = sizeof(*ip6h);
	} else {
		return NULL;
	}
	if (len < at + sizeof(struct udphdr) + BFD_LEN)
		return NULL;
	return (const struct udphdr *)(head + at);
}

static void on_xmit(void *data, const struct sk_buff *skb, const struct net_device *dev)
{
	const struct udphdr *uh;
	struct record *r;
	const u8 *bfd;
	unsigned int n;

	if (!READ_ONCE(running))
		return;
	/* a flood */
	if (skb->sk && skb->sk->sk_family == AF_PACKET)
		return;
	uh = udp_of(skb);
	if (!uh || uh->dest != htons(PORT))
		return;
	bfd = (const u8 *)(uh + 1);
	if (bfd[1] >> 6 != UP)
		atomic_inc(&not_up);
	if (!logging)
		return;
	n = atomic_inc_return(&used) - 1;
	if (n >= records)
		return;
	r = &log[n];
	r->ns = ktime_get_ns();
	memcpy(&r->discr, bfd + 4, sizeof(r->discr));
	r->end = (u32)(bfd[1] >> 6) << STATE_SHIFT |
		 (dev_net(dev)->ns.inum & (BIT(STATE_SHIFT) - 1));
}

static void on_entry(void *data, unsigned int vec)
{
	this_cpu_write(entered_ns, ktime_get_ns());
}

/* Two CPUs may disagree for a moment: one is the rule. */
static void on_leave(void *data, unsigned int vec)
{
	u64 took = ktime_get_ns() - this_cpu_read(entered_ns);

	if (READ_ONCE(running) && this_cpu_read(entered_ns) >= started_ns)
		longest[vec] = max(longest[vec], took);
}

static int control_show(struct seq_file *m, void *unused)
{
	unsigned int n = atomic_read(&used);
	int vec;

	seq_printf(m, "%llu %llu %u %u %u", started_ns, stopped_ns, min(n, records),
		   n > records ? n - records : 0, atomic_read(&not_up));
	for (vec = 0; vec < NR_SOFTIRQS; vec++)
		seq_printf(m, " %llu", longest[vec]);
	seq_putc(m, '\n');
	return 0;
}

static int control_open(struct inode *inode, struct file *file)
{
	return single_open(file, control_show, NULL);
}

static void begin(bool with_log)
{
	WRITE_ONCE(running, false);
	tracepoint_synchronize_unregister();	/* nobody is in on_xmit() */
	atomic_set(&used, 0);
	atomic_set(&not_up, 0);
	log_blob.size = 0;
	memset(longest, 0, sizeof(longest));
	logging = with_log;
	started_ns = ktime_get_ns();
	WRITE_ONCE(running, true);
}

static void end(void)
{
	WRITE_ONCE(running, false);
	stopped_ns = ktime_get_ns();
	tracepoint_synchronize_unregister();
	log_blob.size = sizeof(*log) * min_t(unsigned int, atomic_read(&used), records);
}

static ssize_t control_write(struct file *file, const char __user *from, size_t size,
			     loff_t *pos)
{
	char word[8] = {};

	if (size >= sizeof(word))
		return -EINVAL;
	if (copy_from_user(word, from, size))
		return -EFAULT;
	if (sysfs_streq(word, "start"))
		begin(true);
	else if (sysfs_streq(word, "count"))
		begin(false);
	else if (sysfs_streq(word, "stop"))
		end();
	else
		return -EINVAL;
	return size;
}

static const struct file_operations control_fops = {
	.owner = THIS_MODULE,
	.open = control_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = single_release,
	.write = control_write,
};

static void find_tracepoint(struct tracepoint *tp, void *unused)
{
	if (!strcmp(tp->name, "net_dev_start_xmit"))
		sent = tp;
	else if (!strcmp(tp->name, "softirq_entry"))
		entry = tp;
	else if (!strcmp(tp->name, "softirq_exit"))
		leave = tp;
}

static void unregister(void)
{
	tracepoint_probe_unregister(sent, on_xmit, NULL);
	if (softirqs) {
		tracepoint_probe_unregister(entry, on_entry, NULL);
		tracepoint_probe_unregister(leave, on_leave, NULL);
	}
	tracepoint_synchronize_unregister();
}

static int register_probes(void)
{
	int ret = tracepoint_probe_register(sent, on_xmit, NULL);

	if (ret || !softirqs)
		return ret;
	return tracepoint_probe_register(entry, on_entry, NULL) ?:
	       tracepoint_probe_register(leave, on_leave, NULL);
}

static int __init wire_init(void)
{
	int ret;

	if (!records || records > MAX_RECORDS)
		return -EINVAL;
	for_each_kernel_tracepoint(find_tracepoint, NULL);
	if (!sent || !entry || !leave)
		return -ENOENT;
	log = vmalloc(array_size(records, sizeof(*log)));
	if (!log)
		return -ENOMEM;
	/* page by page now, not when packets are noted */
	memset(log, 0, array_size(records, sizeof(*log)));
	log_blob.data = log;
	ret = register_probes();
	if (ret) {
		unregister();
		vfree(log);
		return ret;
	}
	dir = debugfs_create_dir("bench_wire", NULL);
	debugfs_create_file("control", 0600, dir, NULL, &control_fops);
	debugfs_create_blob("log", 0400, dir, &log_blob);
	return 0;
}

static void __exit wire_exit(void)
{
	debugfs_remove_recursive(dir);
	unregister();
	vfree(log);
}

module_init(wire_init);
module_exit(wire_exit);

MODULE_DESCRIPTION("When BFD packets are sent");
MODULE_LICENSE("GPL");
