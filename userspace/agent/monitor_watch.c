// SPDX-License-Identifier: GPL-2.0
/*
 * FreeBFD's monitor protocol: subscriptions, and what is told about them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "identity.h"
#include "monitor.h"

/* States are said until so many bytes wait. */
#define ENOUGH		32768

/* ---- subscriptions by destination ---- */

static int compare_addr(const void *item, const void *key)
{
	const struct monitor_subscription *subscription = item;
	const struct bfdnl_addr *b = key, *a;
	int ret;

	a = bfdnl_session_addr(agent_claim_wanted(subscription->claim),
			       BFDNL_DEST_ADDR);
	ret = (int)a->len - (int)b->len;
	return ret ? ret : memcmp(a->bytes, b->bytes, a->len);
}

static const struct bfdnl_addr *dest_of(const struct bfdnl_session *fields)
{
	return bfdnl_session_addr(fields, BFDNL_DEST_ADDR);
}

static int index_add(struct vector *v, struct monitor_subscription *s)
{
	const void *key = dest_of(agent_claim_wanted(s->claim));

	return vector_insert(v, vector_find(v, compare_addr, key), s);
}

static void index_remove(struct vector *v, const struct monitor_subscription *s)
{
	const void *key = dest_of(agent_claim_wanted(s->claim));

	for (size_t i = vector_find(v, compare_addr, key); i < v->size; i++)
		if (v->at[i] == s) {
			vector_remove(v, i);
			return;
		}
}

static struct monitor_subscription *find(const struct monitor_client *client,
					 const char *id)
{
	struct monitor_subscription *s;

	TAILQ_FOREACH(s, &client->subscriptions, link)
		if (!strcmp(s->id, id))
			return s;
	return NULL;
}

static void drop(struct monitor_subscription *s)
{
	struct monitor_client *client = s->client;

	TAILQ_REMOVE(&client->subscriptions, s, link);
	client->count--;
	index_remove(&client->monitor->by_dest, s);
	/* when the agent ends, what is claimed survives */
	if (!client->monitor->exiting)
		agent_claim_release(s->claim);
	free(s);
}

/* ---- answers ---- */

static void answer(struct monitor_client *client, const char *command,
		   const char *id, const char *wrong)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "cmd", json_object_new_string(command));
	json_object_object_add(object, "session", json_object_new_string(id));
	if (wrong)
		json_object_object_add(object, "error",
				       json_object_new_string(wrong));
	else
		json_object_object_add(object, "result",
				       json_object_new_string("ok"));
	monitor_client_say(client, object);
}

/* ---- what is told ---- */

/**
 * struct notice - one notification, for all who get it
 * @state: "created", ...
 * @event: what happened, or NULL if it is the state that is told
 */
struct notice {
	const char *state;
	const struct agent_event *event;
};

static struct json_object *number(__u64 value)
{
	return json_object_new_uint64(value);
}

static void notify(struct monitor_client *client, const char *id,
		   const struct notice *notice)
{
	const struct agent_event *event = notice->event;
	struct json_object *object = json_object_new_object();
	const char *diagnostic, *text;
	char line[1024];
	size_t len;

	json_object_object_add(object, "session", json_object_new_string(id));
	json_object_object_add(object, "state",
			       json_object_new_string(notice->state));
	if (event && event->change == AGENT_STATE) {
		diagnostic = bfdnl_diag_name(bfdnl_session_number(event->now,
								  BFDNL_LOCAL_DIAGNOSTIC));
		if (diagnostic)
			json_object_object_add(object, "diagnostic",
					       json_object_new_string(diagnostic));
	}
	if (!event) {
		monitor_client_say(client, object);
		return;
	}
	json_object_object_add(object, "time", number(event->time));
	text = json_object_to_json_string_length(object,
						 JSON_C_TO_STRING_PLAIN |
						 JSON_C_TO_STRING_NOSLASHESCAPE,
						 &len);
	if (text && len < sizeof(line)) {
		memcpy(line, text, len);
		line[len++] = '\n';
		monitor_client_tell(client, line, len);
	} else {
		monitor_fall_behind(client);
	}
	json_object_put(object);
}

static const char *name_of_fall(const struct agent_event *event)
{
	if (event->new_state == BFD_STATE_ADMIN_DOWN)
		return "down";
	switch (bfdnl_session_number(event->now, BFDNL_LOCAL_DIAGNOSTIC)) {
	case BFD_DIAG_CONTROL_EXPIRY:
	case BFD_DIAG_ECHO_FAILED:
		return "expired";
	default:
		return "down";
	}
}

/* Return: the notification that an event is, NULL if it is none. */
static const char *name_of(const struct agent_event *event)
{
	switch (event->change) {
	case AGENT_CREATED:
		return "created";
	case AGENT_DELETED:
		return "destroyed";
	case AGENT_STATE:
		if (event->new_state == BFD_STATE_UP)
			return "up";
		if (event->old_state == BFD_STATE_UP)
			return name_of_fall(event);
		return NULL;
	default:
		return NULL;
	}
}

static void change_for_one(struct monitor_subscription *s,
			   const struct notice *notice)
{
	const struct agent_event *event = notice->event;

	if (s->client->closed)
		return;
	if (s->pending) {
		if (event->change == AGENT_CREATED &&
		    identity_clashes(event->now, agent_claim_wanted(s->claim)))
			s->created = true;
		return;
	}
	if (agent_claim_session(s->claim) != event->session)
		return;
	if (s->told)
		notify(s->client, s->id, notice);
	else if (s->client->lost)
		s->client->lost++;
}

static void change_for_all(struct monitor_client *client,
			   const struct notice *notice)
{
	struct agent_session *session = notice->event->session;
	char id[SESSION_ID_LEN];

	if (client->closed || !client->all)
		return;
	if (agent_session_id(session) <= client->cursor)
		notify(client,
		       session_id_format(agent_session_fields(session), id),
		       notice);
	else if (client->lost)
		client->lost++;
}

void monitor_change(const struct agent_event *event, void *data)
{
	struct monitor *monitor = data;
	struct notice notice = { name_of(event), event };
	const struct vector *v = &monitor->by_dest;
	const struct bfdnl_addr *dest = dest_of(event->now);
	struct monitor_client *client;

	if (!notice.state)
		return;
	for (size_t i = vector_find(v, compare_addr, dest);
	     i < v->size && !compare_addr(v->at[i], dest); i++)
		change_for_one(v->at[i], &notice);
	TAILQ_FOREACH(client, &monitor->clients, link)
		change_for_all(client, &notice);
}

/* ---- states ---- */

void monitor_fall_behind(struct monitor_client *client)
{
	struct monitor_subscription *s;

	client->lost++;
	client->cursor = 0;
	client->untold = client->count;
	TAILQ_FOREACH(s, &client->subscriptions, link)
		s->told = false;
}

static const char *state_name(const struct monitor *monitor,
			      const struct agent_session *session)
{
	if (!session)
		return "destroyed";
	return monitor_state_of(monitor, session) == BFD_STATE_UP ? "up" :
								    "down";
}

static bool enough(const struct monitor_client *client)
{
	return client->closed || monitor_client_queued(client) >= ENOUGH;
}

static void say_lost(struct monitor_client *client)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "lost", number(client->lost));
	client->lost = 0;
	monitor_client_say(client, object);
}

static void catch_up_one(struct monitor_subscription *s)
{
	struct notice notice = { "created", NULL };

	s->told = true;
	if (s->created)
		notify(s->client, s->id, &notice);
	s->created = false;
	notice.state = state_name(s->client->monitor,
				  agent_claim_session(s->claim));
	notify(s->client, s->id, &notice);
}

static void catch_up_all(struct monitor_client *client)
{
	struct agent *agent = client->monitor->agent;
	struct agent_session *session;
	char id[SESSION_ID_LEN];

	while (client->cursor != UINT32_MAX && !enough(client)) {
		struct notice notice = { 0 };

		session = agent_session_next(agent, client->cursor);
		if (!session) {
			client->cursor = UINT32_MAX;
			return;
		}
		client->cursor = agent_session_id(session);
		notice.state = state_name(client->monitor, session);
		notify(client,
		       session_id_format(agent_session_fields(session), id),
		       &notice);
	}
}

bool monitor_is_behind(const struct monitor_client *client)
{
	return client->lost || client->untold ||
	       (client->all && client->cursor != UINT32_MAX);
}

void monitor_catch_up(struct monitor_client *client)
{
	struct monitor_subscription *s;

	if (enough(client))
		return;
	if (client->lost)
		say_lost(client);
	if (client->untold) {
		client->untold = 0;
		TAILQ_FOREACH(s, &client->subscriptions, link) {
			if (s->told || s->pending)
				continue;
			if (enough(client))
				client->untold++;
			else
				catch_up_one(s);
		}
	}
	if (client->all)
		catch_up_all(client);
}

/* ---- requests ---- */

/* Parameters that neither the client nor the kernel is to choose */
static void fill_in(const struct monitor_settings *settings,
		    struct bfdnl_session *wanted)
{
	const struct {
		enum bfdnl_field field;
		__u64 value;
	} defaults[] = {
		{ BFDNL_DESIRED_MIN_TX_INTERVAL, settings->tx },
		{ BFDNL_REQUIRED_MIN_RX_INTERVAL, settings->rx },
		{ BFDNL_LOCAL_MULTIPLIER, settings->multiplier },
	};

	for (size_t i = 0; i < sizeof(defaults) / sizeof(*defaults); i++)
		if (defaults[i].value &&
		    !bfdnl_session_has(wanted, defaults[i].field))
			bfdnl_session_set_number(wanted, defaults[i].field,
						 defaults[i].value);
}

static void on_claimed(struct agent_claim *claim,
		       const struct agent_result *result, void *data)
{
	struct monitor_subscription *s = data;
	struct monitor_client *client = s->client;

	(void)claim;
	s->pending = false;
	answer(client, "subscribe", s->id, result->code ? result->text : NULL);
	if (client->closed)
		return;
	if (result->code) {
		drop(s);
		return;
	}
	client->untold++;
	monitor_flush_soon(client->monitor);
}

/* Return: NULL, or why it cannot be. */
static const char *subscribe(struct monitor_client *client,
			     const struct monitor_request *request)
{
	struct monitor *monitor = client->monitor;
	struct monitor_subscription *s;

	if (client->count >= monitor->settings->subscriptions)
		return "too many subscriptions";
	if (!monitor->settings->create &&
	    !agent_session_find(monitor->agent, request->wanted))
		return "there is no such session";
	s = calloc(1, sizeof(*s));
	if (!s)
		return strerror(ENOMEM);
	s->client = client;
	s->pending = true;
	memcpy(s->id, request->id, sizeof(s->id));
	fill_in(monitor->settings, request->wanted);
	s->claim = agent_claim(monitor->agent, NULL, request->wanted,
			       on_claimed, s);
	if (!s->claim || index_add(&monitor->by_dest, s)) {
		agent_claim_release(s->claim);
		free(s);
		return strerror(ENOBUFS);
	}
	TAILQ_INSERT_TAIL(&client->subscriptions, s, link);
	client->count++;
	return NULL;
}

void monitor_subscribe(struct monitor_client *client,
		       const struct monitor_request *request)
{
	struct monitor_subscription *s;
	const char *wrong;

	if (request->all) {
		client->all = true;
		client->cursor = 0;
		answer(client, "subscribe", request->id, NULL);
		return;
	}
	s = find(client, request->id);
	if (s && !s->pending) {
		answer(client, "subscribe", s->id, NULL);
		s->told = false;
		client->untold++;
		return;
	}
	wrong = s ? "asked for already" : subscribe(client, request);
	if (wrong)
		answer(client, "subscribe", request->id, wrong);
}

/* Who has not been answered is answered before it is over. */
static void end_subscription(struct monitor_subscription *s)
{
	if (s->pending)
		answer(s->client, "subscribe", s->id, "unsubscribed meanwhile");
	drop(s);
}

void monitor_unsubscribe_all(struct monitor_client *client)
{
	struct monitor_subscription *s;

	client->all = false;
	while ((s = TAILQ_FIRST(&client->subscriptions)))
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): it is another one */
		end_subscription(s);
}

void monitor_unsubscribe(struct monitor_client *client,
			 const struct monitor_request *request)
{
	struct monitor_subscription *s = NULL;

	if (request->all) {
		monitor_unsubscribe_all(client);
		answer(client, "unsubscribe", request->id, NULL);
		return;
	}
	s = find(client, request->id);
	if (s)
		end_subscription(s);
	answer(client, "unsubscribe", request->id,
	       s ? NULL : "there is no such subscription");
}
