// SPDX-License-Identifier: GPL-2.0
/*
 * FRR's data plane protocol: the sessions that bfdd wants, and what it is told
 * of them.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include "damp.h"
#include "frr.h"
#include "identity.h"

#define NAME		"frr/%08x"

/* Two echo replies, which mean nothing to bfdd: see frr_entry_count() */
#define PADDING		2

static int compare_lid(const void *item, const void *key)
{
	const struct frr_entry *entry = item;
	__u32 lid = *(const __u32 *)key;

	return entry->lid < lid ? -1 : entry->lid > lid;
}

static int compare_dest(const void *item, const void *key)
{
	const struct frr_entry *entry = item;

	return identity_compare_dest(entry->wanted, key);
}

static struct frr_entry *find(const struct frr *frr, __u32 lid)
{
	return vector_get(&frr->by_lid, compare_lid, &lid);
}

static struct agent_session *session_of(const struct frr_entry *entry)
{
	return entry->claim ? agent_claim_session(entry->claim) : NULL;
}

static const char *name_of(const struct frr_entry *entry, char *text)
{
	return identity_format(entry->wanted, text);
}

/* ---- what bfdd is told ---- */

static void tell(struct frr_entry *entry, const struct frr_state *state)
{
	__u8 message[FRR_STATE];
	struct frr_link *link = entry->link;

	if (!link)
		return;
	frr_wire_put_state(message, link->version, state);
	if (entry->told && !memcmp(message, entry->last, sizeof(message)))
		return;
	memcpy(entry->last, message, sizeof(message));
	entry->told = frr_link_send(link, message, sizeof(message), true);
	if (!entry->told)
		link->behind = true;
	/* it may lie there unread behind an answer that was waited for */
	else if (frr_now() - link->counted < 1000000)
		frr_link_ask_echo(link);
}

/*
 * While a session is shut down bfdd wants to hear of nothing else: some
 * versions take a Down for one.
 */
static void report(struct frr_entry *entry, const struct bfdnl_session *fields)
{
	struct frr_state state;

	memset(&state, 0, sizeof(state));
	state.lid = entry->lid;
	frr_map_state(fields, &state);
	if (entry->frr->damped)
		state.state = agent_damped_state(session_of(entry));
	if (state.state == BFD_STATE_ADMIN_DOWN ||
	    !bfdnl_session_number(entry->wanted, BFDNL_ADMIN_DOWN))
		tell(entry, &state);
}

static void report_gone(struct frr_entry *entry)
{
	struct frr_state state;

	memset(&state, 0, sizeof(state));
	state.lid = entry->lid;
	state.state = BFD_STATE_DOWN;
	if (!bfdnl_session_number(entry->wanted, BFDNL_ADMIN_DOWN))
		tell(entry, &state);
}

static void report_now(struct frr_entry *entry)
{
	struct agent_session *session = session_of(entry);

	if (session && !entry->pending)
		report(entry, agent_session_fields(session));
}

void frr_entries_catch_up(struct frr_link *link)
{
	struct frr *frr = link->frr;

	link->behind = false;
	for (size_t i = 0; i < frr->by_lid.size && !link->behind; i++) {
		struct frr_entry *entry = frr->by_lid.at[i];

		if (entry->link == link && !entry->told)
			report_now(entry);
	}
}

void frr_entry_change(const struct agent_event *event, void *data)
{
	struct frr *frr = data;
	const struct vector *v = &frr->by_dest;

	if (event->change == AGENT_CREATED)
		return;
	for (size_t i = vector_find(v, compare_dest, event->now);
	     i < v->size && !compare_dest(v->at[i], event->now); i++) {
		struct frr_entry *entry = v->at[i];

		if (entry->pending || session_of(entry) != event->session)
			continue;
		if (event->change == AGENT_DELETED)
			report_gone(entry);
		else
			report(entry, event->now);
	}
}

/*
 * bfdd does nothing else until it has the answer, so there always is one. It
 * makes room in its buffer after three messages read in one go and not before,
 * and takes a full buffer for the end of the connection: so each answer comes
 * with two more messages.
 */
void frr_entry_count(struct frr_link *link, __u16 id, __u32 lid)
{
	struct frr_entry *entry = find(link->frr, lid);
	struct frr_counters counters = { .lid = lid };
	__u8 data[PADDING * FRR_ECHO + FRR_COUNTERS], *at = data;
	struct bfdnl_session *fields;

	if (entry && session_of(entry) &&
	    !agent_session_read(link->frr->agent, session_of(entry), &fields)) {
		frr_map_counters(fields, &counters);
		bfdnl_session_free(fields);
	}
	for (int i = 0; i < PADDING; i++) {
		frr_wire_put_echo(at, link->version, FRR_ECHO_REPLY, 0, 0);
		at += FRR_ECHO;
	}
	frr_wire_put_counters(at, link->version, id, &counters);
	link->counted = frr_now();
	frr_link_send(link, data, sizeof(data), false);
}

/* ---- claims ---- */

static void claim(struct frr_entry *entry);

static void on_changed(struct agent_claim *c, const struct agent_result *result,
		       void *data);

/* The session differs from what bfdd wants: change it, if it is ours. */
static void adjust(struct frr_entry *entry)
{
	struct agent_session *session = session_of(entry);
	char text[IDENTITY_LEN];
	struct bfdnl_session *changes;
	int ret;

	entry->again = entry->changing;
	if (!session || entry->changing)
		return;
	ret = frr_map_difference(agent_session_fields(session), entry->wanted,
				 &changes);
	if (!ret && !changes)
		return;
	if (agent_session_origin(session) != AGENT_ORIGIN_CLAIMED) {
		agent_log(LOG_NOTICE,
			  "frr: %s: not changed, because bfdd did not make it",
			  name_of(entry, text));
	} else {
		if (!ret)
			ret = agent_claim_change(entry->claim, changes,
						 on_changed, entry);
		entry->changing = !ret;
		if (ret)
			agent_log(LOG_ERR, "frr: %s: %s", name_of(entry, text),
				  strerror(-ret));
	}
	bfdnl_session_free(changes);
}

static void on_changed(struct agent_claim *c, const struct agent_result *result,
		       void *data)
{
	struct frr_entry *entry = data;
	char text[IDENTITY_LEN];

	(void)c;
	entry->changing = false;
	if (result->code)
		agent_log(LOG_WARNING, "frr: %s: %s", name_of(entry, text),
			  result->text);
	if (entry->again)
		adjust(entry);
	report_now(entry);
}

static bool is_about(const struct agent_result *result, enum bfdnl_field field)
{
	return result->attribute &&
	       !strcmp(result->attribute, bfdnl_field_name(field));
}

static bool is_about_echo(const struct agent_result *result)
{
	return is_about(result, BFDNL_ECHO_ENABLED) ||
	       is_about(result, BFDNL_DESIRED_MIN_ECHO_TX_INTERVAL) ||
	       is_about(result, BFDNL_REQUIRED_MIN_ECHO_RX_INTERVAL);
}

/* What is refused can sometimes be done without. */
static bool can_do_without(struct frr_entry *entry,
			   const struct agent_result *result)
{
	char text[IDENTITY_LEN];

	/* on the wire it matters to nobody but who looks at packets */
	if (result->code == -EEXIST &&
	    is_about(result, BFDNL_LOCAL_DISCRIMINATOR) &&
	    bfdnl_session_has(entry->wanted, BFDNL_LOCAL_DISCRIMINATOR)) {
		bfdnl_session_unset(entry->wanted, BFDNL_LOCAL_DISCRIMINATOR);
		return true;
	}
	if (!is_about_echo(result) || !frr_map_without_echo(entry->wanted))
		return false;
	agent_log(LOG_WARNING, "frr: %s: without echoes: %s",
		  name_of(entry, text), result->text);
	return true;
}

static void complain(struct frr_entry *entry, const char *why)
{
	char text[IDENTITY_LEN];

	agent_log(entry->failed ? LOG_DEBUG : LOG_WARNING, "frr: %s: %s",
		  name_of(entry, text), why);
	entry->failed = true;
}

static void drop(struct frr_entry *entry);

/* bfdd was started anew and names the session anew. */
static void drop_predecessors(struct frr_entry *entry)
{
	const struct vector *v = &entry->frr->by_dest;
	size_t first = vector_find(v, compare_dest, entry->wanted);
	size_t end = first;

	while (end < v->size && !compare_dest(v->at[end], entry->wanted))
		end++;
	while (end-- > first) {
		struct frr_entry *other = v->at[end];

		if (other != entry && (!other->link || other->presumed) &&
		    session_of(other) == session_of(entry))
			drop(other);
	}
}

static void on_claimed(struct agent_claim *c, const struct agent_result *result,
		       void *data)
{
	struct frr_entry *entry = data;

	(void)c;
	entry->pending = false;
	if (result->code && can_do_without(entry, result)) {
		claim(entry);
	} else if (result->code) {
		complain(entry, result->text);
	} else {
		entry->failed = false;
		if (entry->link)
			drop_predecessors(entry);
		adjust(entry);
		report_now(entry);
	}
}

static void claim(struct frr_entry *entry)
{
	struct agent_claim *before = entry->claim;
	char name[AGENT_CLAIM_NAME_MAX + 1];

	snprintf(name, sizeof(name), NAME, entry->lid);
	entry->claim = agent_claim(entry->frr->agent, name, entry->wanted,
				   on_claimed, entry);
	entry->pending = entry->claim;
	entry->changing = false;
	entry->again = false;
	if (!entry->claim)
		complain(entry, strerror(errno));
	agent_claim_release(before);
}

/* ---- entries ---- */

static void unlink_entry(struct frr_entry *entry, bool wait)
{
	if (entry->link)
		entry->link->entries--;
	entry->link = NULL;
	entry->presumed = false;
	entry->told = false;
	if (wait)
		entry->deadline = frr_now() + entry->frr->settings->grace_time;
}

static void link_entry(struct frr_entry *entry, struct frr_link *link)
{
	if (entry->link == link)
		return;
	unlink_entry(entry, false);
	entry->link = link;
	link->entries++;
}

static void index_remove(struct vector *v, const struct frr_entry *entry,
			 size_t from)
{
	while (from < v->size && v->at[from] != entry)
		from++;
	if (from < v->size)
		vector_remove(v, from);
}

static void drop(struct frr_entry *entry)
{
	struct frr *frr = entry->frr;

	unlink_entry(entry, false);
	index_remove(&frr->by_lid, entry,
		     vector_find(&frr->by_lid, compare_lid, &entry->lid));
	index_remove(&frr->by_dest, entry,
		     vector_find(&frr->by_dest, compare_dest, entry->wanted));
	/* when the agent ends, what is claimed survives */
	if (!frr->exiting)
		agent_claim_release(entry->claim);
	bfdnl_session_free(entry->wanted);
	free(entry);
	frr->full = false;
}

static int enter(struct frr *frr, struct frr_entry *entry)
{
	size_t at = vector_find(&frr->by_lid, compare_lid, &entry->lid);

	if (vector_insert(&frr->by_lid, at, entry))
		return -ENOMEM;
	if (!vector_insert(&frr->by_dest,
			   vector_find(&frr->by_dest, compare_dest,
				       entry->wanted), entry))
		return 0;
	vector_remove(&frr->by_lid, at);
	return -ENOMEM;
}

/* Takes over @wanted. */
static struct frr_entry *entry_new(struct frr *frr, __u32 lid,
				   struct bfdnl_session *wanted)
{
	struct frr_entry *entry = NULL;

	if (frr->by_lid.size < frr->settings->sessions)
		entry = calloc(1, sizeof(*entry));
	if (entry) {
		entry->frr = frr;
		entry->lid = lid;
		entry->wanted = wanted;
		entry->deadline = frr_now() + frr->settings->grace_time;
		if (!enter(frr, entry))
			return entry;
	}
	if (!frr->full)
		agent_log(LOG_ERR,
			  "frr: there are %zu sessions: more are not taken",
			  frr->by_lid.size);
	frr->full = true;
	bfdnl_session_free(wanted);
	free(entry);
	return NULL;
}

static void change_wanted(struct frr_entry *entry, struct bfdnl_session *wanted)
{
	bfdnl_session_free(entry->wanted);
	entry->wanted = wanted;
	/* what is waited for looks at it again */
	if (!entry->pending)
		adjust(entry);
}

/* Return: the entry, which wants what @wanted says, and takes it over. */
static struct frr_entry *entry_for(struct frr *frr, __u32 lid,
				   struct bfdnl_session *wanted)
{
	struct frr_entry *entry = find(frr, lid);

	if (entry && frr_map_same_identity(entry->wanted, wanted)) {
		change_wanted(entry, wanted);
		if (!entry->pending && !session_of(entry))
			claim(entry);
		return entry;
	}
	if (entry)
		drop(entry);
	entry = entry_new(frr, lid, wanted);
	if (entry)
		claim(entry);
	return entry;
}

void frr_entry_want(struct frr_link *link, const struct frr_session *session)
{
	struct frr *frr = link->frr;
	struct bfdnl_session *wanted;
	struct frr_entry *entry;
	const char *wrong;

	link->added++;
	if (find(frr, session->lid))
		link->known++;
	wanted = frr_map_wanted(session, &wrong);
	if (!wanted) {
		agent_log(LOG_WARNING, "frr: session %#x is not taken: %s",
			  session->lid, wrong);
		return;
	}
	entry = entry_for(frr, session->lid, wanted);
	if (!entry)
		return;
	if (!entry->link)
		frr->news = true;
	link_entry(entry, link);
	entry->presumed = false;
	report_now(entry);
}

void frr_entry_unwant(struct frr *frr, __u32 lid)
{
	struct frr_entry *entry = find(frr, lid);

	if (entry)
		drop(entry);
}

/* ---- entries without a link ---- */

void frr_entries_orphan(struct frr_link *link)
{
	const struct vector *v = &link->frr->by_lid;

	for (size_t i = 0; i < v->size && link->entries; i++) {
		struct frr_entry *entry = v->at[i];

		if (entry->link == link)
			unlink_entry(entry, true);
	}
}

void frr_entries_presume(struct frr_link *link)
{
	const struct vector *v = &link->frr->by_lid;

	for (size_t i = 0; i < v->size; i++) {
		struct frr_entry *entry = v->at[i];

		if (entry->link)
			continue;
		link_entry(entry, link);
		entry->presumed = true;
		report_now(entry);
	}
}

/* Somebody else's session is not noted as wanted by bfdd. */
static bool is_settled(const struct frr_entry *entry)
{
	const struct agent_session *session = session_of(entry);

	return session && !entry->pending && !entry->changing &&
	       agent_session_origin(session) != AGENT_ORIGIN_FOREIGN;
}

bool frr_entries_unsettled(const struct frr_link *link)
{
	const struct vector *v = &link->frr->by_lid;

	for (size_t i = 0; i < v->size; i++) {
		const struct frr_entry *entry = v->at[i];

		if (entry->link == link && !is_settled(entry))
			return true;
	}
	return false;
}

void frr_entries_retry(struct frr *frr)
{
	for (size_t i = 0; i < frr->by_lid.size; i++) {
		struct frr_entry *entry = frr->by_lid.at[i];

		if (!entry->pending && !session_of(entry))
			claim(entry);
	}
}

void frr_entries_sweep(struct frr *frr)
{
	__u64 now = frr_now();

	for (size_t i = frr->by_lid.size; i--;) {
		struct frr_entry *entry = frr->by_lid.at[i];

		if (!entry->link && now >= entry->deadline)
			drop(entry);
	}
}

static void recall(const char *name, struct agent_session *session, void *data)
{
	struct frr *frr = data;
	struct bfdnl_session *wanted;
	struct frr_entry *entry;
	unsigned int lid;

	if (sscanf(name, NAME, &lid) != 1 || !lid || find(frr, lid))
		return;
	wanted = frr_map_recorded(agent_session_fields(session));
	if (!wanted)
		return;
	entry = entry_new(frr, lid, wanted);
	if (entry)
		claim(entry);
}

void frr_entries_recall(struct frr *frr)
{
	agent_claims_recorded(frr->agent, "frr", recall, frr);
}

void frr_entries_clear(struct frr *frr)
{
	while (frr->by_lid.size)
		drop(frr->by_lid.at[frr->by_lid.size - 1]);
	vector_clear(&frr->by_lid, NULL);
	vector_clear(&frr->by_dest, NULL);
}
