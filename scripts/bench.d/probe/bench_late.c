// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's own floor of punctuality: an hrtimer that does nothing every
 * millisecond in a hard interrupt but to schedule a tasklet of high priority,
 * which does nothing at all. What they are late nobody's timers can do without.
 *
 * /sys/kernel/debug/bench_late: write "start" and "stop". Reading it tells, of each
 * of both, the latest in nanoseconds and how many were 0, 1, 2, ... ms late or more;
 * so: how late an interrupt was, how late a softirq.
 *
 * trace_us: when the tasklet is later than so many, have trace.c write what
 * was executed before.
 */
#include <linux/debugfs.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>

#define PERIOD_NS	NSEC_PER_MSEC
#define BUCKETS		16

static unsigned int trace_us;
module_param(trace_us, uint, 0644);
MODULE_PARM_DESC(trace_us, "write a trace when the tasklet is later, microseconds; 0: never");

/**
 * struct late - how late something was
 * @max: the latest, ns
 * @count: how often it was so many ms late, or more
 */
struct late {
	u64 max;
	u64 count[BUCKETS];
};

static struct late hard, soft;
static struct hrtimer timer;
static struct tasklet_struct tasklet;
static struct dentry *control;
static u64 due;		/* the first one that the tasklet was not called for, or 0 */

static void note(struct late *l, u64 late)
{
	unsigned int i;

	l->max = max(l->max, late);
	for (i = 0; i < BUCKETS && i * NSEC_PER_MSEC <= late; i++)
		l->count[i]++;
}

static void soft_fn(struct tasklet_struct *unused)
{
	u64 since = xchg(&due, 0);
	u64 late = since ? ktime_get_ns() - since : 0;

	note(&soft, late);
	if (trace_us && late > trace_us * (u64)NSEC_PER_USEC)
		asm volatile(".byte 0x0f, 0x1f, 0x80, 0x03, 0x44, 0x46, 0x42");
}

static enum hrtimer_restart hard_fn(struct hrtimer *t)
{
	u64 when = ktime_to_ns(hrtimer_get_expires(t));

	note(&hard, ktime_get_ns() - when);
	if (!due)
		due = when;
	tasklet_hi_schedule(&tasklet);
	hrtimer_forward_now(t, ns_to_ktime(PERIOD_NS));
	return HRTIMER_RESTART;
}

static void stop(void)
{
	hrtimer_cancel(&timer);
	tasklet_kill(&tasklet);
}

static void start(void)
{
	stop();
	memset(&hard, 0, sizeof(hard));
	memset(&soft, 0, sizeof(soft));
	due = 0;
	hrtimer_start(&timer, ns_to_ktime(PERIOD_NS), HRTIMER_MODE_REL_PINNED_HARD);
}

static void show(struct seq_file *m, const struct late *l)
{
	unsigned int i;

	seq_printf(m, "%llu", l->max);
	for (i = 0; i < BUCKETS; i++)
		seq_printf(m, " %llu", l->count[i]);
	seq_putc(m, '\n');
}

static int control_show(struct seq_file *m, void *unused)
{
	show(m, &hard);
	show(m, &soft);
	return 0;
}

static int control_open(struct inode *inode, struct file *file)
{
	return single_open(file, control_show, NULL);
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
		start();
	else if (sysfs_streq(word, "stop"))
		stop();
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

static int __init late_init(void)
{
	hrtimer_init(&timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	timer.function = hard_fn;
	tasklet_setup(&tasklet, soft_fn);
	control = debugfs_create_file("bench_late", 0600, NULL, NULL, &control_fops);
	return 0;
}

static void __exit late_exit(void)
{
	debugfs_remove(control);
	stop();
}

module_init(late_init);
module_exit(late_exit);

MODULE_DESCRIPTION("How late an hrtimer and a tasklet are");
MODULE_LICENSE("GPL");
