// SPDX-License-Identifier: GPL-2.0
/*
 * bfdagentd: ids of sessions, and what a client of the monitor protocol sends.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include "tap.h"
#include "monitor_request.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* What came of the bytes: "list subscribe(192.0.2.1) !it is not JSON" */
static char seen[2000];

static void note(const char *before, const char *text, const char *after)
{
	size_t len = strlen(seen);

	snprintf(seen + len, sizeof(seen) - len, "%s%s%s%s", len ? " " : "",
		 before, text, after);
}

static void judge(struct json_object *object)
{
	static const char * const names[] = {
		"list", "subscribe(", "unsubscribe(",
	};
	struct monitor_request request;
	char wrong[160];

	if (!monitor_request_read(object, &request, wrong, sizeof(wrong)))
		note("!", wrong, "");
	else
		note(names[request.command], request.id,
		     request.command == MONITOR_LIST ? "" : ")");
	monitor_request_end(&request);
	json_object_put(object);
}

static const char *feed(const char *data, size_t len, size_t step)
{
	struct monitor_input input;

	*seen = '\0';
	monitor_input_init(&input);
	for (size_t at = 0; at < len;) {
		size_t n = len - at < step ? len - at : step;
		struct json_object *object;
		const char *wrong;

		at += monitor_input_feed(&input, data + at, n, &object, &wrong);
		if (wrong)
			note("!", wrong, "");
		else if (object)
			judge(object);
	}
	monitor_input_end(&input);
	return seen;
}

static void gives(const char *data, size_t len, const char *want)
{
	for (size_t step = 1; step <= len; step = step * 2 + 1) {
		const char *is = feed(data, len, step);

		if (!CHECK(!strcmp(is, want)))
			printf("# is   %s\n# want %s\n", is, want);
	}
}

#define GIVES(data, want)	gives(data, sizeof(data) - 1, want)

TEST(lines, "requests come one a line, or without lines, or over several")
{
	GIVES("{\"cmd\":\"list\"}\n{ \"cmd\" : \"list\" }\r\n", "list list");
	GIVES("{\"cmd\":\"list\"}{\"cmd\":\"list\"}", "list list");
	GIVES("{\n\t\"cmd\" : \"subscribe\",\n\t\"session\" : \"all\"\n}\n",
	      "subscribe(all)");
	GIVES("{\"cmd\":\"unsubscribe\",\"session\":\"192.0.2.1\"}\n",
	      "unsubscribe(192.0.2.1)");
	GIVES(" \r\n\n", "");
	GIVES("{\"cmd\":\"li", "");
}

TEST(garbage, "what is not understood is passed over to the end of the line")
{
	GIVES("GET / HTTP/1.1\r\n{\"cmd\":\"list\"}\n",
	      "!a request is an object { } list");
	GIVES("[1] {\"cmd\":\"list\"}\n{\"cmd\":\"list\"}\n",
	      "!a request is an object { } list");
	GIVES("{\"cmd\":}{\"cmd\":\"list\"}\n{\"cmd\":\"list\"}",
	      "!it is not JSON list");
	GIVES("{\"a\":[[1]]}\n{\"cmd\":\"list\"}", "!it is nested too deeply list");
	GIVES("{\"cmd\":\"l\0ist\"}\n{\"cmd\":\"list\"}", "!a byte of value 0 list");
	GIVES("\0\n{\"cmd\":\"list\"}", "!a request is an object { } list");
	GIVES("{'cmd':'list'}\n", "!it is not JSON");
}

TEST(too_long, "a line that never ends is given up")
{
	static char line[20000] = "{\"cmd\":\"";

	memset(line + 8, 'x', sizeof(line) - 8);
	gives(line, sizeof(line), "!it is too long");
	memcpy(line + sizeof(line) - 16, "\n{\"cmd\":\"list\"}\n", 16);
	gives(line, sizeof(line), "!it is too long list");
}

TEST(words, "a request that makes no sense is told why")
{
	GIVES("{}", "!cmd: \"list\", \"subscribe\" or \"unsubscribe\" is wanted");
	GIVES("{\"cmd\":\"List\"}",
	      "!cmd: \"list\", \"subscribe\" or \"unsubscribe\" is wanted");
	GIVES("{\"cmd\":1}",
	      "!cmd: \"list\", \"subscribe\" or \"unsubscribe\" is wanted");
	GIVES("{\"cmd\":\"subscribe\"}", "!session: \"all\" or an id is wanted");
	GIVES("{\"cmd\":\"subscribe\",\"session\":7}",
	      "!session: \"all\" or an id is wanted");
	GIVES("{\"cmd\":\"subscribe\",\"session\":\"all\\u0000\"}",
	      "!session: \"all\" or an id is wanted");
	GIVES("{\"cmd\":\"subscribe\",\"session\":\"x\"}",
	      "!session: it does not begin with an IPv4 or IPv6 address");
	GIVES("{\"cmd\":\"subscribe\",\"session\":\"192.0.2.1\",\"local-multiplier\":256}",
	      "!local-multiplier: a number from 0 to 255 is wanted");
	GIVES("{\"cmd\":\"subscribe\",\"session\":\"192.0.2.1\",\"local-multiplier\":\"3\"}",
	      "!local-multiplier: a number from 0 to 255 is wanted");
	GIVES("{\"cmd\":\"subscribe\",\"session\":\"192.0.2.1\",\"local-multiplier\":-1}",
	      "!local-multiplier: a number from 0 to 255 is wanted");
}

TEST(round, "an id is what it was after parsing and formatting")
{
	static const char * const ids[] = {
		"192.0.2.1",
		"fe80::1%eth0",
		"192.0.2.1%eth0,source-addr=192.0.2.2,vrf=red",
		"2001:db8::1,source-addr=2001:db8::2,multihop",
		"192.0.2.1%eth0,unaffiliated-echo",
	};
	char text[SESSION_ID_LEN];

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		struct bfdnl_session *session = bfdnl_session_new();

		CASE("%s", ids[i]);
		CHECK(!session_id_parse(ids[i], session));
		CHECK(!strcmp(session_id_format(session, text), ids[i]));
		bfdnl_session_free(session);
	}
}

TEST(no_id, "what is no id is refused")
{
	static const char * const ids[] = {
		"", "all ", "192.0.2", "192.0.2.1%", "192.0.2.1%0123456789abcdef",
		"192.0.2.1,", "192.0.2.1,vrf=", "192.0.2.1,source-addr=x",
		"192.0.2.1,Multihop", " 192.0.2.1", "192.0.2.1 ",
	};

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		struct bfdnl_session *session = bfdnl_session_new();

		CASE("%s", ids[i]);
		CHECK(session_id_parse(ids[i], session));
		bfdnl_session_free(session);
	}
}

TEST(strange, "the name of an interface may be anything; the id is printable")
{
	struct bfdnl_session *session = bfdnl_session_new();
	char text[SESSION_ID_LEN];

	CHECK(!session_id_parse("192.0.2.1", session));
	bfdnl_session_set_text(session, BFDNL_INTERFACE, "\xff\"\\\n");
	CHECK(!strcmp(session_id_format(session, text), "192.0.2.1%????"));
	bfdnl_session_free(session);
}
