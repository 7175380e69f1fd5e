// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Statistics of a network namespace and of the CPUs' timer wheels.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "internal.h"

struct histogram {
	__u64 *buckets;
	size_t size;
};

struct cpu_stats {
	bool present[BFD_A_CPU_MAX + 1];
	__u64 number[BFD_A_CPU_MAX + 1];
	struct histogram histogram[BFD_A_CPU_MAX + 1];
	__u32 *occupancy;
	size_t occupancy_size;
};

struct bfdnl_stats {
	bool present[BFD_A_NET_MAX + 1];
	__u64 number[BFD_A_NET_MAX + 1];
	struct bfdnl_drops drops;
	struct cpu_stats *cpus;
	size_t cpus_size;
};

/* Return: a copy of an array of @width byte integers; NULL if it is none. */
static void *decode_array(const struct nlattr *nla, size_t width, size_t *size)
{
	size_t len = nla_len(nla);
	void *copy;

	if (!len || len % width)
		return NULL;
	copy = malloc(len);
	if (copy) {
		memcpy(copy, nla_data(nla), len);
		*size = len / width;
	}
	return copy;
}

static int decode_net_attr(const struct nlattr *nla, struct bfdnl_stats *stats)
{
	unsigned int type = nla_type(nla);

	if (type <= BFD_A_NET_PAD || type > BFD_A_NET_MAX)
		return 0;
	if (type == BFD_A_NET_DROPS)
		return decode_drops(nla, &stats->drops);
	stats->present[type] = true;
	return decode_number(nla, &stats->number[type]);
}

static int decode_histogram(const struct nlattr *nla, struct histogram *h)
{
	free(h->buckets);
	h->buckets = decode_array(nla, sizeof(*h->buckets), &h->size);
	return h->buckets ? 0 : -EBADMSG;
}

static int decode_cpu_attr(const struct nlattr *nla, struct cpu_stats *cpu)
{
	unsigned int type = nla_type(nla);

	if (type <= BFD_A_CPU_PAD || type > BFD_A_CPU_MAX)
		return 0;
	switch (type) {
	case BFD_A_CPU_LATE_HISTOGRAM:
	case BFD_A_CPU_TX_LATE_HISTOGRAM:
	case BFD_A_CPU_DETECTION_LATE_HISTOGRAM:
	case BFD_A_CPU_EVENT_LATE_HISTOGRAM:
		return decode_histogram(nla, &cpu->histogram[type]);
	case BFD_A_CPU_WHEEL_OCCUPANCY:
		free(cpu->occupancy);
		cpu->occupancy = decode_array(nla, sizeof(__u32),
					      &cpu->occupancy_size);
		return cpu->occupancy ? 0 : -EBADMSG;
	default:
		cpu->present[type] = true;
		return decode_number(nla, &cpu->number[type]);
	}
}

static int decode_net(const struct nlattr *nest, struct bfdnl_stats *stats)
{
	struct nlattr *nla;
	int rem, ret;

	nla_for_each_nested(nla, nest, rem) {
		ret = decode_net_attr(nla, stats);
		if (ret)
			return ret;
	}
	return rem < (int)NLA_HDRLEN ? 0 : -EBADMSG;
}

static int decode_cpu(const struct nlattr *nest, struct bfdnl_stats *stats)
{
	struct cpu_stats *cpus;
	struct nlattr *nla;
	int rem, ret;

	cpus = realloc(stats->cpus, (stats->cpus_size + 1) * sizeof(*cpus));
	if (!cpus)
		return -ENOMEM;
	stats->cpus = cpus;
	memset(&cpus[stats->cpus_size], 0, sizeof(*cpus));
	stats->cpus_size++;
	nla_for_each_nested(nla, nest, rem) {
		ret = decode_cpu_attr(nla, &cpus[stats->cpus_size - 1]);
		if (ret)
			return ret;
	}
	return rem < (int)NLA_HDRLEN ? 0 : -EBADMSG;
}

/* Add one message of a STATS_GET dump to @stats. */
int stats_decode(const struct nlmsghdr *nlh, struct bfdnl_stats *stats)
{
	struct nlattr *nla;
	int rem, ret = 0;

	if (!nlmsg_valid_hdr(nlh, GENL_HDRLEN))
		return -EBADMSG;
	nla_for_each_attr(nla, nlmsg_attrdata(nlh, GENL_HDRLEN),
			  nlmsg_attrlen(nlh, GENL_HDRLEN), rem) {
		if (nla_type(nla) == BFD_A_STATS_NET)
			ret = decode_net(nla, stats);
		else if (nla_type(nla) == BFD_A_STATS_CPU)
			ret = decode_cpu(nla, stats);
		if (ret)
			return ret;
	}
	return rem < (int)NLA_HDRLEN ? 0 : -EBADMSG;
}

static int stats_answer(struct bfdnl *h, const struct nlmsghdr *nlh, void *data)
{
	int ret = stats_decode(nlh, data);

	return ret ? fail(h, ret, "malformed statistics") : 0;
}

int bfdnl_stats_get(struct bfdnl *h, struct bfdnl_stats **stats)
{
	struct bfdnl_stats *s = calloc(1, sizeof(*s));
	struct nl_msg *msg;
	int ret;

	*stats = NULL;
	msg = request_new(h, BFD_CMD_STATS_GET, NLM_F_DUMP);
	if (!s || !msg) {
		nlmsg_free(msg);
		free(s);
		return fail(h, -ENOMEM, NULL);
	}
	ret = request_run(h, msg, stats_answer, s, NULL);
	if (ret) {
		bfdnl_stats_free(s);
		return ret;
	}
	*stats = s;
	return 0;
}

void bfdnl_stats_free(struct bfdnl_stats *stats)
{
	if (!stats)
		return;
	for (size_t i = 0; i < stats->cpus_size; i++) {
		for (int attr = 0; attr <= BFD_A_CPU_MAX; attr++)
			free(stats->cpus[i].histogram[attr].buckets);
		free(stats->cpus[i].occupancy);
	}
	free(stats->cpus);
	free(stats);
}

bool bfdnl_stats_net(const struct bfdnl_stats *stats,
		     enum bfd_stats_net_attr attr, __u64 *value)
{
	if ((unsigned int)attr > BFD_A_NET_MAX || !stats->present[attr])
		return false;
	*value = stats->number[attr];
	return true;
}

const struct bfdnl_drops *bfdnl_stats_net_drops(const struct bfdnl_stats *stats)
{
	return &stats->drops;
}

size_t bfdnl_stats_cpus(const struct bfdnl_stats *stats)
{
	return stats->cpus_size;
}

bool bfdnl_stats_cpu(const struct bfdnl_stats *stats, size_t index,
		     enum bfd_stats_cpu_attr attr, __u64 *value)
{
	if (index >= stats->cpus_size || (unsigned int)attr > BFD_A_CPU_MAX ||
	    !stats->cpus[index].present[attr])
		return false;
	*value = stats->cpus[index].number[attr];
	return true;
}

const __u64 *bfdnl_stats_cpu_histogram(const struct bfdnl_stats *stats,
				       size_t index, size_t *size)
{
	return bfdnl_stats_cpu_late(stats, index, BFD_A_CPU_LATE_HISTOGRAM, size);
}

const __u64 *bfdnl_stats_cpu_late(const struct bfdnl_stats *stats, size_t index,
				  enum bfd_stats_cpu_attr attr, size_t *size)
{
	const struct histogram *h;

	if (index >= stats->cpus_size || (unsigned int)attr > BFD_A_CPU_MAX)
		return NULL;
	h = &stats->cpus[index].histogram[attr];
	*size = h->size;
	return h->buckets;
}

const __u32 *bfdnl_stats_cpu_occupancy(const struct bfdnl_stats *stats,
				       size_t index, size_t *size)
{
	if (index >= stats->cpus_size)
		return NULL;
	*size = stats->cpus[index].occupancy_size;
	return stats->cpus[index].occupancy;
}
