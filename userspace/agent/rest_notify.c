// SPDX-License-Identifier: GPL-2.0
/*
 * /v1/notifications: URLs that are called when something happens. Each has a
 * queue of its own, of bounded length; when it is full, the oldest goes, and
 * the URL is told how many were lost before it is told anything else.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>
#include "rest.h"

#define URL_MAX		2048
#define BATCH_MAX	1000
#define TOKEN_MAX	512

#define CHANGE(c)	(1U << AGENT_##c)
#define CHANGES_DEFAULT	(CHANGE(CREATED) | CHANGE(STATE) | CHANGE(DELETED))

static struct rest_target_list targets = TAILQ_HEAD_INITIALIZER(targets);
static __u64 last_id;
static __u64 count;
static struct rest_counts counts;	/* ever */

/* ---- targets ---- */

bool rest_url_is_good(const char *url)
{
	bool scheme = !strncasecmp(url, "http://", 7) ||
		      !strncasecmp(url, "https://", 8);

	for (const char *c = url; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f)
			return false;
	return scheme && strlen(url) <= URL_MAX && strlen(url) > 8;
}

static bool wants_filtered(const struct rest_target *target,
			   const struct agent_event *event)
{
	return !target->filter ||
	       bfdnl_session_matches(event->now, target->filter);
}

static const struct rest_target_kind plain = { .wants = wants_filtered };

struct rest_target *rest_target_new(const char *url)
{
	struct rest_target *target;

	errno = ENOBUFS;
	if (count >= rest.settings->notifications)
		return NULL;
	errno = ENOMEM;
	target = calloc(1, sizeof(*target));
	if (!target)
		return NULL;
	target->url = strdup(url);
	target->queue_room = rest.settings->queue;
	target->queue = calloc(target->queue_room, sizeof(*target->queue));
	if (!target->url || !target->queue) {
		free(target->url);
		free(target->queue);
		free(target);
		return NULL;
	}
	target->kind = &plain;
	target->changes = CHANGES_DEFAULT;
	TAILQ_INSERT_TAIL(&targets, target, link);
	count++;
	return target;
}

static struct rest_event *pop(struct rest_target *target)
{
	struct rest_event *event = target->queue[target->head];

	target->head = (target->head + 1) % target->queue_room;
	target->count--;
	return event;
}

void rest_target_free(struct rest_target *target)
{
	rest_deliver_forget(target);
	TAILQ_REMOVE(&targets, target, link);
	count--;
	while (target->count)
		rest_event_unref(pop(target));
	if (target->token)
		explicit_bzero(target->token, strlen(target->token));
	bfdnl_session_free(target->filter);
	free(target->token);
	free(target->queue);
	free(target->url);
	free(target);
}

static void lose(struct rest_target *target)
{
	target->lost++;
	target->dropped++;
	counts.lost++;
}

/* What is being sent stays: its order and number are promised already. */
static void drop_oldest(struct rest_target *target)
{
	size_t keep = target->sending;
	size_t at = (target->head + keep) % target->queue_room;

	lose(target);
	rest_event_unref(target->queue[at]);
	for (size_t i = keep; i + 1 < target->count; i++) {
		size_t to = (target->head + i) % target->queue_room;

		target->queue[to] = target->queue[(to + 1) % target->queue_room];
	}
	target->count--;
}

void rest_target_push(struct rest_target *target, struct rest_event *event)
{
	if (target->count == target->queue_room) {
		/* all of it is being sent: then it is the new one that is lost */
		if (target->sending == target->count) {
			lose(target);
			return;
		}
		drop_oldest(target);
	}
	event->refs++;
	target->queue[(target->head + target->count++) % target->queue_room] =
		event;
	rest_deliver(target);
}

void rest_target_done(struct rest_target *target)
{
	target->delivered += target->sending;
	counts.delivered += target->sending;
	while (target->sending) {
		rest_event_unref(pop(target));
		target->sending--;
	}
}

void rest_target_failed(struct rest_target *target)
{
	target->failures++;
	counts.failed++;
}

void rest_notify_count(struct rest_counts *to)
{
	const struct rest_target *target;

	to->targets = count;
	TAILQ_FOREACH(target, &targets, link)
		to->queued += target->count;
	to->delivered = counts.delivered;
	to->lost = counts.lost;
	to->failed = counts.failed;
}

void rest_notify_event(const struct agent_event *event, struct rest_event *ready)
{
	struct rest_target *target;

	TAILQ_FOREACH(target, &targets, link)
		if (target->changes & 1U << event->change &&
		    target->kind->wants(target, event))
			rest_target_push(target, ready);
}

static void catch_up(struct rest_target *target)
{
	struct agent_session *session;
	__u32 id = 0;

	while ((session = agent_session_next(rest.agent, id))) {
		const struct agent_event event = {
			.change = AGENT_STATE,
			.session = session,
			.now = agent_session_fields(session),
		};
		struct rest_event *ready = NULL;

		id = agent_session_id(session);
		if (target->kind->wants(target, &event))
			ready = rest_event_snapshot(session);
		if (ready)
			rest_target_push(target, ready);
		rest_event_unref(ready);
	}
}

/* Other kinds tell of a session when its claim is answered. */
void rest_notify_catch_up(void)
{
	struct rest_target *target;

	TAILQ_FOREACH(target, &targets, link)
		if (target->kind == &plain)
			catch_up(target);
}

/* ---- JSON ---- */

static bool read_changes(struct rest_target *target, struct json_object *list,
			 struct rest_fault *fault)
{
	unsigned int changes = 0;

	if (!json_object_is_type(list, json_type_array))
		return rest_wrong(fault, "events", "an array is wanted");
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		const char *name;

		name = json_object_get_string(json_object_array_get_idx(list, i));
		if (name && !strcmp(name, "created"))
			changes |= CHANGE(CREATED);
		else if (name && !strcmp(name, "state"))
			changes |= CHANGE(STATE);
		else if (name && !strcmp(name, "deleted"))
			changes |= CHANGE(DELETED);
		else
			return rest_wrong(fault, "events",
					  "\"%.32s\" is none of created, state, deleted",
					  name ? name : "null");
	}
	if (!changes)
		return rest_wrong(fault, "events", "it is empty");
	target->changes = changes;
	return true;
}

static bool read_filter(struct rest_target *target, struct json_object *object,
			struct rest_fault *fault)
{
	if (!json_object_is_type(object, json_type_object))
		return rest_wrong(fault, "filter", "an object is wanted");
	target->filter = rest_session_parse(object, REST_FILTER, fault);
	return target->filter;
}

static bool read_token(struct rest_target *target, struct json_object *value,
		       struct rest_fault *fault)
{
	const char *text = json_object_get_string(value);

	if (!json_object_is_type(value, json_type_string) || !*text ||
	    strlen(text) > TOKEN_MAX)
		return rest_wrong(fault, "token", "a string is wanted");
	for (const char *c = text; *c; c++)
		if (*c <= ' ' || *c > '~')
			return rest_wrong(fault, "token",
					  "it has characters that no header can have");
	target->token = strdup(text);
	return target->token || rest_wrong(fault, "token", "%s", strerror(ENOMEM));
}

static bool read_batch(struct rest_target *target, struct json_object *value,
		       struct rest_fault *fault)
{
	__s64 number = json_object_get_int64(value);

	if (!json_object_is_type(value, json_type_int) || number < 1 ||
	    number > BATCH_MAX)
		return rest_wrong(fault, "batch", "a number from 1 to %u is wanted",
				  BATCH_MAX);
	target->batch = number;
	return true;
}

static bool read_member(struct rest_target *target, const char *name,
			struct json_object *value, struct rest_fault *fault)
{
	if (!strcmp(name, "url"))
		return true;
	if (!strcmp(name, "events"))
		return read_changes(target, value, fault);
	if (!strcmp(name, "filter"))
		return read_filter(target, value, fault);
	if (!strcmp(name, "token"))
		return read_token(target, value, fault);
	if (!strcmp(name, "batch"))
		return read_batch(target, value, fault);
	return rest_wrong(fault, name, "unknown member \"%.64s\"", name);
}

/* Return: NULL: see @fault, and @status. */
static struct rest_target *target_of(struct json_object *json,
				     struct rest_fault *fault,
				     unsigned int *status)
{
	struct json_object *url = json_object_object_get(json, "url");
	struct rest_target *target;
	bool good = true;

	*status = MHD_HTTP_BAD_REQUEST;
	if (!json_object_is_type(url, json_type_string) ||
	    !rest_url_is_good(json_object_get_string(url))) {
		rest_wrong(fault, "url", "http://... or https://... is wanted");
		return NULL;
	}
	target = rest_target_new(json_object_get_string(url));
	if (!target) {
		rest_wrong(fault, "", "%s", errno == ENOBUFS ?
			   "there are too many registrations" : strerror(errno));
		*status = MHD_HTTP_SERVICE_UNAVAILABLE;
		return NULL;
	}
	json_object_object_foreach(json, name, value) {
		good = good && read_member(target, name, value, fault);
	}
	if (good)
		return target;
	rest_target_free(target);
	return NULL;
}

static struct json_object *changes_json(const struct rest_target *target)
{
	struct json_object *list = json_object_new_array();

	for (enum agent_change i = AGENT_CREATED; i <= AGENT_DELETED; i++) {
		const char *name = rest_change_name(i);

		if (target->changes & 1U << i)
			json_object_array_add(list, json_object_new_string(name));
	}
	return list;
}

static struct json_object *target_json(const struct rest_target *target)
{
	struct json_object *json = json_object_new_object();

	rest_add_number(json, "id", target->id);
	rest_add_text(json, "url", target->url);
	rest_add(json, "events", changes_json(target));
	if (target->filter)
		rest_add(json, "filter", rest_session_json(target->filter, false));
	if (target->batch)
		rest_add_number(json, "batch", target->batch);
	rest_add_number(json, "waiting", target->count);
	rest_add_number(json, "delivered", target->delivered);
	rest_add_number(json, "lost", target->dropped);
	rest_add_number(json, "failures", target->failures);
	if (*target->error)
		rest_add_text(json, "last-error", target->error);
	return json;
}

/* ---- requests ---- */

static struct rest_target *asked_for(struct rest_request *request)
{
	struct rest_target *target;
	__u64 id = 0;

	if (rest_number(request->part[0], INT64_MAX, &id))
		TAILQ_FOREACH(target, &targets, link)
			if (target->kind == &plain && target->id == id)
				return target;
	rest_error(request, MHD_HTTP_NOT_FOUND, NULL,
		   "there is no notification %s", request->part[0]);
	return NULL;
}

static void list(struct rest_request *request)
{
	struct json_object *json = json_object_new_object();
	struct json_object *array = json_object_new_array();
	struct rest_target *target;

	TAILQ_FOREACH(target, &targets, link)
		if (target->kind == &plain)
			json_object_array_add(array, target_json(target));
	rest_add(json, "notifications", array);
	rest_answer(request, MHD_HTTP_OK, json);
}

static void create(struct rest_request *request)
{
	struct json_object *json = rest_body(request);
	struct rest_target *target;
	struct rest_fault fault = { .field = "" };
	unsigned int status;
	char place[48];

	if (!json)
		return;
	target = target_of(json, &fault, &status);
	if (!target) {
		rest_error(request, status, fault.field, "%s", fault.text);
	} else if (rest_state_put("notification", last_id + 1, json)) {
		rest_target_free(target);
		rest_error(request, MHD_HTTP_SERVICE_UNAVAILABLE, NULL,
			   "it cannot be written down");
	} else {
		target->id = ++last_id;
		rest_answer(request, MHD_HTTP_CREATED, target_json(target));
		snprintf(place, sizeof(place), "/v1/notifications/%llu",
			 (unsigned long long)target->id);
		rest_header(request, "Location", place);
	}
	json_object_put(json);
}

static void read_one(struct rest_request *request)
{
	struct rest_target *target = asked_for(request);

	if (target)
		rest_answer(request, MHD_HTTP_OK, target_json(target));
}

static void delete(struct rest_request *request)
{
	struct rest_target *target = asked_for(request);

	if (!target)
		return;
	rest_state_put("notification", target->id, NULL);
	rest_target_free(target);
	rest_answer(request, MHD_HTTP_NO_CONTENT, NULL);
}

/* ---- life cycle ---- */

void rest_notify_recall(__u64 id, struct json_object *value)
{
	struct rest_fault fault = { .field = "" };
	struct rest_target *target;
	unsigned int status;

	target = target_of(value, &fault, &status);
	if (target)
		target->id = id;
	else
		agent_log(LOG_WARNING, "rest: notification %llu: %s: %s",
			  (unsigned long long)id, fault.field, fault.text);
	if (id > last_id)
		last_id = id;
}

void rest_notify_stop(void)
{
	struct rest_target *target;

	while ((target = TAILQ_FIRST(&targets)))
		rest_target_free(target);
	last_id = 0;
}

const struct rest_route rest_notify_routes[] = {
	{ "GET", "/v1/notifications", list },
	{ "POST", "/v1/notifications", create },
	{ "GET", "/v1/notifications/*", read_one },
	{ "DELETE", "/v1/notifications/*", delete },
	{ NULL, NULL, NULL },
};
