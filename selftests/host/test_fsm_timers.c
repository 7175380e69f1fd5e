// SPDX-License-Identifier: GPL-2.0
/* Negotiation, pace and Detection Time: RFC 5880, 6.8.2 to 6.8.4, 6.8.7, 6.8.12. */
#include "fsm_test.h"

#define AD	BFD_STATE_ADMIN_DOWN
#define DOWN	BFD_STATE_DOWN
#define INIT	BFD_STATE_INIT
#define UP	BFD_STATE_UP

static u32 greater(u32 a, u32 b)
{
	return a > b ? a : b;
}

TEST(slow_start, "6.8.3: at least a second while not Up, on the wire and as pace")
{
	static const u32 desired[] = {
		1, 10000, 999999, 1000000, 1000001, 5000000, 0xffffffff,
	};
	static const enum bfd_tx_kind kinds[] = { BFD_TX_PERIODIC, BFD_TX_CHANGE, BFD_TX_FINAL };
	unsigned int i, state, kind;

	for (i = 0; i < sizeof(desired) / sizeof(*desired); i++) {
		struct bfd_fsm_config cfg = plain;
		u32 slow = greater(desired[i], 1000000);

		cfg.desired_min_tx = desired[i];
		for (state = AD; state < UP; state++) {
			CASE("desired %u in state %u", desired[i], state);
			bring(state, &cfg);
			EQ(f.tx_interval, slow);
			EQ(f.desired_min_tx_interval, slow);
			for (kind = 0; kind < 3; kind++)
				EQ(say(kinds[kind]).desired_min_tx, slow);
			/* changed there, it follows at once and without a Poll */
			configure_tx(3000000);
			EQ(f.tx_interval, 3000000);
			EQ(!!(act & BFD_ACT_TX), slow != 3000000);
			CHECK(act & BFD_ACT_PARAMS);
			EQ(say(BFD_TX_PERIODIC).desired_min_tx, 3000000);
			configure_tx(2000);
			EQ(f.tx_interval, 1000000);
			CHECK(act & BFD_ACT_TX);
			CHECK(!say(BFD_TX_PERIODIC).poll);
		}
		bring(UP, &cfg);
		CASE("desired %u while Up", desired[i]);
		EQ(say(BFD_TX_CHANGE).desired_min_tx, desired[i]);
		EQ(f.tx_interval, greater(desired[i], 20000));
	}
}

TEST(back_to_slow, "6.8.3: leaving Up by any way slows down at once")
{
	unsigned int way;

	for (way = 0; way < 5; way++) {
		CASE("way %u", way);
		settle(&plain);
		EQ(f.tx_interval, plain.desired_min_tx);
		switch (way) {
		case 0:
			hear_state(DOWN);
			break;
		case 1:
			hear_state(AD);
			break;
		case 2:
			admin_down(true);
			break;
		case 3:
			now = bfd_fsm_deadline(&f);
			expire();
			break;
		case 4:
			act = bfd_fsm_path_down(&f, now);
			break;
		}
		CHECK(act & BFD_ACT_TX);
		EQ(f.tx_interval, 1000000);
		EQ(say(BFD_TX_CHANGE).desired_min_tx, 1000000);
		EQ(say(BFD_TX_CHANGE).required_min_rx, plain.required_min_rx);
	}
}

TEST(negotiation, "6.8.2, 6.8.4, 6.8.7: the greater of the two, in each direction")
{
	static const u32 values[] = { 1, 999, 10000, 50000, 1000000, 4000000000, 0xffffffff };
	const unsigned int n = sizeof(values) / sizeof(*values);
	unsigned int i;

	for (i = 0; i < n * n * n * n; i++) {
		struct bfd_fsm_config cfg = plain;
		struct bfd_packet p = from_peer(UP);

		cfg.desired_min_tx = values[i % n];
		cfg.required_min_rx = values[i / n % n];
		p.desired_min_tx = values[i / n / n % n];
		p.required_min_rx = values[i / n / n / n];
		p.detect_mult = 1 + i % 255;
		CASE("tx %u rx %u, peer tx %u rx %u x %u", cfg.desired_min_tx,
		     cfg.required_min_rx, p.desired_min_tx, p.required_min_rx, p.detect_mult);
		bring(UP, &cfg);
		say(BFD_TX_PERIODIC);
		p.final = true;
		hear(p);
		EQ(f.tx_interval, greater(cfg.desired_min_tx, p.required_min_rx));
		EQ(bfd_fsm_rx_interval(&f), greater(cfg.required_min_rx, p.desired_min_tx));
		EQ(f.detection_time, (u64)p.detect_mult * bfd_fsm_rx_interval(&f) * US);
		EQ(bfd_fsm_deadline(&f), now + f.detection_time);
	}
}

TEST(overflow, "6.8.4: 255 x 4294967295 us does not overflow")
{
	struct bfd_packet p = from_peer(UP);

	settle(&plain);
	p.desired_min_tx = 0xffffffff;
	p.detect_mult = 255;
	hear(p);
	EQ(f.detection_time, 1095216660225000ull);
	EQ(bfd_fsm_deadline(&f), now + 1095216660225000ull);
	now += 1095216660225000ull - 1;
	expire();
	EQ(f.session_state, UP);
	now++;
	expire();
	EQ(f.session_state, DOWN);
}

TEST(detection_updates, "6.8.4: the Detection Time follows each packet, the deadline its arrival")
{
	struct bfd_packet p = from_peer(UP);

	settle(&plain);
	EQ(f.detection_time, 3 * 50000 * US);
	p.detect_mult = 7;
	hear(p);
	CHECK(act & BFD_ACT_DETECT);
	EQ(f.detection_time, 7 * 50000 * US);
	p.desired_min_tx = 90000;
	hear(p);
	EQ(f.detection_time, 7 * 90000 * US);
	now += 10 * MS;
	hear(p);
	EQ(act & BFD_ACT_DETECT, 0);
	EQ(bfd_fsm_deadline(&f), now + 7 * 90000 * US);
	p.detect_mult = 1;
	p.desired_min_tx = 1;
	hear(p);
	CHECK(act & BFD_ACT_DETECT);
	EQ(bfd_fsm_deadline(&f), now + 50000 * US);
}

TEST(detection_begins, "6.8.4: detection begins with the first packet, in Init")
{
	start(&plain);
	hear_state(DOWN);
	CHECK(act & BFD_ACT_DETECT);
	EQ(f.session_state, INIT);
	EQ(bfd_fsm_deadline(&f), now + 3 * 50000 * US);
	now = bfd_fsm_deadline(&f);
	expire();
	EQ(f.session_state, DOWN);
	EQ(f.local_diag, BFD_DIAG_CONTROL_EXPIRY);
}

TEST(remote_min_rx, "6.8.3: the peer's Required Min RX is honoured at once, both ways")
{
	struct bfd_packet p = from_peer(UP);

	settle(&plain);
	p.required_min_rx = 700000;
	hear(p);
	CHECK(act & BFD_ACT_TX);
	EQ(f.tx_interval, 700000);
	p.required_min_rx = 50000;
	hear(p);
	CHECK(act & BFD_ACT_TX);
	EQ(f.tx_interval, 50000);
	p.required_min_rx = 1;
	hear(p);
	CHECK(act & BFD_ACT_TX);
	EQ(f.tx_interval, plain.desired_min_tx);
	p.required_min_rx = 2;
	hear(p);
	EQ(act & BFD_ACT_TX, 0);
}

TEST(passive, "6.1, 6.8.7: Passive is silent until the peer is heard, and when it is lost")
{
	struct bfd_fsm_config cfg = plain;

	cfg.passive = true;
	start(&cfg);
	EQ(f.tx_interval, 0);
	CHECK(!bfd_fsm_may_send(&f));
	hear_state(DOWN);
	EQ(f.session_state, INIT);
	CHECK(act & BFD_ACT_SEND);
	CHECK(act & BFD_ACT_TX);
	EQ(f.tx_interval, 1000000);
	hear_state(UP);
	EQ(f.session_state, UP);
	CHECK(act & BFD_ACT_SEND);
	EQ(f.tx_interval, plain.desired_min_tx);
	now = bfd_fsm_deadline(&f);
	expire();
	EQ(f.session_state, DOWN);
	EQ(f.remote_discr, 0);
	EQ(f.tx_interval, 0);
	CHECK(act & BFD_ACT_TX);
	EQ(act & BFD_ACT_SEND, 0);
	CHECK(!bfd_fsm_may_send(&f));
}

TEST(passive_admin, "6.8.7: passive and unheard, no change of configuration makes us send")
{
	struct bfd_fsm_config cfg = plain;

	cfg.passive = true;
	start(&cfg);
	admin_down(true);
	EQ(f.session_state, AD);
	EQ(act & BFD_ACT_SEND, 0);
	EQ(f.tx_interval, 0);
	admin_down(false);
	EQ(act & BFD_ACT_SEND, 0);
	configure_tx(5000000);
	EQ(f.tx_interval, 0);
	/* the role itself may change */
	cfg.passive = false;
	configure(&cfg);
	CHECK(act & BFD_ACT_TX);
	EQ(f.tx_interval, 1000000);
	cfg.passive = true;
	configure(&cfg);
	CHECK(act & BFD_ACT_TX);
	EQ(f.tx_interval, 0);
}

TEST(multiplier, "6.8.12: a new Detect Mult leaves with the next packet, without a Poll")
{
	struct bfd_fsm_config cfg = plain;

	settle(&plain);
	cfg.detect_mult = 1;
	configure(&cfg);
	CHECK(act & BFD_ACT_PARAMS);
	CHECK(act & BFD_ACT_TX);	/* the jitter is another one */
	CHECK(f.dirty);
	CHECK(!bfd_fsm_poll_due(&f));
	EQ(say(BFD_TX_PERIODIC).detect_mult, 1);
	CHECK(!say(BFD_TX_PERIODIC).poll);
	EQ(f.detection_time, 3 * 50000 * US);
}

TEST(echo, "6.8.13: Required Min Echo RX changes without a Poll")
{
	struct bfd_fsm_config cfg = plain;

	settle(&plain);
	cfg.required_min_echo_rx = 0;
	configure(&cfg);
	CHECK(f.dirty);
	CHECK(!bfd_fsm_poll_due(&f));
	EQ(act & BFD_ACT_TX, 0);
	EQ(say(BFD_TX_PERIODIC).required_min_echo_rx, 0);
	EQ(f.session_state, UP);
}

TEST(same_config, "the same configuration again changes nothing")
{
	settle(&plain);
	configure(&plain);
	EQ(act & ~BFD_ACT_PARAMS, 0);
	EQ(f.dirty, false);
	EQ(f.tx_interval, plain.desired_min_tx);
}
