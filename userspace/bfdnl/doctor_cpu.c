// SPDX-License-Identifier: GPL-2.0
/*
 * bfdnl doctor: what keeps a CPU from running timers in time.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "doctor.h"

#define CPU_DIR		"sys/devices/system/cpu"
#define SCHED_FIFO_NUMBER	1
#define SCHED_RR_NUMBER		2

static const char *interval_text(const struct doctor *d, char *text)
{
	return format_interval(d->interval, text);
}

/* ---- the threads that run softirqs on PREEMPT_RT ---- */

/* The scheduling policy in the line of /proc/PID/stat, behind the name */
static int policy_of(const char *line)
{
	/* it is field 41; the one behind the name is field 3 */
	for (int field = 3; field < 41; field++) {
		line = strchr(line, ' ');
		if (!line)
			return -1;
		line++;
	}
	return atoi(line);
}

static void look_at_thread(struct doctor *d, const char *pid, void *data)
{
	const char *name, *end;
	struct cpus *slow = data;
	unsigned int cpu;
	char line[1024];
	int policy;

	if (!isdigit((unsigned char)*pid) ||
	    !tree_read(d, line, sizeof(line), "proc/%s/stat", pid))
		return;
	name = strchr(line, '(');
	end = strrchr(line, ')');
	if (!name || !end || !end[1])
		return;
	if (sscanf(name, "(ksoftirqd/%u)", &cpu) != 1 &&
	    sscanf(name, "(backlog_napi/%u)", &cpu) != 1)
		return;
	policy = policy_of(end + 2);
	if (policy != SCHED_FIFO_NUMBER && policy != SCHED_RR_NUMBER)
		cpus_add(slow, cpu);
}

void check_softirq_threads(struct doctor *d)
{
	char text[CPUS_TEXT_LEN];
	struct cpus slow = { 0 };
	__u64 realtime;

	if (!tree_number(d, &realtime, "sys/kernel/realtime") || !realtime)
		return;
	if (!tree_list(d, "proc", look_at_thread, &slow)) {
		doctor_find(d, SEVERITY_UNCHECKED, "/proc cannot be read");
		return;
	}
	if (!cpus_count(&slow))
		return;
	doctor_find(d, SEVERITY_CRITICAL,
		    "this is a PREEMPT_RT kernel, and the threads that send and receive (ksoftirqd, backlog_napi of CPUs %s) are ordinary ones: any busy process delays them",
		    cpus_format(&slow, text, sizeof(text)));
	doctor_fix(d, "for p in $(pgrep '^(ksoftirqd|backlog_napi)/'); do chrt -f -p 50 $p; done");
}

/* ---- idle states ---- */

struct idle_state {
	__u64 latency;			/* microseconds */
	char name[64];
	struct cpus cpus;		/* that have it */
};

/* The longest latency that a process allows, microseconds; it is binary. */
static __u64 allowed_latency(const struct doctor *d)
{
	__s32 us = -1;
	FILE *f;
	char path[512];

	snprintf(path, sizeof(path), "%s/dev/cpu_dma_latency", d->root);
	f = fopen(path, "re");
	if (f) {
		if (fread(&us, sizeof(us), 1, f) != 1)
			us = -1;
		fclose(f);
	}
	return us < 0 ? ~0ULL : (__u64)us;
}

static void look_at_states(const struct doctor *d, unsigned int cpu,
			   __u64 allowed, struct idle_state *deepest)
{
	__u64 latency, disabled;

	for (int i = 0; i < 16; i++) {
		if (!tree_number(d, &latency, CPU_DIR "/cpu%u/cpuidle/state%d/latency",
				 cpu, i))
			break;
		if (tree_number(d, &disabled, CPU_DIR "/cpu%u/cpuidle/state%d/disable",
				cpu, i) && disabled)
			continue;
		if (latency > allowed || latency < deepest->latency || !latency)
			continue;
		if (latency > deepest->latency) {
			deepest->latency = latency;
			memset(&deepest->cpus, 0, sizeof(deepest->cpus));
			tree_read(d, deepest->name, sizeof(deepest->name),
				  CPU_DIR "/cpu%u/cpuidle/state%d/name", cpu, i);
		}
		cpus_add(&deepest->cpus, cpu);
	}
}

void check_idle_states(struct doctor *d)
{
	char latency[UNITS_LEN], interval[UNITS_LEN], text[CPUS_TEXT_LEN];
	struct idle_state deepest = { 0 };
	__u64 allowed = allowed_latency(d);
	struct cpus online;

	cpus_read(d, &online, CPU_DIR "/online");
	for (unsigned int cpu = 0; cpu < CPUS_MAX; cpu++)
		if (cpus_has(&online, cpu))
			look_at_states(d, cpu, allowed, &deepest);
	if (deepest.latency * 20 <= d->interval)
		return;
	doctor_find(d, deepest.latency * 4 > d->interval ? SEVERITY_CRITICAL :
		    SEVERITY_WARNING,
		    "idle state %s of CPUs %s takes %s to wake up from, which is much for an interval of %s",
		    deepest.name,
		    cpus_format(&deepest.cpus, text, sizeof(text)),
		    format_interval(deepest.latency, latency),
		    interval_text(d, interval));
	doctor_fix(d, "cpupower idle-set -D %llu    (or tuned-adm profile latency-performance)",
		   d->interval / 20);
}

/* ---- frequency ---- */

/* Drivers for which "powersave" is no fixed lowest frequency */
static bool scales_itself(const char *driver)
{
	return !strcmp(driver, "intel_pstate") || !strncmp(driver, "amd-pstate", 10);
}

void check_governor(struct doctor *d)
{
	char governor[64], driver[64], text[CPUS_TEXT_LEN];
	struct cpus online, slow = { 0 }, changing = { 0 };

	cpus_read(d, &online, CPU_DIR "/online");
	for (unsigned int cpu = 0; cpu < CPUS_MAX; cpu++) {
		if (!cpus_has(&online, cpu) ||
		    !tree_read(d, governor, sizeof(governor),
			       CPU_DIR "/cpu%u/cpufreq/scaling_governor", cpu))
			continue;
		tree_read(d, driver, sizeof(driver),
			  CPU_DIR "/cpu%u/cpufreq/scaling_driver", cpu);
		if (!strcmp(governor, "powersave") && !scales_itself(driver))
			cpus_add(&slow, cpu);
		else if (strcmp(governor, "performance") && strcmp(governor, "userspace"))
			cpus_add(&changing, cpu);
	}
	if (cpus_count(&slow)) {
		doctor_find(d, SEVERITY_WARNING,
			    "governor powersave holds CPUs %s at their lowest frequency",
			    cpus_format(&slow, text, sizeof(text)));
		doctor_fix(d, "cpupower frequency-set -g performance");
	} else if (cpus_count(&changing) && d->interval <= 10000) {
		doctor_find(d, SEVERITY_NOTE,
			    "CPUs %s lower their frequency when there is little to do",
			    cpus_format(&changing, text, sizeof(text)));
		doctor_fix(d, "cpupower frequency-set -g performance");
	}
}

/* ---- isolation ---- */

static void subtract(struct cpus *from, const struct cpus *cpus)
{
	for (size_t i = 0; i < sizeof(from->set); i++)
		from->set[i] &= ~cpus->set[i];
}

/* Sessions are on the CPUs that nohz_full= leaves for timers. */
void check_isolation(struct doctor *d)
{
	struct cpus online, isolated, full, timers;
	char text[CPUS_TEXT_LEN];

	cpus_read(d, &online, CPU_DIR "/online");
	cpus_read(d, &isolated, CPU_DIR "/isolated");
	cpus_read(d, &full, CPU_DIR "/nohz_full");
	timers = online;
	subtract(&timers, &full);
	subtract(&isolated, &full);
	if (cpus_count(&isolated)) {
		cpus_format(&isolated, text, sizeof(text));
		doctor_find(d, SEVERITY_WARNING,
			    "CPUs %s are isolated from the scheduler, but sessions are put on them: what runs there and they disturb each other",
			    text);
		doctor_fix(d, "kernel command line: nohz_full=%s", text);
	}
	if (cpus_count(&timers) == 1 && cpus_count(&online) >= 4) {
		doctor_find(d, SEVERITY_NOTE,
			    "nohz_full leaves one of %u CPUs for timers: all sessions are on CPU %s",
			    cpus_count(&online),
			    cpus_format(&timers, text, sizeof(text)));
		doctor_fix(d, "kernel command line: nohz_full= with fewer CPUs");
	}
}

/* ---- clocks ---- */

#define CLOCK_DIR "sys/devices/system/clocksource/clocksource0"

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at += len)
		if ((at == text || at[-1] == ' ') &&
		    (!at[len] || at[len] == ' ' || word[len - 1] == '='))
			return true;
	return false;
}

static bool is_slow_clock(const char *name)
{
	return !strcmp(name, "hpet") || !strcmp(name, "acpi_pm") ||
	       !strcmp(name, "pit");
}

void check_clock(struct doctor *d)
{
	char name[64], available[256], line[4096];

	tree_read(d, line, sizeof(line), "proc/cmdline");
	if (has_word(line, "highres=off") || has_word(line, "highresolution=off")) {
		doctor_find(d, SEVERITY_CRITICAL,
			    "high-resolution timers are off: timers run with the tick");
		doctor_fix(d, "remove highres=off from the kernel command line");
	}
	if (!tree_read(d, name, sizeof(name), CLOCK_DIR "/current_clocksource")) {
		doctor_find(d, SEVERITY_UNCHECKED, "the clock source is not known");
		return;
	}
	if (strstr(name, "jiffies")) {
		doctor_find(d, SEVERITY_CRITICAL,
			    "the clock (%s) goes on with the tick only", name);
	} else if (is_slow_clock(name)) {
		doctor_find(d, SEVERITY_WARNING,
			    "the clock is %s, which takes a microsecond or more to read",
			    name);
	} else {
		return;
	}
	tree_read(d, available, sizeof(available), CLOCK_DIR "/available_clocksource");
	if (has_word(available, "tsc"))
		doctor_fix(d, "echo tsc > /" CLOCK_DIR "/current_clocksource");
	else
		doctor_fix(d, "dmesg | grep -i clocksource    tells why there is no better one");
}

/* ---- the hypervisor ---- */

void check_steal(struct doctor *d)
{
	__u64 value[8] = { 0 }, all = 0, permille;
	char line[512];

	if (!tree_read(d, line, sizeof(line), "proc/stat") ||
	    sscanf(line, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &value[0],
		   &value[1], &value[2], &value[3], &value[4], &value[5],
		   &value[6], &value[7]) != 8) {
		doctor_find(d, SEVERITY_UNCHECKED, "/proc/stat cannot be read");
		return;
	}
	for (int i = 0; i < 8; i++)
		all += value[i];
	permille = all ? value[7] * 1000 / all : 0;
	if (permille < 10)
		return;
	doctor_find(d, permille >= 50 ? SEVERITY_CRITICAL : SEVERITY_WARNING,
		    "the hypervisor has kept %llu.%llu %% of the CPU time since boot for others: this machine stands still while it does",
		    permille / 10, permille % 10);
	doctor_fix(d, "on the hypervisor: give the virtual CPUs physical ones of their own");
}

/* ---- RCU ---- */

#define RCU_DIR "sys/module/rcutree/parameters"

/* What the kernel makes of the parameter; default 3 ms */
static __u64 rcu_limit_us(__u64 ns)
{
	if (ns < 1000000)
		return 1000;
	return ns > 1000000000 ? 1000000 : ns / 1000;
}

void check_rcu(struct doctor *d)
{
	char line[4096], softirq[8], limit[UNITS_LEN], interval[UNITS_LEN];
	__u64 ns;

	tree_read(d, line, sizeof(line), "proc/cmdline");
	tree_read(d, softirq, sizeof(softirq), RCU_DIR "/use_softirq");
	if (has_word(line, "rcu_nocbs=") || has_word(line, "rcu_nocbs") ||
	    *softirq == 'N')
		return;
	if (!tree_number(d, &ns, RCU_DIR "/rcu_resched_ns")) {
		doctor_find(d, SEVERITY_UNCHECKED,
			    "how long RCU callbacks may hold a CPU up is not known");
		return;
	}
	if (rcu_limit_us(ns) * 10 <= d->interval)
		return;
	doctor_find(d, SEVERITY_WARNING,
		    "when much is freed at once (thousands of routes, sockets or files), RCU callbacks hold a CPU up for as long as %s; the interval is %s",
		    format_interval(rcu_limit_us(ns), limit),
		    interval_text(d, interval));
	if (ns > 1000000)
		doctor_fix(d,
			   "echo 1000000 > /%s/rcu_resched_ns    (or kernel command line: rcu_nocbs=all)",
			   RCU_DIR);
	else
		doctor_fix(d, "kernel command line: rcu_nocbs=all");
}

/* ---- free pages ---- */

/*
 * A CPU gives pages back to all with interrupts off, which takes some 250
 * instructions for each: so long on a slow CPU.
 */
#define PAGES_SETTING		"proc/sys/vm/percpu_pagelist_high_fraction"
#define PAGE_NS			250
#define PAGES_OF_BATCH		4	/* whatever is asked for, its list is as long */
#define PAGES_OF_BATCH_MAX	32	/* at once, since Linux 6.7 */

struct page_lists {
	bool in_parts;		/* however long they are */
	bool limited;		/* by who rules this host */
	__u64 most;		/* pages that a CPU gives back at once */
	__u64 least;		/* that it would with the shortest lists */
	__u64 fraction;		/* of a zone that makes them the shortest */
};

static bool gives_back_in_parts(const struct doctor *d)
{
	unsigned int major, minor;
	char release[64];

	if (!tree_read(d, release, sizeof(release), "proc/sys/kernel/osrelease") ||
	    sscanf(release, "%u.%u", &major, &minor) != 2)
		return false;
	return major > 6 || (major == 6 && minor >= 7);
}

/* The list of a zone that each CPU has. In parts: it grows, unless it is limited. */
static void look_at_list(struct page_lists *lists, __u64 managed, __u64 high,
			 __u64 batch)
{
	__u64 least = batch * PAGES_OF_BATCH, most = high;

	if (lists->in_parts && (!lists->limited || high > batch * PAGES_OF_BATCH_MAX))
		most = batch * PAGES_OF_BATCH_MAX;
	if (most > lists->most)
		lists->most = most;
	if (least > lists->least)
		lists->least = least;
	if (least && managed / least >= lists->fraction)
		lists->fraction = managed / least + 1;
}

static void read_zones(char *text, struct page_lists *lists)
{
	__u64 managed = 0, high = 0, number;
	char *line;

	while ((line = strsep(&text, "\n"))) {
		if (sscanf(line, " managed %llu", &number) == 1)
			managed = number;
		else if (sscanf(line, " high: %llu", &number) == 1)
			high = number;
		else if (sscanf(line, " batch: %llu", &number) == 1)
			look_at_list(lists, managed, high, number);
	}
}

void check_pages(struct doctor *d)
{
	char time[UNITS_LEN], interval[UNITS_LEN];
	char *text = tree_load(d, "proc/zoneinfo");
	struct page_lists lists = { .in_parts = gives_back_in_parts(d) };
	__u64 fraction, us;

	lists.limited = tree_number(d, &fraction, PAGES_SETTING) && fraction;
	if (text)
		read_zones(text, &lists);
	free(text);
	if (!lists.most) {
		doctor_find(d, SEVERITY_UNCHECKED,
			    "how many pages a CPU frees at once is not known");
		return;
	}
	us = lists.most * PAGE_NS / 1000;
	if (lists.most <= lists.least || us * 10 <= d->interval)
		return;
	doctor_find(d, SEVERITY_WARNING,
		    "after a process with much memory has ended, a CPU may free %llu pages at once, with interrupts off: about %s; the interval is %s",
		    lists.most, format_interval(us, time),
		    interval_text(d, interval));
	doctor_fix(d, "sysctl -w vm.percpu_pagelist_high_fraction=%llu    (%llu pages)",
		   lists.fraction, lists.least);
}
