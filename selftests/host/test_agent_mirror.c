// SPDX-License-Identifier: GPL-2.0
/*
 * bfdagentd: observers see every change of the kernel's sessions once.
 */
#include "test_agent.h"

static void begin_with_two(void)
{
	fake_reset();
	fake_add(1, "192.0.2.2", BFD_STATE_DOWN);
	fake_add(2, "192.0.2.3", BFD_STATE_UP);
	agent_begin();
}

TEST(start, "the sessions that are there at the start are found, in order")
{
	struct bfdnl_session *identity = wanted("192.0.2.3");

	begin_with_two();
	EQ(agent_session_count(&agent), 2);
	EQ(agent_session_id(agent_session_next(&agent, 0)), 1);
	EQ(agent_session_id(agent_session_next(&agent, 1)), 2);
	CHECK(!agent_session_next(&agent, 2));
	EQ(agent_session_state(agent_session_by_id(&agent, 2)), BFD_STATE_UP);
	CHECK(agent_session_find(&agent, identity) ==
	      agent_session_by_id(&agent, 2));
	CHECK(agent_session_by_discriminator(&agent, 0x11110001) ==
	      agent_session_by_id(&agent, 1));
	EQ(agent_session_origin(agent_session_by_id(&agent, 1)),
	   AGENT_ORIGIN_FOREIGN);
	bfdnl_session_free(identity);
	agent_finish();
}

TEST(events, "events are told in order, with what was before")
{
	begin_with_two();
	fake_state(1, BFD_STATE_INIT);
	fake_state(1, BFD_STATE_UP);
	fake_parameters(2);
	fake_add(3, "192.0.2.4", BFD_STATE_DOWN);
	fake_created(3);
	fake_deleted(2);
	run();
	CHECK(was_told("state:1:down>init state:1:init>up parameters:2 created:3 deleted:2"));
	EQ(agent_session_count(&agent), 2);
	agent_finish();
}

TEST(loss, "after a loss the difference is told once, deleted sessions first")
{
	begin_with_two();
	fake_state(1, BFD_STATE_UP);
	fake_remove(2);
	fake_add(3, "192.0.2.4", BFD_STATE_DOWN);
	fake_lose();
	fake_parameters(3);
	run();
	CHECK(was_told("+deleted:2 +state:1:down>up +created:3"));
	fake_state(3, BFD_STATE_UP);
	run();
	CHECK(was_told("state:3:down>up"));
	agent_finish();
}

TEST(overrun, "an overflow of the socket is noticed without another event")
{
	begin_with_two();
	fake_state(1, BFD_STATE_UP);
	fake_lose();
	fake_overrun();
	run();
	CHECK(was_told("+state:1:down>up"));
	agent_finish();
}

static unsigned int dumps_to_go;

/* While the second list is read, after the library has read its own */
static void meanwhile(void)
{
	if (--dumps_to_go)
		return;
	fake.during_dump = NULL;
	fake_state(1, BFD_STATE_DOWN);
	fake_state(1, BFD_STATE_INIT);
	fake_state(1, BFD_STATE_UP);
	fake_state(2, BFD_STATE_DOWN);
}

TEST(overtaken, "what a list has shown already is not told again by its events")
{
	begin_with_two();
	fake_state(1, BFD_STATE_INIT);
	fake_lose();
	dumps_to_go = 2;
	fake.during_dump = meanwhile;
	fake_overrun();
	run();
	CHECK(was_told("+state:1:down>up +state:2:up>down"));
	EQ(agent_session_state(agent_session_by_id(&agent, 1)), BFD_STATE_UP);
	EQ(agent_session_state(agent_session_by_id(&agent, 2)), BFD_STATE_DOWN);
	fake_state(2, BFD_STATE_INIT);
	run();
	CHECK(was_told("state:2:down>init"));
	agent_finish();
}

TEST(reused, "another session under an old number is another session")
{
	struct bfdnl_session *session;

	begin_with_two();
	fake_remove(1);
	session = fake_add(1, "192.0.2.2", BFD_STATE_UP);
	bfdnl_session_set_number(session, BFDNL_LOCAL_DISCRIMINATOR, 0x77);
	fake_overrun();
	run();
	CHECK(was_told("+deleted:1 +created:1"));
	CHECK(agent_session_by_discriminator(&agent, 0x77) ==
	      agent_session_by_id(&agent, 1));
	CHECK(!agent_session_by_discriminator(&agent, 0x11110001));
	agent_finish();
}

TEST(random_loss, "whatever is lost, the mirror is right in the end")
{
	begin_with_two();
	srandom(7);
	for (int i = 0; i < 3000; i++) {
		__u32 id = 1 + random() % 6;

		CASE("step %d", i);
		if (!fake_find(id)) {
			fake_add(id, "192.0.2.9", random() % 4);
			fake_created(id);
		} else if (random() % 8) {
			fake_state(id, random() % 4);
		} else {
			fake_deleted(id);
		}
		if (random() % 16 == 0)
			fake_lose();
		if (random() % 16 == 0)
			fake_overrun();
		if (random() % 4)
			continue;
		while (sd_event_run(agent.loop, 0) > 0)
			;
	}
	fake_overrun();
	run();
	for (__u32 id = 1; id <= 6; id++) {
		struct agent_session *s = agent_session_by_id(&agent, id);

		CASE("session %u", id);
		EQ(!!s, !!fake_find(id));
		if (s && fake_find(id))
			EQ(agent_session_state(s),
			   fake_find(id)->number[BFDNL_LOCAL_STATE]);
	}
	agent_finish();
}
