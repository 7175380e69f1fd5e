// SPDX-License-Identifier: GPL-2.0
/*
 * Contrail's own URLs (seen from its BFD module's REST interface): a client
 * gets a number, adds addresses under it, and waits for news of them.
 *
 *	PUT    /Session				{"client-id": N}
 *	DELETE /Session/N
 *	PUT    /Session/N/IpConnection		{"Address": ..., ...}
 *	GET    /Session/N/IpConnection[/IP]
 *	DELETE /Session/N/IpConnection/IP
 *	GET    /Session/N/Monitor		{"IP": "Up", ...} once there is news
 *	PUT    /Session/N/Monitor		{"Url": ...}: call it with the news
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <sys/random.h>
#include "rest.h"
#include "rest_contrail.h"

#define CLIENTS_MAX	256
#define CONNECTIONS_MAX	16384	/* of all clients */
#define ID_MAX		999999999

/**
 * struct connection - a session that a client wants
 * @link: in the list of its client
 * @client: whose
 * @serial: its number in the state file
 * @wanted: the session
 * @claim: on it
 * @request: serial of the request that waits for the claim, or 0
 */
struct connection {
	TAILQ_ENTRY(connection) link;
	struct client *client;
	__u64 serial;
	struct bfdnl_session *wanted;
	struct agent_claim *claim;
	__u64 request;
};

TAILQ_HEAD(connection_list, connection);

/**
 * struct monitor - a request for news
 * @link: in the list of its client
 * @client: whose
 * @request: parked
 */
struct monitor {
	TAILQ_ENTRY(monitor) link;
	struct client *client;
	struct rest_request *request;
};

TAILQ_HEAD(monitor_list, monitor);

/**
 * struct client - whoever was given a number
 * @link: in the list of all
 * @id: the number
 * @connections: what it wants
 * @monitors: its requests for news
 * @changed: there is news that nobody was told
 * @target: the URL that is called, or NULL
 */
struct client {
	TAILQ_ENTRY(client) link;
	__u64 id;
	struct connection_list connections;
	struct monitor_list monitors;
	bool changed;
	struct rest_target *target;
};

TAILQ_HEAD(client_list, client);

static struct client_list clients = TAILQ_HEAD_INITIALIZER(clients);
static size_t client_count, connection_count;
static __u64 last_serial;

/* ---- names ---- */

static const struct bfdnl_addr *address_of(const struct connection *connection)
{
	return bfdnl_session_addr(connection->wanted, BFDNL_DEST_ADDR);
}

static const struct bfdnl_session *
fields_of(const struct connection *connection)
{
	struct agent_session *session = agent_claim_session(connection->claim);

	return session ? agent_session_fields(session) : NULL;
}

static struct json_object *states_json(const struct client *client)
{
	struct json_object *json = json_object_new_object();
	struct connection *connection;
	char text[BFDNL_ADDR_STRLEN];

	TAILQ_FOREACH(connection, &client->connections, link) {
		struct agent_session *session;

		session = agent_claim_session(connection->claim);
		rest_add_text(json, bfdnl_addr_format(address_of(connection), text),
			      session ? contrail_state(rest_told_state(session)) :
			      "Down");
	}
	return json;
}

static struct json_object *connection_json(const struct connection *connection)
{
	struct agent_session *session = agent_claim_session(connection->claim);
	const struct bfdnl_session *f = fields_of(connection);
	struct bfdnl_session *fresh = NULL;
	struct json_object *json;

	/* not each change of the peer's is an event */
	if (session && !agent_session_read(rest.agent, session, &fresh))
		f = fresh;
	json = contrail_json(address_of(connection), f ? f : connection->wanted);
	if (f)
		contrail_add_running(json, f);
	bfdnl_session_free(fresh);
	return json;
}

/* ---- the URL that is called ---- */

static struct client *find(__u64 id)
{
	struct client *client;

	TAILQ_FOREACH(client, &clients, link)
		if (client->id == id)
			return client;
	return NULL;
}

static bool wants(const struct rest_target *target,
		  const struct agent_event *event)
{
	struct client *client = find(target->owner);
	struct connection *connection;

	if (!client)
		return false;
	TAILQ_FOREACH(connection, &client->connections, link)
		if (agent_claim_session(connection->claim) == event->session)
			return true;
	return false;
}

static char *body(const struct rest_target *target, const struct rest_event *event)
{
	char address[BFDNL_ADDR_STRLEN], *text = NULL;

	(void)target;
	bfdnl_addr_format(&event->dest, address);
	if (asprintf(&text, "{\"%s\":\"%s\"}", address, contrail_state(event->state)) < 0)
		return NULL;
	return text;
}

static const struct rest_target_kind contrail = { .wants = wants, .body = body };

static int set_url(struct client *client, const char *url)
{
	struct rest_target *target = rest_target_new(url);

	if (!target)
		return -errno;
	target->kind = &contrail;
	target->owner = client->id;
	target->changes = 1U << AGENT_STATE;
	if (client->target)
		rest_target_free(client->target);
	client->target = target;
	return 0;
}

/* ---- news ---- */

static void monitor_free(struct monitor *monitor)
{
	TAILQ_REMOVE(&monitor->client->monitors, monitor, link);
	free(monitor);
}

static void on_monitor_gone(struct rest_request *request)
{
	monitor_free(request->data);
}

static void notify(struct client *client)
{
	struct monitor *monitor;

	client->changed = TAILQ_EMPTY(&client->monitors);
	/* the analyzer does not follow what TAILQ_REMOVE() does to the list */
	while ((monitor = TAILQ_FIRST(&client->monitors))) {
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
		struct rest_request *request = monitor->request;

		monitor_free(monitor);
		rest_answer(request, MHD_HTTP_OK, states_json(client));
	}
}

void rest_contrail_event(const struct agent_event *event)
{
	struct connection *connection;
	struct client *client;

	if (event->change != AGENT_STATE && event->change != AGENT_DELETED)
		return;
	TAILQ_FOREACH(client, &clients, link) {
		TAILQ_FOREACH(connection, &client->connections, link)
			if (agent_claim_session(connection->claim) == event->session)
				break;
		if (connection)
			notify(client);
	}
}

/* ---- clients and connections ---- */

static void connection_free(struct connection *connection, bool release)
{
	struct rest_request *request = rest_request_find(connection->request);

	/* the claim that it waits for is given back */
	if (request)
		rest_error(request, MHD_HTTP_INTERNAL_SERVER_ERROR, NULL,
			   "Unable to create session");
	TAILQ_REMOVE(&connection->client->connections, connection, link);
	connection_count--;
	if (release)
		agent_claim_release(connection->claim);
	bfdnl_session_free(connection->wanted);
	free(connection);
}

static void connection_remove(struct connection *connection)
{
	rest_state_put("connection", connection->serial, NULL);
	connection_free(connection, true);
}

static struct client *client_new(__u64 id)
{
	struct client *client = calloc(1, sizeof(*client));

	if (!client)
		return NULL;
	client->id = id;
	client->changed = true;
	TAILQ_INIT(&client->connections);
	TAILQ_INIT(&client->monitors);
	TAILQ_INSERT_TAIL(&clients, client, link);
	client_count++;
	return client;
}

static void client_free(struct client *client, bool forget)
{
	struct connection *connection;

	while ((connection = TAILQ_FIRST(&client->connections)))
		if (forget)
			connection_remove(connection); /* NOLINT(clang-analyzer-unix.Malloc) */
		else
			connection_free(connection, false); /* NOLINT(clang-analyzer-unix.Malloc) */
	notify(client);
	if (forget)
		rest_state_put("client", client->id, NULL);
	if (client->target)
		rest_target_free(client->target);
	TAILQ_REMOVE(&clients, client, link);
	client_count--;
	free(client);
}

static int client_write(const struct client *client)
{
	struct json_object *json = json_object_new_object();
	int ret;

	if (client->target)
		rest_add_text(json, "Url", client->target->url);
	ret = rest_state_put("client", client->id, json);
	json_object_put(json);
	return ret;
}

static int connection_write(const struct connection *connection)
{
	struct json_object *json = contrail_json(address_of(connection),
						 connection->wanted);
	int ret;

	rest_add_number(json, "client", connection->client->id);
	ret = rest_state_put("connection", connection->serial, json);
	json_object_put(json);
	return ret;
}

static void on_claimed(struct agent_claim *claim,
		       const struct agent_result *result, void *data)
{
	struct connection *connection = data;
	struct rest_request *request = rest_request_find(connection->request);
	struct agent_session *session = agent_claim_session(claim);
	struct rest_event *snapshot;

	if (result->code && connection->request) {
		if (request)
			rest_error(request, MHD_HTTP_INTERNAL_SERVER_ERROR, NULL,
				   "Unable to create session: %s", result->text);
		connection_free(connection, true);
		return;
	}
	if (connection->request) {
		connection_write(connection);
	} else if (session && connection->client->target) {
		/* we were away */
		snapshot = rest_event_snapshot(session);
		if (snapshot)
			rest_target_push(connection->client->target, snapshot);
		rest_event_unref(snapshot);
	}
	connection->request = 0;
	notify(connection->client);
	if (request)
		rest_answer(request, MHD_HTTP_OK, json_object_new_object());
}

/* Takes over @wanted, if it succeeds. */
static int connect_to(struct client *client, struct bfdnl_session *wanted,
		      __u64 serial, __u64 request)
{
	struct connection *connection;
	char name[32];

	if (connection_count >= CONNECTIONS_MAX)
		return -ENOSPC;
	connection = calloc(1, sizeof(*connection));
	if (!connection)
		return -ENOMEM;
	snprintf(name, sizeof(name), "rest/c%llu", (unsigned long long)client->id);
	connection->claim = agent_claim(rest.agent, name, wanted, on_claimed,
					connection);
	if (!connection->claim) {
		free(connection);
		return -errno;
	}
	connection->client = client;
	connection->wanted = wanted;
	connection->serial = serial;
	connection->request = request;
	TAILQ_INSERT_TAIL(&client->connections, connection, link);
	connection_count++;
	return 0;
}

/* ---- what was asked ---- */

/* The client of the URL; NULL: answered */
static struct client *asked_for(struct rest_request *request)
{
	struct client *client = NULL;
	__u64 id;

	if (rest_number(request->part[0], ID_MAX, &id))
		client = find(id);
	if (!client)
		rest_error(request, MHD_HTTP_NOT_FOUND, NULL,
			   "Unknown client-id: %s", request->part[0]);
	return client;
}

static struct connection *find_connection(struct client *client,
					  const struct bfdnl_addr *addr)
{
	struct connection *connection;

	TAILQ_FOREACH(connection, &client->connections, link)
		if (bfdnl_addr_equal(address_of(connection), addr))
			return connection;
	return NULL;
}

static struct connection *connection_of(struct client *client,
					struct rest_request *request)
{
	struct bfdnl_addr addr;

	if (bfdnl_addr_parse(&addr, request->part[1]))
		return NULL;
	return find_connection(client, &addr);
}

/* ---- requests ---- */

static __u64 random_id(void)
{
	__u32 id;

	do {
		if (getrandom(&id, sizeof(id), 0) != sizeof(id))
			id = ++last_serial;
		id = id % ID_MAX + 1;
	} while (find(id));
	return id;
}

static void put_session(struct rest_request *request)
{
	struct json_object *json;
	struct client *client;

	client = client_count < CLIENTS_MAX ? client_new(random_id()) : NULL;
	if (!client) {
		rest_error(request, MHD_HTTP_INTERNAL_SERVER_ERROR, NULL,
			   "Too many clients");
		return;
	}
	client_write(client);
	json = json_object_new_object();
	rest_add_number(json, "client-id", client->id);
	rest_answer(request, MHD_HTTP_OK, json);
}

static void on_released(void *data)
{
	struct rest_request *request = rest_request_find((uintptr_t)data);

	if (request)
		rest_answer(request, MHD_HTTP_OK, json_object_new_object());
}

/* Once the sessions are gone, unless somebody else wants them */
static void answer_when_done(struct rest_request *request)
{
	if (agent_when_done(rest.agent, on_released,
			    (void *)(uintptr_t)request->serial))
		rest_answer(request, MHD_HTTP_OK, json_object_new_object());
	else
		rest_park(request, NULL, NULL);
}

static void delete_session(struct rest_request *request)
{
	struct client *client = asked_for(request);

	if (!client)
		return;
	client_free(client, true);
	answer_when_done(request);
}

static void on_changed(struct agent_claim *claim,
		       const struct agent_result *result, void *data)
{
	struct rest_request *request = rest_request_find((uintptr_t)data);

	(void)claim;
	if (!request)
		return;
	if (result->code)
		rest_error(request, MHD_HTTP_INTERNAL_SERVER_ERROR, NULL,
			   "Unable to create session: %s", result->text);
	else
		rest_answer(request, MHD_HTTP_OK, json_object_new_object());
}

static void remember(struct connection *connection,
		     struct bfdnl_session *wanted)
{
	bfdnl_session_free(connection->wanted);
	connection->wanted = wanted;
	connection_write(connection);
}

/* Somebody else's session is held as it is, however often it is asked for. */
static bool is_held_as_it_is(const struct connection *connection)
{
	struct agent_session *session = agent_claim_session(connection->claim);

	return session && agent_session_origin(session) != AGENT_ORIGIN_CLAIMED;
}

/* Takes over @wanted, if it succeeds. */
static int change(struct connection *connection, struct bfdnl_session *wanted,
		  struct rest_request *request)
{
	struct bfdnl_session *changes = bfdnl_session_clone(wanted);
	int ret;

	if (!changes)
		return -ENOMEM;
	bfdnl_session_unset(changes, BFDNL_DEST_ADDR);
	ret = agent_claim_change(connection->claim, changes, on_changed,
				 (void *)(uintptr_t)request->serial);
	bfdnl_session_free(changes);
	if (!ret)
		remember(connection, wanted);
	return ret;
}

static void put_connection(struct rest_request *request)
{
	struct client *client = asked_for(request);
	struct bfdnl_session *wanted;
	struct connection *known;
	struct json_object *json;
	const char *why;
	int ret;

	if (!client)
		return;
	json = rest_json_parse(request->body ? request->body : "",
			       request->body_size, &why);
	wanted = json_object_is_type(json, json_type_object) ? contrail_parse(json) : NULL;
	json_object_put(json);
	if (!wanted) {
		rest_error(request, MHD_HTTP_BAD_REQUEST, NULL, "Invalid arguments");
		return;
	}
	known = find_connection(client,
				bfdnl_session_addr(wanted, BFDNL_DEST_ADDR));
	if (known && is_held_as_it_is(known)) {
		remember(known, wanted);
		rest_answer(request, MHD_HTTP_OK, json_object_new_object());
		return;
	}
	if (known)
		ret = change(known, wanted, request);
	else
		ret = connect_to(client, wanted, ++last_serial, request->serial);
	if (!ret) {
		rest_park(request, NULL, NULL);
		return;
	}
	bfdnl_session_free(wanted);
	rest_error(request, MHD_HTTP_INTERNAL_SERVER_ERROR, NULL,
		   "Unable to create session: %s", strerror(-ret));
}

static void get_connections(struct rest_request *request)
{
	struct client *client = asked_for(request);
	struct connection *connection;
	struct json_object *list;

	if (!client)
		return;
	list = json_object_new_array();
	TAILQ_FOREACH(connection, &client->connections, link)
		json_object_array_add(list, connection_json(connection));
	rest_answer(request, MHD_HTTP_OK, list);
}

static void get_connection(struct rest_request *request)
{
	struct client *client = asked_for(request);
	struct connection *connection;

	if (!client)
		return;
	connection = connection_of(client, request);
	if (connection && fields_of(connection))
		rest_answer(request, MHD_HTTP_OK, connection_json(connection));
	else
		rest_error(request, MHD_HTTP_NOT_FOUND, NULL,
			   "Unknown bfd session");
}

static void delete_connection(struct rest_request *request)
{
	struct client *client = asked_for(request);
	struct connection *connection;

	if (!client)
		return;
	connection = connection_of(client, request);
	if (!connection || connection->request) {
		rest_error(request, MHD_HTTP_INTERNAL_SERVER_ERROR, NULL,
			   "Unable to delete session");
		return;
	}
	connection_remove(connection);
	answer_when_done(request);
}

static void get_monitor(struct rest_request *request)
{
	struct client *client = asked_for(request);
	struct monitor *monitor;

	if (!client)
		return;
	if (client->changed) {
		client->changed = false;
		rest_answer(request, MHD_HTTP_OK, states_json(client));
		return;
	}
	monitor = rest_client_may_wait() ? calloc(1, sizeof(*monitor)) : NULL;
	if (!monitor) {
		rest_error(request, MHD_HTTP_INTERNAL_SERVER_ERROR, NULL,
			   "Too many wait already");
		return;
	}
	monitor->client = client;
	monitor->request = request;
	TAILQ_INSERT_TAIL(&client->monitors, monitor, link);
	rest_park(request, on_monitor_gone, monitor);
}

static void put_monitor(struct rest_request *request)
{
	struct client *client = asked_for(request);
	struct json_object *json, *url;
	const char *text;
	int ret;

	json = client ? rest_body(request) : NULL;
	if (!json)
		return;
	url = json_object_object_get(json, "Url");
	text = json_object_get_string(url);
	if (!json_object_is_type(url, json_type_string) || !rest_url_is_good(text)) {
		rest_error(request, MHD_HTTP_BAD_REQUEST, "Url", "Invalid arguments");
	} else {
		ret = set_url(client, text);
		if (!ret)
			ret = client_write(client);
		if (ret)
			rest_error(request, MHD_HTTP_INTERNAL_SERVER_ERROR, NULL,
				   "Unable to call it: %s", strerror(-ret));
		else
			rest_answer(request, MHD_HTTP_OK,
				    json_object_new_object());
	}
	json_object_put(json);
}

/* ---- life cycle ---- */

/* The state file has a client before its connections. */
void rest_contrail_recall(const char *kind, __u64 id, struct json_object *value)
{
	struct json_object *number = json_object_object_get(value, "client");
	struct json_object *url = json_object_object_get(value, "Url");
	struct bfdnl_session *wanted;
	struct client *client;

	if (!strcmp(kind, "client")) {
		client = find(id) ? NULL : client_new(id);
		if (client && url)
			set_url(client, json_object_get_string(url));
		return;
	}
	client = find(json_object_get_uint64(number));
	wanted = client ? contrail_parse(value) : NULL;
	if (wanted && connect_to(client, wanted, id, 0))
		bfdnl_session_free(wanted);
	if (id > last_serial)
		last_serial = id;
}

void rest_contrail_stop(bool exiting)
{
	struct client *client;

	while ((client = TAILQ_FIRST(&clients)))
		client_free(client, !exiting); /* NOLINT(clang-analyzer-unix.Malloc) */
	last_serial = 0;
}

const struct rest_route rest_contrail_routes[] = {
	{ "PUT", "/Session", put_session },
	{ "DELETE", "/Session/*", delete_session },
	{ "PUT", "/Session/*/IpConnection", put_connection },
	{ "GET", "/Session/*/IpConnection", get_connections },
	{ "GET", "/Session/*/IpConnection/*", get_connection },
	{ "DELETE", "/Session/*/IpConnection/*", delete_connection },
	{ "GET", "/Session/*/Monitor", get_monitor },
	{ "PUT", "/Session/*/Monitor", put_monitor },
	{ NULL, NULL, NULL },
};
