// SPDX-License-Identifier: GPL-2.0
/* Demand mode of ours, Polls for verification, path diagnostics: RFC 5880, 6.6, 6.8.4, 6.8.17. */
#include "fsm_test.h"

#define AD	BFD_STATE_ADMIN_DOWN
#define DOWN	BFD_STATE_DOWN
#define INIT	BFD_STATE_INIT
#define UP	BFD_STATE_UP

#define CONCATENATED	BFD_DIAG_CONCATENATED_PATH_DOWN
#define REVERSE		BFD_DIAG_REVERSE_CONCATENATED_PATH_DOWN

/* The agreed interval of ours, and the Detection Time of Demand mode. */
#define AGREED	(plain.desired_min_tx)
#define DETECT	(plain.detect_mult * (u64)AGREED * US)
/* and of asynchronous mode */
#define ASYNC	(3 * 50000 * US)

static void configure_demand(bool demand)
{
	struct bfd_fsm_config cfg = f.cfg;

	cfg.demand = demand;
	configure(&cfg);
}

static void configure_verification(u32 interval)
{
	struct bfd_fsm_config cfg = f.cfg;

	cfg.demand_poll_interval = interval;
	configure(&cfg);
}

static void configure_mult(u8 detect_mult)
{
	struct bfd_fsm_config cfg = f.cfg;

	cfg.detect_mult = detect_mult;
	configure(&cfg);
}

static void configure_diag(u8 diag)
{
	struct bfd_fsm_config cfg = f.cfg;

	cfg.path_diag = diag;
	configure(&cfg);
}

static void request(void)
{
	act = bfd_fsm_poll(&f, now);
}

/* Both Up and our Demand mode active, nothing to tell. */
static void demand(void)
{
	settle(&plain);
	configure_demand(true);
	CHECK(say(BFD_TX_PERIODIC).poll);
	now += 1 * MS;
	hear_final();
	now += 1 * SEC;
	CHECK(!bfd_fsm_poll_due(&f));
	CHECK(f.demand_in_force);
}

static void hear_demand(bool final)
{
	struct bfd_packet p = from_peer(UP);

	p.demand = true;
	p.final = final;
	hear(p);
}

/* And the peer's. */
static void both(void)
{
	demand();
	hear_demand(false);
	EQ(f.tx_interval, 0);
}

TEST(bit, "6.6, 6.8.7: D is set when both are Up and Demand mode is wanted, and only then")
{
	struct bfd_fsm_config cfg = plain;
	unsigned int local, remote, kind;

	cfg.demand = true;
	for (local = AD; local <= UP; local++) {
		for (remote = AD; remote <= UP; remote++) {
			bool both_up;

			CASE("local %u, remote %u", local, remote);
			bring(local, &cfg);
			hear_state(remote);
			both_up = f.session_state == UP && remote == UP;
			for (kind = BFD_TX_PERIODIC; kind <= BFD_TX_FINAL; kind++)
				EQ(say(kind).demand, both_up);
			EQ(f.demand_in_force, both_up);
		}
	}
}

TEST(comes_up, "6.6: coming Up, the Poll Sequence that tells the timers sets D if the peer is Up")
{
	struct bfd_fsm_config cfg = plain;
	struct bfd_packet p;

	cfg.demand = true;
	start(&cfg);
	hear_state(DOWN);
	hear_state(UP);
	p = say(BFD_TX_PERIODIC);
	CHECK(p.poll);
	CHECK(p.demand);

	/* otherwise another one does it, after the peer came Up */
	start(&cfg);
	hear_state(INIT);
	EQ(f.session_state, UP);
	p = say(BFD_TX_PERIODIC);
	CHECK(p.poll);
	CHECK(!p.demand);
	now += 1 * MS;
	hear_final();
	CHECK(bfd_fsm_poll_due(&f));
	CHECK(f.dirty);
	now = f.poll_hold;
	p = say(BFD_TX_PERIODIC);
	CHECK(p.poll);
	CHECK(p.demand);
}

TEST(on, "6.6: to switch it on takes a Poll Sequence")
{
	settle(&plain);
	EQ(bfd_fsm_tx_interval(&f), AGREED);
	configure_demand(true);
	CHECK(act & BFD_ACT_PARAMS);
	EQ(act & (BFD_ACT_STATE | BFD_ACT_SEND), 0);
	CHECK(f.poll_active);
	EQ(f.tx_interval, AGREED);
	EQ(bfd_fsm_tx_interval(&f), AGREED);
	/* the peer may be silent from here on */
	CHECK(act & BFD_ACT_DETECT);
	EQ(bfd_fsm_deadline(&f), BFD_NEVER);
	now += 1 * MS;
	CHECK(say(BFD_TX_PERIODIC).demand);
	CHECK(act & BFD_ACT_DETECT);
	EQ(bfd_fsm_deadline(&f), now + DETECT);
	now += 1 * MS;
	hear_final();
	CHECK(act & BFD_ACT_DETECT);
	EQ(bfd_fsm_deadline(&f), BFD_NEVER);
	CHECK(!say(BFD_TX_PERIODIC).poll);
	EQ(f.tx_interval, AGREED);
	now += 1000 * SEC;
	expire();
	EQ(act, 0);
	EQ(f.session_state, UP);
	EQ(f.remote_discr, PEER);
}

TEST(on_in_poll, "6.6, 6.8.3: it waits for a Poll Sequence under way and a round trip more")
{
	settle(&plain);
	configure_tx(60000);
	say(BFD_TX_PERIODIC);
	now += 40 * MS;
	say(BFD_TX_PERIODIC);
	configure_demand(true);
	CHECK(!say(BFD_TX_PERIODIC).demand);
	EQ(f.detection_time, ASYNC);
	now += 10 * MS;
	hear_final();
	CHECK(!say(BFD_TX_PERIODIC).demand);
	EQ(f.detection_time, ASYNC);
	now = f.poll_hold;
	CHECK(say(BFD_TX_PERIODIC).demand);
	CHECK(f.poll_active);
}

TEST(off, "6.6: to switch it off takes one, too; then silence counts from the Final")
{
	demand();
	now += 1000 * SEC;
	configure_demand(false);
	EQ(bfd_fsm_deadline(&f), BFD_NEVER);
	CHECK(!say(BFD_TX_FINAL).demand);
	CHECK(say(BFD_TX_PERIODIC).poll);
	CHECK(!say(BFD_TX_PERIODIC).demand);
	/* it may not have heard it yet */
	EQ(bfd_fsm_deadline(&f), now + DETECT);
	now += 100 * MS;
	hear_state(UP);
	EQ(bfd_fsm_deadline(&f), now - 100 * MS + DETECT);
	now += 50 * MS;
	hear_final();
	EQ(bfd_fsm_deadline(&f), now + ASYNC);
	CHECK(!f.demand_in_force);
}

TEST(off_unanswered, "6.8.4: if it does not answer that, it is not there")
{
	demand();
	configure_demand(false);
	say(BFD_TX_PERIODIC);
	now = bfd_fsm_deadline(&f);
	expire();
	EQ(f.session_state, DOWN);
	EQ(f.local_diag, BFD_DIAG_CONTROL_EXPIRY);
}

TEST(off_in_poll, "6.6, 6.8.3: to switch it off waits for a Poll Sequence under way, too")
{
	demand();
	configure_tx(60000);
	say(BFD_TX_PERIODIC);
	configure_demand(false);
	CHECK(say(BFD_TX_PERIODIC).demand);
	now += 1 * MS;
	hear_final();
	CHECK(bfd_fsm_poll_due(&f));
	EQ(bfd_fsm_deadline(&f), BFD_NEVER);
	now = f.poll_hold;
	CHECK(!say(BFD_TX_PERIODIC).demand);
	CHECK(f.poll_active);
}

TEST(on_and_off, "6.6: on and off before any packet left: nothing is told but by its own Poll")
{
	settle(&plain);
	configure_demand(true);
	configure_demand(false);
	CHECK(f.poll_active);
	CHECK(!say(BFD_TX_PERIODIC).demand);
	hear_final();
	EQ(f.detection_time, ASYNC);
	EQ(bfd_fsm_deadline(&f), now + ASYNC);
}

TEST(detection, "6.8.4: Detect Mult times the agreed interval of ours, from the first P")
{
	static const struct {
		u32 desired, remote;
		u8 mult;
		u64 want;
	} cases[] = {
		{ 40000, 20000, 5, 200000 },
		{ 40000, 70000, 3, 210000 },
		{ 40000, 20000, 1, 40000 },
		{ 0xffffffff, 20000, 255, 255 * 0xffffffffull },
		{ 0 }
	};
	struct bfd_packet p = from_peer(UP);
	unsigned int i;

	for (i = 0; cases[i].mult; i++) {
		struct bfd_fsm_config cfg = plain;
		u64 first;

		CASE("%u", i);
		cfg.desired_min_tx = cases[i].desired;
		cfg.detect_mult = cases[i].mult;
		cfg.demand = true;
		bring(UP, &cfg);
		p.required_min_rx = cases[i].remote;
		p.final = false;
		hear(p);
		say(BFD_TX_PERIODIC);
		p.final = true;
		hear(p);
		p.final = false;
		EQ(bfd_fsm_detection_time(&f), cases[i].want * US);
		EQ(f.detection_time, 0);
		now += 1 * SEC;
		request();
		CHECK(act & BFD_ACT_PARAMS);
		EQ(f.detection_time, 0);
		now += 1 * MS;
		first = now;
		CHECK(say(BFD_TX_PERIODIC).poll);
		EQ(bfd_fsm_deadline(&f), first + cases[i].want * US);
		/* neither another Poll nor another packet puts it off */
		now += 1 * MS;
		say(BFD_TX_PERIODIC);
		hear(p);
		EQ(bfd_fsm_deadline(&f), first + cases[i].want * US);
		now = first + cases[i].want * US - 1;
		expire();
		EQ(act, 0);
		now++;
		expire();
		EQ(f.session_state, DOWN);
		EQ(f.local_diag, BFD_DIAG_CONTROL_EXPIRY);
		CHECK(act & BFD_ACT_SEND);
		CHECK(!f.demand_in_force);
		CHECK(!say(BFD_TX_CHANGE).demand);
	}
}

/* As long as the peer wants them, Polls leave once a second. */
static void poll_slowly(void)
{
	struct bfd_packet p = from_peer(UP);

	demand();
	p.required_min_rx = 1000000;
	hear(p);
	now += 1 * SEC;
	request();
	CHECK(say(BFD_TX_PERIODIC).poll);
	EQ(bfd_fsm_deadline(&f), now + plain.detect_mult * 1 * SEC);
}

TEST(faster, "6.8.4: Polls of a slower pace do not count for more than they were")
{
	u64 first;

	/* the first one was lost; before the second the peer wants a faster pace */
	poll_slowly();
	now += 900 * MS;
	hear_state(UP);
	CHECK(act & BFD_ACT_DETECT);
	CHECK(act & BFD_ACT_TX);
	EQ(bfd_fsm_deadline(&f), now + DETECT);
	now += 1 * MS;
	say(BFD_TX_PERIODIC);
	EQ(bfd_fsm_deadline(&f), now - 1 * MS + DETECT);
	now = bfd_fsm_deadline(&f) - 1;
	expire();
	EQ(act, 0);
	now++;
	expire();
	EQ(f.session_state, DOWN);
	EQ(f.local_diag, BFD_DIAG_CONTROL_EXPIRY);

	/* nor does a new pace put off what was to end sooner */
	poll_slowly();
	first = now;
	now += plain.detect_mult * 1 * SEC - 10 * MS;
	hear_state(UP);
	EQ(bfd_fsm_deadline(&f), first + plain.detect_mult * 1 * SEC);

	/* the round trip still counts from the first one: 6.8.3, choice 2 */
	poll_slowly();
	now += 300 * MS;
	hear_state(UP);
	hear_final();
	EQ(f.poll_hold, now);
}

TEST(not_forgotten, "6.8.1: a peer that spoke and did not answer is known, and watched again")
{
	demand();
	request();
	say(BFD_TX_PERIODIC);
	now += DETECT - 1 * MS;
	hear_state(UP);
	now += 1 * MS;
	expire();
	EQ(f.session_state, DOWN);
	EQ(f.remote_discr, PEER);
	EQ(bfd_fsm_deadline(&f), now + ASYNC);

	/* as long as it was within the Detection Time */
	demand();
	request();
	hear_state(UP);
	say(BFD_TX_PERIODIC);
	now += DETECT;
	expire();
	EQ(f.session_state, DOWN);
	EQ(f.remote_discr, 0);
	EQ(bfd_fsm_deadline(&f), BFD_NEVER);
}

TEST(mult, "6.8.4: it follows our Detect Mult, and the peer's Required Min RX")
{
	struct bfd_packet p = from_peer(UP);

	demand();
	request();
	say(BFD_TX_PERIODIC);
	configure_mult(2);
	CHECK(act & BFD_ACT_DETECT);
	EQ(bfd_fsm_deadline(&f), now + 2 * AGREED * US);
	p.required_min_rx = 90000;
	hear(p);
	CHECK(act & BFD_ACT_DETECT);
	EQ(bfd_fsm_deadline(&f), now + 2 * 90000 * US);
}

TEST(changes, "6.6: in Demand mode of ours every change of contents is polled for")
{
	struct bfd_fsm_config cfg;
	unsigned int what;

	for (what = 0; what < 4; what++) {
		struct bfd_packet p = from_peer(UP);

		CASE("change %u", what);
		demand();
		cfg = f.cfg;
		if (what == 0)
			cfg.detect_mult = 9;
		else if (what == 1)
			cfg.required_min_echo_rx = 0;
		else if (what == 2)
			cfg.path_diag = REVERSE;
		if (what < 3) {
			configure(&cfg);
		} else {
			p.my_discr = PEER + 1;
			hear(p);
		}
		CHECK(bfd_fsm_poll_due(&f));
		p = say(BFD_TX_PERIODIC);
		CHECK(p.poll);
		EQ(p.your_discr, what == 3 ? PEER + 1 : PEER);
		say(BFD_TX_PERIODIC);
		hear_final();
	}
}

TEST(restart, "6.8.6: a restarted peer is noticed although it was asked to be silent")
{
	struct bfd_packet p = from_peer(DOWN);

	both();
	now += 1000 * SEC;
	p.my_discr = PEER + 1;
	p.your_discr = 0;
	hear(p);
	EQ(f.session_state, DOWN);
	EQ(f.local_diag, BFD_DIAG_NEIGHBOR_DOWN);
	CHECK(act & BFD_ACT_SEND);
	EQ(f.tx_interval, 1000000);
	EQ(bfd_fsm_deadline(&f), now + ASYNC);
}

TEST(ends, "6.6: it ends when either is not Up, and silence counts from there")
{
	demand();
	now += 1000 * SEC;
	admin_down(true);
	CHECK(!say(BFD_TX_CHANGE).demand);
	EQ(bfd_fsm_deadline(&f), now + ASYNC);

	demand();
	request();
	say(BFD_TX_PERIODIC);
	now += DETECT;
	act = bfd_fsm_path_down(&f, now);
	EQ(f.session_state, DOWN);
	EQ(f.remote_discr, PEER);
	EQ(bfd_fsm_deadline(&f), now + ASYNC);
}

TEST(remote_not_up, "6.6: D goes with the peer's Up, while we stay Up, and a Poll tells it")
{
	demand();
	now += 1000 * SEC;
	hear_state(INIT);
	EQ(f.session_state, UP);
	CHECK(f.dirty);
	CHECK(!say(BFD_TX_FINAL).demand);
	EQ(bfd_fsm_deadline(&f), now + ASYNC);
	CHECK(act == 0);
	CHECK(say(BFD_TX_PERIODIC).poll);
	hear_final();
	CHECK(bfd_fsm_poll_due(&f));
	CHECK(!say(BFD_TX_FINAL).demand);
	now = f.poll_hold;
	CHECK(say(BFD_TX_PERIODIC).demand);

	/* the end of it was being told already: no other Poll is needed for that */
	demand();
	configure_demand(false);
	say(BFD_TX_PERIODIC);
	hear_state(INIT);
	EQ(bfd_fsm_deadline(&f), now + ASYNC);
	hear_final();
	CHECK(!bfd_fsm_poll_due(&f));
}

TEST(never, "6.6: without it nothing is disturbed: a packet is built once for many")
{
	bring(INIT, &plain);
	say(BFD_TX_PERIODIC);
	CHECK(!f.dirty);
	hear_state(DOWN);
	EQ(act, 0);
	CHECK(!f.dirty);
	settle(&plain);
	say(BFD_TX_PERIODIC);
	EQ(act, 0);
	CHECK(!f.dirty);
}

TEST(request_async, "6.5: a Poll on request in asynchronous mode; nothing depends on the Final")
{
	settle(&plain);
	request();
	EQ(act, BFD_ACT_PARAMS);
	CHECK(say(BFD_TX_PERIODIC).poll);
	EQ(bfd_fsm_deadline(&f), f.last_rx + ASYNC);
	/* one is enough */
	request();
	EQ(act, 0);
	now += 20 * MS;
	say(BFD_TX_PERIODIC);
	hear_final();
	CHECK(!bfd_fsm_poll_due(&f));
	/* the next one waits a round trip */
	request();
	CHECK(bfd_fsm_poll_due(&f));
	CHECK(f.dirty);
	CHECK(!say(BFD_TX_PERIODIC).poll);
	now = f.poll_hold;
	CHECK(say(BFD_TX_PERIODIC).poll);
}

TEST(request_down, "6.5: none is run while not Up")
{
	unsigned int state;

	for (state = AD; state < UP; state++) {
		CASE("state %u", state);
		bring(state, &plain);
		request();
		EQ(act, 0);
		CHECK(!f.poll_request);
	}
	/* and none is left from earlier */
	settle(&plain);
	configure_tx(60000);
	say(BFD_TX_PERIODIC);
	now += 40 * MS;
	say(BFD_TX_PERIODIC);
	hear_final();
	request();
	CHECK(f.poll_request);
	admin_down(true);
	CHECK(!f.poll_request);
}

TEST(request_both, "6.6: on request one leaves at once, when both are in Demand mode")
{
	both();
	request();
	CHECK(act & BFD_ACT_TX);
	EQ(f.tx_interval, AGREED);
	EQ(f.tx_not_before, 0);
	EQ(bfd_fsm_tx_interval(&f), AGREED);
	CHECK(say(BFD_TX_PERIODIC).poll);
	hear_demand(true);
	EQ(f.tx_interval, 0);
}

TEST(request_silenced, "6.5: a peer that asked for silence gets one packet for every request")
{
	struct bfd_packet p = from_peer(UP);

	demand();
	p.required_min_rx = 0;
	hear(p);
	EQ(act & BFD_ACT_SEND, 0);
	request();
	CHECK(act & BFD_ACT_SEND);
	CHECK(say(BFD_TX_CHANGE).poll);
	CHECK(act & BFD_ACT_DETECT);
	EQ(bfd_fsm_deadline(&f), now + DETECT);
	now += 1 * MS;
	request();
	CHECK(act & BFD_ACT_SEND);
	CHECK(say(BFD_TX_CHANGE).poll);
	p.final = true;
	hear(p);
	EQ(bfd_fsm_deadline(&f), BFD_NEVER);
}

TEST(toggled, "6.8.4: who changes the pace all the time and never answers a Poll is missed")
{
	struct bfd_packet p;
	u64 first;

	demand();
	request();
	CHECK(say(BFD_TX_PERIODIC).poll);
	first = now;
	p = from_peer(UP);
	do {
		now += 20 * MS;
		p.required_min_rx = p.required_min_rx == 1000000 ? 20000 : 1000000;
		hear(p);
		say(BFD_TX_PERIODIC);
		bfd_fsm_expire(&f, now);
	} while (f.session_state == UP && now < first + 10 * SEC);
	EQ(f.session_state, DOWN);
	EQ(f.local_diag, BFD_DIAG_CONTROL_EXPIRY);
	CHECK(now >= first + plain.detect_mult * SEC - 40 * MS);
	CHECK(now <= first + plain.detect_mult * SEC + 40 * MS);
}

TEST(verification, "6.6: verification on an interval, from the last Final")
{
	u64 final;

	demand();
	say(BFD_TX_PERIODIC);
	EQ(act, 0);
	CHECK(!f.dirty);
	configure_verification(300000);
	final = now;
	EQ(f.verify_at, final + 300000 * US);
	CHECK(f.dirty);
	now = final + 300000 * US - 1;
	CHECK(!say(BFD_TX_PERIODIC).poll);
	CHECK(f.dirty);
	now++;
	CHECK(say(BFD_TX_PERIODIC).poll);
	EQ(bfd_fsm_deadline(&f), now + DETECT);
	EQ(act & BFD_ACT_PARAMS, 0);	/* that nothing has changed is no news */
	now += 30 * MS;
	hear_final();
	EQ(act & BFD_ACT_PARAMS, 0);
	EQ(bfd_fsm_deadline(&f), BFD_NEVER);
	EQ(f.verify_at, now + 300000 * US);
	/* a Poll that was asked for is, and one that tells of a change */
	now = f.poll_hold;
	request();
	CHECK(say(BFD_TX_PERIODIC).poll);
	hear_final();
	CHECK(act & BFD_ACT_PARAMS);
	now = f.verify_at;
	say(BFD_TX_PERIODIC);
	request();
	EQ(act, BFD_ACT_PARAMS);	/* and becomes news */
	CHECK(bfd_fsm_polls(&f));
	request();
	EQ(act, 0);
	hear_final();
	CHECK(act & BFD_ACT_PARAMS);
	CHECK(!bfd_fsm_polls(&f));
	now = f.verify_at;
	say(BFD_TX_PERIODIC);
	hear_final();
	now += 100 * MS;
	configure_tx(70000);
	say(BFD_TX_PERIODIC);
	hear_final();
	CHECK(act & BFD_ACT_PARAMS);
	now = f.verify_at;
	say(BFD_TX_PERIODIC);
	configure_mult(4);
	hear_final();
	EQ(act & BFD_ACT_PARAMS, 0);
	now += 100 * MS;
	CHECK(say(BFD_TX_PERIODIC).poll);
	CHECK(act & BFD_ACT_PARAMS);
	hear_final();
	CHECK(act & BFD_ACT_PARAMS);
	/* not without Demand mode, and not on an interval of 0 */
	configure_verification(0);
	say(BFD_TX_PERIODIC);
	CHECK(!f.dirty);
	now += 1 * SEC;
	CHECK(!say(BFD_TX_PERIODIC).poll);
	settle(&plain);
	configure_verification(1000);
	say(BFD_TX_PERIODIC);
	CHECK(!f.dirty);
	now += 1 * SEC;
	CHECK(!say(BFD_TX_PERIODIC).poll);
}

TEST(verification_both, "6.6, 6.8.7: and nothing else is sent when the peer is in Demand mode, too")
{
	both();
	configure_verification(300000);
	CHECK(act & BFD_ACT_TX);
	EQ(f.tx_interval, AGREED);
	EQ(bfd_fsm_tx_interval(&f), 0);
	EQ(f.tx_not_before, now + 300000 * US);
	now = f.tx_not_before;
	CHECK(say(BFD_TX_PERIODIC).poll);
	EQ(act & BFD_ACT_PARAMS, 0);
	CHECK(!bfd_fsm_polls(&f));
	EQ(bfd_fsm_tx_interval(&f), 0);
	EQ(f.tx_interval, AGREED);
	EQ(f.tx_not_before, 0);
	now += 40 * MS;
	say(BFD_TX_PERIODIC);
	now += 10 * MS;
	hear_demand(true);
	CHECK(act & BFD_ACT_TX);
	EQ(f.tx_not_before, now + 300000 * US);
	/* what is asked for meanwhile waits only for the round trip */
	EQ(bfd_fsm_tx_interval(&f), 0);
	request();
	EQ(bfd_fsm_tx_interval(&f), AGREED);
	EQ(f.tx_not_before, f.poll_hold);
	now = f.poll_hold;
	say(BFD_TX_PERIODIC);
	/* which may be longer than the interval */
	now += 500 * MS;
	say(BFD_TX_PERIODIC);
	now += 100 * MS;
	hear_demand(true);
	CHECK(f.poll_hold > f.verify_at);
	EQ(f.tx_not_before, f.poll_hold);
	configure_verification(0);
	EQ(f.tx_interval, 0);
}

TEST(lost, "6.6: a change that joins a Poll Sequence under way is not lost with a packet")
{
	demand();
	configure_tx(60000);
	say(BFD_TX_PERIODIC);
	configure_mult(9);
	EQ(say(BFD_TX_PERIODIC).detect_mult, 9);	/* lost */
	hear_final();					/* to the first */
	CHECK(bfd_fsm_poll_due(&f));

	settle(&plain);
	hear_demand(false);
	configure_tx(60000);
	say(BFD_TX_PERIODIC);
	configure_mult(9);
	say(BFD_TX_PERIODIC);
	hear_demand(true);
	CHECK(bfd_fsm_poll_due(&f));
}

TEST(final_is_no_news, "6.6: that a Final carried a change does not count as told")
{
	settle(&plain);
	configure_mult(9);
	EQ(say(BFD_TX_FINAL).detect_mult, 9);
	hear_demand(false);
	CHECK(bfd_fsm_poll_due(&f));
}

TEST(new_discr, "6.6: the peer's new discriminator is confirmed in Demand mode only")
{
	struct bfd_packet p = from_peer(UP);

	p.my_discr = PEER + 1;
	settle(&plain);
	hear(p);
	CHECK(!bfd_fsm_poll_due(&f));
	EQ(say(BFD_TX_PERIODIC).your_discr, PEER + 1);
	hear_demand(false);
	CHECK(bfd_fsm_poll_due(&f));
	EQ(f.tx_interval, AGREED);
}

TEST(diag, "6.8.17: a path diagnostic is told at once while Up, and goes with it")
{
	struct bfd_packet p;

	settle(&plain);
	configure_diag(CONCATENATED);
	EQ(act, BFD_ACT_PARAMS | BFD_ACT_SEND);
	EQ(f.session_state, UP);
	p = say(BFD_TX_CHANGE);
	EQ(p.diag, CONCATENATED);
	CHECK(!p.poll);
	EQ(say(BFD_TX_PERIODIC).diag, CONCATENATED);
	CHECK(!bfd_fsm_poll_due(&f));
	configure_diag(CONCATENATED);
	EQ(act, BFD_ACT_PARAMS);
	configure_diag(REVERSE);
	CHECK(act & BFD_ACT_SEND);
	EQ(say(BFD_TX_CHANGE).diag, REVERSE);
	configure_diag(BFD_DIAG_NONE);
	CHECK(act & BFD_ACT_SEND);
	EQ(say(BFD_TX_CHANGE).diag, BFD_DIAG_NONE);
}

TEST(diag_overwritten, "6.8.17: a failure overwrites it; it is told again when the session is Up")
{
	settle(&plain);
	configure_diag(CONCATENATED);
	now = bfd_fsm_deadline(&f);
	expire();
	EQ(say(BFD_TX_CHANGE).diag, BFD_DIAG_CONTROL_EXPIRY);
	/* nor does a change now say anything else */
	configure_diag(REVERSE);
	EQ(act & BFD_ACT_SEND, 0);
	EQ(f.local_diag, BFD_DIAG_CONTROL_EXPIRY);
	hear_state(DOWN);
	EQ(f.local_diag, BFD_DIAG_CONTROL_EXPIRY);
	hear_state(UP);
	EQ(f.session_state, UP);
	EQ(f.local_diag, REVERSE);
	admin_down(true);
	EQ(f.local_diag, BFD_DIAG_ADMIN_DOWN);
	admin_down(false);
	EQ(f.local_diag, BFD_DIAG_NONE);
	hear_state(INIT);
	EQ(f.session_state, UP);
	EQ(f.local_diag, REVERSE);
}

TEST(diag_demand, "6.8.17: to a peer in Demand mode a Poll Sequence tells it")
{
	struct bfd_packet p;

	settle(&plain);
	hear_demand(false);
	configure_diag(CONCATENATED);
	EQ(act & BFD_ACT_SEND, 0);
	CHECK(act & BFD_ACT_TX);
	p = say(BFD_TX_PERIODIC);
	CHECK(p.poll);
	EQ(p.diag, CONCATENATED);
	hear_demand(true);
	EQ(f.tx_interval, 0);
}

TEST(diag_silenced, "6.8.17: and to one that asked for silence a single packet")
{
	struct bfd_packet p = from_peer(UP);

	settle(&plain);
	p.required_min_rx = 0;
	hear(p);
	configure_diag(CONCATENATED);
	CHECK(act & BFD_ACT_SEND);
	EQ(say(BFD_TX_CHANGE).diag, CONCATENATED);
	hear(p);
	EQ(act & BFD_ACT_SEND, 0);
}

TEST(cpi, "6.8.7: C is always set: the kernel goes on without whoever configured it")
{
	unsigned int state, kind;

	for (state = AD; state <= UP; state++) {
		bring(state, &plain);
		for (kind = BFD_TX_PERIODIC; kind <= BFD_TX_FINAL; kind++)
			CHECK(say(kind).cpi);
	}
}
