// SPDX-License-Identifier: GPL-2.0
/* A peer in Demand mode: RFC 5880, 6.6, 6.8.7, 6.8.12 and 6.8.14. */
#include "fsm_test.h"

#define AD	BFD_STATE_ADMIN_DOWN
#define DOWN	BFD_STATE_DOWN
#define INIT	BFD_STATE_INIT
#define UP	BFD_STATE_UP

#define OLD_TX	(plain.desired_min_tx)

/* Both Up, nothing to tell, and the peer says D. */
static struct bfd_packet demand(void)
{
	struct bfd_packet p = from_peer(UP);

	settle(&plain);
	p.demand = true;
	hear(p);
	CHECK(act & BFD_ACT_TX);
	EQ(f.tx_interval, 0);
	return p;
}

static void hear_demand(bool final)
{
	struct bfd_packet p = from_peer(UP);

	p.demand = true;
	p.final = final;
	hear(p);
}

static void configure_mult(u8 detect_mult)
{
	struct bfd_fsm_config cfg = f.cfg;

	cfg.detect_mult = detect_mult;
	configure(&cfg);
}

static void configure_echo(u32 required_min_echo_rx)
{
	struct bfd_fsm_config cfg = f.cfg;

	cfg.required_min_echo_rx = required_min_echo_rx;
	configure(&cfg);
}

TEST(stops, "6.6, 6.8.7: the peer's D bit stops periodic packets only when both are Up")
{
	unsigned int local, remote;

	for (local = AD; local <= UP; local++) {
		for (remote = AD; remote <= UP; remote++) {
			struct bfd_packet p = from_peer(remote);
			bool active;

			CASE("local %u, remote %u", local, remote);
			bring(local, &plain);
			if (local == UP) {
				settle(&plain);
				now += 1 * MS;
			}
			p.demand = true;
			hear(p);
			active = f.session_state == UP && remote == UP;
			if (local == UP && active)
				CHECK(act & BFD_ACT_TX);
			/* Up just now, there is a Poll Sequence to send */
			EQ(f.tx_interval == 0, active && !bfd_fsm_poll_due(&f));
			CHECK(bfd_fsm_may_send(&f));
		}
	}
}

TEST(ends, "6.8.14: periodic packets resume when the Demand bit or either Up goes")
{
	struct bfd_packet p;

	demand();
	hear_state(UP);
	CHECK(act & BFD_ACT_TX);
	EQ(f.tx_interval, OLD_TX);

	p = demand();
	p.state = INIT;
	hear(p);
	EQ(f.session_state, UP);
	EQ(f.tx_interval, OLD_TX);

	p = demand();
	p.state = DOWN;
	hear(p);
	CHECK(act & BFD_ACT_TX);
	EQ(f.tx_interval, 1000000);

	demand();
	admin_down(true);
	CHECK(act & BFD_ACT_TX);
	CHECK(act & BFD_ACT_SEND);
	EQ(f.tx_interval, 1000000);

	demand();
	now = bfd_fsm_deadline(&f);
	expire();
	EQ(f.session_state, DOWN);
	EQ(f.tx_interval, 1000000);
}

TEST(final, "6.8.7: a Poll is answered in Demand mode too")
{
	struct bfd_packet p = demand();

	p.poll = true;
	hear(p);
	CHECK(act & BFD_ACT_FINAL);
	EQ(f.tx_interval, 0);
}

TEST(detection, "6.8.4: the peer's Demand bit does not touch our Detection Time")
{
	demand();
	EQ(f.detection_time, 3 * 50000 * US);
}

TEST(no_demand_bit, "6.8.7: D and A are never set by this side")
{
	unsigned int kind;

	demand();
	for (kind = BFD_TX_PERIODIC; kind <= BFD_TX_FINAL; kind++) {
		struct bfd_packet p = say(kind);

		CHECK(!p.demand);
		CHECK(!p.auth);
	}
}

TEST(poll, "6.6, 6.8.7: packets flow only for a Poll Sequence")
{
	demand();
	configure_tx(60000);
	CHECK(act & BFD_ACT_TX);
	CHECK(f.tx_interval != 0);
	EQ(f.tx_not_before, 0);
	CHECK(say(BFD_TX_PERIODIC).poll);
	CHECK(f.tx_interval != 0);
	EQ(f.tx_not_before, 0);
	now += 1 * MS;
	hear_demand(true);
	CHECK(act & BFD_ACT_TX);
	EQ(f.tx_interval, 0);
}

TEST(begins_in_poll, "6.8.7: Demand mode that begins during a Poll Sequence lets it end")
{
	settle(&plain);
	configure_tx(60000);
	say(BFD_TX_PERIODIC);
	hear_demand(false);
	EQ(f.tx_interval, OLD_TX);
	hear_demand(true);
	EQ(f.tx_interval, 0);
}

TEST(hold, "6.8.7: between two Poll Sequences nothing is sent until the second may start")
{
	struct bfd_packet p;
	u64 first;

	demand();
	configure_tx(60000);
	first = now;
	say(BFD_TX_PERIODIC);
	now += 40 * MS;
	say(BFD_TX_PERIODIC);
	configure_tx(70000);
	EQ(f.tx_not_before, 0);	/* the first goes on */
	now += 10 * MS;
	hear_demand(true);
	CHECK(act & BFD_ACT_TX);
	CHECK(bfd_fsm_poll_due(&f));
	CHECK(f.dirty);
	/* a round trip of 50 ms at most, after the P that left at 40 ms */
	EQ(f.tx_not_before, first + 90 * MS);
	EQ(f.tx_interval, 60000);
	/* what is not periodic is not held back */
	EQ(say(BFD_TX_FINAL).desired_min_tx, 60000);

	now = f.tx_not_before;
	p = say(BFD_TX_PERIODIC);
	CHECK(p.poll);
	EQ(p.desired_min_tx, 70000);
	EQ(f.tx_not_before, 0);
	now += 100 * MS;
	CHECK(say(BFD_TX_PERIODIC).poll);
	hear_demand(true);
	EQ(f.tx_interval, 0);
}

TEST(change_in_hold, "6.8.7: a change made when nothing may be sent yet waits too")
{
	u64 last;

	demand();
	configure_rx(60000);
	say(BFD_TX_PERIODIC);
	now += 40 * MS;
	last = now;
	say(BFD_TX_PERIODIC);
	now += 10 * MS;
	hear_demand(true);
	EQ(f.tx_interval, 0);
	now += 1 * MS;
	configure_rx(70000);
	CHECK(act & BFD_ACT_TX);
	EQ(act & BFD_ACT_SEND, 0);
	EQ(f.tx_interval, OLD_TX);
	EQ(f.tx_not_before, last + 50 * MS);
	now = last + 50 * MS;
	CHECK(say(BFD_TX_PERIODIC).poll);
	EQ(say(BFD_TX_PERIODIC).required_min_rx, 70000);
}

TEST(no_hold, "6.8.7: without Demand mode periodic packets go on between Poll Sequences")
{
	settle(&plain);
	configure_tx(60000);
	say(BFD_TX_PERIODIC);
	now += 40 * MS;
	say(BFD_TX_PERIODIC);
	configure_tx(70000);
	now += 10 * MS;
	hear_final();
	CHECK(f.poll_hold > now);
	EQ(f.tx_not_before, 0);
	CHECK(!say(BFD_TX_PERIODIC).poll);
	/* nor does the bit hold anything back before the peer is Up */
	bring(INIT, &plain);
	f.remote_demand_mode = true;
	f.poll_hold = now + 1 * SEC;
	EQ(f.tx_not_before, 0);
}

/* The Poll Sequence that tells a change which leaves the timers as they are. */
static void check_told(u8 detect_mult, u32 required_min_echo_rx)
{
	struct bfd_packet p;

	CHECK(bfd_fsm_poll_due(&f));
	CHECK(f.dirty);
	EQ(f.tx_interval, OLD_TX);
	p = say(BFD_TX_PERIODIC);
	CHECK(p.poll);
	EQ(p.detect_mult, detect_mult);
	EQ(p.required_min_echo_rx, required_min_echo_rx);
	EQ(p.desired_min_tx, OLD_TX);
	EQ(p.required_min_rx, plain.required_min_rx);
	now += 40 * MS;
	hear_demand(false);
	CHECK(say(BFD_TX_PERIODIC).poll);
	EQ(f.detection_time, 3 * 50000 * US);
	now += 1 * MS;
	hear_demand(true);
	CHECK(act & BFD_ACT_TX);
	EQ(f.tx_interval, 0);
	CHECK(!bfd_fsm_poll_due(&f));
}

TEST(new_mult, "6.6, 6.8.12: a new Detect Mult is told by a Poll Sequence")
{
	demand();
	configure_mult(9);
	EQ(act & (BFD_ACT_TX | BFD_ACT_SEND), BFD_ACT_TX);
	check_told(9, plain.required_min_echo_rx);
}

TEST(new_echo, "6.6: a new Required Min Echo RX is told by a Poll Sequence")
{
	demand();
	configure_echo(0);
	EQ(act & (BFD_ACT_TX | BFD_ACT_SEND), BFD_ACT_TX);
	check_told(plain.detect_mult, 0);
}

TEST(new_key, "6.6, 6.8.7: a new key is told at once, without a Poll, and by a Poll Sequence")
{
	demand();
	act = bfd_fsm_tell(&f, now);
	CHECK(act & BFD_ACT_TX);
	CHECK(act & BFD_ACT_SEND);
	CHECK(!say(BFD_TX_CHANGE).poll);
	check_told(plain.detect_mult, plain.required_min_echo_rx);
}

TEST(new_key_at_once, "6.6: a new key is told at once, without a Poll, if nobody is in Demand mode")
{
	settle(&plain);
	act = bfd_fsm_tell(&f, now);
	CHECK(act & BFD_ACT_SEND);
	CHECK(f.dirty);
	CHECK(!bfd_fsm_poll_due(&f));
}

TEST(nothing_new, "6.6: the same configuration again is not told")
{
	demand();
	configure(&plain);
	EQ(act & ~BFD_ACT_PARAMS, 0);
	CHECK(!bfd_fsm_poll_due(&f));
	EQ(f.tx_interval, 0);
}

TEST(not_in_demand, "6.8.12, 6.8.13: no Poll Sequence tells either while Demand mode is not active")
{
	struct bfd_packet p = demand();

	p.state = INIT;		/* Up to us, and D is said too early */
	hear(p);
	say(BFD_TX_PERIODIC);
	configure_mult(9);
	CHECK(!bfd_fsm_poll_due(&f));
	CHECK(f.dirty);
	configure_echo(0);
	CHECK(!bfd_fsm_poll_due(&f));
	CHECK(!say(BFD_TX_PERIODIC).poll);
}

TEST(mult_in_poll, "6.6, 6.8.3: a new Detect Mult during a Poll Sequence gets one of its own")
{
	demand();
	configure_tx(60000);
	say(BFD_TX_PERIODIC);
	configure_mult(9);
	now += 10 * MS;
	/* the Final may answer the packet that did not say it */
	hear_demand(true);
	CHECK(bfd_fsm_poll_due(&f));
	EQ(f.tx_interval, 60000);
	now = f.tx_not_before;
	EQ(say(BFD_TX_PERIODIC).detect_mult, 9);
	now += 10 * MS;
	CHECK(say(BFD_TX_PERIODIC).poll);
	hear_demand(true);
	CHECK(!bfd_fsm_poll_due(&f));
	EQ(f.tx_interval, 0);
}

TEST(mult_before_poll, "6.6, 6.8.3: before the first P it joins the Poll Sequence that is due")
{
	struct bfd_packet p;

	demand();
	configure_tx(60000);
	configure_mult(9);
	p = say(BFD_TX_PERIODIC);
	CHECK(p.poll);
	EQ(p.detect_mult, 9);
	EQ(p.desired_min_tx, 60000);
	now += 1 * MS;
	hear_demand(true);
	CHECK(!bfd_fsm_poll_due(&f));
}

TEST(mult_and_demand_ends, "6.8.14: a Poll Sequence that Demand mode called for outlives it")
{
	demand();
	configure_mult(9);
	hear_state(UP);
	EQ(f.tx_interval, OLD_TX);
	CHECK(say(BFD_TX_PERIODIC).poll);
	hear_final();
	CHECK(!say(BFD_TX_PERIODIC).poll);
	EQ(f.tx_interval, OLD_TX);
}

TEST(mult_forgotten, "6.6: leaving Up forgets it, and the next Up does not need it")
{
	struct bfd_fsm_config slow = plain;

	slow.desired_min_tx = 1000000;	/* Up, there are no timers to tell */
	settle(&slow);
	hear_demand(false);
	EQ(f.tx_interval, 0);
	configure_tx(2000000);
	say(BFD_TX_PERIODIC);
	configure_mult(9);		/* waits behind the other */
	CHECK(f.untold);
	hear_state(DOWN);
	CHECK(!bfd_fsm_poll_due(&f));
	EQ(say(BFD_TX_CHANGE).detect_mult, 9);
	hear_state(DOWN);
	hear_state(UP);
	hear_demand(false);
	EQ(f.session_state, UP);
	CHECK(!bfd_fsm_poll_due(&f));

	/* and AdminDown in the same change */
	demand();
	slow = plain;
	slow.detect_mult = 9;
	slow.admin_down = true;
	configure(&slow);
	EQ(f.session_state, AD);
	CHECK(act & BFD_ACT_SEND);
	CHECK(!bfd_fsm_poll_due(&f));
	CHECK(!say(BFD_TX_PERIODIC).poll);
}

/* A change of Required Min RX waits in the hold, and our pace stays as it is. */
static u64 wait_in_hold(void)
{
	u64 last;

	configure_rx(60000);
	say(BFD_TX_PERIODIC);
	now += 40 * MS;
	last = now;
	say(BFD_TX_PERIODIC);
	configure_rx(70000);
	now += 10 * MS;
	return last + 50 * MS;
}

TEST(hold_same_pace, "6.8.7: the next packet is put off although the pace stays as it is")
{
	u64 until;

	demand();
	until = wait_in_hold();
	hear_demand(true);
	EQ(f.tx_interval, OLD_TX);
	EQ(f.tx_not_before, until);
	CHECK(act & BFD_ACT_TX);
}

TEST(begins_in_hold, "6.8.7: so it is when Demand mode begins then")
{
	u64 until;

	settle(&plain);
	until = wait_in_hold();
	hear_final();
	EQ(f.tx_not_before, 0);
	hear_demand(false);
	EQ(f.tx_interval, OLD_TX);
	EQ(f.tx_not_before, until);
	CHECK(act & BFD_ACT_TX);
}

TEST(ends_in_hold, "6.8.14: and it is not put off any more when Demand mode ends")
{
	demand();
	wait_in_hold();
	hear_demand(true);
	now += 1 * MS;
	hear_state(UP);
	EQ(f.tx_interval, OLD_TX);
	EQ(f.tx_not_before, 0);
	CHECK(act & BFD_ACT_TX);
}

TEST(begins_untold, "6.6: what waits for the next packet is told when Demand mode begins")
{
	settle(&plain);
	configure_mult(9);
	now += 1 * MS;
	hear_demand(false);
	CHECK(f.tx_interval != 0);
	CHECK(say(BFD_TX_PERIODIC).poll);
}

TEST(begins_told, "6.6: what a packet on schedule has told is not told again then")
{
	settle(&plain);
	configure_mult(9);
	EQ(say(BFD_TX_PERIODIC).detect_mult, 9);
	now += 1 * MS;
	hear_demand(false);
	EQ(f.tx_interval, 0);
	CHECK(!bfd_fsm_poll_due(&f));
}
