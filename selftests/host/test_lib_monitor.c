// SPDX-License-Identifier: GPL-2.0
/*
 * libbfdnl: events without gaps.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include "tap.h"
#include "test_lib_fake.h"

#define ERR(e)	((unsigned long long)-(e))

/* What the monitor told, as text: "snapshot:1 state:1:down>up ..." */
static char told[4096];
static int stop_after;		/* events until the callback says stop; 0: never */
static __u32 lost;
static __u32 sequence;

/* What a listener believes who does nothing but apply events */
static int believed[32];	/* 1 + state, 0: there is no such session */

static void believe(const struct bfdnl_event *event)
{
	const struct bfdnl_session *session = bfdnl_event_session(event);
	__u64 id;

	if (!session)
		return;
	id = bfdnl_session_number(session, BFDNL_ID) % ARRAY_SIZE(believed);
	believed[id] = 1 + bfdnl_session_number(session, BFDNL_LOCAL_STATE);
	if (bfdnl_event_type(event) == BFDNL_EVENT_DELETED)
		believed[id] = 0;
}

static int tell(const struct bfdnl_event *event, void *data)
{
	const struct bfdnl_session *session = bfdnl_event_session(event);
	size_t len = strlen(told);

	(void)data;
	believe(event);
	if (len > sizeof(told) / 2)
		len = 0;
	len += snprintf(told + len, sizeof(told) - len, "%s%s%s",
			len ? " " : "",
			bfdnl_event_derived(event) ? "+" : "",
			bfdnl_event_type_name(bfdnl_event_type(event)));
	if (session)
		len += snprintf(told + len, sizeof(told) - len, ":%llu",
				bfdnl_session_number(session, BFDNL_ID));
	if (bfdnl_event_type(event) == BFDNL_EVENT_STATE)
		snprintf(told + len, sizeof(told) - len, ":%s>%s",
			 bfdnl_state_name(bfdnl_event_old_state(event)),
			 bfdnl_state_name(bfdnl_event_new_state(event)));
	if (bfdnl_event_type(event) == BFDNL_EVENT_RESYNC)
		lost = bfdnl_event_lost(event);
	sequence = bfdnl_event_sequence(event);
	return stop_after && !--stop_after ? 7 : 0;
}

/* Compare with what was told since the last call. */
static bool was_told(const char *text)
{
	bool same = !strcmp(told, text);

	if (!same)
		printf("# told: %s\n# not:  %s\n", told, text);
	*told = '\0';
	return same;
}

static struct bfdnl *h;
static struct bfdnl_monitor *monitor;

static void begin(void)
{
	h = bfdnl_new();
	stop_after = 0;
	*told = '\0';
	memset(believed, 0, sizeof(believed));
	bfdnl_connect(h, NULL);
	EQ(bfdnl_monitor_open(h, tell, NULL, &monitor), 0);
}

static void finish(void)
{
	bfdnl_monitor_close(monitor);
	bfdnl_free(h);
	fake_reset();
}

static void begin_with_two(void)
{
	fake_reset();
	fake_add(1, "192.0.2.2", BFD_STATE_DOWN);
	fake_add(2, "192.0.2.3", BFD_STATE_UP);
	begin();
	CHECK(was_told("snapshot:1 snapshot:2"));
}

TEST(follows, "a snapshot, then every kind of event")
{
	begin_with_two();
	EQ(bfdnl_monitor_dispatch(monitor), 0);
	CHECK(was_told(""));
	fake_add(3, "192.0.2.4", BFD_STATE_DOWN);
	fake_created(3);
	fake_state(3, BFD_STATE_UP);
	fake_parameters(1);
	fake_deleted(2);
	EQ(bfdnl_monitor_dispatch(monitor), 0);
	CHECK(was_told("created:3 state:3:down>up parameters:1 deleted:2"));
	EQ(sequence, 104);
	CHECK(!fake_readable());
	finish();
}

/* The session of the last event */
static struct bfdnl_session *last;

static int keep_last(const struct bfdnl_event *event, void *data)
{
	(void)data;
	bfdnl_session_free(last);
	last = NULL;
	if (bfdnl_event_session(event))
		last = bfdnl_session_clone(bfdnl_event_session(event));
	return 0;
}

TEST(forgets, "what an event does not say any more is forgotten, but for statistics")
{
	struct bfdnl_session *session;

	fake_reset();
	session = fake_add(1, "192.0.2.2", BFD_STATE_UP);
	bfdnl_session_set_number(session, BFDNL_AUTH_KEY, 7);
	bfdnl_session_set_number(session, BFDNL_PENDING_KEY, 8);
	bfdnl_session_set_text(session, BFDNL_VRF, "red");
	h = bfdnl_new();
	bfdnl_connect(h, NULL);
	EQ(bfdnl_monitor_open(h, keep_last, NULL, &monitor), 0);
	EQ(bfdnl_session_number(last, BFDNL_AUTH_KEY), 7);
	bfdnl_session_unset(session, BFDNL_AUTH_KEY);
	bfdnl_session_unset(session, BFDNL_PENDING_KEY);
	bfdnl_session_unset(session, BFDNL_VRF);
	bfdnl_session_unset(session, BFDNL_CREATE_TIME);
	fake_parameters(1);
	EQ(bfdnl_monitor_dispatch(monitor), 0);
	CHECK(!bfdnl_session_has(last, BFDNL_AUTH_KEY));
	CHECK(!bfdnl_session_has(last, BFDNL_PENDING_KEY));
	CHECK(!bfdnl_session_has(last, BFDNL_VRF));
	EQ(bfdnl_session_number(last, BFDNL_CREATE_TIME), FAKE_NOW);
	bfdnl_session_free(last);
	last = NULL;
	finish();
}

TEST(keeps, "an event of a state tells nothing of the configuration, which stays as it is known")
{
	struct bfdnl_session *session;

	fake_reset();
	session = fake_add(1, "192.0.2.2", BFD_STATE_DOWN);
	bfdnl_session_set_number(session, BFDNL_LOCAL_MULTIPLIER, 9);
	bfdnl_session_set_number(session, BFDNL_AUTH_KEY, 7);
	bfdnl_session_set_text(session, BFDNL_VRF, "red");
	h = bfdnl_new();
	bfdnl_connect(h, NULL);
	EQ(bfdnl_monitor_open(h, keep_last, NULL, &monitor), 0);
	bfdnl_session_unset(session, BFDNL_VRF);
	fake_state(1, BFD_STATE_UP);
	EQ(bfdnl_monitor_dispatch(monitor), 0);
	EQ(bfdnl_session_number(last, BFDNL_LOCAL_STATE), BFD_STATE_UP);
	EQ(bfdnl_session_number(last, BFDNL_LOCAL_MULTIPLIER), 9);
	EQ(bfdnl_session_number(last, BFDNL_AUTH_KEY), 7);
	CHECK(!bfdnl_session_has(last, BFDNL_VRF));
	bfdnl_session_free(last);
	last = NULL;
	finish();
}

TEST(unknown, "a session of which only a state is told is read")
{
	begin_with_two();
	fake_add(3, "192.0.2.4", BFD_STATE_DOWN);
	fake_state(3, BFD_STATE_UP);
	EQ(bfdnl_monitor_dispatch(monitor), 0);
	CHECK(was_told("resync +created:3"));
	finish();
}

/* Set @field of session 1, unnoticed, then lose an event of it. */
static void change_unnoticed(enum bfdnl_field field, __u64 value)
{
	bfdnl_session_set_number(fake_find(1), field, value);
	fake_parameters(1);
	fake_lose();
	fake_parameters(2);
	EQ(bfdnl_monitor_dispatch(monitor), 0);
}

TEST(resync_protocol, "a resync finds changes of authentication, path diagnostic, demand")
{
	begin_with_two();
	change_unnoticed(BFDNL_PATH_DIAGNOSTIC, BFD_DIAG_CONCATENATED_PATH_DOWN);
	CHECK(was_told("resync +parameters:1"));
	change_unnoticed(BFDNL_AUTH_KEY, 3);
	CHECK(was_told("resync +parameters:1"));
	/* that none is pending is not the same as that nothing is */
	change_unnoticed(BFDNL_PENDING_KEY, 0);
	CHECK(was_told("resync +parameters:1"));
	change_unnoticed(BFDNL_REMOTE_DEMAND, 1);
	CHECK(was_told("resync +parameters:1"));
	change_unnoticed(BFDNL_LOOPED_ECHO_COUNT, 9);
	CHECK(was_told("resync"));
	finish();
}

TEST(empty, "without sessions the snapshot is empty")
{
	fake_reset();
	begin();
	CHECK(was_told(""));
	finish();
}

TEST(pollable, "the descriptor polls readable when there is something")
{
	struct pollfd fd = { .events = POLLIN };

	begin_with_two();
	fd.fd = bfdnl_monitor_fd(monitor);
	EQ(poll(&fd, 1, 0), 0);
	fake_state(1, BFD_STATE_UP);
	EQ(poll(&fd, 1, 0), 1);
	EQ(bfdnl_monitor_dispatch(monitor), 0);
	EQ(poll(&fd, 1, 0), 0);
	finish();
}

TEST(gap, "a gap leads to a resync that tells what changed")
{
	begin_with_two();
	fake_state(1, BFD_STATE_UP);
	fake_lose();
	fake_state(2, BFD_STATE_DOWN);
	EQ(bfdnl_monitor_dispatch(monitor), 0);
	CHECK(was_told("resync +state:1:down>up +parameters:1 +state:2:up>down +parameters:2"));
	fake_parameters(1);
	EQ(bfdnl_monitor_dispatch(monitor), 0);
	CHECK(was_told("parameters:1"));
	finish();
}

TEST(gap_lost, "a resync says how many events it stands for")
{
	begin_with_two();
	fake_state(1, BFD_STATE_UP);
	fake_state(1, BFD_STATE_DOWN);
	fake_lose();
	fake_parameters(1);
	stop_after = 1;
	EQ(bfdnl_monitor_dispatch(monitor), 7);
	CHECK(was_told("resync"));
	EQ(lost, 3);
	EQ(sequence, 103);
	finish();
}

TEST(gap_come_and_gone, "sessions that came and went are found by a resync")
{
	begin_with_two();
	fake_add(3, "192.0.2.4", BFD_STATE_DOWN);
	fake_created(3);
	fake_deleted(1);
	fake_lose();
	fake_overrun();
	EQ(bfdnl_monitor_dispatch(monitor), 0);
	CHECK(was_told("resync +deleted:1 +created:3"));
	finish();
}

TEST(gap_reused_id, "another session with the same id is not taken for the old one")
{
	struct bfdnl_session *session;

	begin_with_two();
	fake_deleted(1);
	session = fake_add(1, "192.0.2.2", BFD_STATE_DOWN);
	bfdnl_session_set_number(session, BFDNL_LOCAL_DISCRIMINATOR, 99);
	fake_created(1);
	fake_lose();
	fake_overrun();
	EQ(bfdnl_monitor_dispatch(monitor), 0);
	CHECK(was_told("resync +deleted:1 +created:1"));
	finish();
}

TEST(overrun, "an overflow leads to a resync after what had arrived")
{
	begin_with_two();
	fake_state(1, BFD_STATE_UP);
	fake_overrun();
	EQ(bfdnl_monitor_dispatch(monitor), 0);
	CHECK(was_told("state:1:down>up resync"));
	EQ(lost, 0);
	EQ(bfdnl_monitor_dispatch(monitor), 0);
	CHECK(was_told(""));
	finish();
}

TEST(overrun_last, "an overflow is noticed though nothing arrives after it")
{
	begin_with_two();
	fake_state(1, BFD_STATE_UP);
	fake_lose();
	fake_overrun();
	EQ(bfdnl_monitor_dispatch(monitor), 0);
	CHECK(was_told("resync +state:1:down>up +parameters:1"));
	EQ(lost, 1);
	finish();
}

TEST(duplicates, "an event that arrives twice is told once")
{
	begin_with_two();
	fake_state(1, BFD_STATE_UP);
	fake_parameters(2);
	fake_duplicate();
	EQ(bfdnl_monitor_dispatch(monitor), 0);
	CHECK(was_told("state:1:down>up parameters:2"));
	finish();
}

TEST(wrap, "the sequence wraps at 2^32 without a resync")
{
	fake_reset();
	fake_add(1, "192.0.2.2", BFD_STATE_DOWN);
	fake.sequence = 0xfffffffe;
	begin();
	CHECK(was_told("snapshot:1"));
	for (int i = 0; i < 2; i++) {
		fake_state(1, BFD_STATE_UP);
		fake_state(1, BFD_STATE_DOWN);
	}
	EQ(bfdnl_monitor_dispatch(monitor), 0);
	CHECK(was_told("state:1:down>up state:1:up>down state:1:down>up state:1:up>down"));
	EQ(sequence, 2);
	finish();
}

TEST(wrap_gap, "a gap across the wrap is a gap")
{
	fake_reset();
	fake_add(1, "192.0.2.2", BFD_STATE_DOWN);
	fake.sequence = 0xfffffffe;
	begin();
	CHECK(was_told("snapshot:1"));
	for (int i = 0; i < 5; i++)
		fake_parameters(1);
	fake_lose();
	fake_state(1, BFD_STATE_UP);
	EQ(bfdnl_monitor_dispatch(monitor), 0);
	CHECK(was_told("resync +state:1:down>up +parameters:1"));
	finish();
}

static void during_first_dump(void)
{
	fake.during_dump = NULL;
	fake_add(5, "192.0.2.5", BFD_STATE_DOWN);
	fake_created(5);
	fake_state(1, BFD_STATE_UP);
	fake_deleted(2);
}

TEST(race, "what happens during the dump is told, sessions not twice")
{
	fake_reset();
	fake_add(1, "192.0.2.2", BFD_STATE_DOWN);
	fake_add(2, "192.0.2.3", BFD_STATE_UP);
	fake.during_dump = during_first_dump;
	begin();
	CHECK(was_told("snapshot:1 snapshot:5"));
	EQ(bfdnl_monitor_dispatch(monitor), 0);
	CHECK(was_told("state:1:down>up"));
	finish();
}

TEST(race_interrupted, "an inconsistent dump will do: events set it right")
{
	fake_reset();
	fake_add(1, "192.0.2.2", BFD_STATE_DOWN);
	fake.interrupt_dumps = 1;
	begin();
	CHECK(was_told("snapshot:1"));
	EQ(fake.dumps, 1);
	finish();
}

TEST(unknown_event, "an event of a newer kernel is passed over without a resync")
{
	begin_with_two();
	fake_unknown_event();
	fake_state(1, BFD_STATE_UP);
	EQ(bfdnl_monitor_dispatch(monitor), 0);
	CHECK(was_told("state:1:down>up"));
	finish();
}

TEST(stopped, "a callback that stops loses nothing")
{
	begin_with_two();
	fake_state(1, BFD_STATE_UP);
	fake_state(2, BFD_STATE_DOWN);
	stop_after = 1;
	EQ(bfdnl_monitor_dispatch(monitor), 7);
	CHECK(was_told("state:1:down>up"));
	EQ(bfdnl_monitor_dispatch(monitor), 0);
	CHECK(was_told("state:2:up>down"));
	finish();
}

TEST(stopped_batch, "a callback that stops loses nothing of a datagram with several events")
{
	begin_with_two();
	fake.batches = true;
	fake_state(1, BFD_STATE_UP);
	fake_state(2, BFD_STATE_DOWN);
	fake_deleted(2);
	fake_state(1, BFD_STATE_DOWN);
	stop_after = 2;
	EQ(bfdnl_monitor_dispatch(monitor), 7);
	CHECK(was_told("state:1:down>up state:2:up>down"));
	CHECK(!fake_readable());
	fake_parameters(1);
	EQ(bfdnl_monitor_dispatch(monitor), 0);
	CHECK(was_told("deleted:2 state:1:up>down parameters:1"));
	finish();
}

static int dispatch_again(const struct bfdnl_event *event, void *data)
{
	(void)data;
	if (bfdnl_event_type(event) != BFDNL_EVENT_STATE)
		return 0;
	EQ(bfdnl_monitor_dispatch(monitor), ERR(EBUSY));
	/* nothing was done to the session */
	EQ(bfdnl_session_number(bfdnl_event_session(event), BFDNL_LOCAL_STATE), BFD_STATE_UP);
	return 9;
}

TEST(reentry, "a callback may not dispatch the monitor")
{
	fake_reset();
	fake_add(1, "192.0.2.2", BFD_STATE_DOWN);
	h = bfdnl_new();
	bfdnl_connect(h, NULL);
	EQ(bfdnl_monitor_open(h, dispatch_again, NULL, &monitor), 0);
	fake_state(1, BFD_STATE_UP);
	fake_deleted(1);
	EQ(bfdnl_monitor_dispatch(monitor), 9);
	finish();
}

TEST(stopped_snapshot, "a callback may stop the snapshot and go on later")
{
	fake_reset();
	fake_add(1, "192.0.2.2", BFD_STATE_DOWN);
	fake_add(2, "192.0.2.3", BFD_STATE_UP);
	*told = '\0';
	h = bfdnl_new();
	bfdnl_connect(h, NULL);
	stop_after = 1;
	EQ(bfdnl_monitor_open(h, tell, NULL, &monitor), 7);
	CHECK(was_told("snapshot:1"));
	EQ(bfdnl_monitor_dispatch(monitor), 0);
	CHECK(was_told("snapshot:2"));
	finish();
}

TEST(resync_fails, "a resync that fails is tried again")
{
	begin_with_two();
	fake_state(1, BFD_STATE_UP);
	fake_lose();
	fake_overrun();
	fake.refuse_cmd = BFD_CMD_SESSION_GET;
	fake.refuse_code = -ENOMEM;
	EQ(bfdnl_monitor_dispatch(monitor), ERR(ENOMEM));
	CHECK(was_told(""));
	EQ(bfdnl_monitor_dispatch(monitor), 0);
	CHECK(was_told("resync +state:1:down>up +parameters:1"));
	finish();
}

TEST(unloaded, "the end of the module is reported after what it said last")
{
	begin_with_two();
	fake_deleted(1);
	fake_unloaded();
	EQ(bfdnl_monitor_dispatch(monitor), ERR(ENODEV));
	CHECK(was_told("deleted:1"));
	CHECK(!strcmp(bfdnl_error(h), "the bfd module was unloaded"));
	finish();
}

TEST(flood, "a long queue is handled in bounded pieces")
{
	int calls = 0;

	begin_with_two();
	for (int i = 0; i < 1500; i++)
		fake_parameters(1);
	while (fake_readable() && calls < 10) {
		*told = '\0';
		EQ(bfdnl_monitor_dispatch(monitor), 0);
		calls++;
	}
	EQ(calls, 2);
	EQ(sequence, 1600);
	finish();
}

static bool has_source;
static __u64 first_time;
static size_t times;

static int look(const struct bfdnl_event *event, void *data)
{
	(void)data;
	if (bfdnl_event_type(event) != BFDNL_EVENT_STATE)
		return 0;
	has_source = bfdnl_session_has(bfdnl_event_session(event),
				       BFDNL_SOURCE_ADDR);
	first_time = *bfdnl_event_receive_times(event, &times);
	return 0;
}

TEST(details, "a session that leaves Up says when it last heard the peer")
{
	fake_reset();
	fake_add(1, "192.0.2.2", BFD_STATE_UP);
	h = bfdnl_new();
	bfdnl_connect(h, NULL);
	EQ(bfdnl_monitor_open(h, look, NULL, &monitor), 0);
	fake_state(1, BFD_STATE_DOWN);
	EQ(bfdnl_monitor_dispatch(monitor), 0);
	EQ(times, 2);
	EQ(first_time, 4100000000ULL);
	CHECK(has_source);
	finish();
}

TEST(random_loss, "after any loss the picture of the sessions is right")
{
	srand(2);
	for (int round = 0; round < 200; round++) {
		CASE("round %d", round);
		fake_reset();
		fake.sequence = rand() % 2 ? 0xfffffff0 : 5;
		for (int id = 1; id < 8; id++)
			fake_add(id, "192.0.2.2", rand() % 4);
		begin();
		for (int step = 0; step < 60; step++) {
			__u32 id = 1 + rand() % 10;
			bool there = fake_find(id);

			if (!there) {
				fake_add(id, "192.0.2.9", BFD_STATE_DOWN);
				fake_created(id);
			} else if (rand() % 8 == 0) {
				fake_deleted(id);
			} else {
				fake_state(id, rand() % 4);
			}
			if (rand() % 6 == 0)
				fake_lose();
			if (rand() % 10 == 0)
				fake_overrun();
			if (rand() % 10 == 0)
				fake_duplicate();
			if (rand() % 3 == 0)
				EQ(bfdnl_monitor_dispatch(monitor), 0);
			*told = '\0';
		}
		/* one last event, so that a loss at the end is seen */
		fake_add(20, "192.0.2.20", BFD_STATE_DOWN);
		fake_created(20);
		EQ(bfdnl_monitor_dispatch(monitor), 0);
		*told = '\0';
		for (__u32 id = 0; id < ARRAY_SIZE(believed); id++) {
			struct bfdnl_session *s = fake_find(id);

			EQ(believed[id],
			   s ? 1 + s->number[BFDNL_LOCAL_STATE] : 0);
		}
		finish();
	}
}
