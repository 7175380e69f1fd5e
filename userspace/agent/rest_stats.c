// SPDX-License-Identifier: GPL-2.0
/*
 * /v1/statistics as "bfdnl -j stats" has them, and /v1/health.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "rest.h"

static struct json_object *net_json(const struct bfdnl_stats *stats)
{
	struct json_object *json = json_object_new_object();
	__u64 value;

	for (int attr = 0; attr <= BFD_A_NET_MAX; attr++)
		if (bfdnl_stats_net(stats, attr, &value))
			rest_add_number(json, bfdnl_stats_net_name(attr), value);
	rest_add_drops(json, "drops", bfdnl_stats_net_drops(stats));
	return json;
}

static void add_histogram(struct json_object *to,
			  const struct bfdnl_stats *stats, size_t cpu, int attr)
{
	struct json_object *list, *bucket;
	const __u64 *buckets;
	size_t size;

	buckets = bfdnl_stats_cpu_late(stats, cpu, attr, &size);
	if (!buckets)
		return;
	list = json_object_new_array();
	for (size_t i = 0; i < size && i < BFDNL_LATE_BUCKETS; i++) {
		bucket = json_object_new_object();
		rest_add_number(bucket, "below-us", 1ULL << i);
		rest_add_number(bucket, "count", buckets[i]);
		json_object_array_add(list, bucket);
	}
	rest_add(to, bfdnl_stats_cpu_name(attr), list);
}

static void add_occupancy(struct json_object *to,
			  const struct bfdnl_stats *stats, size_t cpu)
{
	struct json_object *list;
	const __u32 *levels;
	size_t size;

	levels = bfdnl_stats_cpu_occupancy(stats, cpu, &size);
	if (!levels)
		return;
	list = json_object_new_array();
	for (size_t i = 0; i < size; i++)
		json_object_array_add(list, json_object_new_uint64(levels[i]));
	rest_add(to, bfdnl_stats_cpu_name(BFD_A_CPU_WHEEL_OCCUPANCY), list);
}

/* The kernel has nanoseconds; all digits, and no more */
static struct json_object *microseconds(__u64 ns)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu.%03llu",
		 (unsigned long long)ns / 1000, (unsigned long long)ns % 1000);
	return json_object_new_double_s(ns / 1000.0, text);
}

static struct json_object *cpu_json(const struct bfdnl_stats *stats, size_t cpu)
{
	struct json_object *json = json_object_new_object();
	__u64 value;

	for (int attr = 0; attr <= BFD_A_CPU_MAX; attr++) {
		const char *name = bfdnl_stats_cpu_name(attr);

		if (!bfdnl_stats_cpu(stats, cpu, attr, &value))
			continue;
		if (bfdnl_stats_cpu_is_time(attr))
			rest_add(json, name, microseconds(value));
		else
			rest_add_number(json, name, value);
	}
	for (int attr = 0; attr <= BFD_A_CPU_MAX; attr++)
		add_histogram(json, stats, cpu, attr);
	add_occupancy(json, stats, cpu);
	return json;
}

static void statistics(struct rest_request *request)
{
	struct json_object *json, *cpus;
	struct bfdnl_stats *stats;
	int ret = agent_stats_read(rest.agent, &stats);

	if (ret) {
		rest_error(request, rest_status_of(ret), NULL,
			   "the kernel does not tell: %s", strerror(-ret));
		return;
	}
	json = json_object_new_object();
	cpus = json_object_new_array();
	for (size_t i = 0; i < bfdnl_stats_cpus(stats); i++)
		json_object_array_add(cpus, cpu_json(stats, i));
	rest_add(json, "netns", net_json(stats));
	rest_add(json, "cpus", cpus);
	bfdnl_stats_free(stats);
	rest_answer(request, MHD_HTTP_OK, json);
}

static void health(struct rest_request *request)
{
	struct json_object *json = json_object_new_object();
	struct bfdnl_stats *stats;
	int ret = agent_stats_read(rest.agent, &stats);

	rest_add_text(json, "status", ret ? "failing" : "ok");
	if (ret)
		rest_add_text(json, "reason", ret == -EPROTONOSUPPORT ||
			      ret == -ENOENT ? "the module bfd is not loaded" :
			      strerror(-ret));
	else
		bfdnl_stats_free(stats);
	rest_add_text(json, "version", BFDNL_VERSION);
	rest_add_number(json, "sessions", agent_session_count(rest.agent));
	rest_answer(request, ret ? MHD_HTTP_SERVICE_UNAVAILABLE : MHD_HTTP_OK,
		    json);
}

const struct rest_route rest_stats_routes[] = {
	{ "GET", "/v1/statistics", statistics },
	{ "GET", "/v1/health", health },
	{ NULL, NULL, NULL },
};
