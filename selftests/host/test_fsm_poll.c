// SPDX-License-Identifier: GPL-2.0
/* Poll Sequences: RFC 5880, 6.5 and 6.8.3. */
#include "fsm_test.h"

#define AD	BFD_STATE_ADMIN_DOWN
#define DOWN	BFD_STATE_DOWN
#define INIT	BFD_STATE_INIT
#define UP	BFD_STATE_UP

#define OLD_TX	(plain.desired_min_tx)
#define OLD_RX	(plain.required_min_rx)
#define MULT	3		/* the peer's */

TEST(starts_tx, "6.8.3: a changed Desired Min TX starts a Poll Sequence while Up")
{
	static const u32 values[] = { 1, 39999, 40001, 0xffffffff };
	unsigned int i;

	for (i = 0; i < 4; i++) {
		CASE("%u", values[i]);
		settle(&plain);
		configure_tx(values[i]);
		CHECK(act & BFD_ACT_PARAMS);
		EQ(act & (BFD_ACT_SEND | BFD_ACT_STATE), 0);
		CHECK(bfd_fsm_poll_due(&f));
		CHECK(f.dirty);
		CHECK(say(BFD_TX_PERIODIC).poll);
		EQ(say(BFD_TX_PERIODIC).desired_min_tx, values[i]);
	}
}

TEST(starts_rx, "6.8.3: a changed Required Min RX starts a Poll Sequence while Up")
{
	static const u32 values[] = { 0, 1, 49999, 50001, 0xffffffff };
	unsigned int i;

	for (i = 0; i < 5; i++) {
		CASE("%u", values[i]);
		settle(&plain);
		configure_rx(values[i]);
		CHECK(act & BFD_ACT_PARAMS);
		EQ(act & (BFD_ACT_SEND | BFD_ACT_STATE), 0);
		CHECK(bfd_fsm_poll_due(&f));
		CHECK(f.dirty);
		CHECK(say(BFD_TX_PERIODIC).poll);
		EQ(say(BFD_TX_PERIODIC).required_min_rx, values[i]);
	}
}

TEST(starts_up, "6.8.3: the step from the slow rate on coming Up is a Poll Sequence")
{
	struct bfd_fsm_config cfg = plain;

	bring(UP, &plain);
	CHECK(bfd_fsm_poll_due(&f));
	CHECK(!say(BFD_TX_CHANGE).poll);
	CHECK(say(BFD_TX_PERIODIC).poll);
	/* with nothing to tell there is none */
	cfg.desired_min_tx = 2000000;
	bring(UP, &cfg);
	CHECK(!bfd_fsm_poll_due(&f));
	CHECK(!say(BFD_TX_PERIODIC).poll);
}

TEST(periodic_only, "6.5: P only on periodic packets, and never with F")
{
	settle(&plain);
	configure_tx(60000);
	CHECK(!say(BFD_TX_CHANGE).poll);
	CHECK(!say(BFD_TX_FINAL).poll);
	CHECK(say(BFD_TX_FINAL).final);
	CHECK(say(BFD_TX_PERIODIC).poll);
	CHECK(!say(BFD_TX_PERIODIC).final);
	CHECK(!say(BFD_TX_CHANGE).poll);
	CHECK(!say(BFD_TX_FINAL).poll);
}

TEST(repeated, "6.5: P is repeated until the Final comes, and is clear from then on")
{
	unsigned int i;

	settle(&plain);
	configure_tx(60000);
	for (i = 0; i < 20; i++) {
		CHECK(say(BFD_TX_PERIODIC).poll);
		CHECK(f.dirty);
		now += 40 * MS;
		hear_state(UP);
	}
	hear_final();
	CHECK(act & BFD_ACT_PARAMS);
	CHECK(f.dirty);
	CHECK(!bfd_fsm_poll_due(&f));
	for (i = 0; i < 20; i++)
		CHECK(!say(BFD_TX_PERIODIC).poll);
}

TEST(desired_up, "6.8.3: a greater Desired Min TX is said at once and paces after the Final")
{
	settle(&plain);
	configure_tx(400000);
	EQ(act & BFD_ACT_TX, 0);
	EQ(f.tx_interval, OLD_TX);
	EQ(say(BFD_TX_PERIODIC).desired_min_tx, 400000);
	EQ(f.tx_interval, OLD_TX);
	now += 1 * MS;
	hear_state(UP);
	EQ(f.tx_interval, OLD_TX);
	hear_final();
	CHECK(act & BFD_ACT_TX);
	EQ(f.tx_interval, 400000);
}

TEST(desired_down, "6.8.3: a smaller Desired Min TX paces at once")
{
	settle(&plain);
	configure_tx(25000);
	CHECK(act & BFD_ACT_TX);
	EQ(f.tx_interval, 25000);
	EQ(say(BFD_TX_PERIODIC).desired_min_tx, 25000);
	now += 1 * MS;
	hear_final();
	EQ(f.tx_interval, 25000);
}

TEST(required_down, "6.8.3: a smaller Required Min RX is said at once, detects after the Final")
{
	settle(&plain);
	configure_rx(35000);
	EQ(act & BFD_ACT_DETECT, 0);
	EQ(f.detection_time, MULT * OLD_RX * US);
	EQ(say(BFD_TX_PERIODIC).required_min_rx, 35000);
	now += 1 * MS;
	hear_state(UP);
	EQ(f.detection_time, MULT * OLD_RX * US);
	hear_final();
	CHECK(act & BFD_ACT_DETECT);
	EQ(f.detection_time, MULT * 35000 * US);
}

TEST(required_up, "6.8.3: a greater Required Min RX lengthens detection at once")
{
	settle(&plain);
	configure_rx(350000);
	EQ(f.detection_time, MULT * 350000 * US);
	say(BFD_TX_PERIODIC);
	now += 1 * MS;
	hear_final();
	EQ(f.detection_time, MULT * 350000 * US);
}

TEST(required_zero, "6.8.3, 6.8.18: to 0 and back: detection ends at once, begins with the Final")
{
	settle(&plain);
	configure_rx(0);
	CHECK(act & BFD_ACT_DETECT);
	EQ(bfd_fsm_deadline(&f), BFD_NEVER);
	EQ(say(BFD_TX_PERIODIC).required_min_rx, 0);
	now += 1 * MS;
	hear_final();
	EQ(bfd_fsm_deadline(&f), BFD_NEVER);

	now += 100 * SEC;
	configure_rx(60000);
	EQ(bfd_fsm_deadline(&f), BFD_NEVER);
	CHECK(say(BFD_TX_PERIODIC).poll);
	EQ(bfd_fsm_deadline(&f), BFD_NEVER);
	now += 1 * MS;
	hear_final();
	CHECK(act & BFD_ACT_DETECT);
	EQ(bfd_fsm_deadline(&f), now + MULT * 60000 * US);
}

TEST(both, "6.8.3: two changes at once go out in one packet of one Poll Sequence")
{
	struct bfd_fsm_config cfg = plain;
	struct bfd_packet p;

	settle(&plain);
	cfg.desired_min_tx = 400000;
	cfg.required_min_rx = 30000;
	configure(&cfg);
	p = say(BFD_TX_PERIODIC);
	CHECK(p.poll);
	EQ(p.desired_min_tx, 400000);
	EQ(p.required_min_rx, 30000);
	EQ(f.tx_interval, OLD_TX);
	EQ(f.detection_time, MULT * OLD_RX * US);
	now += 1 * MS;
	hear_final();
	EQ(f.tx_interval, 400000);
	EQ(f.detection_time, MULT * 30000 * US);
	CHECK(!bfd_fsm_poll_due(&f));
}

TEST(merged, "6.8.3: a change before the first P has left joins the same Poll Sequence")
{
	struct bfd_packet p;

	settle(&plain);
	configure_tx(400000);
	configure_rx(30000);
	configure_tx(600000);
	EQ(f.tx_interval, OLD_TX);
	EQ(f.detection_time, MULT * OLD_RX * US);
	p = say(BFD_TX_PERIODIC);
	CHECK(p.poll);
	EQ(p.desired_min_tx, 600000);
	EQ(p.required_min_rx, 30000);
	now += 1 * MS;
	hear_final();
	EQ(f.tx_interval, 600000);
	EQ(f.detection_time, MULT * 30000 * US);
	CHECK(!bfd_fsm_poll_due(&f));
	CHECK(!say(BFD_TX_PERIODIC).poll);
}

TEST(merged_force, "6.8.3: of what joins it, the shorter pace and the longer detection hold")
{
	settle(&plain);
	configure_tx(25000);
	EQ(f.tx_interval, 25000);
	configure_tx(400000);
	EQ(f.tx_interval, 25000);
	configure_rx(350000);
	configure_rx(30000);
	EQ(f.detection_time, MULT * 350000 * US);
	configure_tx(OLD_TX);
	configure_rx(OLD_RX);
	/* packets between those on schedule may have told the peer otherwise */
	CHECK(say(BFD_TX_PERIODIC).poll);
	EQ(f.tx_interval, 25000);
	EQ(f.detection_time, MULT * 350000 * US);
	now += 1 * MS;
	hear_final();
	EQ(f.tx_interval, OLD_TX);
	EQ(f.detection_time, MULT * OLD_RX * US);
}

TEST(merged_on_coming_up, "6.8.3: so does one before the Poll Sequence of coming Up has begun")
{
	bring(UP, &plain);
	configure_rx(70000);
	CHECK(act & BFD_ACT_DETECT);
	EQ(say(BFD_TX_PERIODIC).required_min_rx, 70000);
	now += 1 * MS;
	hear_final();
	CHECK(!bfd_fsm_poll_due(&f));
}

TEST(second_change, "6.8.3: a change during a Poll Sequence waits for its end and a round trip")
{
	struct bfd_packet p;
	u64 first, last, final;

	settle(&plain);
	configure_tx(400000);
	first = now;
	say(BFD_TX_PERIODIC);
	now += 40 * MS;
	last = now;
	say(BFD_TX_PERIODIC);

	configure_tx(10000);
	configure_rx(70000);
	p = say(BFD_TX_CHANGE);
	EQ(p.desired_min_tx, 400000);
	EQ(p.required_min_rx, OLD_RX);
	EQ(f.tx_interval, OLD_TX);

	now += 20 * MS;
	hear_final();
	final = now;
	EQ(f.tx_interval, 400000);
	/* the round trip took at most (final - first); the second Poll may still be answered */
	now = last + (final - first) - 1;
	p = say(BFD_TX_PERIODIC);
	CHECK(!p.poll);
	EQ(p.desired_min_tx, 400000);
	CHECK(f.dirty);
	hear_final();		/* that answer */
	EQ(f.tx_interval, 400000);
	CHECK(bfd_fsm_poll_due(&f));

	now++;
	p = say(BFD_TX_PERIODIC);
	CHECK(p.poll);
	CHECK(act & BFD_ACT_PARAMS);
	CHECK(act & BFD_ACT_TX);
	CHECK(act & BFD_ACT_DETECT);
	EQ(p.desired_min_tx, 10000);
	EQ(p.required_min_rx, 70000);
	EQ(f.tx_interval, 20000);	/* the peer's Required Min RX */
	now += 5 * MS;
	hear_final();
	CHECK(!bfd_fsm_poll_due(&f));
	CHECK(!say(BFD_TX_PERIODIC).poll);
}

TEST(final_when_down, "6.5: once the session is not Up any more a Final answers nothing")
{
	struct bfd_packet p = from_peer(AD);

	settle(&plain);
	configure_tx(60000);
	CHECK(say(BFD_TX_PERIODIC).poll);
	hear(p);
	EQ(f.session_state, DOWN);
	p.final = true;
	now += 1 * MS;
	hear(p);
	EQ(act, 0);
	EQ(f.poll_hold, 0);
}

TEST(change_in_hold, "6.8.3: a change within the round trip after a Poll Sequence is not forgotten")
{
	u64 first;

	settle(&plain);
	configure_tx(60000);
	first = now;
	say(BFD_TX_PERIODIC);
	now += 40 * MS;
	say(BFD_TX_PERIODIC);
	now += 10 * MS;
	hear_final();
	now += 1 * MS;
	CHECK(!say(BFD_TX_PERIODIC).poll);
	now += 1 * MS;
	configure_tx(70000);		/* 52 ms after the first P, before 40 + 50 */
	EQ(act, BFD_ACT_PARAMS);
	EQ(say(BFD_TX_FINAL).desired_min_tx, 60000);
	CHECK(!say(BFD_TX_PERIODIC).poll);
	now = first + 90 * MS;
	CHECK(bfd_fsm_poll_due(&f));
	CHECK(say(BFD_TX_PERIODIC).poll);
	EQ(say(BFD_TX_PERIODIC).desired_min_tx, 70000);
}

TEST(dirty_in_hold, "a change within that round trip makes the next periodic packet a new one")
{
	settle(&plain);
	configure_tx(60000);
	say(BFD_TX_PERIODIC);
	now += 40 * MS;
	say(BFD_TX_PERIODIC);
	now += 10 * MS;
	hear_final();
	now += 1 * MS;
	CHECK(!say(BFD_TX_PERIODIC).poll);
	CHECK(!f.dirty);
	now += 1 * MS;
	configure_tx(70000);
	CHECK(f.dirty);
}

TEST(hold_over, "6.8.3: after that round trip a change starts the next Poll Sequence at once")
{
	settle(&plain);
	configure_tx(60000);
	say(BFD_TX_PERIODIC);
	now += 10 * MS;
	hear_final();
	configure_tx(30000);		/* one P, answered: no other Final is under way */
	EQ(f.desired_min_tx_interval, 30000);
	EQ(f.tx_interval, 30000);
	CHECK(say(BFD_TX_PERIODIC).poll);
}

TEST(taken_back, "6.8.3: a change taken back during the Poll Sequence needs no other")
{
	settle(&plain);
	configure_tx(60000);
	say(BFD_TX_PERIODIC);
	configure_tx(90000);
	configure_tx(60000);
	now += 1 * MS;
	hear_final();
	CHECK(!bfd_fsm_poll_due(&f));
	now += 1 * SEC;
	CHECK(!say(BFD_TX_PERIODIC).poll);
	EQ(f.tx_interval, 60000);
}

TEST(reverted, "6.8.3: a change back to what was is a change of its own")
{
	settle(&plain);
	configure_tx(60000);
	say(BFD_TX_PERIODIC);
	configure_tx(OLD_TX);
	EQ(say(BFD_TX_PERIODIC).desired_min_tx, 60000);
	now += 1 * MS;
	hear_final();
	EQ(f.tx_interval, 60000);
	now += 1 * SEC;
	CHECK(say(BFD_TX_PERIODIC).poll);
	EQ(f.desired_min_tx_interval, OLD_TX);
	EQ(f.tx_interval, OLD_TX);
}

TEST(stray_final, "6.8.6: a Final with no Poll Sequence changes nothing")
{
	unsigned int state;

	for (state = AD; state <= UP; state++) {
		struct bfd_packet p = from_peer(state);
		struct bfd_fsm before;

		CASE("state %u", state);
		if (state == UP)
			settle(&plain);
		else
			bring(state, &plain);
		p.state = f.remote_session_state;
		if (state == INIT)
			p.state = DOWN;
		hear(p);
		before = f;
		p.final = true;
		hear(p);
		EQ(act & ~BFD_ACT_DISCARD, 0);
		EQ(f.tx_interval, before.tx_interval);
		EQ(f.detection_time, before.detection_time);
		EQ(f.poll_hold, before.poll_hold);
		EQ(f.session_state, before.session_state);
	}
}

TEST(early_final, "6.5: a Final before any packet with P has left ends nothing")
{
	settle(&plain);
	configure_tx(400000);
	say(BFD_TX_CHANGE);
	say(BFD_TX_FINAL);
	now += 1 * MS;
	hear_final();
	EQ(f.tx_interval, OLD_TX);
	CHECK(say(BFD_TX_PERIODIC).poll);
	now += 1 * MS;
	hear_final();
	EQ(f.tx_interval, 400000);
}

TEST(second_early_final, "6.5: nor does one before the second Poll Sequence has sent P")
{
	settle(&plain);
	configure_tx(60000);
	say(BFD_TX_PERIODIC);
	now += 1 * MS;
	hear_final();
	now += 1 * SEC;
	configure_tx(400000);
	hear_final();
	EQ(f.tx_interval, 60000);
	CHECK(say(BFD_TX_PERIODIC).poll);
}

TEST(forgotten, "6.8.3: leaving Up forgets the Poll Sequence and its hold")
{
	unsigned int way;

	for (way = 0; way < 4; way++) {
		CASE("way %u", way);
		settle(&plain);
		configure_tx(400000);
		say(BFD_TX_PERIODIC);
		now += 40 * MS;
		say(BFD_TX_PERIODIC);
		if (way == 3)
			hear_final();	/* and leave within the hold */
		if (way == 0 || way == 3) {
			hear_state(DOWN);
		} else if (way == 1) {
			now = bfd_fsm_deadline(&f);
			expire();
		} else {
			admin_down(true);
		}
		CHECK(f.session_state != UP);
		CHECK(!bfd_fsm_poll_due(&f));
		EQ(f.poll_hold, 0);
		CHECK(!say(BFD_TX_PERIODIC).poll);
		EQ(f.tx_interval, 1000000);
		hear_final();
		EQ(f.tx_interval, 1000000);
		CHECK(!say(BFD_TX_PERIODIC).poll);
		configure_tx(2000000);
		EQ(f.tx_interval, 2000000);
		CHECK(!say(BFD_TX_PERIODIC).poll);
	}
}

TEST(forgotten_slow, "6.8.3: so it does when Desired Min TX on the wire stays as it is")
{
	struct bfd_fsm_config cfg = plain;

	settle(&plain);
	configure_tx(2000000);
	say(BFD_TX_PERIODIC);
	EQ(f.tx_interval, OLD_TX);
	hear_state(DOWN);
	EQ(say(BFD_TX_CHANGE).desired_min_tx, 2000000);
	EQ(f.tx_interval, 2000000);

	cfg.desired_min_tx = 2000000;
	settle(&cfg);
	configure_rx(35000);
	say(BFD_TX_PERIODIC);
	hear_state(DOWN);
	EQ(f.detection_time, MULT * 35000 * US);
}

TEST(pending_then_down, "6.8.3: what waited for a Poll Sequence is in force once not Up")
{
	settle(&plain);
	configure_tx(60000);
	say(BFD_TX_PERIODIC);
	configure_tx(3000000);
	configure_rx(80000);
	hear_state(DOWN);
	EQ(f.desired_min_tx_interval, 3000000);
	EQ(f.required_min_rx_interval, 80000);
	EQ(f.tx_interval, 3000000);
	EQ(f.detection_time, MULT * 80000 * US);
}

TEST(reduced_while_down, "6.8.3: not Up, a smaller Required Min RX shortens detection at once")
{
	bring(INIT, &plain);
	configure_rx(35000);
	CHECK(act & BFD_ACT_DETECT);
	EQ(f.detection_time, MULT * 35000 * US);
	CHECK(!say(BFD_TX_PERIODIC).poll);
}

TEST(final_and_down, "6.8.6: a Final that also takes us Down ends both")
{
	struct bfd_packet p = from_peer(DOWN);

	settle(&plain);
	configure_tx(400000);
	say(BFD_TX_PERIODIC);
	p.final = true;
	now += 1 * MS;
	hear(p);
	EQ(f.session_state, DOWN);
	EQ(f.tx_interval, 1000000);
	CHECK(!bfd_fsm_poll_due(&f));
	EQ(f.poll_hold, 0);
}

TEST(crossed, "6.8.7: a Poll that crosses ours is answered without P, and ours goes on")
{
	struct bfd_packet p = from_peer(UP);

	settle(&plain);
	configure_tx(60000);
	say(BFD_TX_PERIODIC);
	p.poll = true;
	hear(p);
	CHECK(act & BFD_ACT_FINAL);
	p = say(BFD_TX_FINAL);
	CHECK(p.final && !p.poll);
	EQ(p.desired_min_tx, 60000);
	CHECK(say(BFD_TX_PERIODIC).poll);
}
