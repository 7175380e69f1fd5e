// SPDX-License-Identifier: GPL-2.0
/* When echoes run, and what that changes: RFC 5880, 6.4, 6.8.3, 6.8.5, 6.8.9; RFC 9747. */
#include "fsm_test.h"

static const struct bfd_fsm_config echoing = {
	.desired_min_tx = 40000,
	.required_min_rx = 50000,
	.desired_min_echo_tx = 8000,
	.detect_mult = 5,
	.echo = true,
};

static void hear_echo_rx(u32 interval)
{
	struct bfd_packet p = from_peer(BFD_STATE_UP);

	p.required_min_echo_rx = interval;
	hear(p);
}

static void configure_echo(bool echo, u32 interval)
{
	struct bfd_fsm_config cfg = f.cfg;

	cfg.echo = echo;
	cfg.desired_min_echo_tx = interval;
	configure(&cfg);
}

TEST(states, "6.8.9: no echoes unless Up")
{
	static const enum bfd_state states[] = {
		BFD_STATE_ADMIN_DOWN, BFD_STATE_DOWN, BFD_STATE_INIT, BFD_STATE_UP,
	};
	unsigned int i;

	for (i = 0; i < 4; i++) {
		CASE("state %u", states[i]);
		bring(states[i], &echoing);
		EQ(f.echo_interval, states[i] == BFD_STATE_UP ? 9000 : 0);
		EQ(f.echo_detection_time, states[i] == BFD_STATE_UP ? 5 * 9 * MS : 0);
	}
}

TEST(starts, "echoes begin with Up and end with it, and the caller is told")
{
	start(&echoing);
	hear_state(BFD_STATE_DOWN);
	CHECK(!(act & BFD_ACT_ECHO));
	hear_state(BFD_STATE_UP);
	CHECK(act & BFD_ACT_ECHO);
	hear_state(BFD_STATE_UP);
	EQ(act, 0);
	hear_state(BFD_STATE_DOWN);
	CHECK(act & BFD_ACT_ECHO);
	EQ(f.echo_interval, 0);
}

TEST(not_asked, "without being asked for there are none")
{
	settle(&plain);
	EQ(f.echo_interval, 0);
	EQ(f.required_min_rx_interval, 50000);
	CHECK(!bfd_fsm_echo_failed(&f, now));
	EQ(f.session_state, BFD_STATE_UP);
}

TEST(interval, "6.8.9: the slower side sets the pace")
{
	settle(&echoing);
	hear_echo_rx(9000);
	EQ(f.echo_interval, 9000);
	hear_echo_rx(7000);
	CHECK(act & BFD_ACT_ECHO);
	EQ(f.echo_interval, 8000);
	hear_echo_rx(0xffffffff);
	EQ(f.echo_interval, 0xffffffff);
	EQ(f.echo_detection_time, 5 * 0xffffffffull * US);
	configure_echo(true, 20000);
	CHECK(!(act & BFD_ACT_ECHO));
	hear_echo_rx(1);
	EQ(f.echo_interval, 20000);
}

TEST(ceases, "6.8.6: a Required Min Echo RX Interval of 0 ends them, and no state changes")
{
	settle(&echoing);
	hear_echo_rx(0);
	CHECK(act & BFD_ACT_ECHO);
	CHECK(act & BFD_ACT_PARAMS);
	EQ(f.echo_interval, 0);
	EQ(f.session_state, BFD_STATE_UP);
	hear_echo_rx(9000);
	CHECK(act & BFD_ACT_ECHO);
	EQ(f.echo_interval, 9000);
}

TEST(switched, "6.8.13: switched off and on at any time")
{
	settle(&echoing);
	configure_echo(false, 8000);
	CHECK(act & BFD_ACT_ECHO);
	EQ(f.echo_interval, 0);
	configure_echo(true, 8000);
	CHECK(act & BFD_ACT_ECHO);
	EQ(f.echo_interval, 9000);
}

TEST(mult, "the multiplier is ours, and its change is one of the detection time")
{
	struct bfd_fsm_config cfg = echoing;

	settle(&echoing);
	cfg.detect_mult = 2;
	configure(&cfg);
	CHECK(act & BFD_ACT_ECHO);
	EQ(f.echo_detection_time, 2 * 9 * MS);
	/* another pace is one, too, though the time is the same */
	cfg.detect_mult = 1;
	cfg.desired_min_echo_tx = 18000;
	configure(&cfg);
	CHECK(act & BFD_ACT_ECHO);
	EQ(f.echo_interval, 18000);
	EQ(f.echo_detection_time, 18 * MS);
}

TEST(required, "6.8.3: not less than a second is asked for while they run, by a Poll Sequence")
{
	struct bfd_packet p;

	bring(BFD_STATE_UP, &echoing);
	EQ(f.required_min_rx_interval, 1000000);
	p = say(BFD_TX_PERIODIC);
	EQ(p.required_min_rx, 1000000);
	CHECK(p.poll);
	/* longer: in force at once (6.8.4) */
	EQ(f.detection_time, 3 * 1000 * MS);
	now += 1 * MS;
	hear_final();
	now += 1 * SEC;
	/* the peer loops no more: back to what is configured */
	hear_echo_rx(0);
	CHECK(f.dirty);
	CHECK(bfd_fsm_poll_due(&f));
	EQ(f.detection_time, 3 * 1000 * MS);
	p = say(BFD_TX_PERIODIC);
	EQ(p.required_min_rx, 50000);
	CHECK(p.poll);
	EQ(f.detection_time, 3 * 1000 * MS);
	now += 1 * MS;
	p = from_peer(BFD_STATE_UP);
	p.final = true;
	p.required_min_echo_rx = 0;
	hear(p);
	EQ(f.detection_time, 3 * 50 * MS);
}

TEST(slower, "a configured interval of more than a second stays, and so does silence")
{
	struct bfd_fsm_config cfg = echoing;

	cfg.required_min_rx = 3000000;
	settle(&cfg);
	EQ(f.required_min_rx_interval, 3000000);
	cfg.required_min_rx = 0;
	settle(&cfg);
	EQ(f.required_min_rx_interval, 0);
	EQ(f.detection_time, 0);
	EQ(f.echo_interval, 9000);
}

TEST(fails, "6.8.5: Down, Echo Function Failed; the peer is still known")
{
	settle(&echoing);
	act = bfd_fsm_echo_failed(&f, now);
	CHECK(act & BFD_ACT_STATE);
	CHECK(act & BFD_ACT_SEND);
	CHECK(act & BFD_ACT_ECHO);
	EQ(f.session_state, BFD_STATE_DOWN);
	EQ(f.local_diag, BFD_DIAG_ECHO_FAILED);
	EQ(f.remote_discr, PEER);
	EQ(f.echo_interval, 0);
	EQ(f.tx_interval, 1000000);
	EQ(bfd_fsm_echo_failed(&f, now), 0);
	EQ(say(BFD_TX_CHANGE).diag, BFD_DIAG_ECHO_FAILED);
}

/* ---- RFC 9747: what is sent comes back ---- */

static const struct bfd_fsm_config alone = {
	.desired_min_tx = 20000,
	.required_min_rx = 20000,
	.desired_min_echo_tx = 20000,
	.detect_mult = 3,
	.unaffiliated = true,
};

/* As the receiver of looped packets does */
static void come_back(struct bfd_packet p)
{
	p.final = f.poll_sent;
	p.poll = false;
	p.desired_min_tx = f.tx_interval;
	p.required_min_rx = 1;
	now += 1 * MS;
	hear(p);
}

static void there_and_back(void)
{
	come_back(say(BFD_TX_PERIODIC));
}

TEST(alone_up, "RFC 9747: Down, Init, Up by its own packets, slowly and not earlier than due")
{
	struct bfd_packet p;

	start(&alone);
	EQ(f.tx_interval, 1000000);
	p = say(BFD_TX_PERIODIC);
	EQ(p.your_discr, 0);
	come_back(p);
	EQ(f.session_state, BFD_STATE_INIT);
	CHECK(!(act & BFD_ACT_SEND));
	EQ(f.tx_interval, 1000000);
	p = say(BFD_TX_PERIODIC);
	EQ(p.your_discr, LOCAL);
	come_back(p);
	EQ(f.session_state, BFD_STATE_UP);
	CHECK(act & BFD_ACT_SEND);
	EQ(f.tx_interval, 20000);
	there_and_back();
	there_and_back();
	EQ(f.session_state, BFD_STATE_UP);
	EQ(f.detection_time, 60 * MS);
	CHECK(!f.poll_active);
}

TEST(alone_contents, "RFC 9747: the fields that tell nobody anything")
{
	struct bfd_packet p;
	unsigned int i;

	start(&alone);
	for (i = 0; i < 6; i++) {
		p = say(BFD_TX_PERIODIC);
		EQ(p.desired_min_tx, 1000000);
		EQ(p.required_min_rx, 1000000);
		EQ(p.required_min_echo_rx, 0);
		EQ(p.my_discr, LOCAL);
		EQ(p.detect_mult, 3);
		CHECK(!p.poll && !p.final);
		come_back(p);
	}
	EQ(f.session_state, BFD_STATE_UP);
}

TEST(alone_down, "RFC 9747: silence is Echo Function Failed, and then slowly")
{
	start(&alone);
	there_and_back();
	there_and_back();
	there_and_back();
	there_and_back();
	now += 60 * MS;
	expire();
	EQ(f.session_state, BFD_STATE_DOWN);
	EQ(f.local_diag, BFD_DIAG_ECHO_FAILED);
	CHECK(!(act & BFD_ACT_SEND));
	CHECK(act & BFD_ACT_TX);
	EQ(f.tx_interval, 1000000);
	EQ(say(BFD_TX_PERIODIC).your_discr, 0);
}

TEST(alone_changes, "RFC 9747: another interval, at once or when the first packet is back")
{
	static const u32 intervals[] = { 500000, 10000, 20000, 3000000, 20000 };
	struct bfd_fsm_config cfg = alone;
	unsigned int i, n;

	start(&alone);
	for (n = 0; n < 6; n++)
		there_and_back();
	for (i = 0; i < 5; i++) {
		CASE("%u us", intervals[i]);
		cfg.desired_min_tx = intervals[i];
		cfg.required_min_rx = intervals[i];
		configure(&cfg);
		for (n = 0; n < 4; n++)
			there_and_back();
		EQ(f.session_state, BFD_STATE_UP);
		EQ(f.tx_interval, intervals[i]);
		EQ(f.detection_time, 3 * intervals[i] * US);
	}
}
