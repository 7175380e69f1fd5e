// SPDX-License-Identifier: GPL-2.0
/*
 * bfdagentd: claims, and what becomes of them when the agent dies.
 */
#include <errno.h>
#include "test_agent.h"

static int code;
static char text[200];
static unsigned int results;

static void result(struct agent_claim *claim, const struct agent_result *r,
		   void *data)
{
	(void)claim;
	(void)data;
	code = r->code;
	snprintf(text, sizeof(text), "%s", r->text);
	results++;
}

static struct agent_claim *claim_name(const char *dest, const char *name)
{
	struct bfdnl_session *w = wanted(dest);
	struct agent_claim *claim;

	code = 1;
	claim = agent_claim(&agent, name, w, result, NULL);
	bfdnl_session_free(w);
	CHECK(claim);
	return claim;
}

static struct agent_claim *claim(const char *dest)
{
	return claim_name(dest, NULL);
}

static void begin(void)
{
	fake_reset();
	results = 0;
	agent_begin();
}

TEST(first_last, "the first claim makes the session, the last release deletes it")
{
	struct agent_claim *a, *b;

	begin();
	a = claim("192.0.2.2");
	EQ(fake.sessions.size, 0);	/* not from within the call */
	run();
	EQ(code, 0);
	CHECK(was_told("created:1"));
	EQ(agent_session_id(agent_claim_session(a)), 1);
	EQ(agent_session_origin(agent_claim_session(a)), AGENT_ORIGIN_CLAIMED);
	b = claim("192.0.2.2");
	run();
	EQ(code, 0);
	CHECK(agent_claim_session(a) == agent_claim_session(b));
	agent_claim_release(a);
	run();
	EQ(fake.sessions.size, 1);
	agent_claim_release(b);
	run();
	EQ(fake.sessions.size, 0);
	CHECK(was_told("deleted:1"));
	EQ(ledger_size(agent.ledger), 0);
	agent_finish();
}

TEST(foreign, "somebody else's session is claimed, but neither changed nor deleted")
{
	struct bfdnl_session *changes = bfdnl_session_new();
	struct agent_claim *a;

	begin();
	fake_add(1, "192.0.2.2", BFD_STATE_UP);
	fake_created(1);
	a = claim("192.0.2.2");
	run();
	EQ(code, 0);
	CHECK(was_told("created:1"));
	bfdnl_session_set_number(changes, BFDNL_LOCAL_MULTIPLIER, 9);
	EQ(agent_claim_change(a, changes, result, NULL), 0);
	run();
	EQ(code, -EBUSY);
	agent_claim_release(a);
	run();
	EQ(fake.sessions.size, 1);
	EQ(fake.sessions.at[0]->number[BFDNL_LOCAL_MULTIPLIER], 3);
	bfdnl_session_free(changes);
	agent_finish();
}

TEST(refused, "a refusal tells the kernel's words, and nothing is left of it")
{
	struct bfdnl_session *w = wanted("192.0.2.2");
	struct agent_claim *a;

	begin();
	bfdnl_session_set_number(w, BFDNL_LOCAL_MULTIPLIER, 0);
	a = agent_claim(&agent, NULL, w, result, NULL);
	run();
	EQ(code, -ERANGE);
	CHECK(strstr(text, "integer out of range"));
	CHECK(!agent_claim_session(a));
	EQ(ledger_size(agent.ledger), 0);
	agent_claim_release(a);
	run();
	EQ(results, 1);
	bfdnl_session_free(w);
	agent_finish();
}

TEST(change, "a claim changes the session that was made for one")
{
	struct bfdnl_session *changes = bfdnl_session_new();
	struct agent_claim *a;

	begin();
	a = claim("192.0.2.2");
	bfdnl_session_set_number(changes, BFDNL_LOCAL_MULTIPLIER, 9);
	EQ(agent_claim_change(a, changes, result, NULL), 0);
	run();
	EQ(results, 2);
	EQ(code, 0);
	EQ(fake.sessions.at[0]->number[BFDNL_LOCAL_MULTIPLIER], 9);
	EQ(bfdnl_session_number(agent_session_fields(agent_claim_session(a)),
				BFDNL_LOCAL_MULTIPLIER), 9);
	bfdnl_session_free(changes);
	agent_claim_release(a);
	agent_finish();
}

TEST(too_soon, "a claim that is released before it was looked at has no effect")
{
	begin();
	agent_claim_release(claim("192.0.2.2"));
	run();
	EQ(fake.sessions.size, 0);
	EQ(results, 0);
	agent_finish();
}

static struct agent_claim *to_release;

static void release_in_result(struct agent_claim *c,
			      const struct agent_result *r, void *data)
{
	(void)r;
	(void)data;
	agent_claim_release(c);
}

static void release_in_event(const struct agent_event *event, void *data)
{
	(void)data;
	if (event->change == AGENT_CREATED) {
		agent_claim_release(to_release);
		to_release = NULL;
	}
}

TEST(nested, "a claim may be released in its result, and in the event of its session")
{
	struct bfdnl_session *w = wanted("192.0.2.2");
	struct agent_observer *observer;

	begin();
	CHECK(agent_claim(&agent, NULL, w, release_in_result, NULL));
	run();
	EQ(fake.sessions.size, 0);
	observer = agent_observe(&agent, release_in_event, NULL);
	to_release = claim("192.0.2.2");
	run();
	CHECK(!to_release);
	EQ(fake.sessions.size, 0);
	EQ(results, 0);
	EQ(ledger_size(agent.ledger), 0);
	agent_unobserve(observer);
	bfdnl_session_free(w);
	agent_finish();
}

TEST(lost, "a session that others delete leaves its claims, which hold the next one")
{
	struct agent_claim *a, *b;

	begin();
	a = claim("192.0.2.2");
	run();
	fake_deleted(1);
	run();
	CHECK(!agent_claim_session(a));
	EQ(ledger_size(agent.ledger), 0);
	b = claim("192.0.2.2");
	run();
	CHECK(agent_claim_session(a));
	CHECK(agent_claim_session(a) == agent_claim_session(b));
	agent_claim_release(b);
	run();
	EQ(fake.sessions.size, 1);
	agent_claim_release(a);
	run();
	EQ(fake.sessions.size, 0);
	agent_finish();
}

TEST(dies, "sessions outlive the agent; what is not claimed again goes after the orphan time")
{
	struct agent_claim *a;

	begin();
	claim("192.0.2.2");
	claim("192.0.2.3");
	run();
	agent_dies();
	EQ(fake.sessions.size, 2);
	agent_begin();
	EQ(agent_session_origin(agent_session_by_id(&agent, 1)),
	   AGENT_ORIGIN_CLAIMED);
	a = claim("192.0.2.3");
	claims_start_orphan_timer(&agent, 30000);
	run();
	run();
	run();
	EQ(fake.sessions.size, 1);
	CHECK(agent_claim_session(a));
	CHECK(was_told("deleted:1"));
	agent_claim_release(a);
	run();
	EQ(fake.sessions.size, 0);
	agent_finish();
}

static char recorded[200];

static void record(const char *name, struct agent_session *session, void *data)
{
	size_t len = strlen(recorded);

	(void)data;
	snprintf(recorded + len, sizeof(recorded) - len, "%s:%u ", name,
		 agent_session_id(session));
}

TEST(names, "claims with names are there again after a restart, for their front end")
{
	struct agent_claim *a, *b;

	begin();
	claim_name("192.0.2.2", "rest/7");
	claim_name("192.0.2.2", "rest/8");
	claim_name("192.0.2.3", "other/1");
	run();
	agent_dies();
	agent_begin();
	*recorded = '\0';
	agent_claims_recorded(&agent, "rest", record, NULL);
	CHECK(!strcmp(recorded, "rest/7:1 rest/8:1 "));
	a = claim_name("192.0.2.2", "rest/7");
	b = claim_name("192.0.2.2", "rest/8");
	run();
	agent_claim_release(a);
	run();
	EQ(fake.sessions.size, 2);
	agent_claim_release(b);
	run();
	EQ(fake.sessions.size, 1);
	CHECK(was_told("deleted:1"));
	agent_finish();
}

TEST(config, "a session of the configuration is claimed, but neither changed nor deleted")
{
	struct agent_claim *a;

	begin();
	fake_add(1, "192.0.2.2", BFD_STATE_UP);
	ledger_lock(agent.ledger, true);
	EQ(ledger_own(agent.ledger, fake_find(1), LEDGER_CONFIG), 0);
	ledger_unlock(agent.ledger);
	fake_created(1);
	a = claim("192.0.2.2");
	run();
	EQ(agent_session_origin(agent_claim_session(a)), AGENT_ORIGIN_CONFIG);
	agent_claim_release(a);
	run();
	EQ(fake.sessions.size, 1);
	EQ(ledger_size(agent.ledger), 1);
	agent_finish();
}

TEST(bad, "a claim without a destination, or with a name that is none, is refused")
{
	struct bfdnl_session *w = bfdnl_session_new();

	begin();
	CHECK(!agent_claim(&agent, NULL, w, NULL, NULL));
	EQ(errno, EINVAL);
	bfdnl_session_free(w);
	w = wanted("192.0.2.2");
	CHECK(!agent_claim(&agent, "no-slash", w, NULL, NULL));
	CHECK(!agent_claim(&agent, "a/b c", w, NULL, NULL));
	CHECK(!agent_claim(&agent, "a/b,c", w, NULL, NULL));
	bfdnl_session_free(w);
	agent_finish();
}

TEST(many, "a thousand claims at once, and all released")
{
	struct agent_claim *claims[1000];
	char dest[32];

	begin();
	for (int i = 0; i < 1000; i++) {
		snprintf(dest, sizeof(dest), "10.0.%d.%d", i / 250, 1 + i % 250);
		claims[i] = claim(dest);
	}
	run();
	EQ(fake.sessions.size, 1000);
	EQ(results, 1000);
	EQ(ledger_size(agent.ledger), 1000);
	for (int i = 0; i < 1000; i++)
		agent_claim_release(claims[i]);
	run();
	EQ(fake.sessions.size, 0);
	EQ(ledger_size(agent.ledger), 0);
	agent_finish();
}
