// SPDX-License-Identifier: GPL-2.0
/*
 * bfdnl run: a session that lives as long as this process.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "bfdnl.h"

struct run {
	struct app *app;
	struct bfdnl_session *session;	/* NULL until it is created */
	bool deleted;
};

static bool is_ours(const struct run *run, const struct bfdnl_session *session)
{
	return run->session &&
	       bfdnl_session_number(session, BFDNL_LOCAL_DISCRIMINATOR) ==
	       bfdnl_session_number(run->session, BFDNL_LOCAL_DISCRIMINATOR);
}

static int show_event(const struct bfdnl_event *event, void *data)
{
	const struct bfdnl_session *session = bfdnl_event_session(event);
	struct run *run = data;

	if (session && !is_ours(run, session))
		return 0;
	if (session && bfdnl_event_type(event) == BFDNL_EVENT_DELETED)
		run->deleted = true;
	return print_event(run->app, event) || run->deleted;
}

/*
 * By its discriminator, which is random: an id may meanwhile belong to another
 * session, if ours was deleted by someone else.
 */
static enum status delete(struct run *run)
{
	struct bfdnl_session *selector = bfdnl_session_new();
	int ret;

	if (!selector)
		return refused("%s", strerror(ENOMEM));
	bfdnl_session_set_number(selector, BFDNL_LOCAL_DISCRIMINATOR,
				 bfdnl_session_number(run->session,
						      BFDNL_LOCAL_DISCRIMINATOR));
	ret = bfdnl_del(run->app->h, selector);
	bfdnl_session_free(selector);
	return ret && ret != -ENOENT ? kernel_refused(run->app) : STATUS_DONE;
}

static enum status follow_session(struct run *run,
				  const struct bfdnl_session *wanted,
				  struct bfdnl_monitor *monitor, int signals)
{
	enum status status = STATUS_DONE, deleted;
	enum follow_end end;

	if (bfdnl_add(run->app->h, wanted, &run->session))
		return kernel_refused(run->app);
	end = follow(run->app, monitor, signals);
	if (run->deleted)
		return refused("the session was deleted by someone else");
	if (end == FOLLOW_FAILED)
		status = STATUS_REFUSED;
	deleted = delete(run);
	return status ? status : deleted;
}

/* Events are followed before the session is made, so that none is missed. */
static enum status run_session(struct app *app,
			       const struct bfdnl_session *wanted)
{
	struct run run = { .app = app };
	struct bfdnl_monitor *monitor;
	enum status status;
	int signals;

	if (app_connect(app))
		return STATUS_REFUSED;
	signals = follow_prepare();
	if (signals < 0)
		return STATUS_REFUSED;
	if (bfdnl_monitor_open(app->h, show_event, &run, &monitor))
		status = kernel_refused(app);
	else
		status = follow_session(&run, wanted, monitor, signals);
	bfdnl_monitor_close(monitor);
	bfdnl_session_free(run.session);
	close(signals);
	return status;
}

enum status do_run(struct app *app, struct args *args)
{
	struct bfdnl_session *wanted = bfdnl_session_new();
	enum status status;

	if (!wanted)
		return refused("%s", strerror(ENOMEM));
	status = parse_new_session(args, wanted);
	/* also if we are killed */
	if (!status && !bfdnl_session_has(wanted, BFDNL_OWNER_EXIT))
		bfdnl_session_set_number(wanted, BFDNL_OWNER_EXIT,
					 BFD_OWNER_EXIT_DELETE);
	if (!status && app->opt.batch)
		status = usage_error("run does not end by itself: not in a batch");
	if (!status)
		status = run_session(app, wanted);
	bfdnl_session_free(wanted);
	return status;
}
