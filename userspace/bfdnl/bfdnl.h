/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the tool share.
 */
#ifndef BFDNL_TOOL_H
#define BFDNL_TOOL_H

#include <stdbool.h>
#include <stdnoreturn.h>
#include <bfdnl/bfdnl.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define __printf(a, b)	__attribute__((__format__			\
					(printf, a, b)))

/* Exit status: part of the interface */
enum status {
	STATUS_DONE,
	STATUS_USAGE,
	STATUS_REFUSED,
	STATUS_FINDINGS = 1,	/* of bfdnl doctor */
};

struct options {
	bool json;
	bool pretty;
	bool statistics;
	bool details;
	bool oneline;
	bool timestamp;
	bool force;
	const char *netns;
	const char *batch;
};

struct app {
	struct options opt;
	struct bfdnl *h;	/* NULL until the first command needs it */
};

/* Words not yet looked at, NULL at the end */
struct args {
	char **at;
};

struct command {
	const char *name;
	enum status (*run)(struct app *app, struct args *args);
	const char *help;	/* lines of grammar, each ending in a newline */
	bool has_commands;	/* @run answers "help" itself */
};

/* main.c */
enum status app_connect(struct app *app);
enum status run_words(struct app *app, char **words);

/* batch.c */
enum status batch_run(struct app *app, const char *file);

/* command.c */
enum status command_run(struct app *app, struct args *args, const char *path,
			const struct command *commands, size_t size,
			const char *fallback);
bool help_wanted(const struct args *args);

/* error.c */
void error_place(const char *file, unsigned int line);
__printf(1, 2)
enum status usage_error(const char *format, ...);
__printf(1, 2)
enum status refused(const char *format, ...);
enum status kernel_refused(const struct app *app);
noreturn void out_of_memory(void);
__printf(1, 2)
void user_warning(const char *format, ...);

/* parse.c */
enum status parse_number(const char *what, const char *text, __u64 max,
			 __u64 *value);
enum status parse_time(const char *what, const char *text, __u64 *us);
enum status args_value(struct args *args, const char *what, const char **value);
enum status args_end(const struct args *args);

/* session_args.c */

/* Which arguments a command takes */
enum {
	TAKES_SELECTOR = 1 << 0,
	TAKES_OPTIONS = 1 << 1,
	TAKES_STATE = 1 << 2,
	TAKES_AUTH = 1 << 3,
};

enum status parse_session(struct args *args, unsigned int takes,
			  struct bfdnl_session *selector,
			  struct bfdnl_session *changes);
enum status parse_new_session(struct args *args, struct bfdnl_session *session);
bool names_one_session(const struct bfdnl_session *selector);
bool session_is_empty(const struct bfdnl_session *session);

/* units.c */

#define UNITS_LEN	32
#define TIME_LEN	40

const char *format_interval(__u64 us, char *text);
const char *format_duration(__u64 ns, char *text);
const char *format_time(__u64 ns, char *text);
__u64 wall_clock(void);

/* stats.c */
enum status session_refused(struct app *app, int code);

/* One function for each object of the grammar */
enum status do_session(struct app *app, struct args *args);
enum status do_key(struct app *app, struct args *args);
enum status do_echo_source(struct app *app, struct args *args);
enum status do_stats(struct app *app, struct args *args);
enum status do_doctor(struct app *app, struct args *args);
enum status do_monitor(struct app *app, struct args *args);
enum status do_run(struct app *app, struct args *args);
enum status do_apply(struct app *app, struct args *args);
enum status do_save(struct app *app, struct args *args);

/* session_show.c */
enum status session_show(struct app *app, struct args *args);
void show_one(struct app *app, const struct bfdnl_session *session);

/* follow.c */
enum follow_end {
	FOLLOW_SIGNAL,		/* asked to stop, or nobody reads us */
	FOLLOW_FAILED,		/* the error has been printed */
	FOLLOW_CALLBACK,	/* an event callback asked for it */
};

int follow_prepare(void);
enum follow_end follow(struct app *app, struct bfdnl_monitor *monitor,
		       int signals);

/* event.c */
int print_event(const struct app *app, const struct bfdnl_event *event);

#endif /* BFDNL_TOOL_H */
