// SPDX-License-Identifier: GPL-2.0
/*
 * bfdnl stats
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "out.h"
#include "table.h"

/* What a line of the table tells of a CPU; JSON has everything */
static const enum bfd_stats_cpu_attr cpu_columns[] = {
	BFD_A_CPU_NUMBER, BFD_A_CPU_SESSIONS, BFD_A_CPU_WAKEUPS,
	BFD_A_CPU_LATE_MAX, BFD_A_CPU_TX_LATE_1MS, BFD_A_CPU_TX_LATE_5MS,
	BFD_A_CPU_TX_LATE_20MS, BFD_A_CPU_STALL_GUARD,
};

static void print_net(struct out *out, const struct bfdnl_stats *stats,
		      const char *name)
{
	__u64 value;

	out_object_open(out, name);
	out_title(out, "network namespace");
	for (int attr = 0; attr <= BFD_A_NET_MAX; attr++)
		if (bfdnl_stats_net(stats, attr, &value))
			out_number(out, bfdnl_stats_net_name(attr), value);
	out_drops(out, "drops", bfdnl_stats_net_drops(stats));
	out_object_close(out);
}

static void print_histogram(struct out *out, const struct bfdnl_stats *stats,
			    size_t cpu, int attr)
{
	const __u64 *buckets;
	size_t size;

	buckets = bfdnl_stats_cpu_late(stats, cpu, attr, &size);
	if (!buckets)
		return;
	out_array_open(out, bfdnl_stats_cpu_name(attr));
	for (size_t i = 0; i < size && i < BFDNL_LATE_BUCKETS; i++) {
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

static void print_numbers(struct out *out, const struct bfdnl_stats *stats,
			  size_t cpu)
{
	__u64 value;

	for (int attr = 0; attr <= BFD_A_CPU_MAX; attr++) {
		const char *name = bfdnl_stats_cpu_name(attr);

		if (!bfdnl_stats_cpu(stats, cpu, attr, &value))
			continue;
		if (bfdnl_stats_cpu_is_time(attr))
			out_microseconds(out, name, value);
		else
			out_number(out, name, value);
	}
}

static void print_cpu(struct out *out, const struct bfdnl_stats *stats,
		      size_t cpu)
{
	out_object_open(out, NULL);
	print_numbers(out, stats, cpu);
	for (int attr = 0; attr <= BFD_A_CPU_MAX; attr++)
		print_histogram(out, stats, cpu, attr);
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

	for (size_t i = 0; i < ARRAY_SIZE(cpu_columns); i++) {
		int attr = cpu_columns[i];

		if (!bfdnl_stats_cpu(stats, cpu, attr, &value))
			table_add(table, NULL, COLOR_NONE);
		else if (bfdnl_stats_cpu_is_time(attr))
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

static void print_kinds(const struct bfdnl_lateness *sums)
{
	static const char * const names[] = {
		"LATENESS", "COUNT", "MAX", ">1ms", ">5ms", ">20ms",
	};
	struct table table = { .columns = ARRAY_SIZE(names) };
	char text[UNITS_LEN];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		table_add(&table, names[i], COLOR_NONE);
	for (int i = 0; i < BFDNL_LATE_KINDS; i++) {
		if (!sums[i].has_over)
			continue;
		table_add(&table, bfdnl_late_name(i), COLOR_NONE);
		add_number(&table, sums[i].count);
		table_add(&table, format_interval(sums[i].max / 1000, text),
			  COLOR_NONE);
		for (size_t n = 0; n < ARRAY_SIZE(sums[i].over); n++)
			add_number(&table, sums[i].over[n]);
	}
	table_print(&table);
}

/* How many of each kind were how late; lines that would be empty are left out */
static void print_buckets(const struct bfdnl_lateness *sums)
{
	struct table table = { .columns = 1 + BFDNL_LATE_KINDS };
	char text[UNITS_LEN];

	table_add(&table, "LATE-BY-LESS-THAN", COLOR_NONE);
	for (int k = 0; k < BFDNL_LATE_KINDS; k++)
		table_add(&table, bfdnl_late_name(k), COLOR_NONE);
	for (size_t i = 0; i < BFDNL_LATE_BUCKETS; i++) {
		__u64 any = 0;
		bool last = false;

		for (int k = 0; k < BFDNL_LATE_KINDS; k++) {
			any |= sums[k].buckets[i];
			last |= sums[k].size == i + 1;
		}
		if (!any)
			continue;
		table_add(&table, last ? "more" : format_interval(1ULL << i, text),
			  COLOR_NONE);
		for (int k = 0; k < BFDNL_LATE_KINDS; k++)
			add_number(&table, sums[k].buckets[i]);
	}
	table_print(&table);
}

static void print_text(struct out *out, const struct bfdnl_stats *stats)
{
	struct bfdnl_lateness sums[BFDNL_LATE_KINDS];

	for (int i = 0; i < BFDNL_LATE_KINDS; i++)
		bfdnl_stats_lateness(stats, i, &sums[i]);
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
