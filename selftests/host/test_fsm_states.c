// SPDX-License-Identifier: GPL-2.0
/* The state machine: RFC 5880, 6.2, 6.8.1, 6.8.4, 6.8.6 and 6.8.16, cell by cell. */
#include "fsm_test.h"

#define AD	BFD_STATE_ADMIN_DOWN
#define DOWN	BFD_STATE_DOWN
#define INIT	BFD_STATE_INIT
#define UP	BFD_STATE_UP

#define KEEP	BFD_DIAG_FORWARDING_RESET	/* what LocalDiag was before */

static const char * const state_name[] = { "AdminDown", "Down", "Init", "Up" };

/* In @state, with a LocalDiag that no rule sets. */
static void stand(enum bfd_state state)
{
	bring(state, &plain);
	f.local_diag = KEEP;
}

/* What every change of state means to the caller, and that nothing else does. */
static void check_change(enum bfd_state before)
{
	const unsigned int report = BFD_ACT_STATE | BFD_ACT_SEND;

	EQ(act & report, f.session_state == before ? 0 : report);
	if (f.session_state != before)
		CHECK(act & BFD_ACT_PARAMS);
}

TEST(initial, "6.8.1: initial values")
{
	start(&plain);
	EQ(f.session_state, DOWN);
	EQ(f.remote_session_state, DOWN);
	EQ(f.local_discr, LOCAL);
	EQ(f.remote_discr, 0);
	EQ(f.local_diag, BFD_DIAG_NONE);
	CHECK(f.desired_min_tx_interval >= 1000000);
	EQ(f.required_min_rx_interval, plain.required_min_rx);
	EQ(f.remote_min_rx_interval, 1);
	EQ(f.remote_demand_mode, false);
	EQ(f.remote_diag, 0);
	EQ(f.remote_detect_mult, 0);
	EQ(f.remote_desired_min_tx_interval, 0);
	EQ(f.remote_min_echo_rx_interval, 0);
	EQ(f.remote_cpi, false);
	EQ(f.poll_active, false);
	EQ(f.tx_interval, 1000000);
	EQ(f.detection_time, 0);
	EQ(bfd_fsm_deadline(&f), BFD_NEVER);
	EQ(bfd_fsm_rx_interval(&f), 0);
	CHECK(bfd_fsm_may_send(&f));
	CHECK(f.dirty);
}

TEST(initial_admin_down, "6.8.16: a session may begin in AdminDown")
{
	struct bfd_fsm_config cfg = plain;

	cfg.admin_down = true;
	start(&cfg);
	EQ(f.session_state, AD);
	EQ(f.local_diag, BFD_DIAG_ADMIN_DOWN);
	EQ(f.desired_min_tx_interval, 1000000);
	EQ(f.tx_interval, 1000000);
	EQ(f.remote_min_rx_interval, 1);
}

TEST(received_states, "6.8.6: every state received in every state")
{
	static const struct {
		enum bfd_state local, received, next;
		enum bfd_diag diag;
	} cells[] = {
		{ AD,	AD,	AD,	KEEP },
		{ AD,	DOWN,	AD,	KEEP },
		{ AD,	INIT,	AD,	KEEP },
		{ AD,	UP,	AD,	KEEP },
		{ DOWN,	AD,	DOWN,	KEEP },
		{ DOWN,	DOWN,	INIT,	KEEP },
		{ DOWN,	INIT,	UP,	BFD_DIAG_NONE },
		{ DOWN,	UP,	DOWN,	KEEP },
		{ INIT,	AD,	DOWN,	BFD_DIAG_NEIGHBOR_DOWN },
		{ INIT,	DOWN,	INIT,	KEEP },
		{ INIT,	INIT,	UP,	BFD_DIAG_NONE },
		{ INIT,	UP,	UP,	BFD_DIAG_NONE },
		{ UP,	AD,	DOWN,	BFD_DIAG_NEIGHBOR_DOWN },
		{ UP,	DOWN,	DOWN,	BFD_DIAG_NEIGHBOR_DOWN },
		{ UP,	INIT,	UP,	KEEP },
		{ UP,	UP,	UP,	KEEP },
	};
	unsigned int i, poll;

	EQ(sizeof(cells) / sizeof(*cells), 16);
	for (i = 0; i < 32; i++) {
		struct bfd_packet p = from_peer(cells[i / 2].received);

		poll = i % 2;
		CASE("%s receives %s%s", state_name[cells[i / 2].local],
		     state_name[cells[i / 2].received], poll ? " with P" : "");
		stand(cells[i / 2].local);
		now += 1 * MS;
		p.poll = poll;
		hear(p);
		EQ(f.session_state, cells[i / 2].next);
		EQ(f.local_diag, cells[i / 2].diag);
		EQ(f.remote_session_state, cells[i / 2].received);
		EQ(f.last_rx, now);
		check_change(cells[i / 2].local);
		EQ(!!(act & BFD_ACT_DISCARD), cells[i / 2].local == AD);
		EQ(!!(act & BFD_ACT_FINAL), poll && cells[i / 2].local != AD);
	}
}

TEST(expiry, "6.8.4, 6.8.1: the Detection Time passes in every state")
{
	static const struct {
		enum bfd_state local, next;
		enum bfd_diag diag;
	} cells[] = {
		{ AD,	AD,	KEEP },
		{ DOWN,	DOWN,	KEEP },
		{ INIT,	DOWN,	BFD_DIAG_CONTROL_EXPIRY },
		{ UP,	DOWN,	BFD_DIAG_CONTROL_EXPIRY },
	};
	unsigned int i;

	for (i = 0; i < 4; i++) {
		CASE("%s", state_name[cells[i].local]);
		stand(cells[i].local);
		EQ(f.remote_discr, PEER);
		/* had it said these, they would be forgotten too */
		f.remote_demand_mode = true;
		f.remote_cpi = true;
		f.remote_diag = BFD_DIAG_PATH_DOWN;
		now = bfd_fsm_deadline(&f);
		expire();
		EQ(f.session_state, cells[i].next);
		EQ(f.local_diag, cells[i].diag);
		EQ(f.remote_discr, 0);
		EQ(f.remote_min_rx_interval, 1);
		EQ(f.remote_demand_mode, false);
		EQ(f.remote_session_state, DOWN);
		EQ(f.remote_diag, 0);
		EQ(f.remote_detect_mult, 0);
		EQ(f.remote_desired_min_tx_interval, 0);
		EQ(f.remote_min_echo_rx_interval, 0);
		EQ(f.remote_cpi, false);
		EQ(f.detection_time, 0);
		EQ(bfd_fsm_deadline(&f), BFD_NEVER);
		check_change(cells[i].local);
		CHECK(act & BFD_ACT_PARAMS);
		CHECK(act & BFD_ACT_DETECT);
		EQ(f.tx_interval, 1000000);
		CHECK(f.dirty);
		/* and it is over with that */
		now += 1000 * SEC;
		expire();
		EQ(act, 0);
	}
}

TEST(expire_early, "6.8.4: nothing happens a nanosecond before the Detection Time")
{
	unsigned int state;

	for (state = AD; state <= UP; state++) {
		struct bfd_fsm before;

		CASE("%s", state_name[state]);
		stand(state);
		before = f;
		now = bfd_fsm_deadline(&f) - 1;
		expire();
		EQ(act, 0);
		EQ(f.session_state, before.session_state);
		EQ(f.local_diag, before.local_diag);
		EQ(f.remote_discr, PEER);
		EQ(f.remote_min_rx_interval, before.remote_min_rx_interval);
		EQ(bfd_fsm_deadline(&f), before.last_rx + before.detection_time);
	}
}

TEST(expire_unheard, "6.8.4: with no peer heard there is nothing to expire")
{
	start(&plain);
	now += 100000 * SEC;
	expire();
	EQ(act, 0);
	EQ(f.session_state, DOWN);
}

TEST(administrative, "6.8.16: disabled and enabled in every state")
{
	static const struct {
		enum bfd_state local;
		bool down;
		enum bfd_state next;
		enum bfd_diag diag;
	} cells[] = {
		{ AD,	true,	AD,	KEEP },
		{ DOWN,	true,	AD,	BFD_DIAG_ADMIN_DOWN },
		{ INIT,	true,	AD,	BFD_DIAG_ADMIN_DOWN },
		{ UP,	true,	AD,	BFD_DIAG_ADMIN_DOWN },
		{ AD,	false,	DOWN,	BFD_DIAG_NONE },
		{ DOWN,	false,	DOWN,	KEEP },
		{ INIT,	false,	INIT,	KEEP },
		{ UP,	false,	UP,	KEEP },
	};
	unsigned int i;

	for (i = 0; i < 8; i++) {
		CASE("%s, admin %s", state_name[cells[i].local], cells[i].down ? "down" : "up");
		stand(cells[i].local);
		now += 1 * MS;
		admin_down(cells[i].down);
		EQ(f.session_state, cells[i].next);
		EQ(f.local_diag, cells[i].diag);
		EQ(f.remote_discr, PEER);
		check_change(cells[i].local);
	}
}

TEST(path_down, "6.8.16: the path fails in every state")
{
	unsigned int state;

	for (state = AD; state <= UP; state++) {
		bool fails = state == INIT || state == UP;

		CASE("%s", state_name[state]);
		stand(state);
		act = bfd_fsm_path_down(&f, now);
		EQ(f.session_state, fails ? DOWN : state);
		EQ(f.local_diag, fails ? BFD_DIAG_PATH_DOWN : KEEP);
		check_change(state);
		EQ(f.tx_interval, 1000000);
		EQ(f.remote_discr, PEER);
		if (fails)
			EQ(f.detection_time, 3 * 50000 * US);
	}
}

TEST(wire_state, "6.8.7: State, Diag and the discriminators in every state")
{
	static const enum bfd_tx_kind kinds[] = { BFD_TX_PERIODIC, BFD_TX_CHANGE, BFD_TX_FINAL };
	unsigned int state, kind;

	for (state = AD; state <= UP; state++) {
		for (kind = 0; kind < 3; kind++) {
			struct bfd_packet p;

			CASE("%s, kind %u", state_name[state], kind);
			stand(state);
			p = say(kinds[kind]);
			EQ(p.state, state);
			EQ(p.diag, KEEP);
			EQ(p.final, kinds[kind] == BFD_TX_FINAL);
			EQ(p.cpi, true);
			EQ(p.auth, false);
			EQ(p.demand, false);
			EQ(p.detect_mult, plain.detect_mult);
			EQ(p.len, 24);
			EQ(p.my_discr, LOCAL);
			EQ(p.your_discr, PEER);
			EQ(p.required_min_rx, plain.required_min_rx);
			EQ(p.required_min_echo_rx, plain.required_min_echo_rx);
			EQ(p.desired_min_tx, state == UP ? plain.desired_min_tx : 1000000);
			CHECK(!(p.poll && p.final));
		}
	}
}

TEST(handshake, "6.2: three ways up, and down again")
{
	start(&plain);
	hear_state(DOWN);
	EQ(f.session_state, INIT);
	hear_state(INIT);
	EQ(f.session_state, UP);
	hear_state(DOWN);
	EQ(f.session_state, DOWN);
	/* 6.1: it cannot come up before the peer has left Up */
	hear_state(UP);
	EQ(f.session_state, DOWN);
	hear_state(DOWN);
	hear_state(UP);
	EQ(f.session_state, UP);
	EQ(f.local_diag, BFD_DIAG_NONE);
}

TEST(learned, "6.8.6: what is learned from each packet")
{
	struct bfd_packet p = {
		.diag = BFD_DIAG_ECHO_FAILED, .state = DOWN, .cpi = true, .demand = true,
		.detect_mult = 9, .len = 24, .my_discr = 1, .your_discr = LOCAL,
		.desired_min_tx = 2, .required_min_rx = 3, .required_min_echo_rx = 4,
	};

	start(&plain);
	hear(p);
	EQ(f.remote_discr, 1);
	EQ(f.remote_session_state, DOWN);
	EQ(f.remote_diag, BFD_DIAG_ECHO_FAILED);
	EQ(f.remote_cpi, true);
	EQ(f.remote_demand_mode, true);
	EQ(f.remote_detect_mult, 9);
	EQ(f.remote_desired_min_tx_interval, 2);
	EQ(f.remote_min_rx_interval, 3);
	EQ(f.remote_min_echo_rx_interval, 4);
}

/* Packet @p as from_peer(Up), with the @which-th of its fields changed. */
static bool change_field(struct bfd_packet *p, unsigned int which)
{
	switch (which) {
	case 0:
		p->diag = BFD_DIAG_REVERSE_CONCATENATED_PATH_DOWN;
		return true;
	case 1:
		p->state = INIT;
		return true;
	case 2:
		p->cpi = true;
		return true;
	case 3:
		p->demand = true;
		return true;
	case 4:
		p->detect_mult++;
		return true;
	case 5:
		p->my_discr++;
		return true;
	case 6:
		p->desired_min_tx++;
		return true;
	case 7:
		p->required_min_rx++;
		return true;
	case 8:
		p->required_min_echo_rx++;
		return true;
	}
	return false;
}

TEST(reported, "a change of any one thing learned is reported, a repetition is not")
{
	struct bfd_packet p = from_peer(UP);
	unsigned int i;

	for (i = 0; change_field(&p, i); i++, p = from_peer(UP)) {
		CASE("field %u", i);
		settle(&plain);
		now += 1 * MS;
		hear_state(UP);
		EQ(act, 0);
		EQ(f.dirty, false);
		hear(p);
		CHECK(act & BFD_ACT_PARAMS);
		CHECK(f.dirty);
	}
	EQ(i, 9);
}

TEST(your_discriminator, "6.8.7: Your Discriminator is the last My Discriminator heard")
{
	struct bfd_packet p = from_peer(UP);

	start(&plain);
	EQ(say(BFD_TX_PERIODIC).your_discr, 0);
	settle(&plain);
	p.my_discr = 77;
	hear(p);
	CHECK(act & BFD_ACT_PARAMS);
	EQ(f.remote_discr, 77);
	EQ(say(BFD_TX_PERIODIC).your_discr, 77);
	EQ(f.session_state, UP);
}

TEST(restart, "6.8.6: a peer that restarts with a new discriminator takes us Down, then Up")
{
	struct bfd_packet p = from_peer(DOWN);

	settle(&plain);
	p.my_discr = 77;
	p.your_discr = 0;
	hear(p);
	EQ(f.session_state, DOWN);
	EQ(f.local_diag, BFD_DIAG_NEIGHBOR_DOWN);
	EQ(f.remote_discr, 77);
	EQ(say(BFD_TX_CHANGE).your_discr, 77);
	hear(p);
	EQ(f.session_state, INIT);
	p.state = UP;
	p.your_discr = LOCAL;
	hear(p);
	EQ(f.session_state, UP);
}

TEST(retention, "6.8.1: what is known of the peer outlives Up by a Detection Time")
{
	u64 last;

	/* signalled by the peer */
	settle(&plain);
	last = now;
	hear_state(DOWN);
	EQ(f.session_state, DOWN);
	EQ(f.remote_discr, PEER);
	EQ(f.remote_min_rx_interval, 20000);
	EQ(bfd_fsm_deadline(&f), last + 3 * 50000 * US);

	/* by us */
	settle(&plain);
	last = now;
	now += 5 * MS;
	admin_down(true);
	EQ(f.remote_discr, PEER);
	EQ(bfd_fsm_deadline(&f), last + 3 * 50000 * US);
	now = bfd_fsm_deadline(&f);
	expire();
	EQ(f.session_state, AD);
	EQ(f.remote_discr, 0);
	EQ(say(BFD_TX_PERIODIC).your_discr, 0);

	/* enabled within a Detection Time, it is still known */
	settle(&plain);
	admin_down(true);
	now += 5 * MS;
	admin_down(false);
	EQ(f.remote_discr, PEER);
	EQ(f.remote_min_rx_interval, 20000);
}

TEST(retention_admin_down, "6.8.1, 6.8.6: packets heard in AdminDown keep the peer known")
{
	struct bfd_packet p = from_peer(DOWN);
	unsigned int i;

	bring(AD, &plain);
	for (i = 0; i < 10; i++) {
		now += 100 * MS;
		p.required_min_rx = 2000000 + i;
		p.desired_min_tx = 1000000 + i;
		hear(p);
		CHECK(act & BFD_ACT_DISCARD);
		EQ(f.session_state, AD);
		EQ(f.local_diag, BFD_DIAG_ADMIN_DOWN);
		EQ(f.remote_discr, PEER);
		EQ(bfd_fsm_deadline(&f), now + 3 * (1000000 + i) * US);
		EQ(f.tx_interval, 2000000 + i);
		EQ(say(BFD_TX_PERIODIC).your_discr, PEER);
	}
}

TEST(remote_admin_down, "6.2: the peer's AdminDown holds us Down until it ends")
{
	unsigned int i;

	settle(&plain);
	hear_state(AD);
	EQ(f.session_state, DOWN);
	EQ(f.local_diag, BFD_DIAG_NEIGHBOR_DOWN);
	EQ(f.remote_session_state, AD);
	for (i = 0; i < 5; i++) {
		now += 1 * SEC;
		hear_state(AD);
		EQ(f.session_state, DOWN);
		EQ(act & BFD_ACT_STATE, 0);
	}
	hear_state(DOWN);
	EQ(f.session_state, INIT);
}

TEST(comes_back, "6.8.4: a session that timed out comes up again in the usual way")
{
	settle(&plain);
	now = bfd_fsm_deadline(&f);
	expire();
	EQ(say(BFD_TX_CHANGE).diag, BFD_DIAG_CONTROL_EXPIRY);
	EQ(say(BFD_TX_CHANGE).your_discr, 0);
	hear_state(UP);
	EQ(f.session_state, DOWN);
	EQ(f.local_diag, BFD_DIAG_CONTROL_EXPIRY);
	hear_state(DOWN);
	EQ(f.session_state, INIT);
	EQ(f.local_diag, BFD_DIAG_CONTROL_EXPIRY);
	hear_state(INIT);
	EQ(f.session_state, UP);
	EQ(f.local_diag, BFD_DIAG_NONE);
}

/* The same packet, a moment later */
static bool again(struct bfd_packet p)
{
	now += 1 * MS;
	return hear_again(p);
}

TEST(usual, "6.8.6: the packet that comes all the time takes a short way to the same result")
{
	struct bfd_packet p = from_peer(UP), other;
	struct bfd_fsm_config cfg = plain;

	settle(&cfg);
	CHECK(again(p));
	CHECK(again(p));
	/* our own changes need not be told to it */
	say(BFD_TX_PERIODIC);
	CHECK(again(p));
	configure_tx(60000);
	CHECK(again(p));
	say(BFD_TX_PERIODIC);
	CHECK(again(p));
	/* nor a verification */
	act = bfd_fsm_poll(&f, now);
	CHECK(again(p));
	/* but whether it knows another key the next packet tells */
	act = bfd_fsm_tell(&f, now);
	CHECK(!again(p));
	CHECK(again(p));

	/* each difference, there and back */
	other = p;
	other.desired_min_tx++;
	CHECK(!again(other));
	CHECK(!again(p));
	other = p;
	other.my_discr++;
	CHECK(!again(other));
	CHECK(!again(p));
	CHECK(!again(p));	/* something was to be done the last time */
	CHECK(again(p));
	other = p;
	other.poll = true;
	CHECK(!again(other));
	CHECK(!again(other));
	CHECK(!again(p));
	CHECK(again(p));
}

TEST(not_usual, "6.8.6: after any change of state no packet is the usual one")
{
	struct bfd_packet p = from_peer(UP);

	settle(&plain);
	CHECK(again(p));
	admin_down(true);
	CHECK(!again(p));
	CHECK(act & BFD_ACT_DISCARD);

	settle(&plain);
	CHECK(again(p));
	now = bfd_fsm_deadline(&f);
	expire();
	CHECK(!again(p));
	EQ(f.session_state, DOWN);

	settle(&plain);
	CHECK(again(p));
	act = bfd_fsm_path_down(&f, now);
	CHECK(!again(p));

	/* a Final is for the Poll that it answers */
	settle(&plain);
	p.final = true;
	CHECK(!again(p));
	CHECK(!again(p));
	/* what is longer than it should be, was not looked at to its end */
	p = from_peer(UP);
	p.len++;
	CHECK(!again(p));
	CHECK(!again(p));
}

TEST(not_usual_states, "6.8.6: only while both are Up, and not with a peer that wants silence")
{
	struct bfd_packet p = from_peer(DOWN);

	bring(AD, &plain);
	CHECK(!again(p));
	CHECK(!again(p));
	bring(INIT, &plain);
	CHECK(!again(p));
	CHECK(!again(p));
	settle(&plain);
	p = from_peer(UP);
	p.required_min_rx = 0;
	CHECK(!again(p));
	CHECK(!again(p));
	CHECK(!again(p));
}
