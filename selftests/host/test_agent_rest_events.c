// SPDX-License-Identifier: GPL-2.0
/*
 * bfdagentd, REST: long polls, server-sent events, notifications.
 */
#include "test_agent_rest.h"
#include "test_frontend.h"

static struct hook *hook;

static void begin(const char *more)
{
	fake_reset();
	EQ(rest_begin(more), 0);
}

static void add(__u32 id, const char *dest)
{
	fake_add(id, dest, BFD_STATE_DOWN);
	fake_created(id);
	run();
}

static const char *position(void)
{
	static char text[32];
	struct json_object *json = ask(200, "GET", "/v1/events", NULL);

	snprintf(text, sizeof(text), "%s", member(json, "next"));
	json_object_put(json);
	return text;
}

static struct json_object *events_after(const char *after)
{
	char path[100];

	snprintf(path, sizeof(path), "/v1/events?after=%s", after);
	return ask(200, "GET", path, NULL);
}

TEST(poll, "events are read from a position on, as often as one likes")
{
	struct json_object *json;
	char at[32];

	begin("");
	snprintf(at, sizeof(at), "%s", position());
	add(1, "192.0.2.2");
	fake_state(1, BFD_STATE_UP);
	fake_parameters(1);
	run();
	for (int i = 0; i < 2; i++) {
		json = events_after(at);
		EQ(json_object_array_length(json_object_object_get(json, "events")), 2);
		IS(json, "events.0.event", "created");
		IS(json, "events.1.event", "state");
		IS(json, "events.1.old-state", "down");
		IS(json, "events.1.new-state", "up");
		IS(json, "events.1.dest-addr", "192.0.2.2");
		IS(json, "lost", "");
		IS(json, "restarted", "");
		json_object_put(json);
	}
	json = events_after(position());
	EQ(json_object_array_length(json_object_object_get(json, "events")), 0);
	json_object_put(json);
	rest_finish();
}

TEST(quoted, "an interface may have any name that the kernel allows")
{
	const char *name = "a\"b\\c\t{}";
	struct json_object *json;
	char at[32];

	begin("");
	snprintf(at, sizeof(at), "%s", position());
	fake_add(1, "192.0.2.2", BFD_STATE_DOWN);
	EQ(bfdnl_session_set_text(fake.sessions.at[0], BFDNL_INTERFACE, name), 0);
	fake_created(1);
	run();
	json = events_after(at);
	IS(json, "events.0.interface", name);
	IS(json, "events.0.new-state", "down");
	json_object_put(json);
	rest_finish();
}

/* One fall is enough here; held down for some 100 ms. */
#define DAMPING "dampening: { half-life = \"1s\"; suppress = 1000; reuse = 930; max-suppress = \"1s\"; };"

static void states_after(const char *after, const char *want)
{
	struct json_object *json = events_after(after);
	struct json_object *list = json_object_object_get(json, "events");
	char text[100] = "";

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		strcat(text, member(json_object_array_get_idx(list, i), "new-state"));
		strcat(text, " ");
	}
	json_object_put(json);
	if (!CHECK(!strcmp(text, want)))
		printf("# %s\n", text);
}

TEST(names, "whatever an interface is called, it is told as valid UTF-8")
{
	static const char told_as[] = "\xef\xbf\xbd\"\xc3\xa9\xef\xbf\xbd";
	struct json_object *json;
	char at[32];

	begin("");
	snprintf(at, sizeof(at), "%s", position());
	bfdnl_session_set_text(fake_add(1, "192.0.2.2", BFD_STATE_DOWN),
			       BFDNL_INTERFACE, "\xff\"\xc3\xa9\xc3");
	fake_created(1);
	run();
	json = ask(200, "GET", "/v1/sessions", NULL);
	IS(json, "sessions.0.interface", told_as);
	json_object_put(json);
	json = events_after(at);
	IS(json, "events.0.event", "created");
	IS(json, "events.0.interface", told_as);
	json_object_put(json);
	rest_finish();
}

static void flap(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	fake.monotonic = ts.tv_sec * 1000000000ULL + ts.tv_nsec;
	fake_state(1, BFD_STATE_DOWN);
	fake_state(1, BFD_STATE_INIT);
	fake_state(1, BFD_STATE_UP);
	run();
}

TEST(damped, "a session that flaps is held down in what is told, and read as it is")
{
	struct json_object *json;
	char at[32], path[64];

	begin("");
	CHECK(frontend_start(&frontend_dampening, DAMPING));
	add(1, "192.0.2.2");
	fake_state(1, BFD_STATE_UP);
	run();
	snprintf(at, sizeof(at), "%s", position());
	flap();
	states_after(at, "down ");
	json = ask(200, "GET", "/v1/sessions", NULL);
	IS(json, "sessions.0.session-running.local-state", "up");
	snprintf(path, sizeof(path), "/v1/events?after=%s&wait=5", position());
	json_object_put(json);
	/* the long poll is answered when it is released */
	json = ask(200, "GET", path, NULL);
	IS(json, "events.0.new-state", "up");
	json_object_put(json);
	frontend_dampening.stop(&agent, false);
	rest_finish();
}

TEST(undamped, "with damped = false all is told")
{
	char at[32];

	begin("damped = false;");
	CHECK(frontend_start(&frontend_dampening, DAMPING));
	add(1, "192.0.2.2");
	fake_state(1, BFD_STATE_UP);
	run();
	snprintf(at, sizeof(at), "%s", position());
	flap();
	states_after(at, "down init up ");
	frontend_dampening.stop(&agent, false);
	rest_finish();
}

TEST(long_poll, "a long poll is answered when something happens, or in time")
{
	struct json_object *json;
	char path[100];
	unsigned long long start;
	int fd;

	begin("");
	add(1, "192.0.2.2");
	snprintf(path, sizeof(path), "/v1/events?wait=30&after=%s", position());
	fd = begin_request("GET", path, "", NULL);
	run();
	fake_state(1, BFD_STATE_UP);
	json = end_request(fd, 200);
	IS(json, "events.0.new-state", "up");
	json_object_put(json);
	start = now_ms();
	json = ask(200, "GET", "/v1/events?wait=1", NULL);
	CHECK(now_ms() - start >= 990);
	EQ(json_object_array_length(json_object_object_get(json, "events")), 0);
	json_object_put(json);
	tell_it(400, "GET", "/v1/events?wait=61", NULL);
	tell_it(400, "GET", "/v1/events?after=x", NULL);
	rest_finish();
}

TEST(gap, "who is too late is told how much was lost, or that nobody knows")
{
	struct json_object *json;
	char at[32];

	begin("history = 16");
	add(1, "192.0.2.2");
	snprintf(at, sizeof(at), "%s", position());
	for (int i = 0; i < 20; i++)
		fake_state(1, i % 2 ? BFD_STATE_DOWN : BFD_STATE_UP);
	run();
	json = events_after(at);
	IS(json, "lost", "4");
	EQ(json_object_array_length(json_object_object_get(json, "events")), 16);
	json_object_put(json);
	rest_dies();
	EQ(rest_begin(""), 0);
	json = events_after(at);
	IS(json, "restarted", "true");
	json_object_put(json);
	rest_finish();
}

TEST(limits, "as many wait as may, the next is refused, and who hangs up makes room")
{
	int fds[8];

	begin("connections = 16");
	for (int i = 0; i < 8; i++)
		fds[i] = begin_request("GET", "/v1/events?wait=60",
				       i % 2 ? "" : "Accept: text/event-stream\r\n",
				       NULL);
	run();
	tell_it(503, "GET", "/v1/events?wait=60", NULL);
	tell_it(200, "GET", "/v1/health", NULL);
	close(fds[0]);
	close(fds[1]);
	run();
	fds[0] = begin_request("GET", "/v1/events?wait=60", "", NULL);
	fds[1] = begin_request("GET", "/v1/events?wait=60", "", NULL);
	run();
	tell_it(503, "GET", "/v1/events?wait=60", NULL);
	for (int i = 0; i < 8; i++)
		close(fds[i]);
	rest_finish();
}

TEST(ends, "whoever waits is dismissed when the agent ends")
{
	int fds[2];

	begin("");
	fds[0] = begin_request("GET", "/v1/events?wait=60", "", NULL);
	fds[1] = begin_request("GET", "/v1/events",
			       "Accept: text/event-stream\r\n", NULL);
	run();
	rest_finish();
	close(fds[0]);
	close(fds[1]);
}

TEST(stream, "server-sent events come as they happen, one by one, with ids")
{
	char *text;
	int fd;

	begin("");
	fd = begin_request("GET", "/v1/events", "Accept: text/event-stream\r\n",
			   NULL);
	free(hear(fd, ":\n\n"));
	add(1, "192.0.2.2");
	text = hear(fd, "event: created");
	CHECK(strstr(text, "id: "));
	CHECK(strstr(text, "data: {\"event\":\"created\""));
	free(text);
	run();
	fake_state(1, BFD_STATE_UP);
	text = hear(fd, "\"new-state\":\"up\"");
	CHECK(strstr(text, "event: state"));
	free(text);
	close(fd);
	run();
	rest_finish();
}

TEST(slow, "a slow reader delays nobody, and is told what it has missed")
{
	int fd, size = 4096;
	char *text;

	begin("history = 64");
	add(1, "192.0.2.2");
	fd = dial();
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	say(fd, "GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
	run();
	for (int i = 0; i < 3000; i++) {
		fake_state(1, i % 2 ? BFD_STATE_DOWN : BFD_STATE_UP);
		if (i % 50 == 0)
			run();
	}
	run();
	tell_it(200, "GET", "/v1/health", NULL);
	text = hear(fd, "event: lost");
	CHECK(strstr(text, "data: {\"lost\":"));
	free(text);
	close(fd);
	run();
	rest_finish();
}

static void register_hook(const char *more)
{
	char body[300];

	snprintf(body, sizeof(body), "{\"url\":\"http://127.0.0.1:%d/x\"%s}",
		 hook->port, more);
	tell_it(201, "POST", "/v1/notifications", body);
}

TEST(notify, "a URL is called for each change, in order, until it takes it")
{
	struct json_object *json;

	begin("");
	add(1, "192.0.2.2");
	hook = hook_new();
	register_hook("");
	fake_state(1, BFD_STATE_UP);
	fake_state(1, BFD_STATE_DOWN);
	json = hook_next(hook, 500, 3000);
	IS(json, "new-state", "up");
	json_object_put(json);
	json = hook_next(hook, 200, 3000);
	IS(json, "new-state", "up");
	json_object_put(json);
	json = hook_next(hook, 204, 3000);
	IS(json, "new-state", "down");
	json_object_put(json);
	run();
	json = ask(200, "GET", "/v1/notifications/1", NULL);
	IS(json, "delivered", "2");
	IS(json, "waiting", "0");
	IS(json, "failures", "0");
	json_object_put(json);
	CHECK(!hook_next(hook, 200, 300));
	hook_free(hook);
	rest_finish();
}

TEST(unreachable, "a URL that nobody answers does not delay the others")
{
	struct json_object *json;
	struct hook *deaf;
	unsigned long long start;

	begin("");
	add(1, "192.0.2.2");
	deaf = hook_new();
	hook = deaf;
	register_hook("");
	hook = hook_new();
	register_hook("");
	tell_it(201, "POST", "/v1/notifications", "{\"url\":\"http://127.0.0.1:1/\"}");
	start = now_ms();
	for (int i = 0; i < 100; i++) {
		fake_state(1, i % 2 ? BFD_STATE_DOWN : BFD_STATE_UP);
		json = hook_next(hook, 200, 3000);
		IS(json, "new-state", i % 2 ? "down" : "up");
		json_object_put(json);
	}
	CHECK(now_ms() - start < 2500);
	json = ask(200, "GET", "/v1/notifications/3", NULL);
	CHECK(atoi(member(json, "failures")) > 0);
	CHECK(strstr(member(json, "last-error"), "connect"));
	json_object_put(json);
	hook_free(hook);
	hook_free(deaf);
	rest_finish();
}

TEST(overflow, "a queue that overflowed tells how many were lost, then goes on")
{
	struct json_object *json;

	begin("queue = 4");
	add(1, "192.0.2.2");
	hook = hook_new();
	register_hook("");
	for (int i = 0; i < 10; i++)
		fake_state(1, i % 2 ? BFD_STATE_DOWN : BFD_STATE_UP);
	run();
	/* the first is being sent, the last three wait */
	json = hook_next(hook, 200, 3000);
	IS(json, "new-state", "up");
	json_object_put(json);
	json = hook_next(hook, 200, 3000);
	IS(json, "event", "lost");
	IS(json, "lost", "6");
	json_object_put(json);
	for (int i = 0; i < 3; i++) {
		json = hook_next(hook, 200, 3000);
		IS(json, "new-state", i % 2 ? "up" : "down");
		json_object_put(json);
	}
	CHECK(!hook_next(hook, 200, 300));
	hook_free(hook);
	rest_finish();
}

TEST(batch, "a batch carries many in one call, and what was lost before them")
{
	struct json_object *json;

	begin("queue = 8");
	add(1, "192.0.2.2");
	hook = hook_new();
	register_hook(",\"batch\":5,\"events\":[\"state\"]");
	for (int i = 0; i < 10; i++)
		fake_state(1, i % 2 ? BFD_STATE_DOWN : BFD_STATE_UP);
	json = hook_next(hook, 200, 3000);
	EQ(json_object_array_length(json), 1);
	json_object_put(json);
	json = hook_next(hook, 200, 3000);
	EQ(json_object_array_length(json), 6);
	IS(json, "0.lost", "2");
	json_object_put(json);
	json = hook_next(hook, 200, 3000);
	EQ(json_object_array_length(json), 2);
	json_object_put(json);
	hook_free(hook);
	rest_finish();
}

TEST(filter, "a registration may be about some sessions only")
{
	struct json_object *json;

	begin("");
	hook = hook_new();
	register_hook(",\"filter\":{\"dest-addr\":\"192.0.2.3\"},\"events\":[\"created\"]");
	add(1, "192.0.2.2");
	add(2, "192.0.2.3");
	fake_state(2, BFD_STATE_UP);
	json = hook_next(hook, 200, 3000);
	IS(json, "event", "created");
	IS(json, "id", "2");
	json_object_put(json);
	CHECK(!hook_next(hook, 200, 300));
	hook_free(hook);
	rest_finish();
}

TEST(survive, "registrations survive the agent, and are told how things are")
{
	struct json_object *json;

	begin("");
	add(1, "192.0.2.2");
	hook = hook_new();
	register_hook("");
	register_hook("");
	tell_it(204, "DELETE", "/v1/notifications/2", NULL);
	rest_dies();
	EQ(rest_begin(""), 0);
	json = hook_next(hook, 200, 3000);
	IS(json, "event", "snapshot");
	IS(json, "new-state", "down");
	json_object_put(json);
	fake_state(1, BFD_STATE_UP);
	json = hook_next(hook, 200, 3000);
	IS(json, "new-state", "up");
	json_object_put(json);
	tell_it(404, "GET", "/v1/notifications/2", NULL);
	tell_it(204, "DELETE", "/v1/notifications/1", NULL);
	fake_state(1, BFD_STATE_DOWN);
	CHECK(!hook_next(hook, 200, 300));
	hook_free(hook);
	rest_finish();
}

TEST(bad_registrations, "a registration that makes no sense is refused with a field")
{
	static const struct {
		const char *body, *field;
	} bad[] = {
		{ "{}", "url" },
		{ "{\"url\":1}", "url" },
		{ "{\"url\":\"file:///etc/passwd\"}", "url" },
		{ "{\"url\":\"http://a b/\"}", "url" },
		{ "{\"url\":\"http://a/\",\"x\":1}", "x" },
		{ "{\"url\":\"http://a/\",\"batch\":0}", "batch" },
		{ "{\"url\":\"http://a/\",\"batch\":1001}", "batch" },
		{ "{\"url\":\"http://a/\",\"events\":1}", "events" },
		{ "{\"url\":\"http://a/\",\"events\":[]}", "events" },
		{ "{\"url\":\"http://a/\",\"events\":[\"parameters\"]}", "events" },
		{ "{\"url\":\"http://a/\",\"filter\":1}", "filter" },
		{ "{\"url\":\"http://a/\",\"filter\":{\"dest-addr\":1}}", "dest-addr" },
		{ "{\"url\":\"http://a/\",\"token\":\"a\\r\\nX: y\"}", "token" },
	};
	struct json_object *json;

	begin("notifications = 2");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CASE("%s", bad[i].body);
		json = ask(400, "POST", "/v1/notifications", bad[i].body);
		IS(json, "field", bad[i].field);
		json_object_put(json);
	}
	CASE("%s", "");
	tell_it(201, "POST", "/v1/notifications", "{\"url\":\"http://127.0.0.1:1\"}");
	tell_it(201, "POST", "/v1/notifications", "{\"url\":\"http://127.0.0.1:1\"}");
	tell_it(503, "POST", "/v1/notifications", "{\"url\":\"http://127.0.0.1:1\"}");
	rest_finish();
}

TEST(damaged, "a state file with garbage and half a line is read as far as it makes sense")
{
	char file[64];
	FILE *out;

	begin("");
	tell_it(201, "POST", "/v1/notifications", "{\"url\":\"http://127.0.0.1:1\"}");
	rest_dies();
	snprintf(file, sizeof(file), "/tmp/test_agent.%d.rest", getpid());
	out = fopen(file, "a");
	fputs("garbage\n{\"kind\":1}\n{\"kind\":\"notification\",\"id\":5,\"value\":{\"url\":7}}\n"
	      "{\"kind\":\"notification\",\"id\":1,\"val", out);
	fclose(out);
	log_init(0);
	EQ(rest_begin(""), 0);
	tell_it(200, "GET", "/v1/notifications/1", NULL);
	tell_it(404, "GET", "/v1/notifications/5", NULL);
	rest_finish();
}
