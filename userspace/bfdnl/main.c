// SPDX-License-Identifier: GPL-2.0
/*
 * bfdnl: configure and watch the BFD sessions of the Linux kernel.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "bfdnl.h"
#include "term.h"

static const struct command objects[] = {
	{ .name = "session", .run = do_session,
	  .help = "bfdnl session { add | set | auth | poll | del | flush | show | help }\n",
	  .has_commands = true },
	{ .name = "key", .run = do_key,
	  .help = "bfdnl key { set | del | show | help }\n",
	  .has_commands = true },
	{ .name = "echo-source", .run = do_echo_source,
	  .help = "bfdnl echo-source { set | del | show | help }\n",
	  .has_commands = true },
	{ .name = "stats", .run = do_stats,
	  .help = "bfdnl stats { show | clear | help }\n",
	  .has_commands = true },
	{ .name = "doctor", .run = do_doctor,
	  .help = "bfdnl doctor [interval TIME] [root DIR]\n" },
	{ .name = "monitor", .run = do_monitor,
	  .help = "bfdnl monitor [SELECTOR]\n" },
	{ .name = "run", .run = do_run,
	  .help = "bfdnl run dest-addr ADDR ...     (options as in session add; deleted at ^C)\n" },
	{ .name = "apply", .run = do_apply,
	  .help = "bfdnl apply FILE [ --dry-run ] [ --ledger LEDGER ]     (see bfdnl.conf(5))\n" },
	{ .name = "save", .run = do_save,
	  .help = "bfdnl save [ FILE ] [ --ledger LEDGER ]\n" },
};

static const char usage[] =
	"bfdnl [ OPTIONS ] OBJECT { COMMAND | help }\n"
	"OPTIONS  -j[son] -p[retty] -s[tatistics] -d[etails] -o[neline] -t[imestamp] -c[olor][=WHEN]\n"
	"         -n[etns] NAME -b[atch] FILE -f[orce] -V[ersion] -h[elp]\n"
	"OBJECT   session | key | echo-source | stats | doctor | monitor | run | apply | save\n"
	"TIME     123us | 3.3ms | 1s; a bare number is microseconds\n\n";

/* Connect, unless it was done before. */
enum status app_connect(struct app *app)
{
	enum status status;

	if (app->h)
		return STATUS_DONE;
	app->h = bfdnl_new();
	if (!app->h)
		return refused("%s", strerror(ENOMEM));
	if (!bfdnl_connect(app->h, app->opt.netns))
		return STATUS_DONE;
	status = kernel_refused(app);
	bfdnl_free(app->h);
	app->h = NULL;
	return status;
}

enum status run_words(struct app *app, char **words)
{
	struct args args = { .at = words };

	if (help_wanted(&args))
		fputs(usage, stdout);
	return command_run(app, &args, "bfdnl", objects, ARRAY_SIZE(objects),
			   NULL);
}

enum option_kind {
	OPTION_FLAG,
	OPTION_VALUE,
	OPTION_COLOR,
	OPTION_VERSION,
	OPTION_HELP,
};

struct option {
	const char *name;
	enum option_kind kind;
	bool *flag;
	const char **value;
};

#define OPTION_COUNT	12

static void list_options(struct options *opt, struct option *list)
{
	const struct option options[OPTION_COUNT] = {
		{ "json", OPTION_FLAG, &opt->json, NULL },
		{ "pretty", OPTION_FLAG, &opt->pretty, NULL },
		{ "statistics", OPTION_FLAG, &opt->statistics, NULL },
		{ "details", OPTION_FLAG, &opt->details, NULL },
		{ "oneline", OPTION_FLAG, &opt->oneline, NULL },
		{ "timestamp", OPTION_FLAG, &opt->timestamp, NULL },
		{ "force", OPTION_FLAG, &opt->force, NULL },
		{ "netns", OPTION_VALUE, NULL, &opt->netns },
		{ "batch", OPTION_VALUE, NULL, &opt->batch },
		{ "color", OPTION_COLOR, NULL, NULL },
		{ "Version", OPTION_VERSION, NULL, NULL },
		{ "help", OPTION_HELP, NULL, NULL },
	};

	memcpy(list, options, sizeof(options));
}

/* No two options begin alike, so any beginning of a name will do. */
static const struct option *find_option(const struct option *list,
					const char *name, size_t len)
{
	for (int i = 0; len && i < OPTION_COUNT; i++)
		if (!strncmp(list[i].name, name, len))
			return &list[i];
	if (len == strlen("version") && !strncmp(name, "version", len))
		return find_option(list, "Version", len);
	return NULL;
}

/* -jp for -j -p: only switches can be joined. */
static bool joined_flags(const struct option *list, const char *letters)
{
	for (const char *c = letters; *c; c++) {
		const struct option *option = find_option(list, c, 1);

		if (!option || option->kind != OPTION_FLAG)
			return false;
	}
	for (const char *c = letters; *c; c++)
		*find_option(list, c, 1)->flag = true;
	return true;
}

static enum status take_value(const struct option *option, const char *attached,
			      struct args *args)
{
	if (attached)
		*option->value = attached;
	else if (*args->at)
		*option->value = *args->at++;
	else
		return usage_error("-%s: a value is missing after it",
				   option->name);
	return STATUS_DONE;
}

/* @done is set when the option is all there is to do. */
static enum status parse_option(const struct option *list, struct args *args,
				bool *done)
{
	const char *word = *args->at++;
	const char *name = word + (word[1] == '-' ? 2 : 1);
	const char *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	const struct option *option = find_option(list, name, len);
	const char *attached = equals ? equals + 1 : NULL;

	if (!option && word[1] != '-' && joined_flags(list, name))
		return STATUS_DONE;
	if (!option)
		return usage_error("unknown option %s: see bfdnl help", word);
	if (attached && option->kind != OPTION_VALUE &&
	    option->kind != OPTION_COLOR)
		return usage_error("-%s takes no value", option->name);
	switch (option->kind) {
	case OPTION_FLAG:
		*option->flag = true;
		break;
	case OPTION_VALUE:
		return take_value(option, attached, args);
	case OPTION_COLOR:
		if (!term_set_color(attached ? attached : "always"))
			return usage_error("-color=%s: say auto, always or never",
					   attached);
		break;
	case OPTION_VERSION:
		puts("bfdnl " BFDNL_VERSION);
		*done = true;
		break;
	case OPTION_HELP:
		fputs(usage, stdout);
		*done = true;
		break;
	}
	return STATUS_DONE;
}

static enum status run(struct app *app, struct args *args)
{
	struct option list[OPTION_COUNT];
	bool done = false;

	list_options(&app->opt, list);
	while (!done && *args->at && (*args->at)[0] == '-' && (*args->at)[1])
		if (parse_option(list, args, &done))
			return STATUS_USAGE;
	if (done)
		return STATUS_DONE;
	if (app->opt.batch && *args->at)
		return usage_error("-batch reads its commands from the file: \"%s\" is too much",
				   *args->at);
	if (app->opt.batch)
		return batch_run(app, app->opt.batch);
	if (!*args->at) {
		fputs(usage, stderr);
		return STATUS_USAGE;
	}
	return run_words(app, args->at);
}

int main(int argc, char **argv)
{
	struct app app = { 0 };
	struct args args = { .at = argv + (argc > 0) };
	enum status status;

	status = run(&app, &args);
	bfdnl_free(app.h);
	if (fflush(stdout) && !status)
		status = refused("cannot write: %s", strerror(errno));
	return status;
}
