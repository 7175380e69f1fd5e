// SPDX-License-Identifier: GPL-2.0
/*
 * bfdagentd, REST: sessions, access, and clients that mean no good.
 */
#include "test_agent_rest.h"

static void begin(const char *more)
{
	fake_reset();
	EQ(rest_begin(more), 0);
}

static const char *make(const char *body)
{
	static char path[64];
	struct json_object *json = ask(201, "POST", "/v1/sessions", body);

	snprintf(path, sizeof(path), "/v1/sessions/%s",
		 member(json, "local-discriminator"));
	json_object_put(json);
	return path;
}

TEST(life, "a session is made, read, changed and deleted")
{
	struct json_object *json;
	const char *path;

	begin("");
	json = ask(201, "POST", "/v1/sessions",
		   "{\"dest-addr\":\"192.0.2.2\",\"local-multiplier\":5}");
	IS(json, "dest-addr", "192.0.2.2");
	IS(json, "local-multiplier", "5");
	IS(json, "origin", "claimed");
	IS(json, "held", "true");
	json_object_put(json);
	EQ(fake.sessions.size, 1);
	CHECK(strstr(head, "Location: /v1/sessions/"));
	path = strstr(head, "/v1/sessions/");
	path = strndup(path, strcspn(path, "\r"));
	json = ask(200, "GET", path, NULL);
	IS(json, "session-running.local-state", "down");
	json_object_put(json);
	json = ask(200, "PATCH", path, "{\"local-multiplier\":7}");
	IS(json, "local-multiplier", "7");
	json_object_put(json);
	EQ(fake.sessions.at[0]->number[BFDNL_LOCAL_MULTIPLIER], 7);
	tell_it(204, "DELETE", path, NULL);
	EQ(fake.sessions.size, 0);
	tell_it(404, "GET", path, NULL);
	free((char *)path);
	rest_finish();
}

TEST(again, "to ask twice is to have it once; to differ is a conflict with a field")
{
	struct json_object *json;

	begin("");
	make("{\"dest-addr\":\"192.0.2.2\",\"local-multiplier\":5}");
	tell_it(200, "POST", "/v1/sessions",
		"{\"dest-addr\":\"192.0.2.2\",\"local-multiplier\":5}");
	json = ask(409, "POST", "/v1/sessions",
		   "{\"dest-addr\":\"192.0.2.2\",\"local-multiplier\":6}");
	IS(json, "field", "local-multiplier");
	json_object_put(json);
	EQ(fake.sessions.size, 1);
	rest_finish();
}

TEST(twice, "two who ask for the same at once get the same")
{
	const char *body = "{\"dest-addr\":\"192.0.2.2\"}";
	int a, b;

	begin("");
	a = begin_request("POST", "/v1/sessions", "", body);
	b = begin_request("POST", "/v1/sessions", "", body);
	json_object_put(end_request(a, 201));
	json_object_put(end_request(b, 201));
	EQ(fake.sessions.size, 1);
	rest_finish();
	EQ(fake.sessions.size, 0);
}

TEST(foreign, "somebody else's session is shown, but neither changed nor deleted")
{
	struct json_object *json;
	char path[64];

	begin("");
	fake_add(1, "192.0.2.2", BFD_STATE_UP);
	fake_created(1);
	run();
	snprintf(path, sizeof(path), "/v1/sessions/%llu",
		 (unsigned long long)fake.sessions.at[0]->number[BFDNL_LOCAL_DISCRIMINATOR]);
	json = ask(200, "GET", path, NULL);
	IS(json, "origin", "foreign");
	IS(json, "held", "false");
	json_object_put(json);
	tell_it(409, "PATCH", path, "{\"local-multiplier\":7}");
	tell_it(409, "DELETE", path, NULL);
	tell_it(200, "POST", "/v1/sessions", "{\"dest-addr\":\"192.0.2.2\"}");
	tell_it(409, "PATCH", path, "{\"local-multiplier\":7}");
	tell_it(204, "DELETE", path, NULL);
	EQ(fake.sessions.size, 1);
	rest_finish();
}

static const struct {
	const char *body, *field, *error;
	int status;
} bad[] = {
	{ "", "", "the body: it ends too early", 400 },
	{ "{", "", "the body: it ends too early", 400 },
	{ "[]", "", "the body: an object is wanted", 400 },
	{ "null", "", "the body: an object is wanted", 400 },
	{ "{}", "dest-addr", "it is missing", 400 },
	{ "{} {}", "", "the body: ", 400 },
	{ "{\"a\":[[[[[[[[[[[]]]]]]]]]]]}", "", "the body: ", 400 },
	{ "{\"dest-addr\":\"x\"}", "dest-addr", "\"x\" is not an address", 400 },
	{ "{\"dest-addr\":7}", "dest-addr", "a string is wanted", 400 },
	{ "{\"dest-addr\":null}", "dest-addr", "a string is wanted", 400 },
	{ "{\"dest-addr\":\"192.0.2.2\",\"x\":1}", "x", "unknown member", 400 },
	{ "{\"dest-addr\":\"192.0.2.2\",\"local-multiplier\":-1}",
	  "local-multiplier", "a whole number", 400 },
	{ "{\"dest-addr\":\"192.0.2.2\",\"local-multiplier\":256}",
	  "local-multiplier", "256 is more than 255", 400 },
	{ "{\"dest-addr\":\"192.0.2.2\",\"local-multiplier\":\"3\"}",
	  "local-multiplier", "a whole number", 400 },
	{ "{\"dest-addr\":\"192.0.2.2\",\"local-multiplier\":0}",
	  "local-multiplier", "integer out of range", 400 },
	{ "{\"dest-addr\":\"192.0.2.2\",\"passive\":1}", "passive",
	  "true or false is wanted", 400 },
	{ "{\"dest-addr\":\"192.0.2.2\",\"id\":1}", "id",
	  "it cannot be chosen", 400 },
	{ "{\"dest-addr\":\"192.0.2.2\",\"owner-exit\":\"delete\"}",
	  "owner-exit", "it cannot be chosen", 400 },
	{ "{\"dest-addr\":\"192.0.2.2\",\"interface\":\"much-too-long-a-name\"}",
	  "interface", "is not the name of an interface", 400 },
	{ "{\"dest-addr\":\"192.0.2.2\",\"authentication\":1}",
	  "authentication", "an object is wanted", 400 },
	{ "{\"dest-addr\":\"192.0.2.2\",\"authentication\":{\"type\":1}}",
	  "type", "it cannot be chosen", 400 },
};

TEST(wrong, "what is wrong is refused with a reason and the field at fault")
{
	struct json_object *json;

	begin("");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CASE("%s", bad[i].body);
		json = ask(bad[i].status, "POST", "/v1/sessions", bad[i].body);
		IS(json, "field", bad[i].field);
		if (!CHECK(strstr(member(json, "error"), bad[i].error)))
			printf("# %s\n", member(json, "error"));
		json_object_put(json);
	}
	CASE("%s", "");
	EQ(fake.sessions.size, 0);
	tell_it(404, "GET", "/v1/sessions/7", NULL);
	tell_it(404, "GET", "/v1/sessions/-1", NULL);
	tell_it(404, "GET", "/v1/sessions/99999999999999999999", NULL);
	tell_it(404, "GET", "/v1", NULL);
	tell_it(404, "GET", "/v1/sessions/1/2", NULL);
	tell_it(405, "PUT", "/v1/sessions", "{}");
	CHECK(strstr(head, "Allow: GET, POST"));
	tell_it(405, "BREW", "/v1/sessions", NULL);
	tell_it(400, "GET", "/v1/sessions?limit=0", NULL);
	tell_it(400, "GET", "/v1/sessions?x=0", NULL);
	tell_it(400, "GET", "/v1/sessions?id=x", NULL);
	rest_finish();
}

TEST(media, "a form of somebody's page is not taken for JSON")
{
	char text[200];
	char *answer;
	int fd;

	begin("");
	fd = dial();
	snprintf(text, sizeof(text), "POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\n"
		 "Content-Type: text/plain\r\nContent-Length: 25\r\n"
		 "Connection: close\r\n\r\n{\"dest-addr\":\"192.0.2.2\"}");
	say(fd, text);
	answer = hear(fd, NULL);
	EQ(status_of(answer), 415);
	free(answer);
	close(fd);
	json_object_put(ask_with(403, "GET", "/v1/sessions",
				 "Origin: http://evil.example\r\n", NULL));
	fd = dial();
	say(fd, "GET /v1/sessions HTTP/1.1\r\nHost: evil.example:80\r\nConnection: close\r\n\r\n");
	answer = hear(fd, NULL);
	EQ(status_of(answer), 421);
	free(answer);
	close(fd);
	EQ(fake.sessions.size, 0);
	rest_finish();
}

TEST(pages, "many sessions are read page by page, and picked by their fields")
{
	struct json_object *json;
	char dest[32], path[64] = "/v1/sessions?limit=10";
	unsigned int seen = 0, pages = 0;

	begin("");
	for (int i = 1; i <= 25; i++) {
		snprintf(dest, sizeof(dest), "192.0.2.%d", i);
		fake_add(i, dest, i % 5 ? BFD_STATE_DOWN : BFD_STATE_UP);
		fake_created(i);
	}
	run();
	while (pages++ < 10) {
		json = ask(200, "GET", path, NULL);
		seen += json_object_array_length(json_object_object_get(json, "sessions"));
		snprintf(path, sizeof(path), "/v1/sessions?limit=10&after=%s",
			 member(json, "next"));
		json_object_put(json);
		if (path[strlen(path) - 1] == '=')
			break;
	}
	EQ(pages, 3);
	EQ(seen, 25);
	json = ask(200, "GET", "/v1/sessions?local-state=up", NULL);
	EQ(json_object_array_length(json_object_object_get(json, "sessions")), 5);
	json_object_put(json);
	json = ask(200, "GET", "/v1/sessions?dest-addr=192.0.2.7", NULL);
	EQ(json_object_array_length(json_object_object_get(json, "sessions")), 1);
	IS(json, "sessions.0.id", "7");
	json_object_put(json);
	rest_finish();
}

TEST(tags, "an ETag saves the answer, and keeps from changing what has changed")
{
	char path[64], tag[64], header[100], *at;

	begin("");
	strcpy(path, make("{\"dest-addr\":\"192.0.2.2\"}"));
	tell_it(200, "GET", path, NULL);
	at = strstr(head, "ETag: ");
	CHECK(at);
	snprintf(tag, sizeof(tag), "%.*s", (int)strcspn(at + 6, "\r"), at + 6);
	snprintf(header, sizeof(header), "If-None-Match: %s\r\n", tag);
	json_object_put(ask_with(304, "GET", path, header, NULL));
	snprintf(header, sizeof(header), "If-Match: %s\r\n", tag);
	json_object_put(ask_with(200, "PATCH", path, header,
				 "{\"local-multiplier\":9}"));
	json_object_put(ask_with(412, "PATCH", path, header,
				 "{\"local-multiplier\":8}"));
	json_object_put(ask_with(412, "DELETE", path, header, NULL));
	EQ(fake.sessions.at[0]->number[BFDNL_LOCAL_MULTIPLIER], 9);
	rest_finish();
}

TEST(restart, "sessions outlive the agent, and are held again")
{
	struct json_object *json;
	char path[64];

	begin("");
	strcpy(path, make("{\"dest-addr\":\"192.0.2.2\"}"));
	rest_dies();
	EQ(fake.sessions.size, 1);
	EQ(rest_begin(""), 0);
	run();
	json = ask(200, "GET", path, NULL);
	IS(json, "held", "true");
	json_object_put(json);
	tell_it(204, "DELETE", path, NULL);
	EQ(fake.sessions.size, 0);
	rest_finish();
}

TEST(by_hand, "a session that is deleted by hand is gone, and can be made again")
{
	begin("");
	make("{\"dest-addr\":\"192.0.2.2\"}");
	fake_deleted(1);
	run();
	make("{\"dest-addr\":\"192.0.2.2\"}");
	EQ(fake.sessions.size, 1);
	rest_finish();
	EQ(fake.sessions.size, 0);
}

static void write_token(const char *file, const char *text)
{
	FILE *out = fopen(file, "w");

	fputs(text, out);
	fclose(out);
}

static int reload(const char *more)
{
	struct problems problems = { 0 };
	char text[256];

	snprintf(text, sizeof(text), "listen = \"unix:%s\"; %s", rest_socket,
		 more);
	return rest_frontend.reload(&agent, rest_parse(text, &problems));
}

TEST(reload, "a reload keeps the sessions and whoever is connected")
{
	struct json_object *json;
	char path[64];
	int fd;

	begin("");
	strcpy(path, make("{\"dest-addr\":\"192.0.2.2\"}"));
	fd = begin_request("GET", "/v1/events?wait=30", "", NULL);
	run();
	EQ(reload("history = 20"), 0);
	run();
	EQ(fake.sessions.size, 1);
	tell_it(200, "PATCH", path, "{\"local-multiplier\":9}");
	fake_state(1, BFD_STATE_UP);
	json = end_request(fd, 200);
	IS(json, "events.0.new-state", "up");
	json_object_put(json);
	rest_finish();
	EQ(fake.sessions.size, 0);
}

TEST(reload_http, "clients connect anew when a reload changes what they have connected to")
{
	char file[64], more[128];
	int fd;

	begin("");
	fd = begin_request("GET", "/v1/events?wait=30", "", NULL);
	run();
	EQ(reload("connections = 20"), 0);
	json_object_put(end_request(fd, 503));
	fd = begin_request("GET", "/v1/events?wait=30", "", NULL);
	run();
	snprintf(file, sizeof(file), "/tmp/test_agent.%d.token", getpid());
	snprintf(more, sizeof(more), "connections = 20; token-file = \"%s\"", file);
	write_token(file, "0123456789abcdef\n");
	EQ(reload(more), 0);
	json_object_put(end_request(fd, 503));
	tell_it(401, "GET", "/v1/health", NULL);
	fd = begin_request("GET", "/v1/events?wait=30",
			   "Authorization: Bearer 0123456789abcdef\r\n", NULL);
	run();
	write_token(file, "fedcba9876543210\n");
	EQ(reload(more), 0);
	json_object_put(end_request(fd, 503));
	unlink(file);
	rest_finish();
}

TEST(token, "with a token file, only who shows the token is answered")
{
	char file[64], more[128];

	fake_reset();
	snprintf(file, sizeof(file), "/tmp/test_agent.%d.token", getpid());
	snprintf(more, sizeof(more), "token-file = \"%s\"", file);
	write_token(file, "short\n");
	log_init(0);
	CHECK(rest_begin(more) < 0);
	agent_finish();
	write_token(file, "0123456789abcdef\n");
	EQ(rest_begin(more), 0);
	tell_it(401, "GET", "/v1/health", NULL);
	CHECK(strstr(head, "WWW-Authenticate: Bearer"));
	tell_it(401, "GET", "/metrics", NULL);
	tell_it(401, "GET", "/v1/openapi.json", NULL);
	tell_it(401, "GET", "/status.js/", NULL);
	tell_it(200, "GET", "/", NULL);
	CHECK(strstr(head, "Content-Security-Policy: default-src 'none'; script-src 'self';"));
	CHECK(strstr(head, "Content-Type: text/html; charset=utf-8"));
	tell_it(200, "GET", "/status.js", NULL);
	tell_it(200, "GET", "/status.css", NULL);
	json_object_put(ask_with(401, "GET", "/v1/health",
				 "Authorization: Bearer 0123456789abcdeX\r\n", NULL));
	json_object_put(ask_with(401, "GET", "/v1/health",
				 "Authorization: Bearer 0123456789abcdef0\r\n", NULL));
	json_object_put(ask_with(200, "GET", "/v1/health",
				 "Authorization: Bearer 0123456789abcdef\r\n", NULL));
	unlink(file);
	rest_finish();
}

static void refused(const char *text, const char *why)
{
	struct problems problems = { 0 };

	CASE("%s", text);
	CHECK(!rest_parse(text, &problems));
	EQ(problems.count, 1);
	if (!CHECK(problems.count && strstr(problems.at[0], why)))
		printf("# %s\n", problems.count ? problems.at[0] : "");
	problems_free(&problems);
}

TEST(settings, "settings that would expose the sessions, or make no sense, are refused")
{
	refused("listen = \"192.0.2.1:80\";", "beyond this machine");
	refused("listen = \"127.0.0.1\";", "is not unix:/PATH");
	refused("listen = \"localhost:80\";", "is not unix:/PATH");
	refused("listen = \"[::]:80\"; token-file = \"/x\"", "beyond this machine");
	refused("certificate = \"/x\"", "come together");
	refused("connections = 1", "from 16 to 16384");
	refused("what = 1", "unknown word");
}

TEST(health, "health and statistics are told")
{
	struct json_object *json;

	begin("");
	json = ask(200, "GET", "/v1/health", NULL);
	IS(json, "status", "ok");
	json_object_put(json);
	json = ask(200, "GET", "/v1/statistics", NULL);
	IS(json, "netns.max-sessions", "1024");
	IS(json, "cpus.0.cpu", "1");
	IS(json, "cpus.0.late-max", "12.005");
	IS(json, "cpus.0.detection-late-max", "21000.000");
	IS(json, "cpus.0.event-late-20ms", "9");
	IS(json, "cpus.0.tx-late-histogram.1.count", "10");
	IS(json, "cpus.0.event-late-histogram.2.below-us", "4");
	IS(json, "cpus.0.wheel-occupancy.0", "2");
	json_object_put(json);
	rest_finish();
}

/* How long it takes until the agent hangs up, ms */
static unsigned long long end_after(const char *text, int status)
{
	unsigned long long start = now_ms();
	int fd = dial();
	char *answer;

	say(fd, text);
	shutdown(fd, SHUT_WR);
	answer = hear(fd, NULL);
	EQ(status_of(answer), status);
	free(answer);
	close(fd);
	return now_ms() - start;
}

TEST(ends, "who hangs up with his last bytes is answered, and let go at once")
{
	begin("");
	CHECK(end_after("GET /v1/he", 0) < 1000);
	CHECK(end_after("GET /v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n",
			200) < 1000);
	CHECK(end_after("GET /v1/events?wait=60 HTTP/1.1\r\nHost: localhost\r\n\r\n",
			503) < 1000);
	CHECK(end_after("POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\n"
			"Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
			0) < 1000);
	rest_finish();
}

static void health_on(int fd)
{
	char *answer;

	say(fd, "GET /v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n");
	answer = hear(fd, "}");
	EQ(status_of(answer), 200);
	free(answer);
}

TEST(newcomers, "who comes when all others were served already is answered, also with others")
{
	int served[60], many[14];
	char *answer;

	begin("connections = 64");
	for (size_t i = 0; i < ARRAY_SIZE(served); i++) {
		served[i] = dial();
		health_on(served[i]);
	}
	tell_it(200, "GET", "/v1/health", NULL);
	/* so that more than an eighth are let in at once */
	for (size_t i = ARRAY_SIZE(served) - 5; i < ARRAY_SIZE(served); i++)
		close(served[i]);
	run();
	for (size_t i = 0; i < ARRAY_SIZE(many); i++) {
		many[i] = dial();
		say(many[i], "GET /v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n");
	}
	for (size_t i = 0; i < ARRAY_SIZE(many); i++) {
		answer = hear(many[i], "}");
		EQ(status_of(answer), 200);
		free(answer);
	}
	/* who was of use last has lost nothing by that */
	health_on(served[ARRAY_SIZE(served) - 6]);
	for (size_t i = 0; i < ARRAY_SIZE(served) - 5; i++)
		close(served[i]);
	for (size_t i = 0; i < ARRAY_SIZE(many); i++)
		close(many[i]);
	run();
	rest_finish();
}

TEST(crowd, "with few connections, each of a crowd is answered although others are silent")
{
	int silent[32], many[32];
	char *answer;

	begin("connections = 16");
	for (size_t i = 0; i < ARRAY_SIZE(silent); i++)
		silent[i] = dial();
	run();
	for (size_t i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = begin_request("GET", "/v1/health", "", NULL);
	for (size_t i = 0; i < ARRAY_SIZE(many); i++) {
		answer = hear(many[i], NULL);
		EQ(status_of(answer), 200);
		free(answer);
		close(many[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(silent); i++)
		close(silent[i]);
	run();
	rest_finish();
}

TEST(full, "when all are taken at once by some who wait and some who are silent, there is room")
{
	int waiting[8], silent[8];

	begin("connections = 16");
	for (size_t i = 0; i < ARRAY_SIZE(waiting); i++)
		waiting[i] = begin_request("GET", "/v1/events?wait=60", "", NULL);
	run();
	for (size_t i = 0; i < ARRAY_SIZE(silent); i++)
		silent[i] = dial();
	run();
	tell_it(200, "GET", "/v1/health", NULL);
	for (size_t i = 0; i < ARRAY_SIZE(waiting); i++) {
		close(waiting[i]);
		close(silent[i]);
	}
	run();
	rest_finish();
}

/* How often the loop has something to do within @ms */
static unsigned int turns(unsigned int ms)
{
	unsigned long long end = now_ms() + ms;
	unsigned int count = 0;

	while (now_ms() < end)
		count += sd_event_run(agent.loop, 10000) > 0;
	return count;
}

TEST(unread, "who hangs up and does not read what he asked for keeps nobody busy")
{
	int fd;

	begin("");
	fd = dial();
	for (int i = 0; i < 50; i++)
		say(fd, "GET /v1/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n");
	run();
	shutdown(fd, SHUT_WR);
	CHECK(turns(500) < 100);
	tell_it(200, "GET", "/v1/health", NULL);
	close(fd);
	run();
	rest_finish();
}

TEST(dismissed, "who asks in the last moment is refused, who waits and asked for more is let go")
{
	static const char request[] =
		"GET /v1/events?wait=60 HTTP/1.1\r\nHost: localhost\r\n\r\n";
	static const char stream[] =
		"GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n";
	int late[2], more[2];
	char *answer;

	begin("");
	for (int i = 0; i < 2; i++) {
		more[i] = dial();
		say(more[i], request);
		say(more[i], i ? stream : request);
		late[i] = dial();
		health_on(late[i]);
	}
	run();
	say(late[0], request);
	EQ(reload("connections = 20"), 0);
	answer = hear(late[0], NULL);
	EQ(status_of(answer), 503);
	free(answer);
	for (int i = 0; i < 2; i++) {
		json_object_put(end_request(more[i], 503));
		close(late[i]);
	}
	/* once it is there again, they may wait again */
	for (int i = 0; i < 2; i++) {
		late[i] = dial();
		health_on(late[i]);
	}
	more[0] = begin_request("GET", "/v1/events?wait=1", "", NULL);
	json_object_put(end_request(more[0], 200));
	say(late[0], request);
	say(late[1], stream);
	rest_finish();
	close(late[0]);
	close(late[1]);
}

TEST(hostile, "garbage, large bodies and thousands who are silent harm nobody else")
{
	char *big = calloc(1, 200001), *answer;
	int silent[600], fd, good;

	begin("connections = 64");
	good = dial();
	health_on(good);
	fd = dial();
	say(fd, "\x16\x03\x01 garbage \r\n\r\n\xff\xfe\r\n\r\n");
	answer = hear(fd, NULL);
	EQ(status_of(answer), 400);
	free(answer);
	close(fd);
	memset(big, '[', 200000);
	fd = begin_request("POST", "/v1/sessions", "", big);
	json_object_put(end_request(fd, 413));
	for (size_t i = 0; i < ARRAY_SIZE(silent); i++) {
		silent[i] = dial();
		if (i % 2)
			say(silent[i], "POST /v1/sessions HTTP/1.1\r\nHost: a\r\nConte");
		if (i % 10 == 0)
			run();
	}
	run();
	tell_it(200, "GET", "/v1/health", NULL);
	health_on(good);
	close(good);
	for (size_t i = 0; i < ARRAY_SIZE(silent); i++)
		close(silent[i]);
	run();
	tell_it(200, "GET", "/v1/health", NULL);
	free(big);
	rest_finish();
}
