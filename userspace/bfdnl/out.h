/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One set of calls, printed as text or as JSON.
 */
#ifndef BFDNL_OUT_H
#define BFDNL_OUT_H

#include <json-c/json.h>
#include "bfdnl.h"
#include "term.h"

#define OUT_DEPTH	8

/* Not to be looked into */
struct out {
	const struct options *opt;
	struct json_object *stack[OUT_DEPTH];
	int depth;
	int indent;		/* text: levels of named objects */
	bool begun;		/* text: something is on the line */
};

void out_begin(struct out *out, const struct options *opt);
int out_end(struct out *out);
void out_discard(struct out *out);

/* @name is NULL inside an array and at the top */
void out_array_open(struct out *out, const char *name);
void out_array_close(struct out *out);
void out_object_open(struct out *out, const char *name);
void out_object_close(struct out *out);

void out_number(struct out *out, const char *name, __u64 value);
void out_none(struct out *out, const char *name);
void out_bool(struct out *out, const char *name, bool value);
void out_string(struct out *out, const char *name, const char *value);
void out_colored(struct out *out, const char *name, const char *value,
		 enum color color);
void out_interval(struct out *out, const char *name, __u64 us);
void out_time(struct out *out, const char *name, __u64 ns);
void out_microseconds(struct out *out, const char *name, __u64 ns);
void out_drops(struct out *out, const char *name,
	       const struct bfdnl_drops *drops);

/* Only for people: a heading of the open object, a remark on what was printed */
__printf(2, 3)
void out_title(struct out *out, const char *format, ...);
__printf(2, 3)
void out_note(struct out *out, const char *format, ...);

/* A session's fields by group; names of values that may be unknown */
void out_field(struct out *out, const struct bfdnl_session *session,
	       enum bfdnl_field field);
void out_field_as(struct out *out, const struct bfdnl_session *session,
		  enum bfdnl_field field, const char *name);
const char *value_name(enum bfdnl_type type, __u64 value, char *text);
enum color state_color(unsigned int state);

#endif /* BFDNL_OUT_H */
