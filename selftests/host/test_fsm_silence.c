// SPDX-License-Identifier: GPL-2.0
/* A Required Min RX Interval of 0, the peer's and ours: RFC 5880, 6.8.1, 6.8.7, 6.8.18. */
#include "fsm_test.h"

#define AD	BFD_STATE_ADMIN_DOWN
#define DOWN	BFD_STATE_DOWN
#define INIT	BFD_STATE_INIT
#define UP	BFD_STATE_UP

TEST(silenced, "6.8.7, 6.8.18: to a Required Min RX of 0 nothing periodic is sent in every state")
{
	unsigned int state;

	for (state = AD; state <= UP; state++) {
		struct bfd_packet p = from_peer(state == AD ? DOWN : state);

		CASE("state %u", state);
		if (state == UP)
			settle(&plain);
		else
			bring(state, &plain);
		if (state == DOWN)
			p.state = AD;
		if (state == INIT)
			p.state = DOWN;
		p.required_min_rx = 0;
		hear(p);
		EQ(f.session_state, state);
		EQ(f.tx_interval, 0);
		CHECK(act & BFD_ACT_TX);
		EQ(act & BFD_ACT_SEND, 0);
		CHECK(bfd_fsm_may_send(&f));
		/* 6.8.7: a Poll is answered without respect to any limit */
		p.poll = true;
		hear(p);
		EQ(!!(act & BFD_ACT_FINAL), state != AD);
		EQ(act & BFD_ACT_SEND, 0);
		CHECK(say(BFD_TX_FINAL).final);
		EQ(f.tx_interval, 0);
		/* it may be lifted */
		p.poll = false;
		p.required_min_rx = 2000000;
		hear(p);
		CHECK(act & BFD_ACT_TX);
		EQ(f.tx_interval, 2000000);
		CHECK(bfd_fsm_may_send(&f));
	}
}

/* What the peer says from now on in this state, and it wants to hear nothing. */
static void hear_silent(enum bfd_state state)
{
	struct bfd_packet p = from_peer(state);

	p.required_min_rx = 0;
	hear(p);
	EQ(f.tx_interval, 0);
}

TEST(changes_of_state, "6.8.7: it is told every change of state, and only those")
{
	start(&plain);
	hear_silent(DOWN);
	EQ(f.session_state, INIT);
	CHECK(act & BFD_ACT_SEND);
	say(BFD_TX_CHANGE);
	hear_silent(DOWN);
	EQ(act & BFD_ACT_SEND, 0);
	hear_silent(INIT);
	EQ(f.session_state, UP);
	CHECK(act & BFD_ACT_SEND);
	CHECK(say(BFD_TX_CHANGE).poll);
	hear_silent(UP);
	EQ(act & BFD_ACT_SEND, 0);
	/* that it is known now is none */
	start(&plain);
	hear_silent(AD);
	EQ(f.session_state, DOWN);
	EQ(act & BFD_ACT_SEND, 0);
	start(&plain);
	hear_silent(DOWN);
	say(BFD_TX_CHANGE);
	hear_silent(INIT);
	say(BFD_TX_CHANGE);
	hear_silent(DOWN);
	EQ(f.session_state, DOWN);
	CHECK(act & BFD_ACT_SEND);

	settle(&plain);
	hear_silent(UP);
	act = bfd_fsm_path_down(&f, now);
	CHECK(act & BFD_ACT_SEND);
	EQ(f.tx_interval, 0);
}

TEST(administrative, "6.8.16: AdminDown and its end are told once even to who asked for silence")
{
	settle(&plain);
	hear_silent(UP);
	admin_down(true);
	CHECK(act & BFD_ACT_SEND);
	EQ(f.tx_interval, 0);
	EQ(say(BFD_TX_CHANGE).state, AD);
	admin_down(false);
	CHECK(act & BFD_ACT_SEND);
	EQ(f.tx_interval, 0);
	EQ(say(BFD_TX_CHANGE).state, DOWN);
}

TEST(configured, "6.8.7: a change of what packets say is told at once, in every state")
{
	unsigned int state, what;

	for (state = AD; state <= UP; state++) {
		for (what = 0; what < 4; what++) {
			struct bfd_fsm_config cfg = plain;
			struct bfd_packet p;

			CASE("state %u, change %u", state, what);
			if (state == UP)
				settle(&plain);
			else
				bring(state, &plain);
			hear_silent(f.remote_session_state);
			EQ(f.session_state, state);
			cfg.admin_down = state == AD;
			if (what == 0)
				cfg.desired_min_tx = 3000000;
			else if (what == 1)
				cfg.required_min_rx = 70000;
			else if (what == 2)
				cfg.required_min_echo_rx = 0;
			else
				cfg.detect_mult = 9;
			configure(&cfg);
			CHECK(act & BFD_ACT_SEND);
			EQ(act & BFD_ACT_STATE, 0);
			EQ(f.tx_interval, 0);
			p = say(BFD_TX_CHANGE);
			/* 6.5: no packet on schedule could carry it */
			EQ(p.poll, state == UP && what < 2);
			EQ(p.desired_min_tx, what == 0 ? 3000000 :
					     state == UP ? plain.desired_min_tx : 1000000);
			EQ(p.required_min_rx, cfg.required_min_rx);
			EQ(p.required_min_echo_rx, cfg.required_min_echo_rx);
			EQ(p.detect_mult, cfg.detect_mult);
		}
	}
}

/* As hear_silent(UP), with a Final. */
static void hear_silent_final(void)
{
	struct bfd_packet p = from_peer(UP);

	p.required_min_rx = 0;
	p.final = true;
	hear(p);
	EQ(f.tx_interval, 0);
}

/* Told at once, with the P that lets the peer end it. */
static void check_told(u32 desired_min_tx, u32 required_min_rx)
{
	struct bfd_packet p;

	CHECK(act & BFD_ACT_SEND);
	p = say(BFD_TX_CHANGE);
	CHECK(p.poll);
	EQ(p.desired_min_tx, desired_min_tx);
	EQ(p.required_min_rx, required_min_rx);
}

TEST(configured_poll, "6.5, 6.8.3: the packet that tells it carries P, and the Final ends it")
{
	settle(&plain);
	hear_silent(UP);
	configure_rx(35000);
	check_told(plain.desired_min_tx, 35000);
	EQ(f.detection_time, 3 * 50000 * US);
	CHECK(!say(BFD_TX_FINAL).poll);
	now += 10 * SEC;
	hear_silent(UP);
	EQ(act & BFD_ACT_SEND, 0);
	EQ(f.detection_time, 3 * 50000 * US);
	hear_silent_final();
	EQ(act & BFD_ACT_SEND, 0);
	EQ(f.detection_time, 3 * 35000 * US);
	CHECK(!bfd_fsm_poll_due(&f));
	CHECK(!say(BFD_TX_CHANGE).poll);
}

TEST(configured_poll_on, "6.5: a Poll Sequence without a Final goes on when silence ends")
{
	struct bfd_packet p;

	settle(&plain);
	hear_silent(UP);
	configure_tx(400000);
	say(BFD_TX_CHANGE);
	now += 10 * SEC;
	hear_state(UP);
	CHECK(act & BFD_ACT_TX);
	EQ(f.tx_interval, plain.desired_min_tx);
	p = say(BFD_TX_PERIODIC);
	CHECK(p.poll);
	EQ(p.desired_min_tx, 400000);
	hear_final();
	EQ(f.tx_interval, 400000);
}

TEST(configured_in_poll, "6.8.3: a change during a Poll Sequence does not wait for its end")
{
	settle(&plain);
	hear_silent(UP);
	configure_tx(60000);
	check_told(60000, plain.required_min_rx);
	now += 1 * MS;
	configure_rx(35000);
	check_told(60000, 35000);
	/* neither is in use yet */
	EQ(f.detection_time, 3 * 50000 * US);
	now += 1 * MS;
	configure(&f.cfg);
	EQ(act & BFD_ACT_SEND, 0);
	hear_silent_final();
	EQ(f.detection_time, 3 * 35000 * US);
	hear_state(UP);
	EQ(f.tx_interval, 60000);
}

TEST(configured_demand, "6.6: in Demand mode a Poll Sequence tells a new Detect Mult, too")
{
	struct bfd_fsm_config cfg = plain;
	struct bfd_packet p = from_peer(UP);

	settle(&plain);
	p.demand = true;
	p.required_min_rx = 0;
	hear(p);
	EQ(act & BFD_ACT_SEND, 0);
	cfg.detect_mult = 9;
	configure(&cfg);
	check_told(plain.desired_min_tx, plain.required_min_rx);
	p.final = true;
	hear(p);
	EQ(act & BFD_ACT_SEND, 0);
	CHECK(!bfd_fsm_poll_due(&f));
}

TEST(ends, "6.8.18: after a Detection Time of silence we send at our own rate again")
{
	start(&plain);
	hear_silent(DOWN);
	EQ(f.session_state, INIT);
	now = bfd_fsm_deadline(&f);
	expire();
	EQ(f.session_state, DOWN);
	CHECK(act & BFD_ACT_SEND);
	CHECK(act & BFD_ACT_TX);
	EQ(f.tx_interval, 1000000);

	bring(DOWN, &plain);
	hear_silent(AD);
	now = bfd_fsm_deadline(&f);
	expire();
	EQ(f.session_state, DOWN);
	EQ(act & BFD_ACT_SEND, 0);
	CHECK(act & BFD_ACT_TX);
	EQ(f.tx_interval, 1000000);
}

TEST(own, "6.8.1, 6.8.18: a configured Required Min RX of 0 is said and applied when Up")
{
	struct bfd_fsm_config cfg = plain;

	cfg.required_min_rx = 0;
	start(&cfg);
	CHECK(say(BFD_TX_PERIODIC).required_min_rx != 0);
	hear_state(DOWN);
	EQ(f.session_state, INIT);
	CHECK(say(BFD_TX_PERIODIC).required_min_rx != 0);
	CHECK(bfd_fsm_deadline(&f) != BFD_NEVER);
	hear_state(UP);
	EQ(say(BFD_TX_CHANGE).required_min_rx, 0);
	CHECK(act == 0);
	/* nothing is detected of a peer that was asked to be silent */
	EQ(bfd_fsm_deadline(&f), BFD_NEVER);
	EQ(bfd_fsm_rx_interval(&f), 0);
	now += 1000 * SEC;
	expire();
	EQ(act, 0);
	EQ(f.session_state, UP);
	EQ(f.remote_discr, PEER);
	/* Down, it is asked to speak again */
	hear_state(DOWN);
	CHECK(act & BFD_ACT_DETECT);
	CHECK(say(BFD_TX_CHANGE).required_min_rx != 0);
	CHECK(bfd_fsm_deadline(&f) > now && bfd_fsm_deadline(&f) != BFD_NEVER);
}

TEST(own_ends, "6.8.4: leaving the silence we asked for, detection counts from there")
{
	unsigned int way;

	for (way = 0; way < 2; way++) {
		struct bfd_fsm_config cfg = plain;

		CASE("way %u", way);
		cfg.required_min_rx = 0;
		settle(&cfg);
		EQ(bfd_fsm_deadline(&f), BFD_NEVER);
		now += 1000 * SEC;
		if (way == 0)
			act = bfd_fsm_path_down(&f, now);
		else
			admin_down(true);
		CHECK(act & BFD_ACT_DETECT);
		EQ(f.remote_discr, PEER);
		EQ(bfd_fsm_deadline(&f), now + 3 * 1000000 * US);
		expire();
		EQ(act, 0);
		/* only there: what else changes does not put it off */
		now += 1 * SEC;
		configure_rx(500000);
		CHECK(act & BFD_ACT_DETECT);
		EQ(bfd_fsm_deadline(&f), now - 1 * SEC + 3 * 500000 * US);
		now = bfd_fsm_deadline(&f);
		expire();
		EQ(f.remote_discr, 0);
		EQ(f.session_state, way ? AD : DOWN);
		EQ(f.local_diag, way ? BFD_DIAG_ADMIN_DOWN : BFD_DIAG_PATH_DOWN);
	}
}

TEST(own_ends_up, "6.8.3, 6.8.4: while Up it counts from the Final")
{
	settle(&plain);
	configure_rx(0);
	say(BFD_TX_PERIODIC);
	hear_final();
	EQ(bfd_fsm_deadline(&f), BFD_NEVER);
	now += 1000 * SEC;
	configure_rx(60000);
	EQ(act & BFD_ACT_DETECT, 0);
	say(BFD_TX_PERIODIC);
	EQ(bfd_fsm_deadline(&f), BFD_NEVER);
	now += 1 * SEC;
	expire();
	EQ(f.session_state, UP);
	hear_final();
	EQ(bfd_fsm_deadline(&f), now + 3 * 60000 * US);
}

TEST(same_config, "6.8.7: the same configuration again is not told")
{
	settle(&plain);
	hear_silent(UP);
	configure(&plain);
	EQ(act & BFD_ACT_SEND, 0);
}

/* Two Poll Sequences wanted, and the first had its Final: the second has to wait. */
static void wait_in_hold(void)
{
	settle(&plain);
	configure_tx(60000);
	say(BFD_TX_PERIODIC);
	now += 40 * MS;
	say(BFD_TX_PERIODIC);
	configure_rx(70000);
	now += 10 * MS;
	hear_final();
	EQ(act & BFD_ACT_SEND, 0);
	CHECK(now < f.poll_hold);
	EQ(f.required_min_rx_interval, plain.required_min_rx);
}

TEST(configured_in_hold, "6.8.3: a change is told although a Poll Sequence ended just now")
{
	settle(&plain);
	configure_tx(60000);
	say(BFD_TX_PERIODIC);
	now += 40 * MS;
	say(BFD_TX_PERIODIC);
	now += 10 * MS;
	hear_final();
	hear_silent(UP);
	EQ(act & BFD_ACT_SEND, 0);
	configure_rx(70000);
	check_told(60000, 70000);
}

TEST(waits_when_silenced, "6.8.3: what waits when silence is asked for is told at once")
{
	wait_in_hold();
	hear_silent(UP);
	check_told(60000, 70000);
	now += 1 * MS;
	hear_silent(UP);
	EQ(act & BFD_ACT_SEND, 0);
	hear_silent_final();
	EQ(act & BFD_ACT_SEND, 0);
	EQ(f.detection_time, 3 * 70000 * US);
}

TEST(waits_in_poll, "6.8.3: so is what waits for the end of another Poll Sequence then")
{
	settle(&plain);
	configure_tx(60000);
	say(BFD_TX_PERIODIC);
	configure_rx(35000);
	hear_silent(UP);
	check_told(60000, 35000);
	now += 1 * MS;
	hear_silent(UP);
	EQ(act & BFD_ACT_SEND, 0);
	hear_silent_final();
	EQ(act & BFD_ACT_SEND, 0);
	EQ(f.detection_time, 3 * 35000 * US);
}

static void configure_mult(u8 detect_mult)
{
	struct bfd_fsm_config cfg = f.cfg;

	cfg.detect_mult = detect_mult;
	configure(&cfg);
}

TEST(unsent_poll, "6.5, 6.8.7: a Poll Sequence of which nothing left is sent when silence begins")
{
	settle(&plain);
	configure_tx(60000);
	hear_silent(UP);
	check_told(60000, plain.required_min_rx);
	hear_silent(UP);
	EQ(act & BFD_ACT_SEND, 0);
}

TEST(unsent_mult, "6.8.12: so is a Detect Mult that waited, in every state")
{
	unsigned int state;

	for (state = AD; state <= UP; state++) {
		CASE("state %u", state);
		if (state == UP)
			settle(&plain);
		else
			bring(state, &plain);
		configure_mult(9);
		EQ(act & BFD_ACT_SEND, 0);
		hear_silent(f.remote_session_state);
		EQ(f.session_state, state);
		CHECK(act & BFD_ACT_SEND);
		EQ(say(BFD_TX_CHANGE).detect_mult, 9);
		hear_silent(f.remote_session_state);
		EQ(act & BFD_ACT_SEND, 0);
	}
}

/* Silence and P in one packet: a Final is due, and a packet with P besides. */
static void check_both(void)
{
	CHECK(act & BFD_ACT_SEND);
	CHECK(act & BFD_ACT_FINAL);
	CHECK(bfd_fsm_change_polls(&f));
	CHECK(!say(BFD_TX_FINAL).poll);
	CHECK(say(BFD_TX_CHANGE).poll);
	hear_silent(UP);
	EQ(act & BFD_ACT_SEND, 0);
}

TEST(final_and_poll, "6.5: a Final to a Poll that asks for silence is not our Poll")
{
	struct bfd_packet p = from_peer(UP);

	p.required_min_rx = 0;
	p.poll = true;
	wait_in_hold();
	hear(p);
	check_both();

	start(&plain);
	hear_state(DOWN);
	hear(p);
	EQ(f.session_state, UP);
	check_both();

	/* and when it could not be sent, the next packet of the peer is the occasion */
	wait_in_hold();
	hear(p);
	say(BFD_TX_FINAL);
	hear_silent(UP);
	check_told(60000, 70000);
}

TEST(not_silenced, "6.5: packets between those on schedule carry no Poll to anybody else")
{
	settle(&plain);
	configure_tx(60000);
	CHECK(f.poll_active);
	CHECK(!bfd_fsm_change_polls(&f));
	CHECK(!say(BFD_TX_CHANGE).poll);
	hear_silent(UP);
	CHECK(bfd_fsm_change_polls(&f));
	say(BFD_TX_CHANGE);
	hear_silent_final();
	CHECK(!bfd_fsm_change_polls(&f));
}

TEST(demand_mult, "6.6: a Poll Sequence begun anew by the same configuration is sent")
{
	struct bfd_packet p = from_peer(UP);

	settle(&plain);
	p.demand = true;
	hear(p);
	configure_tx(60000);
	say(BFD_TX_PERIODIC);
	configure_mult(9);
	p.required_min_rx = 0;
	hear(p);
	CHECK(act & BFD_ACT_SEND);
	EQ(say(BFD_TX_CHANGE).detect_mult, 9);
	configure(&f.cfg);
	CHECK(f.poll_sent);
	EQ(act & BFD_ACT_SEND, 0);
	p.final = true;
	hear(p);
	CHECK(!bfd_fsm_poll_due(&f));
}
