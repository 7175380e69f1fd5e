// SPDX-License-Identifier: GPL-2.0
/*
 * Claims: who wants which session.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include "core.h"
#include "identity.h"

__u32 claims_random_discriminator(void)
{
	__u32 value = 0;

	while (!value)
		if (getrandom(&value, sizeof(value), 0) != sizeof(value))
			value = 0;
	return value;
}

static bool is_name(const char *name)
{
	const char *slash = strchr(name, '/');

	if (strlen(name) > AGENT_CLAIM_NAME_MAX || !slash || slash == name)
		return false;
	for (const char *c = name; *c; c++)
		if (!isgraph((unsigned char)*c) || *c == ',')
			return false;
	return true;
}

/* Room in the queue is kept for those that give up. */
static bool too_many(const struct agent *agent)
{
	return agent->claims >= CLAIMS_MAX || agent->job_count >= JOBS_MAX;
}

static void claim_free(struct agent_claim *claim)
{
	job_free(claim->release);
	bfdnl_session_free(claim->wanted);
	free(claim);
}

static struct agent_claim *claim_new(struct agent *agent, const char *name,
				     const struct bfdnl_session *wanted)
{
	struct agent_claim *claim = calloc(1, sizeof(*claim));

	if (!claim)
		return NULL;
	claim->agent = agent;
	claim->wanted = bfdnl_session_clone(wanted);
	claim->release = job_new(JOB_RELEASE);
	if (claim->release)
		claim->release->fields = bfdnl_session_new();
	strncpy(claim->owner, name ? name : LEDGER_AGENT, LEDGER_OWNER_MAX);
	if (claim->wanted && claim->release && claim->release->fields)
		return claim;
	claim_free(claim);
	return NULL;
}

static int request(struct agent_claim *claim, enum job_kind kind,
		   const struct bfdnl_session *fields, agent_result_fn fn,
		   void *data)
{
	struct job *job = job_new(kind);

	if (!job)
		return -ENOMEM;
	job->claim = claim;
	job->fn = fn;
	job->data = data;
	if (fields) {
		job->fields = bfdnl_session_clone(fields);
		if (!job->fields) {
			job_free(job);
			return -ENOMEM;
		}
	}
	claim->jobs++;
	jobs_add(claim->agent, job);
	return 0;
}

static void enlist(struct agent_claim *claim, struct claim_list *list)
{
	claim->list = list;
	TAILQ_INSERT_TAIL(list, claim, link);
}

/**
 * claim_move() - a claim holds another session than before
 * @claim: the claim
 * @session: what it holds now; NULL: nothing
 */
void claim_move(struct agent_claim *claim, struct agent_session *session)
{
	TAILQ_REMOVE(claim->list, claim, link);
	claim->session = session;
	enlist(claim, session ? &session->claims : &claim->agent->lost);
}

/*
 * What was noted under this name before, and nobody holds: above all by an
 * agent before us. It is held at once, because with many of them the queue is
 * long, and clients ask meanwhile.
 */
static struct agent_session *noted(const struct agent_claim *claim)
{
	struct agent *agent = claim->agent;
	struct agent_session *session = agent_session_find(agent, claim->wanted);

	if (!session || claims_hold(session, claim->owner) ||
	    !ledger_owned_by(ledger_find(agent->ledger, session->fields),
			     claim->owner))
		return NULL;
	return session;
}

struct agent_claim *agent_claim(struct agent *agent, const char *name,
				const struct bfdnl_session *wanted,
				agent_result_fn fn, void *data)
{
	struct agent_session *session;
	struct agent_claim *claim;

	if (!bfdnl_session_has(wanted, BFDNL_DEST_ADDR) ||
	    (name && !is_name(name))) {
		errno = EINVAL;
		return NULL;
	}
	if (too_many(agent)) {
		errno = ENOBUFS;
		return NULL;
	}
	claim = claim_new(agent, name, wanted);
	if (!claim || request(claim, JOB_CLAIM, NULL, fn, data)) {
		if (claim)
			claim_free(claim);
		errno = ENOMEM;
		return NULL;
	}
	agent->claims++;
	enlist(claim, &agent->pending);
	session = noted(claim);
	if (session)
		claim_move(claim, session);
	return claim;
}

int agent_claim_change(struct agent_claim *claim,
		       const struct bfdnl_session *changes,
		       agent_result_fn fn, void *data)
{
	if (claim->agent->job_count >= JOBS_MAX)
		return -ENOBUFS;
	return request(claim, JOB_CHANGE, changes, fn, data);
}

/* Does a claim of that name hold the session? */
bool claims_hold(const struct agent_session *session, const char *owner)
{
	const struct agent_claim *claim;

	TAILQ_FOREACH(claim, &session->claims, link)
		if (!strcmp(claim->owner, owner))
			return true;
	return false;
}

static struct job *release_of(struct agent_claim *claim)
{
	struct job *job = claim->release;
	struct bfdnl_session *fields = job->fields;
	const struct bfdnl_session *from = claim->session->fields;

	claim->release = NULL;
	memcpy(job->owner, claim->owner, sizeof(job->owner));
	bfdnl_session_set_addr(fields, BFDNL_DEST_ADDR,
			       bfdnl_session_addr(from, BFDNL_DEST_ADDR));
	number_copy(fields, from, BFDNL_LOCAL_DISCRIMINATOR);
	return job;
}

static void let_go(struct agent_claim *claim)
{
	if (claim->session && !claims_hold(claim->session, claim->owner))
		jobs_add(claim->agent, release_of(claim));
	claim_free(claim);
}

void agent_claim_release(struct agent_claim *claim)
{
	struct agent *agent;

	if (!claim)
		return;
	agent = claim->agent;
	agent->claims--;
	if (claim->jobs)
		jobs_forget_claim(agent, claim);
	TAILQ_REMOVE(claim->list, claim, link);
	if (claim == agent->running)
		claim->dead = true;
	else
		let_go(claim);
}

/* Released while its job ran: what that did for it is not wanted any more. */
void claim_bury(struct agent_claim *claim)
{
	claim->session = agent_session_find(claim->agent, claim->wanted);
	let_go(claim);
}

struct agent_session *agent_claim_session(const struct agent_claim *claim)
{
	return claim->session;
}

const struct bfdnl_session *agent_claim_wanted(const struct agent_claim *claim)
{
	return claim->wanted;
}

/* ---- sessions come and go by somebody else's hand ---- */

void claims_session_created(struct agent_session *session)
{
	struct agent *agent = session->agent;
	struct agent_claim *claim = TAILQ_FIRST(&agent->lost);

	/* it may have been made by bfdnl apply */
	ledger_peek(agent->ledger);
	while (claim) {
		struct agent_claim *next = TAILQ_NEXT(claim, link);

		if (identity_clashes(session->fields, claim->wanted)) {
			claim_move(claim, session);
			/* without memory: it is not deleted in the end */
			request(claim, JOB_OWN, NULL, NULL, NULL);
		}
		claim = next;
	}
}

void claims_session_deleted(struct agent_session *session)
{
	struct agent *agent = session->agent;
	struct agent_claim *claim;
	struct job *job;

	while ((claim = TAILQ_FIRST(&session->claims)))
		claim_move(claim, NULL);
	if (!ledger_find(agent->ledger, session->fields))
		return;
	/* without memory: the entry is harmless, and the next start tidies up */
	job = job_new(JOB_FORGET);
	if (!job)
		return;
	job->fields = bfdnl_session_clone(session->fields);
	if (job->fields)
		jobs_add(agent, job);
	else
		job_free(job);
}

static void clear_list(struct claim_list *list)
{
	struct agent_claim *claim;

	while ((claim = TAILQ_FIRST(list))) {
		TAILQ_REMOVE(list, claim, link);
		claim_free(claim);
	}
}

void claims_clear(struct agent *agent)
{
	struct agent_session *session;

	for (__u32 id = 0; (session = agent_session_next(agent, id));
	     id = session->id)
		clear_list(&session->claims);
	clear_list(&agent->lost);
	clear_list(&agent->pending);
}

/* ---- claims of the time before ---- */

void agent_claims_recorded(struct agent *agent, const char *frontend,
			   agent_recorded_fn fn, void *data)
{
	size_t len = strlen(frontend);

	for (size_t i = 0; i < ledger_size(agent->ledger); i++) {
		const struct ledger_entry *entry = ledger_at(agent->ledger, i);
		struct agent_session *session;

		session = agent_session_by_discriminator(agent,
							 entry->discriminator);
		if (!session || ledger_find(agent->ledger, session->fields) != entry)
			continue;
		for (size_t n = 0; n < entry->owners.size; n++) {
			const char *owner = entry->owners.at[n];

			if (!strncmp(owner, frontend, len) &&
			    owner[len] == '/' && !claims_hold(session, owner))
				fn(owner, session, data);
		}
	}
}

static void release_orphan(struct agent *agent,
			   const struct ledger_entry *entry, const char *owner)
{
	struct agent_session *session;
	struct job *job;

	session = agent_session_by_discriminator(agent, entry->discriminator);
	if (!strcmp(owner, LEDGER_CONFIG) ||
	    (session && claims_hold(session, owner)))
		return;
	job = job_new(JOB_RELEASE);
	if (!job)
		return;
	strncpy(job->owner, owner, sizeof(job->owner) - 1);
	job->fields = bfdnl_session_new();
	if (!job->fields) {
		job_free(job);
		return;
	}
	bfdnl_session_set_number(job->fields, BFDNL_LOCAL_DISCRIMINATOR,
				 entry->discriminator);
	bfdnl_session_set_addr(job->fields, BFDNL_DEST_ADDR, &entry->dest);
	jobs_add(agent, job);
}

static void release_orphans(struct agent *agent)
{
	for (size_t i = 0; i < ledger_size(agent->ledger); i++) {
		const struct ledger_entry *entry = ledger_at(agent->ledger, i);

		for (size_t n = 0; n < entry->owners.size; n++)
			release_orphan(agent, entry, entry->owners.at[n]);
	}
}

static int on_orphan_timer(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	release_orphans(data);
	return 0;
}

int claims_start_orphan_timer(struct agent *agent, __u64 us)
{
	int ret = sd_event_add_time_relative(agent->loop, &agent->orphan_timer,
					     CLOCK_MONOTONIC, us, 0,
					     on_orphan_timer, agent);

	return ret < 0 ? ret : 0;
}

void claims_file_applied(struct agent *agent)
{
	int waits;

	if (sd_event_source_get_enabled(agent->orphan_timer, &waits) >= 0 &&
	    !waits)
		release_orphans(agent);
}
