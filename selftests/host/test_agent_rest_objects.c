// SPDX-License-Identifier: GPL-2.0
/*
 * bfdagentd, REST: Contrail's URLs and health checks.
 */
#include "test_agent_rest.h"

static char client[64];

static void begin(void)
{
	fake_reset();
	EQ(rest_begin(""), 0);
}

static void new_client(void)
{
	struct json_object *json = ask(200, "PUT", "/Session", "{}");

	snprintf(client, sizeof(client), "/Session/%s", member(json, "client-id"));
	json_object_put(json);
}

static const char *under(const char *rest_of)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", client, rest_of);
	return path;
}

/* A request that has nothing wrong but, perhaps, the multiplier */
static const char *connection(int multiplier)
{
	static char text[200];

	snprintf(text, sizeof(text), "{\"Address\":\"192.0.2.2\",\"%s\":%d,\"%s\":%d,\"%s\":%d}",
		 "DesiredMinTxInterval", 100000, "RequiredMinRxInterval", 500000,
		 "DetectionMultiplier", multiplier);
	return text;
}

TEST(contrail, "Contrail's client adds an address, reads it, is told of it, deletes it")
{
	struct json_object *json;
	int fd;

	begin();
	new_client();
	json = ask(200, "PUT", under("IpConnection"), connection(3));
	CHECK(!strcmp(json_object_to_json_string_ext(json, 0), "{}"));
	json_object_put(json);
	json = ask(200, "GET", under("IpConnection/192.0.2.2"), NULL);
	IS(json, "Address", "192.0.2.2");
	IS(json, "DesiredMinTxInterval", "100000");
	IS(json, "RequiredMinRxInterval", "500000");
	IS(json, "DetectionMultiplier", "3");
	IS(json, "LocalSessionState", "Down");
	IS(json, "RemoteSessionState", "Down");
	json_object_put(json);
	json = ask(200, "GET", under("Monitor"), NULL);
	IS(json, "192", "");
	EQ(json_object_object_length(json), 1);
	json_object_put(json);
	fd = begin_request("GET", under("Monitor"), "", NULL);
	run();
	fake_state(1, BFD_STATE_UP);
	json = end_request(fd, 200);
	CHECK(!strcmp(json_object_get_string(json_object_object_get(json, "192.0.2.2")),
		      "Up"));
	json_object_put(json);
	/* nobody waits now: it is told next time */
	fake_state(1, BFD_STATE_DOWN);
	run();
	json = ask(200, "GET", under("Monitor"), NULL);
	CHECK(!strcmp(json_object_get_string(json_object_object_get(json, "192.0.2.2")),
		      "Down"));
	json_object_put(json);
	tell_it(200, "PUT", under("IpConnection"),
		connection(5));
	EQ(fake.sessions.at[0]->number[BFDNL_LOCAL_MULTIPLIER], 5);
	tell_it(200, "DELETE", under("IpConnection/192.0.2.2"), NULL);
	EQ(fake.sessions.size, 0);
	tell_it(500, "DELETE", under("IpConnection/192.0.2.2"), NULL);
	tell_it(404, "GET", under("IpConnection/192.0.2.2"), NULL);
	tell_it(200, "DELETE", client, NULL);
	tell_it(404, "DELETE", client, NULL);
	rest_finish();
}

TEST(contrail_errors, "what makes no sense to Contrail's URLs is refused as Contrail does")
{
	static const char * const bad[] = {
		"", "x", "[]", "{}", "{\"Address\":\"192.0.2.2\"}",
		"{\"Address\":\"x\",\"DesiredMinTxInterval\":1,\"RequiredMinRxInterval\":1,\"DetectionMultiplier\":3}",
		"{\"Address\":\"192.0.2.2\",\"DesiredMinTxInterval\":-1,\"RequiredMinRxInterval\":1,\"DetectionMultiplier\":3}",
		"{\"Address\":\"192.0.2.2\",\"DesiredMinTxInterval\":\"1\",\"RequiredMinRxInterval\":1,\"DetectionMultiplier\":3}",
		"{\"Address\":\"192.0.2.2\",\"DesiredMinTxInterval\":1,\"RequiredMinRxInterval\":1,\"DetectionMultiplier\":256}",
	};
	struct json_object *json;

	begin();
	new_client();
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CASE("%s", bad[i]);
		json = ask(400, "PUT", under("IpConnection"), bad[i]);
		IS(json, "error", "Invalid arguments");
		json_object_put(json);
	}
	CASE("%s", "");
	json = ask(500, "PUT", under("IpConnection"),
		   connection(0));
	CHECK(strstr(member(json, "error"), "Unable to create session"));
	json_object_put(json);
	EQ(fake.sessions.size, 0);
	json = ask(404, "PUT", "/Session/7/IpConnection", connection(3));
	IS(json, "error", "Unknown client-id: 7");
	json_object_put(json);
	json = ask(404, "GET", "/Session", NULL);
	IS(json, "error", "Unknown Request");
	json_object_put(json);
	rest_finish();
}

TEST(contrail_leaves, "a client that is deleted takes its sessions and waiting requests along")
{
	int monitor, put;

	begin();
	new_client();
	tell_it(200, "PUT", under("IpConnection"), connection(3));
	tell_it(200, "GET", under("Monitor"), NULL);
	monitor = begin_request("GET", under("Monitor"), "", NULL);
	run();
	put = begin_request("DELETE", client, "", NULL);
	json_object_put(end_request(put, 200));
	json_object_put(end_request(monitor, 200));
	EQ(fake.sessions.size, 0);
	rest_finish();
}

TEST(contrail_restart, "clients, their sessions and their URL survive the agent")
{
	struct json_object *json;
	struct hook *hook = hook_new();
	char url[100];

	begin();
	new_client();
	tell_it(200, "PUT", under("IpConnection"), connection(3));
	snprintf(url, sizeof(url), "{\"Url\":\"http://127.0.0.1:%d/\"}", hook->port);
	tell_it(200, "PUT", under("Monitor"), url);
	tell_it(400, "PUT", under("Monitor"), "{\"Url\":\"ftp://x\"}");
	fake_state(1, BFD_STATE_UP);
	json = hook_next(hook, 200, 3000);
	CHECK(!strcmp(json_object_to_json_string_ext(json, 0),
		      "{\"192.0.2.2\":\"Up\"}"));
	json_object_put(json);
	rest_dies();
	EQ(fake.sessions.size, 1);
	EQ(rest_begin(""), 0);
	json = hook_next(hook, 200, 3000);
	CHECK(!strcmp(json_object_to_json_string_ext(json, 0),
		      "{\"192.0.2.2\":\"Up\"}"));
	json_object_put(json);
	tell_it(200, "GET", under("IpConnection/192.0.2.2"), NULL);
	tell_it(200, "DELETE", under("IpConnection/192.0.2.2"), NULL);
	EQ(fake.sessions.size, 0);
	hook_free(hook);
	rest_finish();
}

TEST(check, "a health check becomes a session, and reports success and failure")
{
	struct hook *hook = hook_new();
	struct json_object *json;
	char text[200];

	begin();
	snprintf(text, sizeof(text),
		 "{\"target\":\"192.0.2.2\",\"delay\":0.02,\"timeout\":1,\"max-retries\":4,\"url\":\"http://127.0.0.1:%d/\"}",
		 hook->port);
	json = ask(201, "POST", "/v1/health-checks", text);
	IS(json, "status", "failure");
	IS(json, "delay", "0.020000");
	json_object_put(json);
	EQ(fake.sessions.at[0]->number[BFDNL_DESIRED_MIN_TX_INTERVAL], 20000);
	EQ(fake.sessions.at[0]->number[BFDNL_REQUIRED_MIN_RX_INTERVAL], 1000000);
	EQ(fake.sessions.at[0]->number[BFDNL_LOCAL_MULTIPLIER], 4);
	json = hook_next(hook, 200, 3000);
	IS(json, "status", "failure");
	json_object_put(json);
	fake_state(1, BFD_STATE_INIT);
	fake_state(1, BFD_STATE_UP);
	json = hook_next(hook, 200, 3000);
	IS(json, "health-check", "1");
	IS(json, "target", "192.0.2.2");
	IS(json, "status", "success");
	json_object_put(json);
	json = ask(200, "GET", "/v1/health-checks/1", NULL);
	IS(json, "status", "success");
	json_object_put(json);
	json = ask(200, "PATCH", "/v1/health-checks/1", "{\"max-retries\":9}");
	IS(json, "max-retries", "9");
	json_object_put(json);
	EQ(fake.sessions.at[0]->number[BFDNL_LOCAL_MULTIPLIER], 9);
	rest_dies();
	EQ(rest_begin(""), 0);
	json = hook_next(hook, 200, 3000);
	IS(json, "status", "success");
	json_object_put(json);
	json = ask(200, "GET", "/v1/health-checks", NULL);
	IS(json, "health-checks.0.max-retries", "9");
	json_object_put(json);
	tell_it(204, "DELETE", "/v1/health-checks/1", NULL);
	EQ(fake.sessions.size, 0);
	tell_it(404, "GET", "/v1/health-checks/1", NULL);
	hook_free(hook);
	rest_finish();
}

TEST(bad_checks, "a health check that makes no sense is refused with a field")
{
	static const struct {
		const char *body, *field;
	} bad[] = {
		{ "{}", "target" },
		{ "{\"target\":7}", "target" },
		{ "{\"target\":\"x\"}", "target" },
		{ "{\"target\":\"192.0.2.2\",\"delay\":0}", "delay" },
		{ "{\"target\":\"192.0.2.2\",\"delay\":1e30}", "delay" },
		{ "{\"target\":\"192.0.2.2\",\"delay\":\"1\"}", "delay" },
		{ "{\"target\":\"192.0.2.2\",\"timeout\":-1}", "timeout" },
		{ "{\"target\":\"192.0.2.2\",\"max-retries\":0}", "max-retries" },
		{ "{\"target\":\"192.0.2.2\",\"max-retries\":256}", "max-retries" },
		{ "{\"target\":\"192.0.2.2\",\"url\":\"x\"}", "url" },
		{ "{\"target\":\"192.0.2.2\",\"x\":\"x\"}", "x" },
	};
	struct json_object *json;

	begin();
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CASE("%s", bad[i].body);
		json = ask(400, "POST", "/v1/health-checks", bad[i].body);
		IS(json, "field", bad[i].field);
		json_object_put(json);
	}
	CASE("%s", "");
	EQ(fake.sessions.size, 0);
	rest_finish();
}
