// SPDX-License-Identifier: GPL-2.0
/*
 * The state machine and the model of it live the same life: packets, changes
 * of configuration, time, transmissions. After each event they must agree, and
 * the MUSTs of RFC 5880 that need no model must hold.
 */
#include <string.h>

#include "model.h"
#include "fuzz.h"

#define US	1000ull
#define LOCAL	0x1234

struct input {
	const u8 *data;
	size_t left;
};

static struct bfd_fsm f;
static struct model m;
static u64 now;
static unsigned int act;
static struct bfd_packet peer;		/* what it says, mostly again and again */
static struct bfd_packet built;		/* the last packet of ours */
static bool anything_built;

static u8 take(struct input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->data++;
}

static u32 interval(u8 byte)
{
	static const u32 some[] = {
		0, 1, 3300, 10000, 20000, 50000, 300000, 999999,
		1000000, 1000001, 2000000, 5000000, 60000000, 0x7fffffff, 0xfffffffe, 0xffffffff,
	};

	return some[byte % 16];
}

static bool same_packet(const struct bfd_packet *a, const struct bfd_packet *b)
{
	u8 x[BFD_PACKET_LEN], y[BFD_PACKET_LEN];

	bfd_packet_build(a, x);
	bfd_packet_build(b, y);
	return !memcmp(x, y, sizeof(x));
}

static void compare(void)
{
	SAME(f.session_state, m.session_state);
	SAME(f.local_diag, m.local_diag);
	SAME(f.remote_discr, m.known ? m.heard.my_discr : 0);
	SAME(f.remote_session_state, m.known ? m.heard.state : BFD_STATE_DOWN);
	SAME(f.remote_diag, m.known ? m.heard.diag : 0);
	SAME(f.remote_demand_mode, m.known && m.heard.demand);
	SAME(f.remote_cpi, m.known && m.heard.cpi);
	SAME(f.remote_detect_mult, m.known ? m.heard.detect_mult : 0);
	SAME(f.remote_min_rx_interval, model_remote_min_rx(&m));
	SAME(f.remote_desired_min_tx_interval, m.known ? m.heard.desired_min_tx : 0);
	SAME(f.remote_min_echo_rx_interval, m.known ? m.heard.required_min_echo_rx : 0);
	SAME(f.desired_min_tx_interval, m.desired_min_tx);
	SAME(f.required_min_rx_interval, m.required_min_rx);
	SAME(f.poll_active, m.poll != POLL_NONE);
	SAME(bfd_fsm_polls(&f), model_polls(&m));
	SAME(f.poll_sent, m.poll == POLL_SENT);
	SAME(bfd_fsm_poll_due(&f), m.poll != POLL_NONE || model_waiting(&m));
	SAME(bfd_fsm_may_send(&f), model_may_send(&m));
	SAME(f.tx_interval, model_tx_interval(&m));
	SAME(bfd_fsm_tx_interval(&f), model_tx_interval_now(&m));
	SAME(f.demand_bit, m.demand);
	SAME(f.demand_in_force, model_demand_active(&m));
	SAME(f.tx_not_before, model_not_before(&m));
	SAME(bfd_fsm_rx_interval(&f), model_rx_interval(&m));
	SAME(bfd_fsm_detection_time(&f), model_detection_time(&m));
	SAME(bfd_fsm_deadline(&f), model_deadline(&m));
	SAME(f.echo_interval, model_echo_interval(&m));
	SAME(f.echo_detection_time, m.cfg.detect_mult * (model_echo_interval(&m) * US));
}

/* A periodic packet is built anew only when this is set. */
static void check_dirty(void)
{
	struct bfd_fsm copy = f;
	struct bfd_packet p;

	if (f.dirty)
		return;
	MUST(anything_built);
	/* however late it leaves */
	SAME(bfd_fsm_transmit(&copy, BFD_TX_PERIODIC, BFD_NEVER - 1, &p), 0);
	MUST(same_packet(&p, &built));
}

static bool both_up(void)
{
	return f.session_state == BFD_STATE_UP && f.remote_session_state == BFD_STATE_UP;
}

/* The peer asked us to cease periodic transmission (6.6). */
static bool in_demand(void)
{
	return f.remote_demand_mode && both_up();
}

static void check_invariants(void)
{
	bool up = f.session_state == BFD_STATE_UP;

	MUST(up || f.desired_min_tx_interval >= 1000000);
	MUST(up || !f.tx_interval || f.tx_interval >= 1000000);
	MUST(up || !bfd_fsm_poll_due(&f));
	MUST(up || f.required_min_rx_interval);
	MUST(f.remote_discr || !f.cfg.passive || !f.tx_interval);
	MUST(f.remote_min_rx_interval || !f.tx_interval);
	MUST(!f.tx_interval || f.tx_interval >= f.remote_min_rx_interval);
	MUST(!bfd_fsm_tx_interval(&f) || !in_demand() || bfd_fsm_poll_due(&f));
	MUST(!f.demand_bit || both_up());
	MUST(!f.demand_in_force || both_up());
	/* in Demand mode only what was polled for can fail */
	MUST(!f.demand_in_force || f.poll_sent || bfd_fsm_deadline(&f) == BFD_NEVER);
	MUST(!f.demand_in_force || !f.poll_sent || bfd_fsm_deadline(&f) != BFD_NEVER);
	MUST(bfd_fsm_deadline(&f) == BFD_NEVER || f.remote_discr);
	MUST(f.last_rx <= now);
	MUST((f.session_state == BFD_STATE_ADMIN_DOWN) == f.cfg.admin_down);
	MUST(!f.echo_interval || (up && f.echo_interval >= f.remote_min_echo_rx_interval));
}

/* Something that events tell. Who only verifies changes nothing of it. */
static bool has_news(const struct bfd_fsm *old)
{
	return f.session_state != old->session_state || f.local_diag != old->local_diag ||
	       f.remote_discr != old->remote_discr ||
	       f.remote_session_state != old->remote_session_state ||
	       f.remote_diag != old->remote_diag ||
	       f.remote_detect_mult != old->remote_detect_mult ||
	       f.remote_demand_mode != old->remote_demand_mode || f.remote_cpi != old->remote_cpi ||
	       f.demand_bit != old->demand_bit || f.demand_in_force != old->demand_in_force ||
	       f.desired_min_tx_interval != old->desired_min_tx_interval ||
	       f.required_min_rx_interval != old->required_min_rx_interval ||
	       f.remote_min_rx_interval != old->remote_min_rx_interval ||
	       f.remote_desired_min_tx_interval != old->remote_desired_min_tx_interval ||
	       f.remote_min_echo_rx_interval != old->remote_min_echo_rx_interval ||
	       f.tx_in_force != old->tx_in_force || f.rx_in_force != old->rx_in_force ||
	       f.echo_interval != old->echo_interval ||
	       bfd_fsm_tx_interval(&f) != bfd_fsm_tx_interval(old) ||
	       bfd_fsm_rx_interval(&f) != bfd_fsm_rx_interval(old) ||
	       bfd_fsm_detection_time(&f) != bfd_fsm_detection_time(old) ||
	       bfd_fsm_polls(&f) != bfd_fsm_polls(old);
}

/* What the caller was told, against what really changed. */
static void check_actions(const struct bfd_fsm *old, unsigned int may, bool rejitter)
{
	bool changed = f.session_state != old->session_state;
	u64 was = bfd_fsm_deadline(old);
	u64 is = bfd_fsm_deadline(&f);
	bool ended = is == BFD_NEVER && was != BFD_NEVER;

	MUST(!(act & ~may));
	SAME(!!(act & BFD_ACT_STATE), changed);
	if (changed)
		SAME(!!(act & BFD_ACT_SEND), model_may_send(&m));
	MUST(changed || f.local_diag == old->local_diag || f.local_diag == f.cfg.path_diag);
	SAME(!!(act & BFD_ACT_TX), f.tx_interval != old->tx_interval || rejitter ||
	     f.tx_not_before != old->tx_not_before);
	SAME(!!(act & BFD_ACT_ECHO), f.echo_interval != old->echo_interval ||
	     f.echo_detection_time != old->echo_detection_time);
	if (is < was || ended)
		MUST(act & BFD_ACT_DETECT);
	if (act & BFD_ACT_DETECT)
		MUST(f.detection_time != old->detection_time);
	if (has_news(old) || act & (BFD_ACT_STATE | BFD_ACT_SEND | BFD_ACT_ECHO))
		MUST(act & BFD_ACT_PARAMS);
}

#define MAY (BFD_ACT_PARAMS | BFD_ACT_TX | BFD_ACT_DETECT | BFD_ACT_ECHO)
#define MAY_STATE (MAY | BFD_ACT_STATE | BFD_ACT_SEND)

/* No periodic packet tells a peer that asked for silence what there is to tell. */
static bool silenced_news(void)
{
	return !model_remote_min_rx(&m) && (m.untold || m.poll == POLL_WANTED);
}

/* What a change of configuration has to tell at once. */
static void check_told(const struct model *before)
{
	struct model was = *before, is = m;
	struct bfd_packet p = model_transmit(&was, BFD_TX_CHANGE, now);
	struct bfd_packet q = model_transmit(&is, BFD_TX_CHANGE, now);
	bool news;

	if (f.session_state != before->session_state)
		return;
	news = p.diag != q.diag && !model_remote_demand_active(&m);
	/* a Poll Sequence alone is no news */
	p.poll = false;
	q.poll = false;
	if (!model_remote_min_rx(&m))
		news = news || !same_packet(&p, &q) || silenced_news();
	SAME(!!(act & BFD_ACT_SEND), news);
}

/* As rx.c does it. Of what may take the short way, it has to be no other way. */
static void receive_peer(void)
{
	struct bfd_fsm copy = f;
	u8 wire[BFD_PACKET_LEN];
	bool again;

	bfd_packet_build(&peer, wire);
	again = bfd_fsm_is_usual(&copy, wire);
	bfd_fsm_receive_usual(&copy, now);
	act = bfd_fsm_receive(&f, &peer, now);
	if (!act)
		bfd_fsm_remember(&f, &peer, wire);
	MUST(!again || (!act && !memcmp(&copy, &f, sizeof(f))));
}

static void receive(struct input *in, bool other)
{
	struct bfd_fsm old = f;
	u8 flags = take(in);
	bool discarded = f.session_state == BFD_STATE_ADMIN_DOWN;

	peer.state = flags & 3;
	peer.poll = flags & 4;
	peer.final = !peer.poll && flags & 8;
	if (flags & 16)
		peer.demand = !peer.demand;
	if (other) {
		u8 b = take(in);

		peer.desired_min_tx = interval(b);
		peer.required_min_rx = interval(b >> 4);
		b = take(in);
		peer.required_min_echo_rx = interval(b);
		peer.diag = b >> 4;
		peer.cpi = b & 1;
		peer.detect_mult = take(in) ?: 255;
		if (flags & 32)
			peer.my_discr = 1 + take(in);
	}
	receive_peer();
	model_receive(&m, &peer, now);
	SAME(f.last_rx, now);
	SAME(!!(act & BFD_ACT_SEND), f.session_state != old.session_state || silenced_news());
	check_actions(&old, MAY_STATE | BFD_ACT_FINAL | BFD_ACT_DISCARD, false);
	SAME(!!(act & BFD_ACT_DISCARD), discarded);
	SAME(!!(act & BFD_ACT_FINAL), peer.poll && !discarded);
}

static void configure_more(struct bfd_fsm_config *cfg, struct input *in)
{
	u8 which = take(in);

	if (which & 1)
		cfg->demand = !cfg->demand;
	if (which & 2)
		cfg->path_diag = cfg->path_diag ? BFD_DIAG_NONE : BFD_DIAG_CONCATENATED_PATH_DOWN;
	if (which & 4)
		cfg->demand_poll_interval = interval(take(in));
}

static void configure(struct input *in)
{
	struct bfd_fsm_config cfg = f.cfg;
	struct bfd_fsm old = f;
	struct model before = m;
	u8 which = take(in);
	u8 b = take(in);
	bool listens;

	if (which & 1)
		cfg.desired_min_tx = interval(b) ?: 1;
	if (which & 2)
		cfg.required_min_rx = interval(b >> 4);
	if (which & 4)
		cfg.required_min_echo_rx = interval(take(in));
	if (which & 8)
		cfg.detect_mult = take(in) ?: 1;
	if (which & 16)
		cfg.passive = !cfg.passive;
	if (which & 32) {
		cfg.desired_min_echo_tx = interval(take(in));
		cfg.echo = cfg.desired_min_echo_tx;
	}
	if (which & 64)
		configure_more(&cfg, in);
	if ((which & 0xe0) == 0xe0)
		cfg.admin_down = !cfg.admin_down;
	act = bfd_fsm_configure(&f, &cfg, now);
	model_configure(&m, &cfg, now);
	check_actions(&old, MAY_STATE, cfg.detect_mult != old.cfg.detect_mult);
	check_told(&before);
	listens = f.detection_time && !f.by_poll && (!old.detection_time || old.by_poll);
	SAME(f.last_rx, listens ? now : old.last_rx);
}

static void poll(void)
{
	struct bfd_fsm old = f;
	struct model before = m;

	act = bfd_fsm_poll(&f, now);
	model_poll(&m, now);
	check_actions(&old, MAY | BFD_ACT_SEND, false);
	if (f.session_state == BFD_STATE_UP)
		check_told(&before);
	else
		SAME(act, 0);
	SAME(bfd_fsm_poll_due(&f), f.session_state == BFD_STATE_UP);
	SAME(f.last_rx, old.last_rx);
}

static void expire(void)
{
	struct bfd_fsm old = f;
	bool early = now < bfd_fsm_deadline(&f);

	act = bfd_fsm_expire(&f, now);
	model_expire(&m, now);
	check_actions(&old, MAY_STATE, false);
	if (early)
		SAME(act, 0);
	else
		SAME(f.remote_discr, now - old.last_rx < old.detection_time ? old.remote_discr : 0);
	if (early)
		MUST(!memcmp(&old, &f, sizeof(f)));
}

static void path_down(void)
{
	struct bfd_fsm old = f;

	act = bfd_fsm_path_down(&f, now);
	model_path_down(&m, now);
	check_actions(&old, MAY_STATE, false);
}

static void echo_failed(void)
{
	struct bfd_fsm old = f;

	act = bfd_fsm_echo_failed(&f, now);
	model_echo_failed(&m, now);
	check_actions(&old, MAY_STATE, false);
	SAME(act != 0, old.echo_interval != 0);
}

static void check_packet(const struct bfd_packet *p, enum bfd_tx_kind kind)
{
	u8 wire[BFD_PACKET_LEN];
	struct bfd_packet q;

	bfd_packet_build(p, wire);
	SAME(bfd_packet_parse(wire, sizeof(wire), &q), BFD_DROP_NONE);
	MUST(!(p->poll && p->final));
	SAME(p->final, kind == BFD_TX_FINAL);
	/* 6.5: not between packets on schedule, where there are any */
	MUST(!p->poll || kind == BFD_TX_PERIODIC || !f.remote_min_rx_interval);
	if (p->state != BFD_STATE_UP) {
		MUST(!p->poll);
		MUST(p->desired_min_tx >= 1000000);
	}
	MUST(!p->auth);
	/* 6.8.7, "Demand (D)" */
	MUST(!p->demand || both_up());
}

static void transmit(enum bfd_tx_kind kind)
{
	struct bfd_fsm old = f;
	struct bfd_packet want;

	/* as the caller has to: on schedule only when there is one, otherwise when allowed */
	if (kind == BFD_TX_PERIODIC && (!f.tx_interval || now < f.tx_not_before))
		return;
	if (kind == BFD_TX_CHANGE && !bfd_fsm_may_send(&f))
		return;
	if (kind == BFD_TX_FINAL && !f.remote_discr)
		return;
	memset(&built, 0xff, sizeof(built));
	act = bfd_fsm_transmit(&f, kind, now, &built);
	anything_built = true;
	want = model_transmit(&m, kind, now);
	MUST(same_packet(&built, &want));
	check_packet(&built, kind);
	/* 6.8.7: in Demand mode only a Poll Sequence is sent periodically */
	MUST(kind != BFD_TX_PERIODIC || !in_demand() || built.poll);
	check_actions(&old, MAY, false);
	SAME(!!(act & BFD_ACT_PARAMS), has_news(&old));
	SAME(f.session_state, old.session_state);
	SAME(f.last_rx, old.last_rx);
}

static void pass_time(struct input *in)
{
	static const u64 some[] = {
		1, US, 100 * US, 1000 * US, 5000 * US, 20000 * US, 300000 * US, 3000000 * US,
	};
	u8 b = take(in);
	u64 deadline = bfd_fsm_deadline(&f);
	u64 target = now + some[b % 8];

	/* or to where it matters, and a nanosecond before */
	if (b & 8 && deadline != BFD_NEVER)
		target = deadline - 1 + (b >> 4 & 1);
	else if (b & 16 && f.poll_hold)
		target = f.poll_hold - (b >> 5 & 1);
	else if (b & 64 && f.verify_at)
		target = f.verify_at - (b >> 5 & 1);
	if (target > now)
		now = target;
}

/* The next transmission comes when jitter lets it, and the deadline first if that is due. */
static void on_schedule(struct input *in)
{
	u8 b = take(in);

	if (!f.tx_interval)
		return;
	now += bfd_tx_delay(f.tx_interval, f.cfg.detect_mult, 0, 0, (u32)b << 24);
	if (now < f.tx_not_before)
		now = f.tx_not_before;
	transmit(BFD_TX_PERIODIC);
}

static void event(struct input *in)
{
	switch (take(in) % 11) {
	case 0:
	case 1:
		receive(in, false);
		break;
	case 2:
		receive(in, true);
		break;
	case 3:
		configure(in);
		break;
	case 4:
		pass_time(in);
		break;
	case 5:
		pass_time(in);
		expire();
		break;
	case 6:
		transmit(BFD_TX_PERIODIC);
		break;
	case 7:
		on_schedule(in);
		break;
	case 8: {
		u8 b = take(in);

		if (b & 2)
			poll();
		else
			transmit(b & 1 ? BFD_TX_CHANGE : BFD_TX_FINAL);
		break;
	}
	case 9:
		path_down();
		break;
	default:
		echo_failed();
		break;
	}
}

int FUZZ_ENTRY(const unsigned char *data, size_t size)
{
	struct input in = { data, size };
	struct bfd_fsm_config cfg = { .detect_mult = 3 };
	u8 b = take(&in);

	cfg.passive = b & 1;
	cfg.admin_down = (b & 6) == 6;
	b = take(&in);
	cfg.desired_min_tx = interval(b) ?: 1;
	cfg.required_min_rx = interval(b >> 4);
	now = 1000000000 * US;
	anything_built = false;
	peer = (struct bfd_packet) {
		.detect_mult = 3, .my_discr = 1, .your_discr = LOCAL, .len = 24,
		.desired_min_tx = 50000, .required_min_rx = 10000,
	};
	memset(&f, 0xff, sizeof(f));
	bfd_fsm_init(&f, &cfg, LOCAL);
	model_init(&m, &cfg, LOCAL);
	compare();
	check_invariants();
	while (in.left) {
		event(&in);
		compare();
		check_invariants();
		check_dirty();
	}
	return 0;
}
