// SPDX-License-Identifier: GPL-2.0
/*
 * The monitor protocol of bfdagentd: whatever is sent, and however it is cut
 * into pieces, the same comes of it; an id that is accepted is the same after
 * formatting and parsing.
 */
#include <string.h>
#include <sys/socket.h>
#include "monitor_request.h"
#include "fuzz.h"

static unsigned long long hash;

static void add(const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 1099511628211ULL;
	hash = (hash ^ '\n') * 1099511628211ULL;
}

static void check_id(const struct bfdnl_session *wanted)
{
	struct bfdnl_session *again = bfdnl_session_new();
	char first[SESSION_ID_LEN], second[SESSION_ID_LEN];

	session_id_format(wanted, first);
	for (const char *c = first; *c; c++)
		MUST(*c > ' ' && *c < 0x7f && *c != '"' && *c != '\\');
	/* a ? may stand for what cannot be said */
	if (!strchr(first, '?')) {
		MUST(!session_id_parse(first, again));
		MUST(!strcmp(session_id_format(again, second), first));
	}
	bfdnl_session_free(again);
}

static void judge(struct json_object *object)
{
	struct monitor_request request;
	char wrong[160];

	if (!monitor_request_read(object, &request, wrong, sizeof(wrong))) {
		MUST(*wrong);
		add(wrong);
	} else {
		MUST(request.command <= MONITOR_UNSUBSCRIBE);
		MUST(request.command == MONITOR_LIST || request.all ||
		     request.wanted);
		add(request.id);
		if (request.wanted)
			check_id(request.wanted);
	}
	monitor_request_end(&request);
	json_object_put(object);
}

static unsigned long long feed(const unsigned char *data, size_t size, size_t step)
{
	struct monitor_input input;

	hash = 14695981039346656037ULL;
	MUST(!monitor_input_init(&input));
	for (size_t at = 0; at < size;) {
		size_t len = size - at < step ? size - at : step, n;
		struct json_object *object;
		const char *wrong;
		/* a copy of its own: who reads beyond it is noticed */
		char *piece = malloc(len);

		memcpy(piece, data + at, len);
		n = monitor_input_feed(&input, piece, len, &object, &wrong);
		free(piece);
		MUST(n <= len);
		MUST(n || wrong);
		MUST(!wrong || !object);
		MUST(input.used <= MONITOR_REQUEST_MAX);
		if (wrong)
			add(wrong);
		else if (object)
			judge(object);
		at += n;
	}
	monitor_input_end(&input);
	return hash;
}

/*
 * json-c 0.16 forgets, where its input is cut, that a minus may only come first:
 * then 3-4 is the number 3, and otherwise no JSON.
 */
static bool json_c_may_differ(const unsigned char *data, size_t size)
{
	for (size_t i = 1; i < size; i++)
		if (data[i] == '-' && data[i - 1] && strchr("0123456789.-", data[i - 1]))
			return true;
	return false;
}

int FUZZ_ENTRY(const unsigned char *data, size_t size)
{
	bool may_differ = json_c_may_differ(data, size);
	unsigned long long whole = feed(data, size, size);

	MUST(feed(data, size, 1) == whole || may_differ);
	MUST(feed(data, size, 7) == whole || may_differ);
	return 0;
}
