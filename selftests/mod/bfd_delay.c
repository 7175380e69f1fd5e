// SPDX-License-Identifier: GPL-2.0
/*
 * Holds up packets of sessions between the moment at which they are built and the
 * one at which they are handed to IP, each for another time of up to us
 * microseconds. What another CPU builds meanwhile may overtake them, if nothing
 * keeps it from that.
 */
#include <linux/delay.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/random.h>

#define MAX_US	10000

static uint us = 1000;
module_param(us, uint, 0644);
MODULE_PARM_DESC(us, "the longest delay (1000)");

static int hold_up(struct kprobe *probe, struct pt_regs *regs)
{
	/* bfd_tx_send(session, skb): most calls have no packet */
	if (regs_get_kernel_argument(regs, 1))
		udelay(get_random_u32() % (min(us, MAX_US) + 1));
	return 0;
}

static struct kprobe probe = {
	.symbol_name = "bfd_tx_send",
	.pre_handler = hold_up,
};

static int __init delay_init(void)
{
	return register_kprobe(&probe);
}
module_init(delay_init);

static void __exit delay_exit(void)
{
	unregister_kprobe(&probe);
}
module_exit(delay_exit);

MODULE_DESCRIPTION("Holds up packets between building and sending");
MODULE_LICENSE("GPL");
