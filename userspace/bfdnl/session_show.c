// SPDX-License-Identifier: GPL-2.0
/*
 * bfdnl session show
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "out.h"
#include "session_print.h"
#include "table.h"

struct list {
	const struct bfdnl_session *pattern;
	struct bfdnl_session **at;
	size_t size;
	size_t room;
};

static int take(const struct bfdnl_session *session, void *data)
{
	struct list *list = data;

	if (!bfdnl_session_matches(session, list->pattern))
		return 0;
	if (list->size == list->room) {
		size_t room = list->room ? 2 * list->room : 64;
		struct bfdnl_session **at;

		at = realloc(list->at, room * sizeof(*at));
		if (!at)
			return -ENOMEM;
		list->at = at;
		list->room = room;
	}
	list->at[list->size] = bfdnl_session_clone(session);
	return list->at[list->size++] ? 0 : -ENOMEM;
}

static void free_list(struct list *list)
{
	for (size_t i = 0; i < list->size; i++)
		bfdnl_session_free(list->at[i]);
	free(list->at);
}

#define OPTIONS_LEN	128

static void add_option(char *text, bool present, const char *option)
{
	size_t len = strlen(text);

	if (present)
		snprintf(text + len, OPTIONS_LEN - len, "%s%s",
			 len ? "," : "", option);
}

/* What sets a session apart from the usual one; empty if nothing does */
static const char *format_options(const struct bfdnl_session *session,
				  char *text)
{
	bool pending = bfdnl_session_has(session, BFDNL_PENDING_KEY);
	bool unaffiliated = bfdnl_session_number(session,
						 BFDNL_UNAFFILIATED_ECHO);

	*text = '\0';
	add_option(text, bfdnl_session_number(session, BFDNL_PATH_TYPE) ==
		   BFD_PATH_IP_MH, "multihop");
	add_option(text, bfdnl_session_number(session, BFDNL_AUTH_KEY), "auth");
	add_option(text, pending, "auth-pending");
	add_option(text, bfdnl_session_number(session, BFDNL_ECHO_ENABLED) &&
		   !unaffiliated, "echo");
	add_option(text, unaffiliated, "unaffiliated-echo");
	add_option(text, bfdnl_session_number(session, BFDNL_DEMAND_ENABLED),
		   "demand");
	add_option(text, bfdnl_session_number(session, BFDNL_REMOTE_DEMAND),
		   "remote-demand");
	add_option(text, bfdnl_session_number(session, BFDNL_PASSIVE),
		   "passive");
	add_option(text, bfdnl_session_number(session, BFDNL_EXPRESS),
		   "express");
	add_option(text, bfdnl_session_number(session, BFDNL_OWNER_EXIT) !=
		   BFD_OWNER_EXIT_KEEP, "owned");
	return text;
}

/* Most hosts have no VRF and no options: they are spared the columns. */
struct columns {
	bool vrf;
	bool options;
};

static struct columns choose_columns(const struct list *list)
{
	struct columns columns = { false, false };
	char text[OPTIONS_LEN];

	for (size_t i = 0; i < list->size; i++) {
		columns.vrf |= bfdnl_session_has(list->at[i], BFDNL_VRF);
		columns.options |= *format_options(list->at[i], text);
	}
	return columns;
}

static void add_heading(struct table *table, struct columns columns)
{
	static const char * const names[] = {
		"ID", "STATE", "DEST-ADDR", "SOURCE-ADDR", "INTERFACE", "VRF",
		"OPTIONS", "TX", "RX", "DETECT", "DIAGNOSTIC", "FOR",
	};

	table->columns = ARRAY_SIZE(names) - !columns.vrf - !columns.options;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if ((columns.vrf || strcmp(names[i], "VRF")) &&
		    (columns.options || strcmp(names[i], "OPTIONS")))
			table_add(table, names[i], COLOR_NONE);
}

static void add_addr(struct table *table, const struct bfdnl_session *session,
		     enum bfdnl_field field)
{
	const struct bfdnl_addr *addr = bfdnl_session_addr(session, field);
	char text[BFDNL_ADDR_STRLEN];

	table_add(table, addr ? bfdnl_addr_format(addr, text) : NULL,
		  COLOR_NONE);
}

static void add_value(struct table *table, const struct bfdnl_session *session,
		      enum bfdnl_field field, enum color color)
{
	__u64 value = bfdnl_session_number(session, field);
	char text[UNITS_LEN];

	if (!bfdnl_session_has(session, field))
		table_add(table, NULL, COLOR_NONE);
	else
		table_add(table, value_name(bfdnl_field_type(field), value,
					    text), color);
}

static void add_interval(struct table *table, __u64 us)
{
	char text[UNITS_LEN];

	table_add(table, us ? format_interval(us, text) : NULL, COLOR_NONE);
}

/* The interval at which packets are expected; 0: the peer is to send none */
static __u64 expected_interval(const struct bfdnl_session *session)
{
	__u64 mode = bfdnl_session_number(session, BFDNL_DETECTION_MODE);

	if (mode == BFD_DETECTION_DEMAND_WITH_ECHO ||
	    mode == BFD_DETECTION_DEMAND_WITHOUT_ECHO)
		return 0;
	return bfdnl_session_number(session, BFDNL_NEGOTIATED_RX_INTERVAL);
}

/* How long a failure may last before it is noticed; 0: for ever */
static __u64 detection_time(const struct bfdnl_session *session)
{
	__u64 time = bfdnl_session_number(session, BFDNL_DETECTION_TIME);
	__u64 echo = bfdnl_session_number(session, BFDNL_ECHO_DETECTION_TIME);

	return echo && (!time || echo < time) ? echo : time;
}

static void add_row(struct table *table, const struct bfdnl_session *session,
		    struct columns columns)
{
	__u64 state = bfdnl_session_number(session, BFDNL_LOCAL_STATE);
	char text[OPTIONS_LEN];

	snprintf(text, sizeof(text), "%llu",
		 bfdnl_session_number(session, BFDNL_ID));
	table_add(table, text, COLOR_NONE);
	add_value(table, session, BFDNL_LOCAL_STATE, state_color(state));
	add_addr(table, session, BFDNL_DEST_ADDR);
	add_addr(table, session, BFDNL_SOURCE_ADDR);
	table_add(table, bfdnl_session_text(session, BFDNL_INTERFACE),
		  COLOR_NONE);
	if (columns.vrf)
		table_add(table, bfdnl_session_text(session, BFDNL_VRF),
			  COLOR_NONE);
	if (columns.options)
		table_add(table, format_options(session, text), COLOR_NONE);
	add_interval(table, bfdnl_session_number(session,
						 BFDNL_NEGOTIATED_TX_INTERVAL));
	add_interval(table, expected_interval(session));
	add_interval(table, detection_time(session));
	add_value(table, session, BFDNL_LOCAL_DIAGNOSTIC, COLOR_NONE);
	table_add(table, format_age(session, text), COLOR_NONE);
}

static void print_table(const struct list *list)
{
	struct columns columns = choose_columns(list);
	struct table table = { 0 };

	if (!list->size)
		return;
	add_heading(&table, columns);
	for (size_t i = 0; i < list->size; i++)
		add_row(&table, list->at[i], columns);
	table_print(&table);
}

static enum status print_list(const struct app *app, const struct list *list,
			      bool blocks)
{
	struct out out;

	out_begin(&out, &app->opt);
	if (blocks) {
		out_array_open(&out, NULL);
		for (size_t i = 0; i < list->size; i++) {
			out_object_open(&out, NULL);
			print_session(&out, list->at[i]);
			out_object_close(&out);
		}
		out_array_close(&out);
	} else {
		print_table(list);
	}
	if (out_end(&out))
		return refused("cannot write: %s", strerror(errno));
	return STATUS_DONE;
}

/* The session that was just made, in the same form as a list of one */
void show_one(struct app *app, const struct bfdnl_session *session)
{
	struct bfdnl_session *copy = (struct bfdnl_session *)session;
	struct list list = { .at = &copy, .size = 1 };

	print_list(app, &list, true);
}

static int get_one(struct app *app, struct list *list)
{
	struct bfdnl_session *session;
	int ret;

	ret = bfdnl_get(app->h, list->pattern, &session);
	if (ret)
		return ret;
	ret = take(session, list);
	bfdnl_session_free(session);
	return ret;
}

static enum status show(struct app *app, const struct bfdnl_session *pattern)
{
	bool one = names_one_session(pattern);
	struct list list = { .pattern = pattern };
	const struct options *opt = &app->opt;
	enum status status = STATUS_DONE;
	int ret;

	if (app_connect(app))
		return STATUS_REFUSED;
	ret = one ? get_one(app, &list) : bfdnl_dump(app->h, take, &list);
	if (ret == -ENOMEM)
		status = refused("%s", strerror(ENOMEM));
	else if (ret == -EAGAIN)
		user_warning("%s", bfdnl_error(app->h));
	else if (ret)
		status = kernel_refused(app);
	if (!status) {
		one = one || (list.size == 1 && !session_is_empty(pattern));
		status = print_list(app, &list,
				    one || opt->json || opt->details ||
				    opt->statistics || opt->oneline);
	}
	free_list(&list);
	return status;
}

enum status session_show(struct app *app, struct args *args)
{
	struct bfdnl_session *pattern = bfdnl_session_new();
	enum status status;

	if (!pattern)
		return refused("%s", strerror(ENOMEM));
	status = parse_session(args, TAKES_SELECTOR | TAKES_STATE, pattern,
			       NULL);
	if (!status)
		status = show(app, pattern);
	bfdnl_session_free(pattern);
	return status;
}
