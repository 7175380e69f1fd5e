// SPDX-License-Identifier: GPL-2.0
/*
 * bfdnl doctor: what keeps packets from coming, and how late things were.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "doctor.h"

/* ---- reception ---- */

/* A line for each CPU, in hexadecimal: processed, dropped, squeezed, ... */
void check_backlog(struct doctor *d)
{
	unsigned long long processed = 0, dropped = 0, squeezed = 0;
	char *text = tree_load(d, "proc/net/softnet_stat"), *line, *rest = text;

	if (!text) {
		doctor_find(d, SEVERITY_UNCHECKED,
			    "/proc/net/softnet_stat cannot be read");
		return;
	}
	while ((line = strsep(&rest, "\n"))) {
		unsigned int n[3];

		if (sscanf(line, "%x %x %x", &n[0], &n[1], &n[2]) != 3)
			continue;
		processed += n[0];
		dropped += n[1];
		squeezed += n[2];
	}
	free(text);
	if (dropped) {
		doctor_find(d, SEVERITY_WARNING,
			    "%llu of %llu received packets were dropped since boot, for want of room in a CPU's backlog, whatever they were",
			    dropped, processed);
		doctor_fix(d, "sysctl -w net.core.netdev_max_backlog=10000");
	}
	if (squeezed * 10000 > processed) {
		doctor_find(d, SEVERITY_NOTE,
			    "reception ran out of its budget %llu times for %llu packets since boot: the rest had to wait",
			    squeezed, processed);
		doctor_fix(d, "sysctl -w net.core.netdev_budget=600");
	}
}

/*
 * A round of reception ends after so many packets, or so long. How long cannot be
 * made less than two ticks any more, and that is the default; how many can.
 */
#define PACKET_US	5	/* on a slow CPU */
#define BUDGET_MIN	64	/* what one device is asked for at once */

void check_budget(struct doctor *d)
{
	char held[UNITS_LEN], interval[UNITS_LEN];
	__u64 us, packets, budget;

	if (!tree_number(d, &us, "proc/sys/net/core/netdev_budget_usecs") ||
	    !tree_number(d, &packets, "proc/sys/net/core/netdev_budget")) {
		doctor_find(d, SEVERITY_UNCHECKED,
			    "net.core.netdev_budget and netdev_budget_usecs cannot be read (they are the first network namespace's)");
		return;
	}
	if (packets * PACKET_US < us)
		us = packets * PACKET_US;
	budget = d->interval / 2 / PACKET_US;
	if (us * 2 <= d->interval || packets <= BUDGET_MIN)
		return;
	doctor_find(d, SEVERITY_WARNING,
		    "under a flood of packets a CPU receives %llu of them (net.core.netdev_budget) before it sends again, which takes about %s; the interval is %s",
		    packets, format_interval(us, held),
		    format_interval(d->interval, interval));
	doctor_fix(d, "sysctl -w net.core.netdev_budget=%llu",
		   budget > BUDGET_MIN ? budget : BUDGET_MIN);
}

/* ---- the reverse path ---- */

struct links {
	char names[256];
	unsigned int count;
	__u64 all;
};

static void look_at_link(struct doctor *d, const char *name, void *data)
{
	struct links *strict = data;
	size_t len = strlen(strict->names);
	__u64 value;

	if (!strcmp(name, "all") || !strcmp(name, "default") || !strcmp(name, "lo"))
		return;
	if (!tree_number(d, &value, "proc/sys/net/ipv4/conf/%s/rp_filter", name))
		return;
	/* the larger of both is in force: 2 is loose */
	if ((value > strict->all ? value : strict->all) != 1)
		return;
	if (strict->count++ < 5)
		snprintf(strict->names + len, sizeof(strict->names) - len,
			 "%s%s", len ? ", " : "", name);
}

/* TcpExt has a line of names and a line of numbers. */
static __u64 dropped_by_path(const struct doctor *d)
{
	char *text = tree_load(d, "proc/net/netstat"), *line, *rest = text;
	char *names = NULL, *numbers = NULL;
	__u64 value = 0;

	while (rest && (line = strsep(&rest, "\n"))) {
		if (strncmp(line, "TcpExt:", 7))
			continue;
		if (names) {
			numbers = line;
			break;
		}
		names = line;
	}
	while (names && numbers) {
		char *name = strsep(&names, " "), *number = strsep(&numbers, " ");

		if (name && number && !strcmp(name, "IPReversePathFilter"))
			value = strtoull(number, NULL, 10);
	}
	free(text);
	return value;
}

void check_rp_filter(struct doctor *d)
{
	struct links strict = { 0 };
	__u64 dropped;

	tree_number(d, &strict.all, "proc/sys/net/ipv4/conf/all/rp_filter");
	if (!tree_list(d, "proc/sys/net/ipv4/conf", look_at_link, &strict)) {
		doctor_find(d, SEVERITY_UNCHECKED,
			    "/proc/sys/net/ipv4/conf cannot be read");
		return;
	}
	if (!strict.count)
		return;
	dropped = dropped_by_path(d);
	if (dropped && d->down)
		doctor_find(d, SEVERITY_WARNING,
			    "%u IPv4 sessions are Down, and the strict rp_filter of %s%s has dropped %llu packets that came by another link than the route back to their sender",
			    d->down, strict.names, strict.count > 5 ? ", ..." : "",
			    dropped);
	else if (d->roaming)
		doctor_find(d, SEVERITY_NOTE,
			    "%u IPv4 sessions are not bound to a link, and rp_filter of %s%s is strict: packets are dropped that come by another link than the route back to the peer",
			    d->roaming, strict.names,
			    strict.count > 5 ? ", ..." : "");
	else
		return;
	doctor_fix(d, "sysctl -w net.ipv4.conf.LINK.rp_filter=2    (loose, for each of them)");
}

/* ---- connection tracking ---- */

/* The first port is that of who began; the answer's stands behind it. */
static bool is_ours(const char *line)
{
	const char *at = strstr(line, " dport=");
	unsigned int port;

	return at && strstr(line, " udp ") && sscanf(at, " dport=%u", &port) == 1 &&
	       (port == 3784 || port == 3785 || port == 4784);
}

void check_conntrack(struct doctor *d)
{
	char *text = tree_load(d, "proc/net/nf_conntrack"), *line, *rest = text;
	unsigned int ours = 0;
	__u64 entries = 0;

	if (!text) {
		if (tree_number(d, &entries, "proc/sys/net/netfilter/nf_conntrack_count") &&
		    entries)
			doctor_find(d, SEVERITY_UNCHECKED,
				    "%llu connections are tracked, and /proc/net/nf_conntrack cannot be read: are you root?",
				    entries);
		return;
	}
	while ((line = strsep(&rest, "\n")))
		ours += is_ours(line);
	free(text);
	if (!ours)
		return;
	doctor_find(d, SEVERITY_WARNING,
		    "%u entries of connection tracking are BFD's: packets are dropped when its table is full, and every one costs a look-up",
		    ours);
	doctor_fix(d,
		   "nft 'add table inet bfd; add chain inet bfd in { type filter hook prerouting priority raw; }; add chain inet bfd out { type filter hook output priority raw; }; add rule inet bfd in udp dport { 3784, 4784 } notrack; add rule inet bfd out udp dport { 3784, 4784 } notrack'");
}

/* ---- the module's own figures ---- */

static void look_at_lateness(struct doctor *d, size_t cpu, const char *what,
			     enum bfd_stats_cpu_attr max)
{
	char late[UNITS_LEN], interval[UNITS_LEN];
	__u64 number = cpu, ns;

	bfdnl_stats_cpu(d->stats, cpu, BFD_A_CPU_NUMBER, &number);
	if (!bfdnl_stats_cpu(d->stats, cpu, max, &ns) || ns <= d->interval * 100)
		return;
	doctor_find(d, ns > d->interval * 1000 ? SEVERITY_CRITICAL : SEVERITY_WARNING,
		    "on CPU %llu %s was up to %s late since the statistics were cleared; the interval is %s",
		    number, what, format_interval(ns / 1000, late),
		    format_interval(d->interval, interval));
	doctor_fix(d, "see what else was found; then bfdnl stats clear, and look again");
}

/* More than a tenth of the interval is no jitter any more. */
void check_lateness(struct doctor *d)
{
	if (!d->stats) {
		doctor_find(d, SEVERITY_UNCHECKED, "%s", bfdnl_error(d->app->h));
		return;
	}
	for (size_t i = 0; i < bfdnl_stats_cpus(d->stats); i++) {
		look_at_lateness(d, i, "a packet", BFD_A_CPU_TX_LATE_MAX);
		look_at_lateness(d, i, "the detection of a failure",
				 BFD_A_CPU_DETECTION_LATE_MAX);
		look_at_lateness(d, i, "an event", BFD_A_CPU_EVENT_LATE_MAX);
	}
}
