/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * libbfdnl: statistics of a network namespace and of the CPUs' timer wheels.
 */
#ifndef BFDNL_STATS_H
#define BFDNL_STATS_H

#include <linux/bfd.h>
#include <bfdnl/session.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bfdnl_stats;

/**
 * bfdnl_stats_free() - free what bfdnl_stats_get() returned
 * @stats: the statistics, or NULL
 */
void bfdnl_stats_free(struct bfdnl_stats *stats);

/**
 * bfdnl_stats_net() - read a number of the network namespace
 * @stats: the statistics
 * @attr: which number, BFD_A_NET_NUMBER_OF_SESSIONS for example
 * @value: gets the number; untouched if it is absent
 *
 * Return: true if the kernel reported it.
 */
bool bfdnl_stats_net(const struct bfdnl_stats *stats,
		     enum bfd_stats_net_attr attr, __u64 *value);

/**
 * bfdnl_stats_net_drops() - packets dropped in the network namespace
 * @stats: the statistics
 *
 * Return: the counters, valid as long as @stats.
 */
const struct bfdnl_drops *bfdnl_stats_net_drops(const struct bfdnl_stats *stats);

/**
 * bfdnl_stats_cpus() - how many CPUs were reported
 * @stats: the statistics
 *
 * Return: the number of indexes that the functions below take.
 */
size_t bfdnl_stats_cpus(const struct bfdnl_stats *stats);

/**
 * bfdnl_stats_cpu() - read a number of one CPU
 * @stats: the statistics
 * @index: 0 to bfdnl_stats_cpus() - 1; not the number of the CPU
 * @attr: which number, BFD_A_CPU_LATE_MAX for example
 * @value: gets the number (times in nanoseconds); untouched if it is absent
 *
 * Return: true if the kernel reported it.
 */
bool bfdnl_stats_cpu(const struct bfdnl_stats *stats, size_t index,
		     enum bfd_stats_cpu_attr attr, __u64 *value);

/**
 * bfdnl_stats_cpu_histogram() - how late the timers of one CPU ran
 * @stats: the statistics
 * @index: 0 to bfdnl_stats_cpus() - 1
 * @size: gets the number of buckets
 *
 * Return: the buckets, valid as long as @stats. Bucket n counts lateness from
 * 2^(n-1) to less than 2^n microseconds, bucket 0 below one. NULL if absent.
 */
const __u64 *bfdnl_stats_cpu_histogram(const struct bfdnl_stats *stats,
				       size_t index, size_t *size);

/**
 * bfdnl_stats_cpu_late() - how late what one CPU does was, by kind
 * @stats: the statistics
 * @index: 0 to bfdnl_stats_cpus() - 1
 * @attr: which histogram, BFD_A_CPU_DETECTION_LATE_HISTOGRAM for example
 * @size: gets the number of buckets
 *
 * Return: the buckets as bfdnl_stats_cpu_histogram() has them, valid as long
 * as @stats; NULL if absent.
 */
const __u64 *bfdnl_stats_cpu_late(const struct bfdnl_stats *stats, size_t index,
				  enum bfd_stats_cpu_attr attr, size_t *size);

/**
 * bfdnl_stats_cpu_occupancy() - timers queued on the wheel of one CPU
 * @stats: the statistics
 * @index: 0 to bfdnl_stats_cpus() - 1
 * @size: gets the number of levels
 *
 * Return: timers by level of the wheel, valid as long as @stats; NULL if
 * absent.
 */
const __u32 *bfdnl_stats_cpu_occupancy(const struct bfdnl_stats *stats,
				       size_t index, size_t *size);

/**
 * bfdnl_stats_net_name() - what a number of the network namespace is called
 * @attr: which number
 *
 * Return: a constant such as "max-sessions", NULL for an unknown one.
 */
const char *bfdnl_stats_net_name(enum bfd_stats_net_attr attr);

/**
 * bfdnl_stats_cpu_name() - what a number or a histogram of a CPU is called
 * @attr: which
 *
 * Return: a constant such as "late-max", NULL for an unknown one.
 */
const char *bfdnl_stats_cpu_name(enum bfd_stats_cpu_attr attr);

/**
 * bfdnl_stats_cpu_is_time() - is a number of a CPU a time?
 * @attr: which number
 *
 * Return: true: nanoseconds; false: it counts.
 */
bool bfdnl_stats_cpu_is_time(enum bfd_stats_cpu_attr attr);

/**
 * enum bfdnl_late - what may be late
 * @BFDNL_LATE_TIMERS: the call of a timer, whatever it is for
 * @BFDNL_LATE_SENDING: a packet, after the time it was due at
 * @BFDNL_LATE_DETECTION: the fall of a session, after its deadline
 * @BFDNL_LATE_EVENTS: the message to those who listen, after what it tells of
 * @BFDNL_LATE_KINDS: how many the library was compiled with
 */
enum bfdnl_late {
	BFDNL_LATE_TIMERS,
	BFDNL_LATE_SENDING,
	BFDNL_LATE_DETECTION,
	BFDNL_LATE_EVENTS,
	BFDNL_LATE_KINDS
};

/**
 * bfdnl_late_name() - the name of what may be late
 * @late: what
 *
 * Return: a constant such as "sending", NULL for an unknown kind.
 */
const char *bfdnl_late_name(enum bfdnl_late late);

#define BFDNL_LATE_BUCKETS	64	/* more than any kernel has */

/**
 * struct bfdnl_lateness - how late things of one kind were on all CPUs
 * @max: the latest, ns
 * @sum: of all, ns
 * @has_sum: the kernel reports @sum
 * @over: how many were more than 1, 5 and 20 ms late
 * @has_over: the kernel reports @over of this kind
 * @count: how many there were
 * @buckets: how many were how late; see bfdnl_stats_cpu_histogram()
 * @size: how many @buckets there are; the last one counts the rest
 */
struct bfdnl_lateness {
	__u64 max;
	__u64 sum;
	bool has_sum;
	__u64 over[3];
	bool has_over;
	__u64 count;
	__u64 buckets[BFDNL_LATE_BUCKETS];
	size_t size;
};

/**
 * bfdnl_stats_lateness() - how late things of one kind were, all CPUs together
 * @stats: the statistics
 * @late: which kind
 * @lateness: gets it; all is 0 if the kernel reports nothing
 */
void bfdnl_stats_lateness(const struct bfdnl_stats *stats, enum bfdnl_late late,
			  struct bfdnl_lateness *lateness);

#ifdef __cplusplus
}
#endif

#endif /* BFDNL_STATS_H */
