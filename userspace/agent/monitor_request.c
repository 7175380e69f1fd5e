// SPDX-License-Identifier: GPL-2.0
/*
 * FreeBFD's monitor protocol: what clients send.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "monitor_request.h"

/* An object of plain values has no more levels. */
#define DEPTH	3

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

int monitor_input_init(struct monitor_input *input)
{
	*input = (struct monitor_input){
		.tokener = json_tokener_new_ex(DEPTH),
	};
	if (!input->tokener)
		return -ENOMEM;
	json_tokener_set_flags(input->tokener,
			       JSON_TOKENER_STRICT |
			       JSON_TOKENER_ALLOW_TRAILING_CHARS);
	return 0;
}

void monitor_input_end(struct monitor_input *input)
{
	if (input->tokener)
		json_tokener_free(input->tokener);
	input->tokener = NULL;
}

static size_t blanks(const char *data, size_t len)
{
	size_t n = 0;

	while (n < len && strchr(" \t\r\n", data[n]) && data[n])
		n++;
	return n;
}

/* Up to the end of the line, which ends the trouble */
static size_t pass_over(struct monitor_input *input, const char *data,
			size_t len)
{
	const char *end = memchr(data, '\n', len);

	input->skip = !end;
	return end ? (size_t)(end - data) + 1 : len;
}

static void begin_anew(struct monitor_input *input)
{
	json_tokener_reset(input->tokener);
	input->used = 0;
}

/* The rest of the line is not looked at. */
static void give_up(struct monitor_input *input, const char **wrong,
		    const char *why)
{
	begin_anew(input);
	input->skip = true;
	*wrong = why;
}

/* Bytes of an object that has begun; no more than it may have */
static size_t parse(struct monitor_input *input, const char *data, size_t len,
		    struct json_object **object, const char **wrong)
{
	size_t most = MONITOR_REQUEST_MAX - input->used;
	const char *nul;
	size_t taken;

	if (len > most)
		len = most;
	nul = memchr(data, '\0', len);
	if (nul == data || !most) {
		give_up(input, wrong, most ? "a byte of value 0" :
					     "it is too long");
		return 0;
	}
	if (nul)
		len = nul - data;
	*object = json_tokener_parse_ex(input->tokener, data, len);
	taken = json_tokener_get_parse_end(input->tokener);
	switch (json_tokener_get_error(input->tokener)) {
	case json_tokener_continue:
		input->used += len;
		return len;
	case json_tokener_success:
		begin_anew(input);
		break;
	case json_tokener_error_depth:
		give_up(input, wrong, "it is nested too deeply");
		break;
	default:
		give_up(input, wrong, "it is not JSON");
		break;
	}
	return taken;
}

size_t monitor_input_feed(struct monitor_input *input, const char *data,
			  size_t len, struct json_object **object,
			  const char **wrong)
{
	size_t n = 0;

	*object = NULL;
	*wrong = NULL;
	if (input->skip)
		n = pass_over(input, data, len);
	if (!input->used)
		n += blanks(data + n, len - n);
	if (n == len)
		return n;
	if (!input->used && data[n] != '{') {
		give_up(input, wrong, "a request is an object { }");
		return n;
	}
	return n + parse(input, data + n, len - n, object, wrong);
}

/* ---- meaning ---- */

static const char * const commands[] = {
	[MONITOR_LIST] = "list",
	[MONITOR_SUBSCRIBE] = "subscribe",
	[MONITOR_UNSUBSCRIBE] = "unsubscribe",
};

/* What a session is made with if the client says so */
static const enum bfdnl_field parameters[] = {
	BFDNL_DESIRED_MIN_TX_INTERVAL,
	BFDNL_REQUIRED_MIN_RX_INTERVAL,
	BFDNL_LOCAL_MULTIPLIER,
	BFDNL_AUTH_KEY,
	BFDNL_AUTH_KEY_ID,
};

static const char *text_of(struct json_object *object, const char *name)
{
	struct json_object *member = json_object_object_get(object, name);

	if (!json_object_is_type(member, json_type_string) ||
	    strlen(json_object_get_string(member)) !=
	    (size_t)json_object_get_string_len(member))
		return NULL;
	return json_object_get_string(member);
}

static bool read_command(struct json_object *object,
			 struct monitor_request *request)
{
	const char *text = text_of(object, "cmd");

	for (size_t i = 0; text && i < ARRAY_SIZE(commands); i++)
		if (!strcmp(text, commands[i])) {
			request->command = i;
			return true;
		}
	return false;
}

static bool read_parameter(struct json_object *object, enum bfdnl_field field,
			   struct bfdnl_session *to, char *wrong, size_t room)
{
	const char *name = bfdnl_field_name(field);
	struct json_object *member;
	long long value;

	if (!json_object_object_get_ex(object, name, &member))
		return true;
	value = json_object_get_int64(member);
	if (json_object_is_type(member, json_type_int) && value >= 0 &&
	    !bfdnl_session_set_number(to, field, value))
		return true;
	snprintf(wrong, room, "%s: a number from 0 to %llu is wanted", name,
		 (unsigned long long)bfdnl_field_max(field));
	return false;
}

/* It goes into answers: no bytes that are no UTF-8 */
static void copy_printable(char *to, size_t room, const char *from)
{
	snprintf(to, room, "%s", from);
	for (; *to; to++)
		if (!isprint((unsigned char)*to))
			*to = '?';
}

static bool read_session(struct json_object *object,
			 struct monitor_request *request, char *wrong,
			 size_t room)
{
	const char *id = text_of(object, "session"), *why;

	if (!id) {
		snprintf(wrong, room, "session: \"all\" or an id is wanted");
		return false;
	}
	copy_printable(request->id, sizeof(request->id), id);
	request->all = !strcmp(id, "all");
	if (request->all)
		return true;
	request->wanted = bfdnl_session_new();
	why = request->wanted ? session_id_parse(id, request->wanted) :
				strerror(ENOMEM);
	if (why) {
		snprintf(wrong, room, "session: %s", why);
		return false;
	}
	for (size_t i = 0; i < ARRAY_SIZE(parameters); i++)
		if (!read_parameter(object, parameters[i], request->wanted,
				    wrong, room))
			return false;
	return true;
}

bool monitor_request_read(struct json_object *object,
			  struct monitor_request *request, char *wrong,
			  size_t room)
{
	*request = (struct monitor_request){ 0 };
	if (!read_command(object, request)) {
		snprintf(wrong, room,
			 "cmd: \"list\", \"subscribe\" or \"unsubscribe\" is wanted");
		return false;
	}
	return request->command == MONITOR_LIST ||
	       read_session(object, request, wrong, room);
}

void monitor_request_end(struct monitor_request *request)
{
	bfdnl_session_free(request->wanted);
	request->wanted = NULL;
}
