// SPDX-License-Identifier: GPL-2.0
/*
 * bfdnl session
 */
#include <errno.h>
#include <string.h>
#include "bfdnl.h"

/* What a command works on; freed by done(). */
struct work {
	struct bfdnl_session *selector;
	struct bfdnl_session *changes;
};

static enum status prepare(struct work *work)
{
	work->selector = bfdnl_session_new();
	work->changes = bfdnl_session_new();
	if (work->selector && work->changes)
		return STATUS_DONE;
	return refused("%s", strerror(ENOMEM));
}

static enum status done(struct work *work, enum status status)
{
	bfdnl_session_free(work->selector);
	bfdnl_session_free(work->changes);
	return status;
}

static enum status add(struct app *app, struct work *work)
{
	bool show = app->opt.json || app->opt.details;
	struct bfdnl_session *created = NULL;
	int ret;

	if (app_connect(app))
		return STATUS_REFUSED;
	ret = bfdnl_add(app->h, work->changes, show ? &created : NULL);
	if (ret)
		return session_refused(app, ret);
	if (created)
		show_one(app, created);
	bfdnl_session_free(created);
	return STATUS_DONE;
}

/* The socket of the request is the owner; ours is closed at once. */
static enum status check_owner(const struct app *app,
			       const struct bfdnl_session *session)
{
	__u64 exit = bfdnl_session_number(session, BFDNL_OWNER_EXIT);

	if (exit == BFD_OWNER_EXIT_KEEP || app->opt.batch)
		return STATUS_DONE;
	return usage_error("owner-exit %s: the session would end at once; use bfdnl run or -batch",
			   bfdnl_owner_exit_name(exit));
}

static enum status session_add(struct app *app, struct args *args)
{
	struct work work;
	enum status status = prepare(&work);

	if (!status)
		status = parse_new_session(args, work.changes);
	if (!status)
		status = check_owner(app, work.changes);
	if (!status)
		status = add(app, &work);
	return done(&work, status);
}

static enum status too_much(enum bfdnl_field named, enum bfdnl_field field)
{
	return usage_error("%s names the session already: drop %s, it cannot be changed",
			   bfdnl_field_name(named),
			   field == BFDNL_PATH_TYPE ? "multihop" :
						      bfdnl_field_name(field));
}

/* A session that is to be changed must be named, and named once. */
static enum status check_selector(const struct bfdnl_session *selector)
{
	static const enum bfdnl_field alone[] = {
		BFDNL_ID, BFDNL_LOCAL_DISCRIMINATOR,
	};

	for (size_t i = 0; i < ARRAY_SIZE(alone); i++) {
		if (!bfdnl_session_has(selector, alone[i]))
			continue;
		for (int j = 0; j < BFDNL_FIELDS; j++)
			if (j != (int)alone[i] && bfdnl_session_has(selector, j))
				return too_much(alone[i], j);
		return STATUS_DONE;
	}
	if (!bfdnl_session_has(selector, BFDNL_DEST_ADDR))
		return usage_error("which session? id N, local-discriminator N or dest-addr ADDR");
	return STATUS_DONE;
}

static enum status change_session(struct app *app, struct args *args, struct work *work)
{
	int ret;

	if (parse_session(args, TAKES_SELECTOR | TAKES_OPTIONS, work->selector,
			  work->changes) ||
	    check_selector(work->selector))
		return STATUS_USAGE;
	if (session_is_empty(work->changes))
		return usage_error("nothing to set: add a change such as local-multiplier 5");
	if (check_owner(app, work->changes))
		return STATUS_USAGE;
	if (app_connect(app))
		return STATUS_REFUSED;
	ret = bfdnl_set(app->h, work->selector, work->changes);
	if (ret)
		return session_refused(app, ret);
	return STATUS_DONE;
}

static enum status session_set(struct app *app, struct args *args)
{
	struct work work;
	enum status status = prepare(&work);

	if (!status)
		status = change_session(app, args, &work);
	return done(&work, status);
}

typedef int (*selected_fn)(struct bfdnl *h,
			   const struct bfdnl_session *selector);

static enum status call_on_one(struct app *app, struct args *args,
			       const struct work *work, selected_fn fn)
{
	if (parse_session(args, TAKES_SELECTOR, work->selector, NULL) ||
	    check_selector(work->selector))
		return STATUS_USAGE;
	if (app_connect(app))
		return STATUS_REFUSED;
	return fn(app->h, work->selector) ? kernel_refused(app) : STATUS_DONE;
}

/* A command that says nothing but which session */
static enum status run_on_one(struct app *app, struct args *args,
			      selected_fn fn)
{
	struct work work;
	enum status status = prepare(&work);

	if (!status)
		status = call_on_one(app, args, &work, fn);
	return done(&work, status);
}

static enum status session_del(struct app *app, struct args *args)
{
	return run_on_one(app, args, bfdnl_del);
}

static enum status session_flush(struct app *app, struct args *args)
{
	if (args_end(args))
		return STATUS_USAGE;
	if (app_connect(app))
		return STATUS_REFUSED;
	return bfdnl_flush(app->h) ? kernel_refused(app) : STATUS_DONE;
}

static enum status auth(struct app *app, struct args *args, struct work *work)
{
	if (parse_session(args, TAKES_SELECTOR | TAKES_AUTH, work->selector,
			  work->changes) ||
	    check_selector(work->selector))
		return STATUS_USAGE;
	if (!bfdnl_session_has(work->changes, BFDNL_AUTH_KEY))
		return usage_error("which key? key ID key-id N, or none");
	if (app_connect(app))
		return STATUS_REFUSED;
	if (bfdnl_set(app->h, work->selector, work->changes))
		return kernel_refused(app);
	return STATUS_DONE;
}

static enum status session_auth(struct app *app, struct args *args)
{
	struct work work;
	enum status status = prepare(&work);

	if (!status)
		status = auth(app, args, &work);
	return done(&work, status);
}

static enum status session_poll(struct app *app, struct args *args)
{
	return run_on_one(app, args, bfdnl_poll);
}

static const struct command commands[] = {
	{ .name = "add", .run = session_add,
	  .help =
	  "bfdnl session add dest-addr ADDR [source-addr ADDR] [interface IF] [vrf VRF] [multihop]\n"
	  "      [desired-min-tx-interval T] [required-min-rx-interval T] [local-multiplier N]\n"
	  "      [echo] [desired-min-echo-tx-interval T] [required-min-echo-rx-interval T]\n"
	  "      [unaffiliated-echo] [demand-enabled] [demand-poll-interval T] [passive] [admin-down]\n"
	  "      [rx-ttl N] [tx-ttl N] [dscp N] [key ID key-id N] [path-diagnostic DIAG]\n"
	  "      [express] [owner-exit EXIT] [local-discriminator N]\n"
	  "DIAG      none | concatenated-path-down | reverse-concatenated-path-down\n"
	  "EXIT      keep | with bfdnl run or -batch: admin-down | delete\n" },
	{ .name = "set", .run = session_set,
	  .help =
	  "bfdnl session set SELECTOR ...same options; admin-down | admin-up\n"
	  "      echo, demand-enabled, passive, express, admin-down: on or off may follow\n" },
	{ .name = "auth", .run = session_auth,
	  .help = "bfdnl session auth SELECTOR { key ID key-id N | none } [delayed]\n" },
	{ .name = "poll", .run = session_poll,
	  .help = "bfdnl session poll SELECTOR\n" },
	{ .name = "del", .run = session_del,
	  .help = "bfdnl session del SELECTOR\n" },
	{ .name = "flush", .run = session_flush,
	  .help = "bfdnl session flush\n" },
	{ .name = "show", .run = session_show,
	  .help =
	  "bfdnl session show [SELECTOR] [state STATE]\n"
	  "SELECTOR  id N | local-discriminator N |\n"
	  "          dest-addr ADDR [source-addr ADDR] [interface IF] [vrf VRF] [multihop]\n"
	  "STATE     adminDown | down | init | up\n"
	  "T         123us | 3.3ms | 1s; a bare number is microseconds\n" },
};

enum status do_session(struct app *app, struct args *args)
{
	return command_run(app, args, "bfdnl session", commands,
			   ARRAY_SIZE(commands), "show");
}
