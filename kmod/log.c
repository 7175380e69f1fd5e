// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's log: why sessions went down, for those who read it later.
 *
 * Only when asked to. A line goes to the console before printk() returns, and a
 * serial console takes milliseconds for it; all of that in softirq, where other
 * sessions wait for their turn.
 */
#define pr_fmt(fmt) "bfd: " fmt

#include <linux/inet.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/ratelimit.h>
#include <net/net_namespace.h>

#include "bfd.h"

static bool log_down;
module_param(log_down, bool, 0644);
MODULE_PARM_DESC(log_down, "log every session that goes down, with the times of its last packets (N)");

static const char * const diags[] = {
	[BFD_DIAG_NONE] = "none",
	[BFD_DIAG_CONTROL_EXPIRY] = "control-expiry",
	[BFD_DIAG_ECHO_FAILED] = "echo-failed",
	[BFD_DIAG_NEIGHBOR_DOWN] = "neighbor-down",
	[BFD_DIAG_FORWARDING_RESET] = "forwarding-reset",
	[BFD_DIAG_PATH_DOWN] = "path-down",
	[BFD_DIAG_CONCATENATED_PATH_DOWN] = "concatenated-path-down",
	[BFD_DIAG_ADMIN_DOWN] = "admin-down",
	[BFD_DIAG_REVERSE_CONCATENATED_PATH_DOWN] = "reverse-concatenated-path-down",
	[BFD_DIAG_MIS_CONNECTIVITY_DEFECT] = "mis-connectivity-defect",
};

static const char *diag_name(u8 diag)
{
	return diag < ARRAY_SIZE(diags) ? diags[diag] : "unknown";
}

/* "30.001 40.066 50.132" */
static void format_ages(const struct bfd_session *s, u64 now, char *text, size_t size)
{
	unsigned int i;
	u64 time, us, ms;
	u32 rest;
	int len = 0;

	text[0] = '\0';
	for (i = 0; i < BFD_LAST_RECEIVE_TIMES; i++) {
		time = bfd_rx_time(s, i);
		if (!time)
			break;
		/* another CPU's clock may be read a little later than ours was */
		us = now > time ? div_u64(now - time, NSEC_PER_USEC) : 0;
		ms = div_u64_rem(us, USEC_PER_MSEC, &rest);
		len += scnprintf(text + len, size - len, " %llu.%03u", ms, rest);
	}
}

static void print_down(const struct bfd_session *s, u64 now)
{
	char ages[BFD_LAST_RECEIVE_TIMES * 26], peer[INET6_ADDRSTRLEN];

	if (s->key.family == AF_INET6)
		snprintf(peer, sizeof(peer), "%pI6c", &s->key.peer.ip6);
	else
		snprintf(peer, sizeof(peer), "%pI4", &s->key.peer.ip);
	format_ages(s, now, ages, sizeof(ages));
	pr_info("session %u with %s%s%s is down: %s, remote %s; last packets%s ms before (netns %u)\n",
		s->id, peer, s->ifname[0] ? " dev " : "", s->ifname,
		diag_name(s->fsm.local_diag), diag_name(s->fsm.remote_diag), ages,
		s->net->ns.inum);
}

/* Who can make network namespaces for themselves shall not fill the log. */
void bfd_log_down(const struct bfd_session *s, u64 now)
{
	lockdep_assert_held(&s->lock);
	if (likely(!READ_ONCE(log_down)) || !bfd_net_privileged(s->net) ||
	    !__ratelimit(&bfd_net(s->net)->log_limit))
		return;
	print_down(s, now);
}
