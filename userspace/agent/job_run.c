// SPDX-License-Identifier: GPL-2.0
/*
 * Do what a claim asks for.
 *
 * Before a session is made its entry is in the ledger, and it is out of the
 * kernel before its entry is removed: killed in between, an entry without a
 * session is left, which means nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include "core.h"
#include "identity.h"

/* How often to try another random discriminator when one is taken */
#define DISCRIMINATORS	8

/* How often to look for the event of what was done, behind many others */
#define DRAINS		64

static void tell(const struct job *job, int code, const char *text,
		 const char *attribute)
{
	const struct agent_result result = {
		.code = code,
		.text = text ? text : code ? strerror(-code) : "",
		.attribute = attribute,
	};

	if (job->fn && !job->claim->dead)
		job->fn(job->claim, &result, job->data);
}

static void tell_kernel(struct agent *agent, const struct job *job, int code)
{
	if (code)
		tell(job, code, bfdnl_error(agent->h),
		     bfdnl_error_attribute(agent->h));
	else
		tell(job, 0, NULL, NULL);
}

static struct bfdnl_session *selector_of(const struct bfdnl_session *fields)
{
	struct bfdnl_session *selector = bfdnl_session_new();

	if (selector)
		number_copy(selector, fields, BFDNL_LOCAL_DISCRIMINATOR);
	return selector;
}

/* Somebody else's session is claimed without a note: we never delete it. */
static int own(struct agent_claim *claim)
{
	struct ledger *ledger = claim->agent->ledger;
	const struct bfdnl_session *fields = claim->session->fields;

	if (!ledger_find(ledger, fields))
		return 0;
	return ledger_own(ledger, fields, claim->owner);
}

/* ---- a session that is not there ---- */

static bool is_taken(struct agent *agent, int code)
{
	const char *attribute = bfdnl_error_attribute(agent->h);

	return code == -EEXIST && attribute &&
	       !strcmp(attribute,
		       bfdnl_field_name(BFDNL_LOCAL_DISCRIMINATOR));
}

/* Return: 0, or the errno of whoever refused; *@by_kernel tells. */
static int make_once(struct agent_claim *claim, struct bfdnl_session *fields,
		     bool *by_kernel)
{
	struct agent *agent = claim->agent;
	struct bfdnl_session *made = NULL;
	struct agent_session *session;
	int ret;

	*by_kernel = false;
	ret = ledger_own(agent->ledger, fields, claim->owner);
	if (ret)
		return ret;
	ret = bfdnl_add(agent->h, fields, &made);
	if (ret) {
		*by_kernel = true;
		ledger_disown(agent->ledger, fields, NULL);
		return ret;
	}
	mirror_drain(agent);
	session = mirror_ensure(agent, made);
	bfdnl_session_free(made);
	if (!session)
		return -ENOMEM;
	if (!claim->dead)
		claim_move(claim, session);
	return 0;
}

static int make(struct agent_claim *claim, bool *by_kernel)
{
	struct bfdnl_session *fields = bfdnl_session_clone(claim->wanted);
	bool chosen;
	int ret;

	*by_kernel = false;
	if (!fields)
		return -ENOMEM;
	/* sessions are to outlive us */
	bfdnl_session_unset(fields, BFDNL_OWNER_EXIT);
	chosen = bfdnl_session_number(fields, BFDNL_LOCAL_DISCRIMINATOR);
	for (int i = 0; i < DISCRIMINATORS; i++) {
		if (!chosen)
			bfdnl_session_set_number(fields,
						 BFDNL_LOCAL_DISCRIMINATOR,
						 claims_random_discriminator());
		ret = make_once(claim, fields, by_kernel);
		if (chosen || !*by_kernel || !is_taken(claim->agent, ret))
			break;
	}
	bfdnl_session_free(fields);
	return ret;
}

/* ---- the kinds of jobs ---- */

static void run_claim(struct agent *agent, struct job *job,
		      struct agent_claim *claim)
{
	struct agent_session *session;
	bool by_kernel = false;
	int ret;

	session = agent_session_find(agent, claim->wanted);
	if (session) {
		claim_move(claim, session);
		ret = own(claim);
	} else {
		ret = make(claim, &by_kernel);
	}
	/* one that comes to be later will do as well */
	if (ret && !claim->session && !claim->dead)
		claim_move(claim, NULL);
	if (by_kernel)
		tell_kernel(agent, job, ret);
	else
		tell(job, ret, NULL, NULL);
}

static void run_change(struct agent *agent, struct job *job,
		       struct agent_claim *claim)
{
	struct agent_session *session = claim->session;
	struct bfdnl_session *selector;
	int ret;

	if (!session) {
		tell(job, -ENOENT, "there is no such session any more", NULL);
		return;
	}
	if (agent_session_origin(session) != AGENT_ORIGIN_CLAIMED) {
		tell(job, -EBUSY,
		     agent_session_origin(session) == AGENT_ORIGIN_CONFIG ?
		     "the session belongs to the configuration file" :
		     "the session was made by somebody else", NULL);
		return;
	}
	selector = selector_of(session->fields);
	if (!selector) {
		tell(job, -ENOMEM, NULL, NULL);
		return;
	}
	ret = bfdnl_set(agent->h, selector, job->fields);
	bfdnl_session_free(selector);
	if (!ret)
		mirror_drain(agent);
	tell_kernel(agent, job, ret);
}

static __u32 discriminator_of(const struct job *job)
{
	return bfdnl_session_number(job->fields, BFDNL_LOCAL_DISCRIMINATOR);
}

static void run_release(struct agent *agent, struct job *job)
{
	const struct ledger_entry *entry;
	struct agent_session *session;
	struct bfdnl_session *selector;
	int ret = 0;

	session = agent_session_by_discriminator(agent, discriminator_of(job));
	entry = ledger_find(agent->ledger, job->fields);
	/* meanwhile claimed by another, or deleted */
	if (!ledger_owned_by(entry, job->owner) ||
	    (session && claims_hold(session, job->owner)))
		return;
	if (entry->owners.size > 1) {
		ledger_disown(agent->ledger, job->fields, job->owner);
		return;
	}
	selector = selector_of(job->fields);
	ret = selector ? bfdnl_del(agent->h, selector) : -ENOMEM;
	bfdnl_session_free(selector);
	if (ret && ret != -ENOENT) {
		agent_log(LOG_ERR, "cannot delete a session: %s",
			  bfdnl_error(agent->h));
		return;
	}
	/* whoever claims it next must not find it */
	for (int i = 0; i < DRAINS &&
	     agent_session_by_discriminator(agent, discriminator_of(job)); i++)
		mirror_drain(agent);
	ledger_disown(agent->ledger, job->fields, NULL);
}

/* Gone by somebody else's hand; it is not to come again under its number. */
static void run_forget(struct agent *agent, struct job *job)
{
	if (!agent_session_by_discriminator(agent, discriminator_of(job)))
		ledger_disown(agent->ledger, job->fields, NULL);
}

static void run_for_claim(struct agent *agent, struct job *job,
			  struct agent_claim *claim)
{
	if (claim->dead)
		return;
	if (job->kind == JOB_CLAIM)
		run_claim(agent, job, claim);
	else if (job->kind == JOB_CHANGE)
		run_change(agent, job, claim);
	else if (claim->session)
		own(claim);
}

static void run(struct agent *agent, struct job *job)
{
	/* what the mirror does not know yet may be just what is asked for */
	mirror_drain(agent);
	if (job->claim)
		run_for_claim(agent, job, job->claim);
	else if (job->kind == JOB_RELEASE)
		run_release(agent, job);
	else
		run_forget(agent, job);
}

bool job_run(struct agent *agent, struct job *job)
{
	int ret;

	if (job->kind == JOB_TELL) {
		job->done(job->data);
		return true;
	}
	ret = ledger_lock(agent->ledger, false);
	if (ret == -EWOULDBLOCK)
		return false;
	agent->running = job->claim;
	if (!ret) {
		run(agent, job);
		ledger_unlock(agent->ledger);
	} else {
		agent_log(LOG_ERR, "cannot lock the ledger: %s", strerror(-ret));
		if (job->claim)
			tell(job, ret, NULL, NULL);
	}
	agent->running = NULL;
	if (job->claim && job->claim->dead)
		claim_bury(job->claim);
	return true;
}
