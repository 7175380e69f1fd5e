// SPDX-License-Identifier: GPL-2.0
/*
 * /v1/statistics as "bfdnl -j stats" has them, and /v1/health.
 */
#include <errno.h>
#include <string.h>
#include "rest.h"

#define BUCKETS_MAX	64

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
	{ BFD_A_CPU_TX_LATE_1MS, "tx-late-1ms" },
	{ BFD_A_CPU_TX_LATE_5MS, "tx-late-5ms" },
	{ BFD_A_CPU_TX_LATE_20MS, "tx-late-20ms" },
	{ BFD_A_CPU_STALL_GUARD, "stall-guard" },
};

static struct json_object *net_json(const struct bfdnl_stats *stats)
{
	struct json_object *json = json_object_new_object();
	__u64 value;

	for (size_t i = 0; i < ARRAY_SIZE(net_entries); i++)
		if (bfdnl_stats_net(stats, net_entries[i].attr, &value))
			rest_add_number(json, net_entries[i].name, value);
	rest_add_drops(json, "drops", bfdnl_stats_net_drops(stats));
	return json;
}

static void add_histogram(struct json_object *to,
			  const struct bfdnl_stats *stats, size_t cpu)
{
	struct json_object *list, *bucket;
	const __u64 *buckets;
	size_t size;

	buckets = bfdnl_stats_cpu_histogram(stats, cpu, &size);
	if (!buckets)
		return;
	list = json_object_new_array();
	for (size_t i = 0; i < size && i < BUCKETS_MAX; i++) {
		bucket = json_object_new_object();
		rest_add_number(bucket, "below-us", 1ULL << i);
		rest_add_number(bucket, "count", buckets[i]);
		json_object_array_add(list, bucket);
	}
	rest_add(to, "late-histogram", list);
}

static struct json_object *cpu_json(const struct bfdnl_stats *stats, size_t cpu)
{
	struct json_object *json = json_object_new_object();
	__u64 value;

	for (size_t i = 0; i < ARRAY_SIZE(cpu_entries); i++)
		if (bfdnl_stats_cpu(stats, cpu, cpu_entries[i].attr, &value))
			rest_add_number(json, cpu_entries[i].name, value);
	/* the kernel has nanoseconds */
	if (bfdnl_stats_cpu(stats, cpu, BFD_A_CPU_LATE_MAX, &value))
		rest_add(json, "late-max", json_object_new_double(value / 1000.0));
	add_histogram(json, stats, cpu);
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
