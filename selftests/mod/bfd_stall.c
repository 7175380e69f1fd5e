// SPDX-License-Identifier: GPL-2.0
/*
 * Holds the CPU with interrupts off, as a bad driver or firmware does: write
 * microseconds to /sys/module/bfd_stall/parameters/now. In virtual time it
 * takes exactly as long.
 */
#include <linux/delay.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/module.h>

#define MAX_US	10000000

static int hold(const char *text, const struct kernel_param *kp)
{
	unsigned long flags;
	unsigned int us;
	int ret = kstrtouint(text, 0, &us);

	if (ret || us > MAX_US)
		return ret ?: -ERANGE;
	local_irq_save(flags);
	mdelay(us / 1000);
	udelay(us % 1000);
	local_irq_restore(flags);
	return 0;
}

static const struct kernel_param_ops now_ops = {
	.set = hold,
};

module_param_cb(now, &now_ops, NULL, 0200);
MODULE_PARM_DESC(now, "microseconds to hold the CPU");

MODULE_DESCRIPTION("Holds the CPU");
MODULE_LICENSE("GPL");
