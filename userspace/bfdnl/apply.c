// SPDX-License-Identifier: GPL-2.0
/*
 * bfdnl apply, bfdnl save: the configuration file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../conf/apply.h"
#include "../conf/save.h"
#include "bfdnl.h"

/* Steps between two looks at nothing: there is nobody else to serve. */
#define ALL_STEPS	1000

struct request {
	const char *file;
	const char *ledger;
	bool dry_run;
};

static enum status tell(struct problems *problems, enum status status)
{
	for (size_t i = 0; i < problems->count && i < PROBLEMS_MAX; i++)
		usage_error("%s", problems->at[i] ? problems->at[i] :
			    strerror(ENOMEM));
	if (problems->count > PROBLEMS_MAX)
		usage_error("and %zu more", problems->count - PROBLEMS_MAX);
	problems_free(problems);
	return status;
}

static enum status open_ledger(struct app *app, const char *path,
			       bool read_only, struct ledger **ledger)
{
	char own[128];
	int ret = 0;

	if (!path) {
		ret = ledger_path(app->opt.netns, own, sizeof(own));
		path = own;
	}
	if (!ret)
		ret = ledger_open(path, read_only, ledger);
	if (!ret && !read_only) {
		ret = ledger_lock(*ledger, true);
		if (ret) {
			ledger_close(*ledger);
			*ledger = NULL;
		}
	}
	return ret ? refused("%s: %s", path, strerror(-ret)) : STATUS_DONE;
}

static enum status run_plan(struct app *app, struct ledger *ledger,
			    const struct plan *plan)
{
	struct apply *apply = apply_begin(app->h, ledger, plan);
	struct problems problems = { 0 };
	int ret = apply ? 1 : -ENOMEM;

	while (ret > 0)
		ret = apply_some(apply, ALL_STEPS, &problems);
	apply_end(apply);
	if (!ret)
		return STATUS_DONE;
	if (!problems.count)
		return refused("%s", strerror(-ret));
	return tell(&problems, STATUS_REFUSED);
}

static enum status apply_conf(struct app *app, const struct request *request,
			      const struct conf *conf)
{
	struct problems problems = { 0 };
	struct ledger *ledger = NULL;
	enum status status;
	struct plan plan;

	status = open_ledger(app, request->ledger, request->dry_run, &ledger);
	if (status)
		return status;
	if (!plan_make(app->h, conf, ledger, &plan, &problems)) {
		status = tell(&problems, STATUS_REFUSED);
	} else if (request->dry_run) {
		plan_print(&plan, stdout);
		plan_clear(&plan);
	} else {
		status = run_plan(app, ledger, &plan);
		plan_clear(&plan);
	}
	if (!request->dry_run)
		ledger_unlock(ledger);
	ledger_close(ledger);
	return status;
}

static bool is_option(const char *word, const char *name)
{
	word += strspn(word, "-");
	return !strcmp(word, name);
}

static enum status parse_request(struct args *args, const char *command,
				 struct request *request)
{
	while (*args->at) {
		const char *word = *args->at++;

		if (is_option(word, "ledger")) {
			if (args_value(args, "ledger", &request->ledger))
				return STATUS_USAGE;
		} else if (is_option(word, "dry-run") && *command == 'a') {
			request->dry_run = true;
		} else if (*word == '-' && word[1]) {
			return usage_error("%s: unknown option %s", command,
					   word);
		} else if (request->file) {
			return usage_error("\"%s\" is one argument too many",
					   word);
		} else {
			request->file = word;
		}
	}
	return STATUS_DONE;
}

enum status do_apply(struct app *app, struct args *args)
{
	struct problems problems = { 0 };
	struct request request = { 0 };
	enum status status;
	struct conf *conf;

	if (parse_request(args, "apply", &request))
		return STATUS_USAGE;
	if (!request.file)
		return usage_error("apply: which file? See bfdnl.conf(5)");
	if (!conf_read(request.file, &conf, &problems))
		return tell(&problems, STATUS_USAGE);
	status = app_connect(app);
	if (!status)
		status = apply_conf(app, &request, conf);
	conf_free(conf);
	return status;
}

/* ---- save ---- */

static enum status write_to(struct app *app, const struct ledger *ledger,
			    FILE *out)
{
	int ret = save_write(app->h, ledger, out);

	if (!ret)
		return STATUS_DONE;
	if (ret == -EIO || ret == -ENOMEM)
		return refused("%s", strerror(-ret));
	return kernel_refused(app);
}

/* The old file is there until the new one is complete. */
static enum status write_file(struct app *app, const struct ledger *ledger,
			      const char *file)
{
	enum status status;
	FILE *out = NULL;
	char *name;
	int fd;

	if (asprintf(&name, "%s.new", file) < 0)
		return refused("%s", strerror(ENOMEM));
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd >= 0)
		out = fdopen(fd, "w");
	if (!out) {
		status = refused("%s: %s", name, strerror(errno));
	} else {
		status = write_to(app, ledger, out);
		if (!status && (fsync(fd) || rename(name, file)))
			status = refused("%s: %s", file, strerror(errno));
		fclose(out);
		if (status)
			unlink(name);
	}
	free(name);
	return status;
}

enum status do_save(struct app *app, struct args *args)
{
	struct request request = { 0 };
	struct ledger *ledger = NULL;
	enum status status;

	if (parse_request(args, "save", &request))
		return STATUS_USAGE;
	status = app_connect(app);
	if (!status)
		status = open_ledger(app, request.ledger, true, &ledger);
	if (status)
		return status;
	if (request.file && strcmp(request.file, "-"))
		status = write_file(app, ledger, request.file);
	else
		status = write_to(app, ledger, stdout);
	ledger_close(ledger);
	return status;
}
