// SPDX-License-Identifier: GPL-2.0
/*
 * bfdnl monitor: print what is, then what happens.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "bfdnl.h"

struct watch {
	const struct app *app;
	const struct bfdnl_session *pattern;
};

static int show_event(const struct bfdnl_event *event, void *data)
{
	const struct bfdnl_session *session = bfdnl_event_session(event);
	struct watch *watch = data;

	if (session && !bfdnl_session_matches(session, watch->pattern))
		return 0;
	return print_event(watch->app, event);
}

static enum status watch(struct app *app, const struct bfdnl_session *pattern)
{
	struct watch data = { .app = app, .pattern = pattern };
	struct bfdnl_monitor *monitor;
	enum status status = STATUS_DONE;
	int signals, ret;

	if (app_connect(app))
		return STATUS_REFUSED;
	signals = follow_prepare();
	if (signals < 0)
		return STATUS_REFUSED;
	ret = bfdnl_monitor_open(app->h, show_event, &data, &monitor);
	if (ret < 0)
		status = kernel_refused(app);
	else if (!ret && follow(app, monitor, signals) == FOLLOW_FAILED)
		status = STATUS_REFUSED;
	bfdnl_monitor_close(monitor);
	close(signals);
	return status;
}

enum status do_monitor(struct app *app, struct args *args)
{
	struct bfdnl_session *pattern = bfdnl_session_new();
	enum status status;

	if (!pattern)
		return refused("%s", strerror(ENOMEM));
	status = parse_session(args, TAKES_SELECTOR, pattern, NULL);
	if (!status && app->opt.batch)
		status = usage_error("monitor does not end by itself: not in a batch");
	if (!status)
		status = watch(app, pattern);
	bfdnl_session_free(pattern);
	return status;
}
