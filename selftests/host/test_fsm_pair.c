// SPDX-License-Identifier: GPL-2.0
/*
 * Two systems on one path, in simulated time: what the rules of RFC 5880 are for.
 *
 * Each end does what fsm.h asks of its caller, and nothing else: packets leave
 * on schedule or when told to, a periodic packet is built anew only when the
 * last one built no longer serves, the deadline is looked at when it is due.
 */
#include <string.h>

#include "fsm.h"
#include "random.h"
#include "tap.h"

#define US	1000ull
#define MS	(1000 * US)
#define SEC	(1000 * MS)

#define QUEUE	256

struct end {
	struct bfd_fsm f;
	u64 last_tx;
	u64 next_tx;
	struct bfd_packet built;
	/* packets on their way here, the path keeps their order */
	struct bfd_packet queue[QUEUE];
	u64 arrival[QUEUE];
	unsigned int head, tail;
	unsigned int downs;	/* times Up was left */
	u64 changed;		/* when the state changed last */
	bool demand;		/* it says D while both are Up */
	bool trusting;		/* it has other means to detect */
};

static struct end ends[2];
static u64 now;
static u64 latency;
static unsigned int loss;	/* per cent */

static void act_on(struct end *e, unsigned int act);

static void deliver(struct end *from, const struct bfd_packet *p)
{
	struct end *to = &ends[from == &ends[0]];
	u8 wire[BFD_PACKET_LEN];
	struct bfd_packet *q = &to->queue[to->tail % QUEUE];

	if (random_u32() % 100 < loss)
		return;
	bfd_packet_build(p, wire);
	CHECK(bfd_packet_parse(wire, sizeof(wire), q) == BFD_DROP_NONE);
	q->demand = from->demand && p->state == BFD_STATE_UP &&
		    from->f.remote_session_state == BFD_STATE_UP;
	to->arrival[to->tail++ % QUEUE] = now + latency;
	CHECK(to->tail - to->head < QUEUE);
}

static u64 later(u64 a, u64 b)
{
	return a > b ? a : b;
}

static void schedule(struct end *e)
{
	u64 due;

	if (!e->f.tx_interval) {
		e->next_tx = BFD_NEVER;
		return;
	}
	due = e->last_tx + bfd_tx_delay(e->f.tx_interval, e->f.cfg.detect_mult, 0, 0, random_u32());
	due = later(due, e->f.tx_not_before);
	e->next_tx = later(due, now);
}

static void transmit(struct end *e, enum bfd_tx_kind kind)
{
	unsigned int act = 0;

	if (kind != BFD_TX_PERIODIC || e->f.dirty)
		act = bfd_fsm_transmit(&e->f, kind, now, &e->built);
	if (kind == BFD_TX_PERIODIC && e->f.remote_demand_mode &&
	    e->f.session_state == BFD_STATE_UP && e->f.remote_session_state == BFD_STATE_UP)
		CHECK(e->built.poll);
	deliver(e, &e->built);
	if (kind != BFD_TX_FINAL) {
		e->last_tx = now;
		schedule(e);
	}
	act_on(e, act);
}

static void act_on(struct end *e, unsigned int act)
{
	if (act & BFD_ACT_STATE)
		e->changed = now;
	if (act & BFD_ACT_FINAL)
		transmit(e, BFD_TX_FINAL);
	if (act & BFD_ACT_SEND)
		transmit(e, BFD_TX_CHANGE);
	else if (act & BFD_ACT_TX)
		schedule(e);
}

static void count_down(struct end *e, u8 before)
{
	if (before == BFD_STATE_UP && e->f.session_state != BFD_STATE_UP)
		e->downs++;
}

static u64 min64(u64 a, u64 b)
{
	return a < b ? a : b;
}

static u64 arrival(const struct end *e)
{
	return e->head == e->tail ? BFD_NEVER : e->arrival[e->head % QUEUE];
}

static u64 deadline(const struct end *e)
{
	return e->trusting ? BFD_NEVER : bfd_fsm_deadline(&e->f);
}

static u64 next_event(void)
{
	u64 next = BFD_NEVER;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		next = min64(next, arrival(&ends[i]));
		next = min64(next, ends[i].next_tx);
		next = min64(next, deadline(&ends[i]));
	}
	return next;
}

/* What is due now at one end: receive, then detect, then send. */
static void step(struct end *e)
{
	u8 before = e->f.session_state;

	while (arrival(e) <= now)
		act_on(e, bfd_fsm_receive(&e->f, &e->queue[e->head++ % QUEUE], now));
	if (deadline(e) <= now)
		act_on(e, bfd_fsm_expire(&e->f, now));
	if (e->next_tx <= now)
		transmit(e, BFD_TX_PERIODIC);
	count_down(e, before);
}

static void run(u64 duration)
{
	u64 until = now + duration;
	u64 next;

	for (next = next_event(); next <= until; next = next_event()) {
		now = next;
		step(&ends[0]);
		step(&ends[1]);
	}
	now = until;
}

static void configure(struct end *e, const struct bfd_fsm_config *cfg)
{
	u8 before = e->f.session_state;

	act_on(e, bfd_fsm_configure(&e->f, cfg, now));
	count_down(e, before);
}

static void setup(const struct bfd_fsm_config *a, const struct bfd_fsm_config *b, u64 delay)
{
	unsigned int i;

	memset(ends, 0, sizeof(ends));
	now = 1000 * SEC;
	latency = delay;
	loss = 0;
	for (i = 0; i < 2; i++) {
		bfd_fsm_init(&ends[i].f, i ? b : a, 100 + i);
		ends[i].last_tx = now - 1 * SEC;
		schedule(&ends[i]);
		/* nobody turns on two systems in the same moment */
		if (ends[i].next_tx != BFD_NEVER)
			ends[i].next_tx += random_u32() % (500 * MS);
	}
}

static u32 greater(u32 a, u32 b)
{
	return a > b ? a : b;
}

/* Both Up, and all that is configured at one end known and in use at the other. */
static void check_converged(void)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		const struct bfd_fsm *f = &ends[i].f;
		const struct bfd_fsm_config *mine = &f->cfg;
		const struct bfd_fsm_config *its = &ends[!i].f.cfg;
		u32 rx = greater(mine->required_min_rx, its->desired_min_tx);

		EQ(f->session_state, BFD_STATE_UP);
		EQ(f->remote_session_state, BFD_STATE_UP);
		EQ(f->local_diag, BFD_DIAG_NONE);
		EQ(f->remote_discr, 100 + !i);
		EQ(f->poll_active, false);
		EQ(f->dirty, false);
		EQ(f->tx_interval, greater(mine->desired_min_tx, its->required_min_rx));
		EQ(f->remote_min_echo_rx_interval, its->required_min_echo_rx);
		EQ(f->detection_time, (u64)its->detect_mult * rx * US);
	}
}

static const struct bfd_fsm_config fast = {
	.desired_min_tx = 10000,
	.required_min_rx = 10000,
	.detect_mult = 3,
};

TEST(come_up, "6.2: two systems come up, whatever the latency")
{
	static const u64 delays[] = { 0, 100 * US, 10 * MS, 29 * MS, 300 * MS };
	unsigned int i;

	for (i = 0; i < 5; i++) {
		CASE("%llu us", (unsigned long long)(delays[i] / US));
		setup(&fast, &fast, delays[i]);
		run(4 * SEC);
		check_converged();
		run(60 * SEC);
		EQ(ends[0].downs + ends[1].downs, 0);
	}
}

TEST(passive_and_active, "6.1: one Passive end comes up, two never say a word")
{
	struct bfd_fsm_config passive = fast;

	passive.passive = true;
	setup(&passive, &fast, 1 * MS);
	run(4 * SEC);
	check_converged();
	setup(&passive, &passive, 1 * MS);
	run(60 * SEC);
	EQ(ends[0].head + ends[1].head, 0);
	EQ(ends[0].f.session_state, BFD_STATE_DOWN);
}

TEST(cut, "6.8.4: a cut path takes both ends Down within a Detection Time of the last packet")
{
	unsigned int i;

	setup(&fast, &fast, 5 * MS);
	run(4 * SEC);
	loss = 100;
	run(10 * SEC);
	for (i = 0; i < 2; i++) {
		EQ(ends[i].f.session_state, BFD_STATE_DOWN);
		EQ(ends[i].f.local_diag, BFD_DIAG_CONTROL_EXPIRY);
		EQ(ends[i].f.remote_discr, 0);
		EQ(ends[i].changed, ends[i].f.last_rx + 30 * MS);
		CHECK(ends[i].changed <= now - 10 * SEC + 35 * MS);
	}
	loss = 0;
	run(5 * SEC);
	check_converged();
}

TEST(admin, "6.8.16: AdminDown takes the peer Down at once, and its end lets both come up")
{
	struct bfd_fsm_config down = fast;

	down.admin_down = true;
	setup(&fast, &fast, 1 * MS);
	run(4 * SEC);
	configure(&ends[0], &down);
	run(1 * MS);
	EQ(ends[1].f.session_state, BFD_STATE_DOWN);
	EQ(ends[1].f.local_diag, BFD_DIAG_NEIGHBOR_DOWN);
	EQ(ends[1].f.remote_diag, BFD_DIAG_ADMIN_DOWN);
	run(60 * SEC);
	EQ(ends[1].f.session_state, BFD_STATE_DOWN);
	EQ(ends[0].f.session_state, BFD_STATE_ADMIN_DOWN);
	EQ(ends[1].f.remote_discr, 100);
	configure(&ends[0], &fast);
	run(4 * SEC);
	check_converged();
	EQ(ends[1].downs, 1);
}

TEST(silent_admin, "6.8.16: so it does when the peer asked for silence")
{
	struct bfd_fsm_config quiet = fast;
	struct bfd_fsm_config down = fast;

	quiet.required_min_rx = 0;
	down.admin_down = true;
	setup(&quiet, &fast, 1 * MS);
	run(60 * SEC);
	EQ(ends[0].f.session_state, BFD_STATE_UP);
	EQ(ends[1].f.tx_interval, 0);
	configure(&ends[1], &down);
	run(1 * SEC);
	EQ(ends[0].f.session_state, BFD_STATE_DOWN);
	configure(&ends[1], &fast);
	run(10 * SEC);
	EQ(ends[0].f.session_state, BFD_STATE_UP);
	EQ(ends[1].f.session_state, BFD_STATE_UP);
}

static struct bfd_fsm_config random_config(void)
{
	static const u32 intervals[] = { 3300, 10000, 50000, 300000, 1000000, 2000000 };

	return (struct bfd_fsm_config) {
		.desired_min_tx = intervals[random_u32() % 6],
		.required_min_rx = intervals[random_u32() % 6],
		.required_min_echo_rx = random_u32() % 3,
		.detect_mult = 1 + random_u32() % 4,
		.passive = random_u32() % 2,
	};
}

TEST(renegotiate, "6.8.3: no change of timers fails a session on a path that loses nothing")
{
	unsigned int round, i;

	for (round = 0; round < 400; round++) {
		struct bfd_fsm_config cfg = random_config();

		CASE("round %u", round);
		cfg.passive = false;
		setup(&fast, &cfg, random_u32() % 60000 * US);
		run(8 * SEC);
		ends[0].downs = 0;
		ends[1].downs = 0;
		for (i = 0; i < 10; i++) {
			cfg = random_config();
			configure(&ends[random_u32() % 2], &cfg);
			run(random_u32() % 400 * MS);
		}
		/* each of up to ten waiting changes is told in two periods and a round trip */
		run(60 * SEC);
		EQ(ends[0].downs + ends[1].downs, 0);
		check_converged();
	}
}

TEST(recover, "6.2: two systems agree again after any loss, restart and change")
{
	unsigned int round, i;

	for (round = 0; round < 400; round++) {
		CASE("round %u", round);
		setup(&fast, &fast, random_u32() % 60000 * US);
		for (i = 0; i < 10; i++) {
			struct bfd_fsm_config cfg = random_config();
			struct end *e = &ends[random_u32() % 2];

			cfg.passive = false;
			cfg.admin_down = random_u32() % 4 == 0;
			loss = random_u32() % 3 * 40;
			if (random_u32() % 4)
				configure(e, &cfg);
			else
				bfd_fsm_init(&e->f, &cfg, e->f.local_discr);
			schedule(e);
			run(random_u32() % 1000 * MS);
		}
		loss = 0;
		for (i = 0; i < 2; i++) {
			struct bfd_fsm_config cfg = ends[i].f.cfg;

			cfg.admin_down = false;
			configure(&ends[i], &cfg);
		}
		run(120 * SEC);
		check_converged();
	}
}

TEST(demand, "6.6: a peer in Demand mode is sent Poll Sequences only, and learns everything")
{
	unsigned int round, i;

	for (round = 0; round < 400; round++) {
		struct bfd_fsm_config cfg;

		CASE("round %u", round);
		setup(&fast, &fast, random_u32() % 60000 * US);
		run(8 * SEC);
		ends[0].downs = 0;
		ends[1].trusting = true;
		for (i = 0; i < 10; i++) {
			ends[1].demand = random_u32() % 4;
			cfg = random_config();
			cfg.passive = false;
			configure(&ends[random_u32() % 2], &cfg);
			run(random_u32() % 400 * MS);
		}
		ends[1].demand = true;
		run(60 * SEC);
		EQ(ends[0].downs, 0);
		EQ(ends[0].f.tx_interval, 0);
		EQ(ends[1].f.remote_detect_mult, ends[0].f.cfg.detect_mult);
		EQ(ends[1].f.remote_min_echo_rx_interval, ends[0].f.cfg.required_min_echo_rx);
		EQ(ends[1].f.remote_min_rx_interval, ends[0].f.cfg.required_min_rx);
		EQ(ends[1].f.remote_desired_min_tx_interval, ends[0].f.cfg.desired_min_tx);
		ends[1].demand = false;
		run(60 * SEC);
		check_converged();
	}
}
