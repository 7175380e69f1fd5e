/* SPDX-License-Identifier: GPL-2.0 */
/* One session, one clock and one scripted peer for the tests of fsm.c. */
#ifndef _FSM_TEST_H
#define _FSM_TEST_H

#include <string.h>

#include "fsm.h"
#include "tap.h"

#define US	1000ull		/* of time, which is in ns */
#define MS	(1000 * US)
#define SEC	(1000 * MS)

#define T0	(1000 * SEC)
#define LOCAL	0x11111111
#define PEER	0x22222222

static struct bfd_fsm f;
static u64 now;
static unsigned int act;	/* what the last call asked for */

/* Ours and the peer's four intervals differ, so that none can stand in for another. */
static const struct bfd_fsm_config plain = {
	.desired_min_tx = 40000,
	.required_min_rx = 50000,
	.required_min_echo_rx = 7000,
	.detect_mult = 5,
};

static inline struct bfd_packet from_peer(enum bfd_state state)
{
	return (struct bfd_packet) {
		.state = state,
		.detect_mult = 3,
		.len = BFD_PACKET_LEN,
		.my_discr = PEER,
		.your_discr = LOCAL,
		.desired_min_tx = 30000,
		.required_min_rx = 20000,
		.required_min_echo_rx = 9000,
	};
}

static inline void start(const struct bfd_fsm_config *cfg)
{
	now = T0;
	bfd_fsm_init(&f, cfg, LOCAL);
	act = 0;
}

/* As rx.c does it. Of what may take the short way, it has to be no other way. */
static inline bool hear_again(struct bfd_packet p)
{
	struct bfd_fsm copy = f;
	u8 wire[BFD_PACKET_LEN];
	bool again;

	bfd_packet_build(&p, wire);
	again = bfd_fsm_is_usual(&copy, wire);
	bfd_fsm_receive_usual(&copy, now);
	act = bfd_fsm_receive(&f, &p, now);
	if (!act)
		bfd_fsm_remember(&f, &p, wire);
	if (again) {
		EQ(act, 0);
		CHECK(!memcmp(&copy, &f, sizeof(f)));
	}
	return again;
}

static inline void hear(struct bfd_packet p)
{
	hear_again(p);
}

static inline void hear_state(enum bfd_state state)
{
	hear(from_peer(state));
}

/* As hear_state(UP), with a Final. */
static inline void hear_final(void)
{
	struct bfd_packet p = from_peer(BFD_STATE_UP);

	p.final = true;
	hear(p);
}

static inline struct bfd_packet say(enum bfd_tx_kind kind)
{
	struct bfd_packet p;

	act = bfd_fsm_transmit(&f, kind, now, &p);
	return p;
}

static inline void configure(const struct bfd_fsm_config *cfg)
{
	act = bfd_fsm_configure(&f, cfg, now);
}

static inline void configure_tx(u32 desired_min_tx)
{
	struct bfd_fsm_config cfg = f.cfg;

	cfg.desired_min_tx = desired_min_tx;
	configure(&cfg);
}

static inline void configure_rx(u32 required_min_rx)
{
	struct bfd_fsm_config cfg = f.cfg;

	cfg.required_min_rx = required_min_rx;
	configure(&cfg);
}

static inline void admin_down(bool down)
{
	struct bfd_fsm_config cfg = f.cfg;

	cfg.admin_down = down;
	configure(&cfg);
}

static inline void expire(void)
{
	act = bfd_fsm_expire(&f, now);
}

/* A session that heard its peer and came to @state the usual way. */
static inline void bring(enum bfd_state state, const struct bfd_fsm_config *cfg)
{
	start(cfg);
	hear_state(BFD_STATE_DOWN);
	if (state == BFD_STATE_UP)
		hear_state(BFD_STATE_UP);
	else if (state == BFD_STATE_DOWN)
		hear_state(BFD_STATE_ADMIN_DOWN);
	else if (state == BFD_STATE_ADMIN_DOWN)
		admin_down(true);
	EQ(f.session_state, state);
}

/* An Up session with no Poll Sequence under way and none held back. */
static inline void settle(const struct bfd_fsm_config *cfg)
{
	bring(BFD_STATE_UP, cfg);
	say(BFD_TX_PERIODIC);
	now += 1 * MS;
	hear_final();
	now += 1 * SEC;
	hear_state(BFD_STATE_UP);
	say(BFD_TX_PERIODIC);
	CHECK(!bfd_fsm_poll_due(&f));
	CHECK(!f.dirty);
}

#endif /* _FSM_TEST_H */
