// SPDX-License-Identifier: GPL-2.0
/*
 * One event, as a line of text or one JSON object on a line.
 */
#include <stdio.h>
#include <string.h>
#include "out.h"
#include "session_print.h"

static void json_receive_times(struct out *out, const struct bfdnl_event *event)
{
	size_t size;
	const __u64 *times = bfdnl_event_receive_times(event, &size);

	if (!size)
		return;
	out_array_open(out, "last-receive-times");
	for (size_t i = 0; i < size; i++)
		out_number(out, NULL, times[i]);
	out_array_close(out);
}

static void json_state(struct out *out, const char *name, int state)
{
	char text[UNITS_LEN];

	if (state >= 0)
		out_string(out, name,
			   value_name(BFDNL_TYPE_STATE, state, text));
}

/* Enough to tell which session it is */
static void json_tuple(struct out *out, const struct bfdnl_session *session)
{
	for (int i = BFDNL_ID; i <= BFDNL_REMOTE_DISCRIMINATOR; i++)
		out_field(out, session, i);
}

static void json_change(struct out *out, const struct bfdnl_event *event)
{
	const struct bfdnl_session *session = bfdnl_event_session(event);

	json_tuple(out, session);
	json_state(out, "old-state", bfdnl_event_old_state(event));
	json_state(out, "new-state", bfdnl_event_new_state(event));
	/* AdminDown of the peer is no failure: RFC 5882, 4.2 */
	out_field(out, session, BFDNL_REMOTE_STATE);
	out_field(out, session, BFDNL_LOCAL_DIAGNOSTIC);
	out_field(out, session, BFDNL_REMOTE_DIAGNOSTIC);
	json_receive_times(out, event);
}

static void print_json(struct out *out, const struct bfdnl_event *event)
{
	enum bfdnl_event_type type = bfdnl_event_type(event);

	out_object_open(out, NULL);
	out_string(out, "event", bfdnl_event_type_name(type));
	switch (type) {
	case BFDNL_EVENT_RESYNC:
		out_number(out, "lost", bfdnl_event_lost(event));
		break;
	case BFDNL_EVENT_STATE:
		json_change(out, event);
		break;
	default:
		print_session(out, bfdnl_event_session(event));
		break;
	}
	if (bfdnl_event_derived(event))
		out_bool(out, "derived", true);
	out_number(out, "sequence", bfdnl_event_sequence(event));
	out_number(out, "time", bfdnl_event_time(event));
	out_number(out, "monotonic", bfdnl_event_monotonic(event));
	out_object_close(out);
}

static void text_state(unsigned int state)
{
	enum color color = state_color(state);
	char text[UNITS_LEN];

	printf("%s%s%s", term_color(color),
	       value_name(BFDNL_TYPE_STATE, state, text), term_reset(color));
}

static void text_diagnostic(const struct bfdnl_session *session,
			    const char *before, enum bfdnl_field field)
{
	__u64 diag = bfdnl_session_number(session, field);
	char text[UNITS_LEN];

	if (diag != BFD_DIAG_NONE)
		printf("%s%s", before,
		       value_name(BFDNL_TYPE_DIAGNOSTIC, diag, text));
}

/* ", last packets 30.1ms, 40ms before": how long before the event */
static void text_receive_times(const struct bfdnl_event *event)
{
	__u64 now = bfdnl_event_monotonic(event);
	char text[UNITS_LEN];
	const __u64 *times;
	size_t size;

	times = bfdnl_event_receive_times(event, &size);
	if (!size)
		return;
	fputs(size == 1 ? ", last packet" : ", last packets", stdout);
	for (size_t i = 0; i < size; i++) {
		/* the clock of another CPU may have been read a little later */
		__u64 age = now > times[i] ? now - times[i] : 0;

		printf("%s %s", i ? "," : "",
		       format_interval(age / 1000, text));
	}
	fputs(" before", stdout);
}

static void text_change(const struct bfdnl_event *event)
{
	const struct bfdnl_session *session = bfdnl_event_session(event);

	if (bfdnl_event_old_state(event) >= 0)
		text_state(bfdnl_event_old_state(event));
	fputs(" -> ", stdout);
	if (bfdnl_event_new_state(event) >= 0)
		text_state(bfdnl_event_new_state(event));
	text_diagnostic(session, ", ", BFDNL_LOCAL_DIAGNOSTIC);
	text_diagnostic(session, ", remote ", BFDNL_REMOTE_DIAGNOSTIC);
	text_receive_times(event);
}

static void text_interval(const struct bfdnl_session *session, const char *name,
			  enum bfdnl_field field)
{
	__u64 us = bfdnl_session_number(session, field);
	char text[UNITS_LEN];

	if (us)
		printf(" %s %s", name, format_interval(us, text));
}

static void text_key(const struct bfdnl_session *session, const char *before,
		     enum bfdnl_field key)
{
	__u64 value = bfdnl_session_number(session, key);

	if (value)
		printf("%s%llu", before, value);
	else
		printf("%snone", before);
}

/* "key 1", or while a switch is pending "key 1 -> 2" */
static void text_authentication(const struct bfdnl_session *session)
{
	bool pending = bfdnl_session_has(session, BFDNL_PENDING_KEY);

	if (!pending && !bfdnl_session_number(session, BFDNL_AUTH_KEY))
		return;
	text_key(session, ", key ", BFDNL_AUTH_KEY);
	if (pending)
		text_key(session, " -> ", BFDNL_PENDING_KEY);
}

static void text_flag(const struct bfdnl_session *session, const char *name,
		      enum bfdnl_field field)
{
	if (bfdnl_session_number(session, field))
		printf(", %s", name);
}

static void text_parameters(const struct bfdnl_session *session)
{
	__u64 state = bfdnl_session_number(session, BFDNL_LOCAL_STATE);

	text_state(state);
	text_interval(session, "tx", BFDNL_NEGOTIATED_TX_INTERVAL);
	text_interval(session, "rx", BFDNL_NEGOTIATED_RX_INTERVAL);
	text_interval(session, "detect", BFDNL_DETECTION_TIME);
	text_interval(session, "echo", BFDNL_ECHO_TX_INTERVAL_IN_USE);
	text_authentication(session);
	text_flag(session, "demand", BFDNL_DEMAND_ENABLED);
	text_flag(session, "remote demand", BFDNL_REMOTE_DEMAND);
	text_flag(session, "poll", BFDNL_POLL_ACTIVE);
	if (state != BFD_STATE_UP)
		return;
	/* while Up these are news of the path beyond: RFC 5880, 6.8.17 */
	text_diagnostic(session, ", ", BFDNL_LOCAL_DIAGNOSTIC);
	text_diagnostic(session, ", remote ", BFDNL_REMOTE_DIAGNOSTIC);
}

static void text_session(const struct bfdnl_event *event)
{
	const struct bfdnl_session *session = bfdnl_event_session(event);
	char tuple[TUPLE_LEN];

	printf("id %llu %s", bfdnl_session_number(session, BFDNL_ID),
	       format_tuple(session, tuple, sizeof(tuple)));
	if (bfdnl_event_type(event) == BFDNL_EVENT_DELETED)
		return;
	fputs(": ", stdout);
	if (bfdnl_event_type(event) == BFDNL_EVENT_STATE)
		text_change(event);
	else
		text_parameters(session);
}

static void print_text(const struct app *app, const struct bfdnl_event *event)
{
	char text[TIME_LEN];

	if (app->opt.timestamp)
		printf("[%s] ", format_time(bfdnl_event_time(event), text));
	printf("%-10s ", bfdnl_event_type_name(bfdnl_event_type(event)));
	if (bfdnl_event_session(event))
		text_session(event);
	else
		printf("%u events were lost or overtaken",
		       bfdnl_event_lost(event));
	if (bfdnl_event_derived(event))
		fputs(" (found by resync)", stdout);
	putchar('\n');
}

/**
 * print_event() - print and flush one event
 * @app: the program
 * @event: the event
 *
 * Return: 0, or 1 if nobody reads any more.
 */
int print_event(const struct app *app, const struct bfdnl_event *event)
{
	struct options opt = app->opt;
	struct out out;

	/* one object, one line, whatever was asked for */
	opt.pretty = false;
	out_begin(&out, &opt);
	if (opt.json)
		print_json(&out, event);
	else
		print_text(app, event);
	return out_end(&out) ? 1 : 0;
}
