// SPDX-License-Identifier: GPL-2.0
/*
 * Holds a CPU with interrupts off, as a bad driver or firmware does: write
 * "CPU MILLISECONDS" to /sys/kernel/debug/bench_stall. The write returns when it
 * is over.
 */
#include <linux/debugfs.h>
#include <linux/irqflags.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/processor.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

#define MAX_MS	5000

static struct dentry *control;

static long hold(void *ms)
{
	unsigned long flags;
	u64 end;

	local_irq_save(flags);
	end = ktime_get_ns() + *(unsigned int *)ms * (u64)NSEC_PER_MSEC;
	while (ktime_get_ns() < end)
		cpu_relax();
	local_irq_restore(flags);
	return 0;
}

static ssize_t control_write(struct file *file, const char __user *from, size_t size,
			     loff_t *pos)
{
	unsigned int cpu, ms;
	char line[32] = {};
	long ret;

	if (size >= sizeof(line))
		return -EINVAL;
	if (copy_from_user(line, from, size))
		return -EFAULT;
	if (sscanf(line, "%u %u", &cpu, &ms) != 2 || cpu >= nr_cpu_ids || ms > MAX_MS)
		return -EINVAL;
	ret = work_on_cpu_safe(cpu, hold, &ms);
	return ret ?: size;
}

static const struct file_operations control_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = control_write,
};

static int __init stall_init(void)
{
	control = debugfs_create_file("bench_stall", 0200, NULL, NULL, &control_fops);
	return 0;
}

static void __exit stall_exit(void)
{
	debugfs_remove(control);
}

module_init(stall_init);
module_exit(stall_exit);

MODULE_DESCRIPTION("Holds a CPU");
MODULE_LICENSE("GPL");
