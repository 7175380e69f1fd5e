// SPDX-License-Identifier: GPL-2.0
/*
 * bfdnl stats
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "out.h"
#include "table.h"

struct entry {
	int attr;
	const char *name;
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
			    size_t cpu)
{
	const __u64 *buckets;
	size_t size;

	buckets = bfdnl_stats_cpu_histogram(stats, cpu, &size);
	if (!buckets)
		return;
	out_array_open(out, "late-histogram");
	for (size_t i = 0; i < size && i < 64; i++) {
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

static void print_cpu(struct out *out, const struct bfdnl_stats *stats,
		      size_t cpu)
{
	__u64 value;

	out_object_open(out, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(cpu_entries); i++) {
		const struct entry *e = &cpu_entries[i];

		if (!bfdnl_stats_cpu(stats, cpu, e->attr, &value))
			continue;
		if (e->attr == BFD_A_CPU_LATE_MAX)
			out_microseconds(out, e->name, value);
		else
			out_number(out, e->name, value);
	}
	print_histogram(out, stats, cpu);
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

static __u64 queued(const struct bfdnl_stats *stats, size_t cpu)
{
	const __u32 *levels;
	size_t size;
	__u64 sum = 0;

	levels = bfdnl_stats_cpu_occupancy(stats, cpu, &size);
	for (size_t i = 0; levels && i < size; i++)
		sum += levels[i];
	return sum;
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
		else if (attr == BFD_A_CPU_LATE_MAX)
			table_add(table, format_interval(value / 1000, text),
				  COLOR_NONE);
		else
			add_number(table, value);
	}
	add_number(table, queued(stats, cpu));
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

/* How late timers ran, all CPUs together */
static void print_lateness(const struct bfdnl_stats *stats)
{
	__u64 sum[64] = { 0 };

	for (size_t cpu = 0; cpu < bfdnl_stats_cpus(stats); cpu++) {
		const __u64 *buckets;
		size_t size;

		buckets = bfdnl_stats_cpu_histogram(stats, cpu, &size);
		for (size_t i = 0; buckets && i < size && i < 64; i++)
			sum[i] += buckets[i];
	}
	for (size_t i = 0; i < 64; i++) {
		char text[UNITS_LEN];

		if (sum[i])
			printf("late by less than %-10s %llu\n",
			       format_interval(1ULL << i, text), sum[i]);
	}
}

static void print_text(struct out *out, const struct bfdnl_stats *stats)
{
	print_net(out, stats, NULL);
	print_cpu_table(stats);
	if (out->opt->details)
		print_lateness(stats);
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
