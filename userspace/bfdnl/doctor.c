// SPDX-License-Identifier: GPL-2.0
/*
 * bfdnl doctor: the examination, and what it found.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "doctor.h"
#include "out.h"

#define DEFAULT_INTERVAL	300000	/* of a session that asks for nothing else */

static const char * const severities[] = {
	[SEVERITY_CRITICAL] = "critical",
	[SEVERITY_WARNING] = "warning",
	[SEVERITY_NOTE] = "note",
	[SEVERITY_UNCHECKED] = "unchecked",
};

static const struct {
	const char *name;
	void (*fn)(struct doctor *d);
} checks[] = {
	{ "softirq-threads", check_softirq_threads },
	{ "idle-states", check_idle_states },
	{ "governor", check_governor },
	{ "isolation", check_isolation },
	{ "clock", check_clock },
	{ "steal", check_steal },
	{ "rcu", check_rcu },
	{ "pages", check_pages },
	{ "backlog", check_backlog },
	{ "budget", check_budget },
	{ "rp-filter", check_rp_filter },
	{ "conntrack", check_conntrack },
	{ "firewall", check_firewall },
	{ "lateness", check_lateness },
};

__printf(1, 0)
static char *format_text(const char *format, va_list ap)
{
	char *text;

	if (vasprintf(&text, format, ap) < 0)
		out_of_memory();
	return text;
}

void doctor_find(struct doctor *d, enum severity how_bad,
		 const char *format, ...)
{
	struct finding *findings;
	va_list ap;

	findings = realloc(d->findings, (d->size + 1) * sizeof(*findings));
	if (!findings)
		out_of_memory();
	d->findings = findings;
	va_start(ap, format);
	d->findings[d->size++] = (struct finding){
		.severity = how_bad,
		.check = d->check,
		.cause = format_text(format, ap),
	};
	va_end(ap);
}

void doctor_fix(struct doctor *d, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	d->findings[d->size - 1].fix = format_text(format, ap);
	va_end(ap);
}

/* ---- what the sessions want ---- */

static void want(struct doctor *d, const struct bfdnl_session *session,
		 enum bfdnl_field field)
{
	__u64 us = bfdnl_session_number(session, field);

	if (us && us < d->interval)
		d->interval = us;
}

static int look_at_session(const struct bfdnl_session *session, void *data)
{
	struct doctor *d = data;

	d->sessions++;
	if (bfdnl_session_number(session, BFDNL_ADMIN_DOWN))
		return 0;
	/* what they ask for: the peer may still agree to it */
	want(d, session, BFDNL_DESIRED_MIN_TX_INTERVAL);
	want(d, session, BFDNL_REQUIRED_MIN_RX_INTERVAL);
	if (bfdnl_session_number(session, BFDNL_ECHO_ENABLED))
		want(d, session, BFDNL_DESIRED_MIN_ECHO_TX_INTERVAL);
	d->multihop += bfdnl_session_number(session, BFDNL_PATH_TYPE) ==
		       BFD_PATH_IP_MH;
	if (bfdnl_session_addr(session, BFDNL_DEST_ADDR)->family != AF_INET)
		return 0;
	d->roaming += !bfdnl_session_has(session, BFDNL_INTERFACE);
	d->down += bfdnl_session_number(session, BFDNL_LOCAL_STATE) ==
		   BFD_STATE_DOWN;
	return 0;
}

/* The module need not be there: then less is known. */
static void ask_module(struct doctor *d)
{
	struct app *app = d->app;

	d->sessions = -1;
	if (!app->h)
		app->h = bfdnl_new();
	if (!app->h)
		out_of_memory();
	if (bfdnl_connect(app->h, app->opt.netns))
		return;
	d->sessions = 0;
	if (bfdnl_dump(app->h, look_at_session, d) ||
	    bfdnl_stats_get(app->h, &d->stats))
		d->sessions = -1;
}

/* /proc/net and the rules of a firewall are those of the namespace one is in. */
static enum status enter_netns(const char *netns)
{
	char path[256];
	int fd, ret;

	snprintf(path, sizeof(path), "%s%s", strchr(netns, '/') ? "" : "/run/netns/",
		 netns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ret = fd < 0 ? fd : setns(fd, CLONE_NEWNET);
	if (ret)
		refused("%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return ret ? STATUS_REFUSED : STATUS_DONE;
}

/* ---- output ---- */

static enum color severity_color(enum severity severity)
{
	switch (severity) {
	case SEVERITY_CRITICAL:
		return COLOR_BAD;
	case SEVERITY_WARNING:
		return COLOR_CHANGING;
	default:
		return COLOR_FAINT;
	}
}

static unsigned int count(const struct doctor *d, enum severity severity)
{
	unsigned int found = 0;

	for (size_t i = 0; i < d->size; i++)
		found += d->findings[i].severity == severity;
	return found;
}

static void print_json(struct out *out, const struct doctor *d)
{
	out_object_open(out, NULL);
	out_number(out, "smallest-interval", d->interval);
	out_array_open(out, "checks");
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++)
		out_string(out, NULL, checks[i].name);
	out_array_close(out);
	out_array_open(out, "findings");
	for (size_t i = 0; i < d->size; i++) {
		const struct finding *f = &d->findings[i];

		out_object_open(out, NULL);
		out_string(out, "check", f->check);
		out_string(out, "severity", severities[f->severity]);
		out_string(out, "cause", f->cause);
		if (f->fix)
			out_string(out, "fix", f->fix);
		out_object_close(out);
	}
	out_array_close(out);
	out_object_close(out);
}

static void print_text(const struct doctor *d)
{
	char text[UNITS_LEN];

	printf("For intervals of %s%s\n", format_interval(d->interval, text),
	       d->sessions > 0 ? "" : " (there are no sessions)");
	for (size_t i = 0; i < d->size; i++) {
		const struct finding *f = &d->findings[i];
		enum color color = severity_color(f->severity);

		printf("%s%s%s %s: %s\n", term_color(color),
		       severities[f->severity], term_reset(color), f->check,
		       f->cause);
		if (f->fix)
			printf("    %s\n", f->fix);
	}
	printf("%zu checks: %u critical, %u warnings, %u notes, %u not possible\n",
	       ARRAY_SIZE(checks), count(d, SEVERITY_CRITICAL),
	       count(d, SEVERITY_WARNING), count(d, SEVERITY_NOTE),
	       count(d, SEVERITY_UNCHECKED));
}

static enum status print(struct doctor *d)
{
	struct out out;

	out_begin(&out, &d->app->opt);
	if (d->app->opt.json)
		print_json(&out, d);
	else
		print_text(d);
	if (out_end(&out))
		return refused("cannot write: %s", strerror(errno));
	return count(d, SEVERITY_CRITICAL) || count(d, SEVERITY_WARNING) ?
	       STATUS_FINDINGS : STATUS_DONE;
}

/* ---- the command ---- */

static int by_severity(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;

	/* qsort() need not be stable: checks of one severity keep their order */
	if (x->severity != y->severity)
		return x->severity < y->severity ? -1 : 1;
	return x->cause == y->cause ? 0 : strcmp(x->check, y->check);
}

static enum status examine(struct doctor *d)
{
	enum status status = STATUS_DONE;

	if (d->app->opt.netns && !*d->root)
		status = enter_netns(d->app->opt.netns);
	if (status)
		return status;
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		d->check = checks[i].name;
		checks[i].fn(d);
	}
	if (d->size)
		qsort(d->findings, d->size, sizeof(*d->findings), by_severity);
	return print(d);
}

static enum status parse(struct args *args, struct doctor *d, __u64 *interval)
{
	while (*args->at) {
		const char *word = *args->at++, *value;
		enum status status;

		if (!strcmp(word, "interval")) {
			status = args_value(args, word, &value);
			if (!status)
				status = parse_time(word, value, interval);
			if (!status && !*interval)
				status = usage_error("interval: 0 is none");
		} else if (!strcmp(word, "root")) {
			status = args_value(args, word, &d->root);
		} else {
			return usage_error("unknown word \"%s\"; one of: interval, root",
					   word);
		}
		if (status)
			return status;
	}
	return STATUS_DONE;
}

enum status do_doctor(struct app *app, struct args *args)
{
	struct doctor d = { .app = app, .root = "", .interval = ~0ULL };
	enum status status;
	__u64 interval = 0;

	status = parse(args, &d, &interval);
	if (status)
		return status;
	ask_module(&d);
	if (interval)
		d.interval = interval;
	else if (d.interval == ~0ULL)
		d.interval = DEFAULT_INTERVAL;
	status = examine(&d);
	for (size_t i = 0; i < d.size; i++) {
		free(d.findings[i].cause);
		free(d.findings[i].fix);
	}
	free(d.findings);
	bfdnl_stats_free(d.stats);
	return status;
}
