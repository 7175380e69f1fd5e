// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * What numbers of the statistics are called, and which belong together.
 */
#include <string.h>
#include "internal.h"

static const char * const net_names[BFD_A_NET_MAX + 1] = {
	[BFD_A_NET_NUMBER_OF_SESSIONS] = "number-of-sessions",
	[BFD_A_NET_NUMBER_OF_SESSIONS_UP] = "number-of-sessions-up",
	[BFD_A_NET_NUMBER_OF_SESSIONS_DOWN] = "number-of-sessions-down",
	[BFD_A_NET_NUMBER_OF_SESSIONS_ADMIN_DOWN] =
		"number-of-sessions-admin-down",
	[BFD_A_NET_MAX_SESSIONS] = "max-sessions",
	[BFD_A_NET_PACKET_RATE] = "packet-rate",
	[BFD_A_NET_MAX_PACKET_RATE] = "max-packet-rate",
	[BFD_A_NET_EVENT_SEQUENCE] = "event-sequence",
	[BFD_A_NET_DROPS] = "drops",
};

static const char * const cpu_names[BFD_A_CPU_MAX + 1] = {
	[BFD_A_CPU_NUMBER] = "cpu",
	[BFD_A_CPU_SESSIONS] = "sessions",
	[BFD_A_CPU_WAKEUPS] = "wakeups",
	[BFD_A_CPU_LATE_MAX] = "late-max",
	[BFD_A_CPU_LATE_HISTOGRAM] = "late-histogram",
	[BFD_A_CPU_TX_LATE_1MS] = "tx-late-1ms",
	[BFD_A_CPU_TX_LATE_5MS] = "tx-late-5ms",
	[BFD_A_CPU_TX_LATE_20MS] = "tx-late-20ms",
	[BFD_A_CPU_STALL_GUARD] = "stall-guard",
	[BFD_A_CPU_WHEEL_OCCUPANCY] = "wheel-occupancy",
	[BFD_A_CPU_TX_LATE_MAX] = "tx-late-max",
	[BFD_A_CPU_TX_LATE_HISTOGRAM] = "tx-late-histogram",
	[BFD_A_CPU_DETECTION_LATE_MAX] = "detection-late-max",
	[BFD_A_CPU_DETECTION_LATE_1MS] = "detection-late-1ms",
	[BFD_A_CPU_DETECTION_LATE_5MS] = "detection-late-5ms",
	[BFD_A_CPU_DETECTION_LATE_20MS] = "detection-late-20ms",
	[BFD_A_CPU_DETECTION_LATE_HISTOGRAM] = "detection-late-histogram",
	[BFD_A_CPU_EVENT_LATE_MAX] = "event-late-max",
	[BFD_A_CPU_EVENT_LATE_1MS] = "event-late-1ms",
	[BFD_A_CPU_EVENT_LATE_5MS] = "event-late-5ms",
	[BFD_A_CPU_EVENT_LATE_20MS] = "event-late-20ms",
	[BFD_A_CPU_EVENT_LATE_HISTOGRAM] = "event-late-histogram",
	[BFD_A_CPU_LATE_SUM] = "late-sum",
	[BFD_A_CPU_TX_LATE_SUM] = "tx-late-sum",
	[BFD_A_CPU_DETECTION_LATE_SUM] = "detection-late-sum",
	[BFD_A_CPU_EVENT_LATE_SUM] = "event-late-sum",
};

/* The attributes of a kind; 0: the kernel does not count that. */
static const struct kind {
	const char *name;
	int max;
	int sum;
	int over[3];
	int histogram;
} kinds[BFDNL_LATE_KINDS] = {
	[BFDNL_LATE_TIMERS] = {
		.name = "timers",
		.max = BFD_A_CPU_LATE_MAX,
		.sum = BFD_A_CPU_LATE_SUM,
		.histogram = BFD_A_CPU_LATE_HISTOGRAM,
	},
	[BFDNL_LATE_SENDING] = {
		.name = "sending",
		.max = BFD_A_CPU_TX_LATE_MAX,
		.sum = BFD_A_CPU_TX_LATE_SUM,
		.over = { BFD_A_CPU_TX_LATE_1MS, BFD_A_CPU_TX_LATE_5MS,
			  BFD_A_CPU_TX_LATE_20MS },
		.histogram = BFD_A_CPU_TX_LATE_HISTOGRAM,
	},
	[BFDNL_LATE_DETECTION] = {
		.name = "detection",
		.max = BFD_A_CPU_DETECTION_LATE_MAX,
		.sum = BFD_A_CPU_DETECTION_LATE_SUM,
		.over = { BFD_A_CPU_DETECTION_LATE_1MS,
			  BFD_A_CPU_DETECTION_LATE_5MS,
			  BFD_A_CPU_DETECTION_LATE_20MS },
		.histogram = BFD_A_CPU_DETECTION_LATE_HISTOGRAM,
	},
	[BFDNL_LATE_EVENTS] = {
		.name = "events",
		.max = BFD_A_CPU_EVENT_LATE_MAX,
		.sum = BFD_A_CPU_EVENT_LATE_SUM,
		.over = { BFD_A_CPU_EVENT_LATE_1MS, BFD_A_CPU_EVENT_LATE_5MS,
			  BFD_A_CPU_EVENT_LATE_20MS },
		.histogram = BFD_A_CPU_EVENT_LATE_HISTOGRAM,
	},
};

const char *bfdnl_stats_net_name(enum bfd_stats_net_attr attr)
{
	return (unsigned int)attr > BFD_A_NET_MAX ? NULL : net_names[attr];
}

const char *bfdnl_stats_cpu_name(enum bfd_stats_cpu_attr attr)
{
	return (unsigned int)attr > BFD_A_CPU_MAX ? NULL : cpu_names[attr];
}

bool bfdnl_stats_cpu_is_time(enum bfd_stats_cpu_attr attr)
{
	for (int i = 0; i < BFDNL_LATE_KINDS; i++)
		if ((int)attr == kinds[i].max || (int)attr == kinds[i].sum)
			return true;
	return false;
}

const char *bfdnl_late_name(enum bfdnl_late late)
{
	return (unsigned int)late >= BFDNL_LATE_KINDS ? NULL : kinds[late].name;
}

static void add_cpu(struct bfdnl_lateness *to, const struct bfdnl_stats *stats,
		    size_t cpu, const struct kind *kind)
{
	const __u64 *buckets;
	size_t size = 0;
	__u64 value;

	if (bfdnl_stats_cpu(stats, cpu, kind->max, &value) && value > to->max)
		to->max = value;
	if (bfdnl_stats_cpu(stats, cpu, kind->sum, &value)) {
		to->sum += value;
		to->has_sum = true;
	}
	for (int i = 0; i < 3; i++) {
		if (!bfdnl_stats_cpu(stats, cpu, kind->over[i], &value))
			continue;
		to->over[i] += value;
		to->has_over = true;
	}
	buckets = bfdnl_stats_cpu_late(stats, cpu, kind->histogram, &size);
	for (size_t i = 0; buckets && i < size && i < BFDNL_LATE_BUCKETS; i++) {
		to->buckets[i] += buckets[i];
		to->count += buckets[i];
		if (to->size <= i)
			to->size = i + 1;
	}
}

void bfdnl_stats_lateness(const struct bfdnl_stats *stats, enum bfdnl_late late,
			  struct bfdnl_lateness *lateness)
{
	memset(lateness, 0, sizeof(*lateness));
	if ((unsigned int)late >= BFDNL_LATE_KINDS)
		return;
	for (size_t cpu = 0; cpu < bfdnl_stats_cpus(stats); cpu++)
		add_cpu(lateness, stats, cpu, &kinds[late]);
}
