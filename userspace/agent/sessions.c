// SPDX-License-Identifier: GPL-2.0
/*
 * The sessions of the mirror, and how to find them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core.h"
#include "identity.h"

static int compare_id(const void *item, const void *key)
{
	const struct agent_session *session = item;
	__u32 id = *(const __u32 *)key;

	return session->id < id ? -1 : session->id > id;
}

static __u32 discriminator_of(const struct agent_session *session)
{
	return bfdnl_session_number(session->fields, BFDNL_LOCAL_DISCRIMINATOR);
}

static int compare_discriminator(const void *item, const void *key)
{
	__u32 a = discriminator_of(item), b = *(const __u32 *)key;

	return a < b ? -1 : a > b;
}

struct dest_key {
	const struct bfdnl_addr *dest;
	__u32 id;
};

static int compare_dest(const void *item, const void *key)
{
	const struct agent_session *session = item;
	const struct dest_key *k = key;
	const struct bfdnl_addr *dest;
	int ret;

	dest = bfdnl_session_addr(session->fields, BFDNL_DEST_ADDR);
	ret = (int)dest->len - (int)k->dest->len;
	if (!ret)
		ret = memcmp(dest->bytes, k->dest->bytes, dest->len);
	return ret ? ret : compare_id(item, &k->id);
}

static struct dest_key dest_key_of(const struct agent_session *session)
{
	return (struct dest_key){
		.dest = bfdnl_session_addr(session->fields, BFDNL_DEST_ADDR),
		.id = session->id,
	};
}

static void take_out(struct vector *v, vector_compare_fn compare,
		     const void *key, const struct agent_session *session)
{
	size_t i = vector_find(v, compare, key);

	for (; i < v->size && !compare(v->at[i], key); i++)
		if (v->at[i] == session) {
			vector_remove(v, i);
			return;
		}
}

static int put_in(struct vector *v, vector_compare_fn compare, const void *key,
		  struct agent_session *session)
{
	return vector_insert(v, vector_find(v, compare, key), session);
}

/**
 * sessions_remove() - take a session out and free it
 * @agent: the daemon
 * @session: the session, without claims
 */
void sessions_remove(struct agent *agent, struct agent_session *session)
{
	__u32 discriminator = discriminator_of(session);
	struct dest_key dest = dest_key_of(session);

	take_out(&agent->by_id, compare_id, &session->id, session);
	take_out(&agent->by_discriminator, compare_discriminator,
		 &discriminator, session);
	take_out(&agent->by_dest, compare_dest, &dest, session);
	bfdnl_session_free(session->fields);
	free(session);
}

/**
 * sessions_add() - enter a session
 * @agent: the daemon
 * @fields: what is known of it, with a destination; taken over, also on failure
 *
 * Return: the session, or NULL without memory.
 */
struct agent_session *sessions_add(struct agent *agent,
				   struct bfdnl_session *fields)
{
	struct agent_session *session = calloc(1, sizeof(*session));
	__u32 discriminator;
	struct dest_key dest;

	if (!session || !bfdnl_session_has(fields, BFDNL_DEST_ADDR)) {
		bfdnl_session_free(fields);
		free(session);
		return NULL;
	}
	session->agent = agent;
	session->fields = fields;
	session->id = bfdnl_session_number(fields, BFDNL_ID);
	TAILQ_INIT(&session->claims);
	discriminator = discriminator_of(session);
	dest = dest_key_of(session);
	if (put_in(&agent->by_id, compare_id, &session->id, session) ||
	    put_in(&agent->by_discriminator, compare_discriminator,
		   &discriminator, session) ||
	    put_in(&agent->by_dest, compare_dest, &dest, session)) {
		sessions_remove(agent, session);
		return NULL;
	}
	return session;
}

static void free_session(void *item)
{
	struct agent_session *session = item;

	bfdnl_session_free(session->fields);
	free(session);
}

void sessions_clear(struct agent *agent)
{
	vector_clear(&agent->by_discriminator, NULL);
	vector_clear(&agent->by_dest, NULL);
	vector_clear(&agent->by_id, free_session);
}

struct agent_session *agent_session_by_id(struct agent *agent, __u32 id)
{
	return vector_get(&agent->by_id, compare_id, &id);
}

struct agent_session *agent_session_by_discriminator(struct agent *agent,
						     __u32 discriminator)
{
	return vector_get(&agent->by_discriminator, compare_discriminator,
			  &discriminator);
}

struct agent_session *agent_session_find(struct agent *agent,
					 const struct bfdnl_session *identity)
{
	struct dest_key key = {
		.dest = bfdnl_session_addr(identity, BFDNL_DEST_ADDR),
	};
	const struct vector *v = &agent->by_dest;

	if (!key.dest)
		return NULL;
	for (size_t i = vector_find(v, compare_dest, &key); i < v->size; i++) {
		struct agent_session *session = v->at[i];

		if (!bfdnl_addr_equal(dest_key_of(session).dest, key.dest))
			break;
		if (identity_clashes(session->fields, identity))
			return session;
	}
	return NULL;
}

struct agent_session *agent_session_next(struct agent *agent, __u32 id)
{
	size_t index = 0;

	if (id == UINT32_MAX)
		return NULL;
	if (id++)
		index = vector_find(&agent->by_id, compare_id, &id);
	return index < agent->by_id.size ? agent->by_id.at[index] : NULL;
}

size_t agent_session_count(const struct agent *agent)
{
	return agent->by_id.size;
}

const struct bfdnl_session *
agent_session_fields(const struct agent_session *session)
{
	return session->fields;
}

__u32 agent_session_id(const struct agent_session *session)
{
	return session->id;
}

unsigned int agent_session_state(const struct agent_session *session)
{
	return bfdnl_session_number(session->fields, BFDNL_LOCAL_STATE);
}

enum agent_origin agent_session_origin(const struct agent_session *session)
{
	const struct ledger_entry *entry;

	entry = ledger_find(session->agent->ledger, session->fields);
	if (!entry)
		return AGENT_ORIGIN_FOREIGN;
	return ledger_owned_by(entry, LEDGER_CONFIG) ? AGENT_ORIGIN_CONFIG :
						       AGENT_ORIGIN_CLAIMED;
}

int agent_session_read(struct agent *agent, const struct agent_session *session,
		       struct bfdnl_session **fields)
{
	struct bfdnl_session *selector = bfdnl_session_new();
	int ret;

	*fields = NULL;
	if (!selector)
		return -ENOMEM;
	number_copy(selector, session->fields, BFDNL_LOCAL_DISCRIMINATOR);
	ret = bfdnl_get(agent->h, selector, fields);
	bfdnl_session_free(selector);
	return ret;
}

int agent_stats_read(struct agent *agent, struct bfdnl_stats **stats)
{
	return bfdnl_stats_get(agent->h, stats);
}

sd_event *agent_loop(struct agent *agent)
{
	return agent->loop;
}
