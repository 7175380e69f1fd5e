// SPDX-License-Identifier: GPL-2.0
/*
 * bfdnl stats
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "out.h"
#include "table.h"

#define BUCKETS_MAX	64	/* for a kernel that has more than this one */

struct entry {
	int attr;
	const char *name;
};

/* What may be late, by attributes; 0: the kernel does not count that */
struct kind {
	const char *name;
	const char *histogram_name;
	int max;
	int over[3];		/* more than 1, 5 and 20 ms */
	int histogram;
};

static const struct entry net_entries[] = {
	{ BFD_A_NET_NUMBER_OF_SESSIONS, "number-of-sessions" },
	{ BFD_A_NET_NUMBER_OF_SESSIONS_UP, "number-of-sessions-up" },
	{ BFD_A_NET_NUMBER_OF_SESSIONS_DOWN, "number-of-sessions-down" },
	{ BFD_A_NET_NUMBER_OF_SESSIONS_ADMIN_DOWN,
	  "number-of-sessions-admin-down" },
	{ BFD_A_NET_MAX_SESSIONS, "max-sessions" },
	{ BFD_A_NET_PACKET_RATE, "packet-rate" },
	{ BFD_A_NET_MAX_PACKET_RATE, "max-packet-rate" },
	{ BFD_A_NET_EVENT_SEQUENCE, "event-sequence" },
};

static const struct entry cpu_entries[] = {
	{ BFD_A_CPU_NUMBER, "cpu" },
	{ BFD_A_CPU_SESSIONS, "sessions" },
	{ BFD_A_CPU_WAKEUPS, "wakeups" },
	{ BFD_A_CPU_LATE_MAX, "late-max" },
	{ BFD_A_CPU_TX_LATE_1MS, "tx-late-1ms" },
	{ BFD_A_CPU_TX_LATE_5MS, "tx-late-5ms" },
	{ BFD_A_CPU_TX_LATE_20MS, "tx-late-20ms" },
	{ BFD_A_CPU_STALL_GUARD, "stall-guard" },
};

/* What only JSON has for each CPU; people get the sum, see print_kinds() */
static const struct entry cpu_late_entries[] = {
	{ BFD_A_CPU_TX_LATE_MAX, "tx-late-max" },
	{ BFD_A_CPU_DETECTION_LATE_MAX, "detection-late-max" },
	{ BFD_A_CPU_DETECTION_LATE_1MS, "detection-late-1ms" },
	{ BFD_A_CPU_DETECTION_LATE_5MS, "detection-late-5ms" },
	{ BFD_A_CPU_DETECTION_LATE_20MS, "detection-late-20ms" },
	{ BFD_A_CPU_EVENT_LATE_MAX, "event-late-max" },
	{ BFD_A_CPU_EVENT_LATE_1MS, "event-late-1ms" },
	{ BFD_A_CPU_EVENT_LATE_5MS, "event-late-5ms" },
	{ BFD_A_CPU_EVENT_LATE_20MS, "event-late-20ms" },
};

static const struct kind kinds[] = {
	{ "timers", "late-histogram", BFD_A_CPU_LATE_MAX, { 0 },
	  BFD_A_CPU_LATE_HISTOGRAM },
	{ "sending", "tx-late-histogram", BFD_A_CPU_TX_LATE_MAX,
	  { BFD_A_CPU_TX_LATE_1MS, BFD_A_CPU_TX_LATE_5MS,
	    BFD_A_CPU_TX_LATE_20MS }, BFD_A_CPU_TX_LATE_HISTOGRAM },
	{ "detection", "detection-late-histogram", BFD_A_CPU_DETECTION_LATE_MAX,
	  { BFD_A_CPU_DETECTION_LATE_1MS, BFD_A_CPU_DETECTION_LATE_5MS,
	    BFD_A_CPU_DETECTION_LATE_20MS }, BFD_A_CPU_DETECTION_LATE_HISTOGRAM },
	{ "events", "event-late-histogram", BFD_A_CPU_EVENT_LATE_MAX,
	  { BFD_A_CPU_EVENT_LATE_1MS, BFD_A_CPU_EVENT_LATE_5MS,
	    BFD_A_CPU_EVENT_LATE_20MS }, BFD_A_CPU_EVENT_LATE_HISTOGRAM },
};

static bool is_maximum(int attr)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (attr == kinds[i].max)
			return true;
	return false;
}

static void print_net(struct out *out, const struct bfdnl_stats *stats,
		      const char *name)
{
	__u64 value;

	out_object_open(out, name);
	out_title(out, "network namespace");
	for (size_t i = 0; i < ARRAY_SIZE(net_entries); i++)
		if (bfdnl_stats_net(stats, net_entries[i].attr, &value))
			out_number(out, net_entries[i].name, value);
	out_drops(out, "drops", bfdnl_stats_net_drops(stats));
	out_object_close(out);
}

static void print_histogram(struct out *out, const struct bfdnl_stats *stats,
			    size_t cpu, const struct kind *kind)
{
	const __u64 *buckets;
	size_t size;

	buckets = bfdnl_stats_cpu_late(stats, cpu, kind->histogram, &size);
	if (!buckets)
		return;
	out_array_open(out, kind->histogram_name);
	for (size_t i = 0; i < size && i < BUCKETS_MAX; i++) {
		out_object_open(out, NULL);
		out_number(out, "below-us", 1ULL << i);
		out_number(out, "count", buckets[i]);
		out_object_close(out);
	}
	out_array_close(out);
}

static void print_occupancy(struct out *out, const struct bfdnl_stats *stats,
			    size_t cpu)
{
	const __u32 *levels;
	size_t size;

	levels = bfdnl_stats_cpu_occupancy(stats, cpu, &size);
	if (!levels)
		return;
	out_array_open(out, "wheel-occupancy");
	for (size_t i = 0; i < size; i++)
		out_number(out, NULL, levels[i]);
	out_array_close(out);
}

static void print_entries(struct out *out, const struct bfdnl_stats *stats,
			  size_t cpu, const struct entry *entries, size_t size)
{
	__u64 value;

	for (size_t i = 0; i < size; i++) {
		const struct entry *e = &entries[i];

		if (!bfdnl_stats_cpu(stats, cpu, e->attr, &value))
			continue;
		if (is_maximum(e->attr))
			out_microseconds(out, e->name, value);
		else
			out_number(out, e->name, value);
	}
}

static void print_cpu(struct out *out, const struct bfdnl_stats *stats,
		      size_t cpu)
{
	out_object_open(out, NULL);
	print_entries(out, stats, cpu, cpu_entries, ARRAY_SIZE(cpu_entries));
	print_entries(out, stats, cpu, cpu_late_entries,
		      ARRAY_SIZE(cpu_late_entries));
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		print_histogram(out, stats, cpu, &kinds[i]);
	print_occupancy(out, stats, cpu);
	out_object_close(out);
}

static void print_json(struct out *out, const struct bfdnl_stats *stats)
{
	out_object_open(out, NULL);
	out_array_open(out, "cpus");
	for (size_t i = 0; i < bfdnl_stats_cpus(stats); i++)
		print_cpu(out, stats, i);
	out_array_close(out);
	print_net(out, stats, "netns");
	out_object_close(out);
}

/* Timers waiting, by level of the wheel: "12+3+0" */
static void add_occupancy(struct table *table, const struct bfdnl_stats *stats,
			  size_t cpu)
{
	const __u32 *levels;
	char text[64] = "";
	size_t size, len = 0;

	levels = bfdnl_stats_cpu_occupancy(stats, cpu, &size);
	for (size_t i = 0; levels && i < size && len < sizeof(text); i++)
		len += snprintf(text + len, sizeof(text) - len, "%s%u",
				i ? "+" : "", levels[i]);
	table_add(table, len ? text : NULL, COLOR_NONE);
}

static void add_number(struct table *table, __u64 value)
{
	char text[UNITS_LEN];

	snprintf(text, sizeof(text), "%llu", value);
	table_add(table, text, COLOR_NONE);
}

static void add_cpu(struct table *table, const struct bfdnl_stats *stats,
		    size_t cpu)
{
	char text[UNITS_LEN];
	__u64 value;

	for (size_t i = 0; i < ARRAY_SIZE(cpu_entries); i++) {
		int attr = cpu_entries[i].attr;

		if (!bfdnl_stats_cpu(stats, cpu, attr, &value))
			table_add(table, NULL, COLOR_NONE);
		else if (is_maximum(attr))
			table_add(table, format_interval(value / 1000, text),
				  COLOR_NONE);
		else
			add_number(table, value);
	}
	add_occupancy(table, stats, cpu);
}

static void print_cpu_table(const struct bfdnl_stats *stats)
{
	static const char * const names[] = {
		"CPU", "SESSIONS", "WAKEUPS", "LATE-MAX", "TX>1ms", "TX>5ms",
		"TX>20ms", "STALL-GUARD", "TIMERS",
	};
	struct table table = { .columns = ARRAY_SIZE(names) };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		table_add(&table, names[i], COLOR_NONE);
	for (size_t i = 0; i < bfdnl_stats_cpus(stats); i++)
		add_cpu(&table, stats, i);
	table_print(&table);
}

/**
 * struct lateness - of one kind, all CPUs together
 * @max: the largest, ns
 * @over: how many were later than 1, 5 and 20 ms
 * @count: how many there were
 * @buckets: see bfdnl_stats_cpu_histogram()
 * @size: how many @buckets there are
 */
struct lateness {
	__u64 max;
	__u64 over[3];
	__u64 count;
	__u64 buckets[BUCKETS_MAX];
	size_t size;
};

static void add_cpu_lateness(struct lateness *sum,
			     const struct bfdnl_stats *stats, size_t cpu,
			     const struct kind *kind)
{
	const __u64 *buckets;
	__u64 value;
	size_t size;

	if (bfdnl_stats_cpu(stats, cpu, kind->max, &value) && value > sum->max)
		sum->max = value;
	for (size_t i = 0; i < ARRAY_SIZE(kind->over); i++)
		if (bfdnl_stats_cpu(stats, cpu, kind->over[i], &value))
			sum->over[i] += value;
	buckets = bfdnl_stats_cpu_late(stats, cpu, kind->histogram, &size);
	for (size_t i = 0; buckets && i < size && i < BUCKETS_MAX; i++) {
		sum->buckets[i] += buckets[i];
		sum->count += buckets[i];
		if (sum->size <= i)
			sum->size = i + 1;
	}
}

static void sum_lateness(struct lateness *sum, const struct bfdnl_stats *stats,
			 const struct kind *kind)
{
	*sum = (struct lateness){ 0 };
	for (size_t cpu = 0; cpu < bfdnl_stats_cpus(stats); cpu++)
		add_cpu_lateness(sum, stats, cpu, kind);
}

static void print_kinds(const struct lateness *sums)
{
	static const char * const names[] = {
		"LATENESS", "COUNT", "MAX", ">1ms", ">5ms", ">20ms",
	};
	struct table table = { .columns = ARRAY_SIZE(names) };
	char text[UNITS_LEN];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		table_add(&table, names[i], COLOR_NONE);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!kinds[i].over[0])
			continue;
		table_add(&table, kinds[i].name, COLOR_NONE);
		add_number(&table, sums[i].count);
		table_add(&table, format_interval(sums[i].max / 1000, text),
			  COLOR_NONE);
		for (size_t n = 0; n < ARRAY_SIZE(sums[i].over); n++)
			add_number(&table, sums[i].over[n]);
	}
	table_print(&table);
}

/* How many of each kind were how late; lines that would be empty are left out */
static void print_buckets(const struct lateness *sums)
{
	struct table table = { .columns = 1 + ARRAY_SIZE(kinds) };
	char text[UNITS_LEN];

	table_add(&table, "LATE-BY-LESS-THAN", COLOR_NONE);
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
		table_add(&table, kinds[k].name, COLOR_NONE);
	for (size_t i = 0; i < BUCKETS_MAX; i++) {
		__u64 any = 0;
		bool last = false;

		for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
			any |= sums[k].buckets[i];
			last |= sums[k].size == i + 1;
		}
		if (!any)
			continue;
		table_add(&table, last ? "more" : format_interval(1ULL << i, text),
			  COLOR_NONE);
		for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
			add_number(&table, sums[k].buckets[i]);
	}
	table_print(&table);
}

static void print_text(struct out *out, const struct bfdnl_stats *stats)
{
	struct lateness sums[ARRAY_SIZE(kinds)];

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		sum_lateness(&sums[i], stats, &kinds[i]);
	print_net(out, stats, NULL);
	print_cpu_table(stats);
	print_kinds(sums);
	if (out->opt->details)
		print_buckets(sums);
}

/**
 * session_refused() - the kernel refused to make or change a session
 * @app: the program
 * @code: negative errno
 *
 * If that was for a limit, also what is used of the limits.
 *
 * Return: STATUS_REFUSED.
 */
enum status session_refused(struct app *app, int code)
{
	__u64 count = 0, most = 0, rate = 0, most_rate = 0;
	struct bfdnl_stats *stats;

	kernel_refused(app);
	if (code != -ENOSPC || bfdnl_stats_get(app->h, &stats))
		return STATUS_REFUSED;
	bfdnl_stats_net(stats, BFD_A_NET_NUMBER_OF_SESSIONS, &count);
	bfdnl_stats_net(stats, BFD_A_NET_MAX_SESSIONS, &most);
	bfdnl_stats_net(stats, BFD_A_NET_PACKET_RATE, &rate);
	bfdnl_stats_net(stats, BFD_A_NET_MAX_PACKET_RATE, &most_rate);
	bfdnl_stats_free(stats);
	return refused("in use: %llu of %llu sessions, %llu of %llu packets a second; see bfd(4)",
		       count, most, rate, most_rate);
}

static enum status stats_show(struct app *app, struct args *args)
{
	struct bfdnl_stats *stats;
	struct out out;

	if (args_end(args))
		return STATUS_USAGE;
	if (app_connect(app))
		return STATUS_REFUSED;
	if (bfdnl_stats_get(app->h, &stats))
		return kernel_refused(app);
	out_begin(&out, &app->opt);
	if (app->opt.json)
		print_json(&out, stats);
	else
		print_text(&out, stats);
	bfdnl_stats_free(stats);
	if (out_end(&out))
		return refused("cannot write: %s", strerror(errno));
	return STATUS_DONE;
}

static enum status stats_clear(struct app *app, struct args *args)
{
	if (args_end(args))
		return STATUS_USAGE;
	if (app_connect(app))
		return STATUS_REFUSED;
	return bfdnl_stats_clear(app->h) ? kernel_refused(app) : STATUS_DONE;
}

static const struct command commands[] = {
	{ .name = "show", .run = stats_show,
	  .help = "bfdnl stats show\n" },
	{ .name = "clear", .run = stats_clear,
	  .help = "bfdnl stats clear\n" },
};

enum status do_stats(struct app *app, struct args *args)
{
	return command_run(app, args, "bfdnl stats", commands,
			   ARRAY_SIZE(commands), "show");
}
