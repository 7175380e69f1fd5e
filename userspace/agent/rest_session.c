// SPDX-License-Identifier: GPL-2.0
/*
 * /v1/sessions: sessions by their local discriminator, which is random, while
 * the kernel's numbers are used again. What is made here is claimed under one
 * name, so that the ledger alone tells after a restart what was ours.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "identity.h"
#include "rest.h"

#define CLAIM_NAME	"rest/api"

/**
 * struct hold - a session that was made, or taken over, by POST
 * @link: in the list of those that have no discriminator yet
 * @claim: on it
 * @discriminator: 0 until the claim has its session
 * @request: serial of the request that asked for it
 * @existed: it was there before
 */
struct hold {
	TAILQ_ENTRY(hold) link;
	struct agent_claim *claim;
	__u32 discriminator;
	__u64 request;
	bool existed;
};

TAILQ_HEAD(hold_list, hold);

static struct hold_list pending = TAILQ_HEAD_INITIALIZER(pending);
static struct vector holds;	/* by discriminator */

/* ---- holds ---- */

static int compare(const void *item, const void *key)
{
	const struct hold *hold = item;
	const __u32 *discriminator = key;

	return hold->discriminator < *discriminator ? -1 :
	       hold->discriminator > *discriminator;
}

static struct hold *find(__u32 discriminator)
{
	return vector_get(&holds, compare, &discriminator);
}

static int insert(struct hold *hold)
{
	return vector_insert(&holds, vector_find(&holds, compare,
						 &hold->discriminator), hold);
}

static void release(struct hold *hold)
{
	if (hold->discriminator)
		vector_remove(&holds, vector_find(&holds, compare,
						  &hold->discriminator));
	else
		TAILQ_REMOVE(&pending, hold, link);
	agent_claim_release(hold->claim);
	free(hold);
}

/* Somebody else deleted it: it is not to come again. */
void rest_session_event(const struct agent_event *event)
{
	__u32 discriminator;
	struct hold *hold;

	if (event->change != AGENT_DELETED)
		return;
	discriminator = bfdnl_session_number(event->now,
					     BFDNL_LOCAL_DISCRIMINATOR);
	hold = find(discriminator);
	if (hold)
		release(hold);
}

/* ---- a session as it is shown ---- */

static __u32 discriminator_of(const struct agent_session *session)
{
	return bfdnl_session_number(agent_session_fields(session),
				    BFDNL_LOCAL_DISCRIMINATOR);
}

static const char *origin_of(const struct agent_session *session)
{
	switch (agent_session_origin(session)) {
	case AGENT_ORIGIN_CONFIG:
		return "config";
	case AGENT_ORIGIN_CLAIMED:
		return "claimed";
	default:
		return "foreign";
	}
}

static struct json_object *json_of(const struct agent_session *session,
				   const struct bfdnl_session *fields,
				   bool statistics)
{
	struct json_object *json = rest_session_json(fields, statistics);
	bool is_held = find(discriminator_of(session));

	rest_add_text(json, "origin", origin_of(session));
	rest_add(json, "held", json_object_new_boolean(is_held));
	return json;
}

struct json_object *rest_session_shown(const struct agent_session *session)
{
	return json_of(session, agent_session_fields(session), false);
}

/* FNV-1a of all but the counters: weak, as those may differ */
static void etag_of(const struct agent_session *session, char *tag, size_t room)
{
	struct json_object *json;
	__u64 hash = 0xcbf29ce484222325ULL;

	json = rest_session_shown(session);
	for (const char *c = json_object_to_json_string(json); c && *c; c++)
		hash = (hash ^ (unsigned char)*c) * 0x100000001b3ULL;
	json_object_put(json);
	snprintf(tag, room, "W/\"%016llx\"",
		 (unsigned long long)hash);
}

static bool names_etag(struct rest_request *request, const char *header,
		       const char *tag)
{
	const char *text;

	text = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
					   header);
	/* with or without its W/ */
	return text && (!strcmp(text, "*") || strstr(text, tag + 2));
}

static void answer_session(struct rest_request *request, unsigned int status,
			   struct agent_session *session)
{
	struct bfdnl_session *fresh = NULL;
	char tag[32], place[40];

	etag_of(session, tag, sizeof(tag));
	if (status == MHD_HTTP_OK && names_etag(request, "If-None-Match", tag)) {
		rest_answer(request, MHD_HTTP_NOT_MODIFIED, NULL);
		rest_header(request, "ETag", tag);
		return;
	}
	agent_session_read(rest.agent, session, &fresh);
	rest_answer(request, status,
		    json_of(session, fresh ? fresh :
			    agent_session_fields(session), true));
	bfdnl_session_free(fresh);
	rest_header(request, "ETag", tag);
	if (status != MHD_HTTP_CREATED)
		return;
	snprintf(place, sizeof(place), "/v1/sessions/%u",
		 discriminator_of(session));
	rest_header(request, "Location", place);
}

/* The session of the URL, or NULL: answered */
static struct agent_session *asked_for(struct rest_request *request)
{
	struct agent_session *session = NULL;
	__u64 discriminator;

	if (rest_number(request->part[0], UINT32_MAX, &discriminator))
		session = agent_session_by_discriminator(rest.agent,
							 discriminator);
	if (!session)
		rest_error(request, MHD_HTTP_NOT_FOUND, NULL,
			   "there is no session with the local discriminator %s",
			   request->part[0]);
	return session;
}

/* ---- read ---- */

static void read_one(struct rest_request *request)
{
	struct agent_session *session = asked_for(request);

	if (session)
		answer_session(request, MHD_HTTP_OK, session);
}

/* ---- create ---- */

/* Return: a field in which the session is not what is wanted, or NULL. */
static const char *difference(const struct agent_session *session,
			      const struct bfdnl_session *wanted)
{
	const struct bfdnl_session *is = agent_session_fields(session);
	struct bfdnl_session *one;
	const char *name = NULL;

	for (int i = 0; i < BFDNL_FIELDS && !name; i++) {
		if (!bfdnl_session_has(wanted, i) || i == BFDNL_AUTH_DELAYED)
			continue;
		one = bfdnl_session_clone(wanted);
		for (int j = 0; one && j < BFDNL_FIELDS; j++)
			if (j != i)
				bfdnl_session_unset(one, j);
		/* no key is a key of 0 */
		if (one && !bfdnl_session_matches(is, one) &&
		    (bfdnl_session_has(is, i) || i != BFDNL_AUTH_KEY ||
		     bfdnl_session_number(wanted, i)))
			name = bfdnl_field_name(i);
		bfdnl_session_free(one);
	}
	return name;
}

static void settle(struct hold *hold, struct agent_session *session)
{
	TAILQ_REMOVE(&pending, hold, link);
	hold->discriminator = discriminator_of(session);
	if (!insert(hold))
		return;
	agent_claim_release(hold->claim);
	free(hold);
}

static void on_claimed(struct agent_claim *claim,
		       const struct agent_result *result, void *data)
{
	struct hold *hold = data;
	struct rest_request *request = rest_request_find(hold->request);
	struct agent_session *session = agent_claim_session(claim);
	bool existed = hold->existed;

	if (result->code || !session) {
		if (request)
			rest_refuse(request, result);
		release(hold);
		return;
	}
	if (!hold->discriminator) {
		/* asked for twice at once */
		if (find(discriminator_of(session)))
			release(hold);
		else
			settle(hold, session);
	}
	if (request)
		answer_session(request, existed ? MHD_HTTP_OK :
			       MHD_HTTP_CREATED, session);
}

static int hold_session(const struct bfdnl_session *wanted, __u64 request,
			bool existed)
{
	struct hold *hold = calloc(1, sizeof(*hold));
	struct agent_session *session;

	if (!hold)
		return -ENOMEM;
	hold->claim = agent_claim(rest.agent, CLAIM_NAME, wanted, on_claimed,
				  hold);
	if (!hold->claim) {
		free(hold);
		return -errno;
	}
	hold->request = request;
	hold->existed = existed;
	TAILQ_INSERT_TAIL(&pending, hold, link);
	session = agent_claim_session(hold->claim);
	if (session && !request)
		settle(hold, session);
	return 0;
}

static void create_wanted(struct rest_request *request,
			  const struct bfdnl_session *wanted)
{
	struct agent_session *session;
	const char *field;
	int ret;

	session = agent_session_find(rest.agent, wanted);
	field = session ? difference(session, wanted) : NULL;
	if (field) {
		rest_error(request, MHD_HTTP_CONFLICT, field,
			   "the session %u is there already, and differs in %s",
			   discriminator_of(session), field);
		return;
	}
	if (session && find(discriminator_of(session))) {
		answer_session(request, MHD_HTTP_OK, session);
		return;
	}
	ret = hold_session(wanted, request->serial, session);
	if (ret)
		rest_error(request, rest_status_of(ret), NULL,
			   ret == -ENOBUFS ? "too many requests wait" : "%s",
			   strerror(-ret));
	else
		rest_park(request, NULL, NULL);
}

static void create(struct rest_request *request)
{
	struct json_object *json = rest_body(request);
	struct bfdnl_session *wanted;
	struct rest_fault fault;

	if (!json)
		return;
	wanted = rest_session_parse(json, REST_CREATE, &fault);
	json_object_put(json);
	if (wanted)
		create_wanted(request, wanted);
	else
		rest_error(request, MHD_HTTP_BAD_REQUEST, fault.field, "%s",
			   fault.text);
	bfdnl_session_free(wanted);
}

/* ---- change ---- */

static void on_changed(struct agent_claim *claim,
		       const struct agent_result *result, void *data)
{
	struct rest_request *request = rest_request_find((uintptr_t)data);
	struct agent_session *session = agent_claim_session(claim);

	if (!request)
		return;
	if (result->code || !session)
		rest_refuse(request, result);
	else
		answer_session(request, MHD_HTTP_OK, session);
}

/* The hold on the session of the URL, or NULL: answered */
static struct hold *held(struct rest_request *request)
{
	struct agent_session *session = asked_for(request);
	struct hold *hold;
	char tag[32];

	if (!session)
		return NULL;
	hold = find(discriminator_of(session));
	if (!hold) {
		rest_error(request, MHD_HTTP_CONFLICT, NULL,
			   agent_session_origin(session) == AGENT_ORIGIN_CONFIG ?
			   "the session belongs to the configuration file" :
			   "the session was not made here");
		return NULL;
	}
	etag_of(session, tag, sizeof(tag));
	if (!MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
					 "If-Match") ||
	    names_etag(request, "If-Match", tag))
		return hold;
	rest_error(request, MHD_HTTP_PRECONDITION_FAILED, NULL,
		   "the session is not what it was");
	return NULL;
}

static void change(struct rest_request *request)
{
	struct hold *hold = held(request);
	struct bfdnl_session *changes;
	struct json_object *json;
	struct rest_fault fault;
	int ret;

	json = hold ? rest_body(request) : NULL;
	if (!json)
		return;
	changes = rest_session_parse(json, REST_CHANGE, &fault);
	json_object_put(json);
	if (!changes) {
		rest_error(request, MHD_HTTP_BAD_REQUEST, fault.field, "%s",
			   fault.text);
		return;
	}
	ret = agent_claim_change(hold->claim, changes, on_changed,
				 (void *)(uintptr_t)request->serial);
	bfdnl_session_free(changes);
	if (ret)
		rest_error(request, rest_status_of(ret), NULL, "%s",
			   strerror(-ret));
	else
		rest_park(request, NULL, NULL);
}

/* ---- delete ---- */

static void on_released(void *data)
{
	struct rest_request *request = rest_request_find((uintptr_t)data);

	if (request)
		rest_answer(request, MHD_HTTP_NO_CONTENT, NULL);
}

static void delete(struct rest_request *request)
{
	struct hold *hold = held(request);

	if (!hold)
		return;
	release(hold);
	if (agent_when_done(rest.agent, on_released,
			    (void *)(uintptr_t)request->serial))
		rest_answer(request, MHD_HTTP_ACCEPTED, NULL);
	else
		rest_park(request, NULL, NULL);
}

/* ---- life cycle ---- */

static void recall(const char *name, struct agent_session *session, void *data)
{
	struct bfdnl_session *wanted;

	(void)data;
	if (strcmp(name, CLAIM_NAME))
		return;
	wanted = identity_copy(agent_session_fields(session));
	if (wanted)
		hold_session(wanted, 0, true);
	bfdnl_session_free(wanted);
}

void rest_session_recall(void)
{
	agent_claims_recorded(rest.agent, "rest", recall, NULL);
}

void rest_session_stop(bool exiting)
{
	struct hold *hold;

	while ((hold = TAILQ_FIRST(&pending)) && !exiting)
		release(hold);
	while (holds.size && !exiting)
		release(holds.at[0]);
	while ((hold = TAILQ_FIRST(&pending))) {
		TAILQ_REMOVE(&pending, hold, link);
		free(hold);
	}
	vector_clear(&holds, free);
}

const struct rest_route rest_session_routes[] = {
	{ "GET", "/v1/sessions", rest_list },
	{ "POST", "/v1/sessions", create },
	{ "GET", "/v1/sessions/*", read_one },
	{ "PATCH", "/v1/sessions/*", change },
	{ "DELETE", "/v1/sessions/*", delete },
	{ NULL, NULL, NULL },
};
