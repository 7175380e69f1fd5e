// SPDX-License-Identifier: GPL-2.0
/*
 * One set of calls, printed as text or as JSON.
 *
 * Text is a line per field, nested objects indented; with --oneline all fields
 * of an object stand on one line.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "out.h"

/* The longest name, indented twice */
#define NAME_WIDTH	44

/* Put @value into the open array or object. */
static void json_put(struct out *out, const char *name,
		     struct json_object *value)
{
	struct json_object *parent;

	if (!value)
		out_of_memory();
	if (!out->depth)
		return;
	parent = out->stack[out->depth - 1];
	if (name)
		json_object_object_add(parent, name, value);
	else
		json_object_array_add(parent, value);
}

static void json_open(struct out *out, const char *name,
		      struct json_object *value)
{
	json_put(out, name, value);
	out->stack[out->depth++] = value;
}

static void json_close(struct out *out)
{
	if (out->depth > 1)
		out->depth--;
}

void out_begin(struct out *out, const struct options *opt)
{
	*out = (struct out){ .opt = opt };
}

/**
 * out_end() - print what is not printed yet
 * @out: the output
 *
 * Return: 0, or -1 if standard output cannot be written.
 */
int out_end(struct out *out)
{
	int flags = JSON_C_TO_STRING_NOSLASHESCAPE;

	if (out->opt->json && out->depth) {
		if (out->opt->pretty)
			flags |= JSON_C_TO_STRING_PRETTY |
				 JSON_C_TO_STRING_SPACED;
		puts(json_object_to_json_string_ext(out->stack[0], flags));
		json_object_put(out->stack[0]);
		out->depth = 0;
	}
	return fflush(stdout) || ferror(stdout) ? -1 : 0;
}

/* After a failure: what was given is not printed. */
void out_discard(struct out *out)
{
	if (out->depth)
		json_object_put(out->stack[0]);
	out->depth = 0;
}

void out_array_open(struct out *out, const char *name)
{
	if (out->opt->json)
		json_open(out, name, json_object_new_array());
}

void out_array_close(struct out *out)
{
	if (out->opt->json)
		json_close(out);
}

/* Begin a line, or in --oneline leave a space. */
static void text_next(struct out *out, const char *name)
{
	int indent = 4 * (out->indent + 1);

	if (out->opt->oneline)
		printf("%s%s ", out->begun ? " " : "", name);
	else
		printf("\n%*s%-*s ", indent, "", NAME_WIDTH - indent, name);
	out->begun = true;
}

void out_object_open(struct out *out, const char *name)
{
	if (out->opt->json) {
		json_open(out, name, json_object_new_object());
		return;
	}
	if (!name)
		return;
	if (!out->opt->oneline)
		printf("\n%*s%s", 4 * (out->indent + 1), "", name);
	out->indent++;
}

void out_object_close(struct out *out)
{
	if (out->opt->json) {
		json_close(out);
	} else if (out->indent) {
		out->indent--;
	} else {
		putchar('\n');
		out->begun = false;
	}
}

void out_title(struct out *out, const char *format, ...)
{
	va_list ap;

	if (out->opt->json || out->opt->oneline)
		return;
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
}

void out_note(struct out *out, const char *format, ...)
{
	va_list ap;

	if (out->opt->json || out->opt->oneline)
		return;
	printf("  %s(", term_color(COLOR_FAINT));
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	printf(")%s", term_reset(COLOR_FAINT));
}

void out_number(struct out *out, const char *name, __u64 value)
{
	if (out->opt->json) {
		json_put(out, name, json_object_new_uint64(value));
		return;
	}
	text_next(out, name);
	printf("%llu", value);
}

/* There is no value: JSON's null */
void out_none(struct out *out, const char *name)
{
	if (!out->opt->json) {
		text_next(out, name);
		fputs("none", stdout);
	} else if (out->depth) {
		json_object_object_add(out->stack[out->depth - 1], name, NULL);
	}
}

void out_bool(struct out *out, const char *name, bool value)
{
	if (out->opt->json) {
		json_put(out, name, json_object_new_boolean(value));
		return;
	}
	text_next(out, name);
	fputs(value ? "on" : "off", stdout);
}

void out_colored(struct out *out, const char *name, const char *value,
		 enum color color)
{
	if (out->opt->json) {
		json_put(out, name, json_object_new_string(value));
		return;
	}
	text_next(out, name);
	printf("%s%s%s", term_color(color), value, term_reset(color));
}

void out_string(struct out *out, const char *name, const char *value)
{
	out_colored(out, name, value, COLOR_NONE);
}

/* JSON has a number of microseconds. */
void out_interval(struct out *out, const char *name, __u64 us)
{
	char text[UNITS_LEN];

	if (out->opt->json)
		out_number(out, name, us);
	else
		out_string(out, name, format_interval(us, text));
}

/* Nothing if it never happened */
void out_time(struct out *out, const char *name, __u64 ns)
{
	char text[TIME_LEN];

	if (ns)
		out_string(out, name, format_time(ns, text));
}

/* Nanoseconds, printed as microseconds without loss */
void out_microseconds(struct out *out, const char *name, __u64 ns)
{
	char text[UNITS_LEN];

	if (!out->opt->json) {
		snprintf(text, sizeof(text), "%llu.%03lluus", ns / 1000,
			 ns % 1000);
		out_string(out, name, text);
		return;
	}
	snprintf(text, sizeof(text), "%llu.%03llu", ns / 1000, ns % 1000);
	json_put(out, name, json_object_new_double_s(ns / 1000.0, text));
}

static void out_drop(struct out *out, unsigned int reason, __u64 count)
{
	bool oneline = !out->opt->json && out->opt->oneline;
	const char *known = bfdnl_drop_name(reason);
	char text[UNITS_LEN];

	if (known)
		snprintf(text, sizeof(text), "%s%s", oneline ? "drops." : "",
			 known);
	else
		snprintf(text, sizeof(text), "drop-%u", reason);
	out_number(out, text, count);
}

/* How often packets were dropped for @reason */
static __u64 drop_count(const struct bfdnl_drops *drops, unsigned int reason)
{
	for (size_t i = 0; i < bfdnl_drops_size(drops); i++) {
		unsigned int other;
		__u64 count = bfdnl_drops_at(drops, i, &other);

		if (other == reason)
			return count;
	}
	return 0;
}

/*
 * A counter for each reason, those the kernel knows and this program does not
 * at the end; people only see what counted.
 */
void out_drops(struct out *out, const char *name,
	       const struct bfdnl_drops *drops)
{
	bool any = false;

	out_object_open(out, name);
	for (unsigned int reason = 1; reason <= BFD_DROP_MAX; reason++) {
		__u64 count = drop_count(drops, reason);

		if (count || out->opt->json)
			out_drop(out, reason, count);
		any = any || count;
	}
	for (size_t i = 0; i < bfdnl_drops_size(drops); i++) {
		unsigned int reason;
		__u64 count = bfdnl_drops_at(drops, i, &reason);

		if (reason > BFD_DROP_MAX && (count || out->opt->json))
			out_drop(out, reason, count);
		any = any || count;
	}
	if (!any)
		out_title(out, " none");
	out_object_close(out);
}

enum color state_color(unsigned int state)
{
	switch (state) {
	case BFD_STATE_UP:
		return COLOR_GOOD;
	case BFD_STATE_DOWN:
		return COLOR_BAD;
	case BFD_STATE_INIT:
		return COLOR_CHANGING;
	default:
		return COLOR_FAINT;
	}
}

/**
 * value_name() - the name of a value
 * @type: BFDNL_TYPE_STATE, _DIAGNOSTIC, _PATH, _DETECTION, _AUTHENTICATION or
 *	_OWNER_EXIT
 * @value: the value
 * @text: at least UNITS_LEN bytes, used if the value has no name here
 *
 * Return: the name.
 */
const char *value_name(enum bfdnl_type type, __u64 value, char *text)
{
	const char *kind = "value", *name = NULL;

	switch (type) {
	case BFDNL_TYPE_STATE:
		kind = "state";
		name = bfdnl_state_name(value);
		break;
	case BFDNL_TYPE_DIAGNOSTIC:
		kind = "diagnostic";
		name = bfdnl_diag_name(value);
		break;
	case BFDNL_TYPE_PATH:
		kind = "path";
		name = bfdnl_path_type_name(value);
		break;
	case BFDNL_TYPE_DETECTION:
		kind = "mode";
		name = bfdnl_detection_mode_name(value);
		break;
	case BFDNL_TYPE_AUTHENTICATION:
		kind = "type";
		name = bfdnl_auth_type_name(value);
		break;
	case BFDNL_TYPE_OWNER_EXIT:
		kind = "owner-exit";
		name = bfdnl_owner_exit_name(value);
		break;
	default:
		break;
	}
	if (name)
		return name;
	snprintf(text, UNITS_LEN, "%s-%llu", kind, value);
	return text;
}

static void out_errno(struct out *out, const char *name, __u64 value)
{
	if (out->opt->json)
		out_number(out, name, value);
	else
		out_string(out, name, value ? strerror(value) : "none");
}

/* One field of a session, nothing if it is absent */
void out_field(struct out *out, const struct bfdnl_session *session,
	       enum bfdnl_field field)
{
	out_field_as(out, session, field, bfdnl_field_name(field));
}

void out_field_as(struct out *out, const struct bfdnl_session *session,
		  enum bfdnl_field field, const char *name)
{
	enum bfdnl_type type = bfdnl_field_type(field);
	__u64 value = bfdnl_session_number(session, field);
	char text[BFDNL_ADDR_STRLEN];

	if (!bfdnl_session_has(session, field))
		return;
	switch (type) {
	case BFDNL_TYPE_NUMBER:
	case BFDNL_TYPE_COUNT:
		out_number(out, name, value);
		break;
	case BFDNL_TYPE_INTERVAL:
		out_interval(out, name, value);
		break;
	case BFDNL_TYPE_TIME:
		out_time(out, name, value);
		break;
	case BFDNL_TYPE_BOOL:
		out_bool(out, name, value);
		break;
	case BFDNL_TYPE_ERRNO:
		out_errno(out, name, value);
		break;
	case BFDNL_TYPE_ADDR:
		out_string(out, name,
			   bfdnl_addr_format(bfdnl_session_addr(session, field),
					     text));
		break;
	case BFDNL_TYPE_TEXT:
		out_string(out, name, bfdnl_session_text(session, field));
		break;
	case BFDNL_TYPE_STATE:
		out_colored(out, name, value_name(type, value, text),
			    state_color(value));
		break;
	default:
		out_string(out, name, value_name(type, value, text));
		break;
	}
}
