// SPDX-License-Identifier: GPL-2.0
/*
 * /v1/health-checks: whether a target is well, for those to whom BFD is one
 * way among others to find out. As Contrail has it, the delay is what we want
 * between packets, the timeout what we want between the target's, and of those
 * so many may be missing.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "rest.h"

#define CHECKS_MAX	16384
#define DELAY_DEFAULT	500000	/* us */
#define RETRIES_DEFAULT	3
#define US_PER_S	1000000

/**
 * struct check - a health check
 * @link: in the list of all
 * @id: its number
 * @wanted: its session
 * @claim: on it
 * @request: serial of the request that waits for the claim, or 0
 * @target: the URL that is called, or NULL
 */
struct check {
	TAILQ_ENTRY(check) link;
	__u64 id;
	struct bfdnl_session *wanted;
	struct agent_claim *claim;
	__u64 request;
	struct rest_target *target;
};

TAILQ_HEAD(check_list, check);

static struct check_list checks = TAILQ_HEAD_INITIALIZER(checks);
static size_t check_count;
static __u64 last_id;

/* ---- what is told ---- */

/* To be administratively down is no failure: RFC 5882, 4.2. */
static const char *status_of(unsigned int state)
{
	if (state == BFD_STATE_UP)
		return "success";
	return state == BFD_STATE_ADMIN_DOWN ? "unknown" : "failure";
}

static struct check *find(__u64 id)
{
	struct check *check;

	TAILQ_FOREACH(check, &checks, link)
		if (check->id == id)
			return check;
	return NULL;
}

static bool wants(const struct rest_target *target,
		  const struct agent_event *event)
{
	struct check *check = find(target->owner);

	return check && agent_claim_session(check->claim) == event->session &&
	       strcmp(status_of(event->old_state), status_of(event->new_state));
}

static char *body(const struct rest_target *target, const struct rest_event *event)
{
	struct json_object *json = json_object_new_object();
	char address[BFDNL_ADDR_STRLEN], *text;
	size_t size;

	rest_add_number(json, "health-check", target->owner);
	rest_add_text(json, "target", bfdnl_addr_format(&event->dest, address));
	rest_add_text(json, "status", status_of(event->state));
	rest_add_text(json, "local-state", rest_state_name(event->state));
	rest_add_number(json, "time", event->time);
	text = rest_json_text(json, &size);
	json_object_put(json);
	return text;
}

static const struct rest_target_kind health = { .wants = wants, .body = body };

static void add_seconds(struct json_object *to, const char *name,
			const struct bfdnl_session *f, enum bfdnl_field field)
{
	__u64 us = bfdnl_session_number(f, field);
	char text[32];

	snprintf(text, sizeof(text), "%llu.%06llu",
		 (unsigned long long)us / US_PER_S,
		 (unsigned long long)us % US_PER_S);
	rest_add(to, name, json_object_new_double_s(us / 1e6, text));
}

/* What was asked for, as it was asked for */
static struct json_object *wanted_json(const struct check *check)
{
	struct json_object *json = json_object_new_object();
	const struct bfdnl_session *f = check->wanted;
	char address[BFDNL_ADDR_STRLEN];

	rest_add_text(json, "target",
		      bfdnl_addr_format(bfdnl_session_addr(f, BFDNL_DEST_ADDR),
					address));
	rest_add_field(json, f, BFDNL_SOURCE_ADDR);
	rest_add_field(json, f, BFDNL_INTERFACE);
	rest_add_field(json, f, BFDNL_VRF);
	add_seconds(json, "delay", f, BFDNL_DESIRED_MIN_TX_INTERVAL);
	add_seconds(json, "timeout", f, BFDNL_REQUIRED_MIN_RX_INTERVAL);
	rest_add_number(json, "max-retries",
			bfdnl_session_number(f, BFDNL_LOCAL_MULTIPLIER));
	if (check->target)
		rest_add_text(json, "url", check->target->url);
	return json;
}

static struct json_object *check_json(const struct check *check)
{
	struct agent_session *session = agent_claim_session(check->claim);
	struct json_object *json = wanted_json(check);
	unsigned int state = BFD_STATE_DOWN;

	rest_add_number(json, "id", check->id);
	if (session) {
		state = rest_told_state(session);
		rest_add_text(json, "local-state", rest_state_name(state));
		rest_add_field(json, agent_session_fields(session),
			       BFDNL_LOCAL_DISCRIMINATOR);
	}
	rest_add_text(json, "status", status_of(state));
	return json;
}

/* ---- reading ---- */

static bool read_seconds(struct bfdnl_session *to, enum bfdnl_field field,
			 const char *name, struct json_object *value,
			 struct rest_fault *fault)
{
	double us = json_object_get_double(value) * US_PER_S;

	if (!json_object_is_type(value, json_type_double) &&
	    !json_object_is_type(value, json_type_int))
		return rest_wrong(fault, name, "a number of seconds is wanted");
	if (!(us >= 1 && us <= UINT32_MAX))
		return rest_wrong(fault, name,
				  "it is to be from 0.000001 to 4294.967295 seconds");
	bfdnl_session_set_number(to, field, llround(us));
	return true;
}

static bool read_retries(struct bfdnl_session *to, struct json_object *value,
			 struct rest_fault *fault)
{
	__s64 number = json_object_get_int64(value);

	if (!json_object_is_type(value, json_type_int) || number < 1 ||
	    number > UINT8_MAX)
		return rest_wrong(fault, "max-retries",
				  "a number from 1 to 255 is wanted");
	bfdnl_session_set_number(to, BFDNL_LOCAL_MULTIPLIER, number);
	return true;
}

static bool read_member(struct bfdnl_session *to, const char *name,
			struct json_object *value, bool change,
			struct rest_fault *fault)
{
	const char *text;

	if (!strcmp(name, "delay"))
		return read_seconds(to, BFDNL_DESIRED_MIN_TX_INTERVAL, name,
				    value, fault);
	if (!strcmp(name, "timeout"))
		return read_seconds(to, BFDNL_REQUIRED_MIN_RX_INTERVAL, name,
				    value, fault);
	if (!strcmp(name, "max-retries"))
		return read_retries(to, value, fault);
	if (change)
		return rest_wrong(fault, name, "it cannot be changed");
	text = json_object_get_string(value);
	if (!json_object_is_type(value, json_type_string))
		return rest_wrong(fault, name, "a string is wanted");
	if (!strcmp(name, "url"))
		return rest_url_is_good(text) ||
		       rest_wrong(fault, name, "http://... or https://... is wanted");
	if (!strcmp(name, "target"))
		return rest_field_parse(to, "dest-addr", text, fault) ||
		       rest_wrong(fault, name, "\"%.64s\" is not an address", text);
	if (strcmp(name, "interface") && strcmp(name, "source-addr") &&
	    strcmp(name, "vrf"))
		return rest_wrong(fault, name, "unknown member \"%.64s\"", name);
	return rest_field_parse(to, name, text, fault);
}

static bool read_members(struct bfdnl_session *to, struct json_object *json,
			 bool change, struct rest_fault *fault)
{
	json_object_object_foreach(json, name, value) {
		if (!read_member(to, name, value, change, fault))
			return false;
	}
	return change || bfdnl_session_has(to, BFDNL_DEST_ADDR) ||
	       rest_wrong(fault, "target", "it is missing");
}

static struct bfdnl_session *parse(struct json_object *json, bool change,
				   struct rest_fault *fault)
{
	struct bfdnl_session *to = bfdnl_session_new();

	*fault = (struct rest_fault){ .field = "" };
	if (!to) {
		rest_wrong(fault, "", "%s", strerror(ENOMEM));
		return NULL;
	}
	if (!change) {
		bfdnl_session_set_number(to, BFDNL_DESIRED_MIN_TX_INTERVAL,
					 DELAY_DEFAULT);
		bfdnl_session_set_number(to, BFDNL_REQUIRED_MIN_RX_INTERVAL,
					 DELAY_DEFAULT);
		bfdnl_session_set_number(to, BFDNL_LOCAL_MULTIPLIER,
					 RETRIES_DEFAULT);
	}
	if (read_members(to, json, change, fault))
		return to;
	bfdnl_session_free(to);
	return NULL;
}

/* ---- checks ---- */

static int check_write(const struct check *check)
{
	struct json_object *json = wanted_json(check);
	int ret = rest_state_put("health-check", check->id, json);

	json_object_put(json);
	return ret;
}

static void check_free(struct check *check, bool release)
{
	if (release && check->claim)
		agent_claim_release(check->claim);
	if (check->target)
		rest_target_free(check->target);
	TAILQ_REMOVE(&checks, check, link);
	check_count--;
	bfdnl_session_free(check->wanted);
	free(check);
}

static void answer_created(struct rest_request *request, struct check *check)
{
	char place[48];

	snprintf(place, sizeof(place), "/v1/health-checks/%llu",
		 (unsigned long long)check->id);
	rest_answer(request, MHD_HTTP_CREATED, check_json(check));
	rest_header(request, "Location", place);
}

/* We were away, or have just begun. */
static void tell_state(struct check *check, struct agent_session *session)
{
	struct rest_event *snapshot = rest_event_snapshot(session);

	if (snapshot)
		rest_target_push(check->target, snapshot);
	rest_event_unref(snapshot);
}

static void on_claimed(struct agent_claim *claim,
		       const struct agent_result *result, void *data)
{
	struct check *check = data;
	struct rest_request *request = rest_request_find(check->request);

	if (result->code && check->request) {
		check_free(check, true);
		if (request)
			rest_refuse(request, result);
		return;
	}
	if (check->request)
		check_write(check);
	check->request = 0;
	if (check->target && agent_claim_session(claim))
		tell_state(check, agent_claim_session(claim));
	if (request)
		answer_created(request, check);
}

static int set_url(struct check *check, const char *url)
{
	if (!url)
		return 0;
	check->target = rest_target_new(url);
	if (!check->target)
		return -errno;
	check->target->kind = &health;
	check->target->owner = check->id;
	check->target->changes = 1U << AGENT_STATE;
	return 0;
}

/* Takes over @wanted in any case. */
static int check_new(struct bfdnl_session *wanted, const char *url, __u64 id,
		     __u64 request)
{
	struct check *check;
	char name[32];
	int ret;

	check = check_count < CHECKS_MAX ? calloc(1, sizeof(*check)) : NULL;
	if (!check) {
		bfdnl_session_free(wanted);
		return check_count < CHECKS_MAX ? -ENOMEM : -ENOSPC;
	}
	check->wanted = wanted;
	check->id = id;
	check->request = request;
	TAILQ_INSERT_TAIL(&checks, check, link);
	check_count++;
	ret = set_url(check, url);
	snprintf(name, sizeof(name), "rest/h%llu", (unsigned long long)id);
	if (!ret) {
		check->claim = agent_claim(rest.agent, name, wanted, on_claimed,
					   check);
		ret = check->claim ? 0 : -errno;
	}
	if (ret)
		check_free(check, true);
	return ret;
}

static const char *url_of(struct json_object *json)
{
	return json_object_get_string(json_object_object_get(json, "url"));
}

/* ---- requests ---- */

/* The check of the URL; NULL: answered */
static struct check *asked_for(struct rest_request *request)
{
	struct check *check = NULL;
	__u64 id;

	if (rest_number(request->part[0], INT64_MAX, &id))
		check = find(id);
	if (check && !check->request)
		return check;
	rest_error(request, MHD_HTTP_NOT_FOUND, NULL,
		   "there is no health check %s", request->part[0]);
	return NULL;
}

static void list(struct rest_request *request)
{
	struct json_object *json = json_object_new_object();
	struct json_object *array = json_object_new_array();
	__u64 limit = REST_PAGE, after = 0, next = 0;
	struct check *check;

	if (!rest_query_number(request, "limit", 1, REST_PAGE_MAX, &limit) ||
	    !rest_query_number(request, "after", 0, INT64_MAX, &after)) {
		json_object_put(array);
		json_object_put(json);
		return;
	}
	TAILQ_FOREACH(check, &checks, link) {
		if (check->id <= after || check->request)
			continue;
		if (json_object_array_length(array) == limit) {
			rest_add_number(json, "next", next);
			break;
		}
		next = check->id;
		json_object_array_add(array, check_json(check));
	}
	rest_add(json, "health-checks", array);
	rest_answer(request, MHD_HTTP_OK, json);
}

static void create(struct rest_request *request)
{
	struct json_object *json = rest_body(request);
	struct bfdnl_session *wanted;
	struct rest_fault fault;
	int ret;

	if (!json)
		return;
	wanted = parse(json, false, &fault);
	if (!wanted) {
		rest_error(request, MHD_HTTP_BAD_REQUEST, fault.field, "%s",
			   fault.text);
	} else {
		ret = check_new(wanted, url_of(json), ++last_id, request->serial);
		if (ret)
			rest_error(request, rest_status_of(ret), NULL, "%s",
				   strerror(-ret));
		else
			rest_park(request, NULL, NULL);
	}
	json_object_put(json);
}

static void read_one(struct rest_request *request)
{
	struct check *check = asked_for(request);

	if (check)
		rest_answer(request, MHD_HTTP_OK, check_json(check));
}

static void on_changed(struct agent_claim *claim,
		       const struct agent_result *result, void *data)
{
	struct rest_request *request = rest_request_find((uintptr_t)data);
	struct check *check;

	TAILQ_FOREACH(check, &checks, link)
		if (check->claim == claim)
			break;
	if (!request || !check)
		return;
	if (result->code)
		rest_refuse(request, result);
	else
		rest_answer(request, MHD_HTTP_OK, check_json(check));
}

static void copy_number(struct bfdnl_session *to, const struct bfdnl_session *from,
			enum bfdnl_field field)
{
	if (bfdnl_session_has(from, field))
		bfdnl_session_set_number(to, field,
					 bfdnl_session_number(from, field));
}

static void change(struct rest_request *request)
{
	struct check *check = asked_for(request);
	struct json_object *json = check ? rest_body(request) : NULL;
	struct bfdnl_session *changes;
	struct rest_fault fault;
	int ret;

	if (!json)
		return;
	changes = parse(json, true, &fault);
	json_object_put(json);
	if (!changes) {
		rest_error(request, MHD_HTTP_BAD_REQUEST, fault.field, "%s",
			   fault.text);
		return;
	}
	ret = agent_claim_change(check->claim, changes, on_changed,
				 (void *)(uintptr_t)request->serial);
	if (ret) {
		rest_error(request, rest_status_of(ret), NULL, "%s",
			   strerror(-ret));
	} else {
		copy_number(check->wanted, changes, BFDNL_DESIRED_MIN_TX_INTERVAL);
		copy_number(check->wanted, changes, BFDNL_REQUIRED_MIN_RX_INTERVAL);
		copy_number(check->wanted, changes, BFDNL_LOCAL_MULTIPLIER);
		check_write(check);
		rest_park(request, NULL, NULL);
	}
	bfdnl_session_free(changes);
}

static void on_released(void *data)
{
	struct rest_request *request = rest_request_find((uintptr_t)data);

	if (request)
		rest_answer(request, MHD_HTTP_NO_CONTENT, NULL);
}

static void delete(struct rest_request *request)
{
	struct check *check = asked_for(request);

	if (!check)
		return;
	rest_state_put("health-check", check->id, NULL);
	check_free(check, true);
	if (agent_when_done(rest.agent, on_released,
			    (void *)(uintptr_t)request->serial))
		rest_answer(request, MHD_HTTP_ACCEPTED, NULL);
	else
		rest_park(request, NULL, NULL);
}

/* ---- life cycle ---- */

void rest_health_recall(__u64 id, struct json_object *value)
{
	struct rest_fault fault;
	struct bfdnl_session *wanted = parse(value, false, &fault);

	if (wanted)
		check_new(wanted, url_of(value), id, 0);
	if (id > last_id)
		last_id = id;
}

void rest_health_stop(bool exiting)
{
	struct check *check;

	while ((check = TAILQ_FIRST(&checks)))
		check_free(check, !exiting);
	last_id = 0;
}

const struct rest_route rest_health_routes[] = {
	{ "GET", "/v1/health-checks", list },
	{ "POST", "/v1/health-checks", create },
	{ "GET", "/v1/health-checks/*", read_one },
	{ "PATCH", "/v1/health-checks/*", change },
	{ "DELETE", "/v1/health-checks/*", delete },
	{ NULL, NULL, NULL },
};
