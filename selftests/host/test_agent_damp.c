// SPDX-License-Identifier: GPL-2.0
/*
 * bfdagentd: dampening between mirror and front ends.
 */
#include <time.h>
#include "test_frontend.h"
#include "damp.h"
#include "damp_settings.h"

static struct agent_damped *observer;
static char damped[4096];

static void tell_damped(const struct agent_event *event, void *data)
{
	static const char * const names[] = {
		"created", "state", "parameters", "deleted",
	};
	size_t len = strlen(damped);

	(void)data;
	EQ(bfdnl_session_number(event->now, BFDNL_LOCAL_STATE),
	   event->new_state);
	snprintf(damped + len, sizeof(damped) - len, "%s%s:%s>%s",
		 len ? " " : "", names[event->change],
		 bfdnl_state_name(event->old_state),
		 bfdnl_state_name(event->new_state));
}

static bool was_damped(const char *text)
{
	bool same = !strcmp(damped, text);

	if (!same)
		printf("# damped: %s\n# not:    %s\n", damped, text);
	*damped = '\0';
	*told = '\0';
	return same;
}

/* Half-life 1 s, from the second flap on for some 100 ms */
#define FAST	"half-life = \"1s\"; suppress = 1900; reuse = 1850; max-suppress = \"1s\"; "

static void begin(const char *settings)
{
	fake_reset();
	log_init(LOG_ERR);
	fake_add(1, "192.0.2.2", BFD_STATE_UP);
	agent_begin();
	log_init(LOG_ERR);
	CHECK(frontend_start(&frontend_dampening, settings));
	observer = agent_observe_damped(&agent, tell_damped, NULL);
	*damped = '\0';
}

static void finish(void)
{
	frontend_dampening.stop(&agent, false);
	agent_unobserve_damped(observer);
	agent_finish();
}

static void flap(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	fake.monotonic = ts.tv_sec * 1000000000ULL + ts.tv_nsec;
	fake_state(1, BFD_STATE_DOWN);
	fake_state(1, BFD_STATE_INIT);
	fake_state(1, BFD_STATE_UP);
	/* handle, without waiting for anything else */
	while (sd_event_run(agent.loop, 0) > 0)
		;
}

static void wait_ms(int ms)
{
	for (int i = 0; i < ms / 10; i++)
		sd_event_run(agent.loop, 10000);
}

static const struct agent_session *session(void)
{
	return agent_session_by_id(&agent, 1);
}

#define FLAP	"state:up>down state:down>init state:init>up"

TEST(held, "falls are told at once, Up again only after a quiet time, and all is in the mirror")
{
	begin("dampening: { " FAST "};");
	flap();
	CHECK(was_damped("state:up>down state:down>init state:init>up"));
	flap();
	EQ(agent_session_state(session()), BFD_STATE_UP);
	EQ(agent_damped_state(session()), BFD_STATE_DOWN);
	EQ(agent_damped_withheld(session()), 2);
	CHECK(was_damped("state:up>down"));
	flap();
	CHECK(was_damped(""));
	EQ(agent_damped_withheld(session()), 5);
	wait_ms(1500);
	CHECK(was_damped("state:down>up"));
	EQ(agent_damped_state(session()), BFD_STATE_UP);
	finish();
}

TEST(down, "who is Down when released is not told again")
{
	begin("dampening: { " FAST "};");
	flap();
	flap();
	fake_state(1, BFD_STATE_DOWN);
	run();
	*damped = '\0';
	wait_ms(1500);
	CHECK(was_damped(""));
	fake_state(1, BFD_STATE_UP);
	run();
	CHECK(was_damped("state:down>up"));
	finish();
}

TEST(admin, "what is done on purpose is told, and does not count")
{
	begin("dampening: { " FAST "};");
	for (int i = 0; i < 3; i++) {
		fake_state(1, BFD_STATE_ADMIN_DOWN);
		fake_state(1, BFD_STATE_UP);
	}
	run();
	EQ(agent_damped_state(session()), BFD_STATE_UP);
	flap();
	flap();
	*damped = '\0';
	fake_state(1, BFD_STATE_ADMIN_DOWN);
	run();
	CHECK(was_damped("state:down>adminDown"));
	finish();
}

TEST(other, "parameters and the end of a session that is held down are told")
{
	begin("dampening: { " FAST "};");
	flap();
	flap();
	*damped = '\0';
	fake_parameters(1);
	fake_deleted(1);
	while (sd_event_run(agent.loop, 0) > 0)
		;
	CHECK(was_damped("parameters:down>down deleted:down>down"));
	finish();
}

TEST(off, "without dampening everything is told; when it ends, who is held is released")
{
	begin("dampening: { " FAST "};");
	flap();
	flap();
	*damped = '\0';
	frontend_dampening.stop(&agent, false);
	CHECK(was_damped("state:down>up"));
	flap();
	flap();
	CHECK(was_damped(FLAP " " FLAP));
	CHECK(frontend_start(&frontend_dampening, "dampening: { };"));
	finish();
}

/* How a session is damped */
static __u64 half_life(struct damp_settings *settings, const char *dest)
{
	struct bfdnl_session *s = wanted(dest);
	const struct damping *damping;

	bfdnl_session_set_text(s, BFDNL_INTERFACE, "eth0");
	damping = damp_settings_find(settings, s);
	bfdnl_session_free(s);
	return damping->on ? damping->half_life : 0;
}

TEST(exceptions, "sessions and profiles may be damped otherwise, or not at all")
{
	struct damp_settings *s;

	s = settings_of(&frontend_dampening,
			"profiles: { wan: { }; };\n"
			"sessions: ( { dest-addr = \"192.0.2.4\"; profile = \"wan\"; },\n"
			"            { dest-addr = \"192.0.2.5\"; profile = \"wan\"; } );\n"
			"dampening: { half-life = \"2s\"; max-suppress = \"9s\"; exceptions = (\n"
			"  { session = \"192.0.2.3\"; half-life = \"3s\"; },\n"
			"  { session = \"192.0.2.6\"; enabled = false; },\n"
			"  { session = \"192.0.2.7%eth1\"; enabled = false; },\n"
			"  { session = \"192.0.2.5\"; half-life = \"5s\"; },\n"
			"  { profile = \"wan\"; half-life = \"4s\"; } ); };");
	if (!CHECK(s))
		return;
	EQ(half_life(s, "192.0.2.2"), 2000000);
	EQ(half_life(s, "192.0.2.3"), 3000000);
	EQ(half_life(s, "192.0.2.4"), 4000000);
	EQ(half_life(s, "192.0.2.5"), 5000000);
	EQ(half_life(s, "192.0.2.6"), 0);
	EQ(half_life(s, "192.0.2.7"), 2000000);
	frontend_dampening.discard(s);
}

TEST(settings, "settings that make no sense are refused")
{
	CHECK(is_refused(&frontend_dampening, "dampening: { reuse = 3000; };",
			 "reuse: it is to be less than suppress"));
	CHECK(is_refused(&frontend_dampening,
			 "dampening: { exceptions = ( { half-life = 9000000; } ); };",
			 "for a session or for a profile"));
	CHECK(is_refused(&frontend_dampening,
			 "dampening: { exceptions = ( { profile = \"x\"; } ); };",
			 "there is no profile x"));
	CHECK(is_refused(&frontend_dampening,
			 "dampening: { exceptions = ( { session = \"x\"; } ); };",
			 "session: it does not begin with"));
}
