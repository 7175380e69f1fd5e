// SPDX-License-Identifier: GPL-2.0
#include "fsm.h"

#define NS_PER_US 1000ull

static u32 larger(u32 a, u32 b)
{
	return a > b ? a : b;
}

static u64 later(u64 a, u64 b)
{
	return a > b ? a : b;
}

static u64 earlier(u64 a, u64 b)
{
	return a < b ? a : b;
}

static u32 smaller(u32 a, u32 b)
{
	return a < b ? a : b;
}

/* 6.8.3: not less than one second while not Up. */
static u32 slow_desired(const struct bfd_fsm *f)
{
	return larger(f->cfg.desired_min_tx, BFD_SLOW_INTERVAL_US);
}

/*
 * A configured zero means silence of a peer that is Up (6.8.18). It is not
 * said earlier, or the session could not be brought up again.
 */
static u32 slow_required(const struct bfd_fsm *f)
{
	return f->cfg.required_min_rx ?: BFD_SLOW_INTERVAL_US;
}

/* 6.8.9: only while Up, and not faster than the peer can loop them. */
static u32 agreed_echo_interval(const struct bfd_fsm *f)
{
	if (!f->cfg.echo || f->session_state != BFD_STATE_UP || !f->remote_min_echo_rx_interval)
		return 0;
	return larger(f->cfg.desired_min_echo_tx, f->remote_min_echo_rx_interval);
}

/* 6.8.3: what to ask for while Up: where echoes detect failures, few packets. */
static u32 wanted_required(const struct bfd_fsm *f)
{
	u32 required = f->cfg.required_min_rx;

	if (!required || !agreed_echo_interval(f))
		return required;
	return larger(required, BFD_SLOW_INTERVAL_US);
}

static bool both_up(const struct bfd_fsm *f)
{
	return f->session_state == BFD_STATE_UP && f->remote_session_state == BFD_STATE_UP;
}

/* 6.6: the peer asked us to cease periodic transmission. */
static bool remote_demand(const struct bfd_fsm *f)
{
	return f->remote_demand_mode && both_up(f);
}

/* 6.8.7, "Demand (D)" */
static bool demand_wanted(const struct bfd_fsm *f)
{
	return f->cfg.demand && both_up(f);
}

/* 6.6: on either or both systems */
static bool demand_active(const struct bfd_fsm *f)
{
	return f->demand_in_force || remote_demand(f);
}

/* 6.6: a change that otherwise periodic packets would tell needs a Poll Sequence. */
static bool untold_in_demand(const struct bfd_fsm *f)
{
	return f->untold && demand_active(f);
}

/* Something that needs a Poll Sequence, and none has begun for it; only while Up. */
static bool poll_waits(const struct bfd_fsm *f)
{
	return f->poll_request || untold_in_demand(f) || f->demand_bit != demand_wanted(f) ||
	       f->desired_min_tx_interval != f->cfg.desired_min_tx ||
	       f->required_min_rx_interval != wanted_required(f);
}

bool bfd_fsm_poll_due(const struct bfd_fsm *f)
{
	return f->session_state == BFD_STATE_UP && (f->poll_active || poll_waits(f));
}

/* 6.6: now and then we verify by a Poll Sequence that the peer is there. */
static bool verifies(const struct bfd_fsm *f)
{
	return f->demand_bit && f->cfg.demand_poll_interval;
}

bool bfd_fsm_polls(const struct bfd_fsm *f)
{
	return f->poll_active && !f->poll_verifies;
}

u32 bfd_fsm_tx_interval(const struct bfd_fsm *f)
{
	return remote_demand(f) && !bfd_fsm_polls(f) && !poll_waits(f) ? 0 : f->tx_interval;
}

/* 6.8.7: the slower side sets the pace; when nothing may be sent periodically, 0. */
static u32 agreed_tx_interval(const struct bfd_fsm *f)
{
	if (!bfd_fsm_may_send(f) || !f->remote_min_rx_interval)
		return 0;
	if (remote_demand(f) && !bfd_fsm_poll_due(f) && !verifies(f))
		return 0;
	return larger(f->tx_in_force, f->remote_min_rx_interval);
}

/* In Demand mode of the peer all that may be sent is a Poll, and it may have to wait. */
static u64 earliest_tx(const struct bfd_fsm *f)
{
	if (!remote_demand(f) || f->poll_active)
		return 0;
	if (!bfd_fsm_poll_due(f) && verifies(f))
		return later(f->poll_hold, f->verify_at);
	return f->poll_hold;
}

u32 bfd_fsm_rx_interval(const struct bfd_fsm *f)
{
	if (!f->remote_discr || !f->rx_in_force)
		return 0;
	return larger(f->rx_in_force, f->remote_desired_min_tx_interval);
}

bool bfd_fsm_may_send(const struct bfd_fsm *f)
{
	return !f->cfg.passive || f->remote_discr;
}

/* 255 intervals of 32 bits need 64. */
u64 bfd_fsm_detection_time(const struct bfd_fsm *f)
{
	if (f->demand_in_force)
		return (u64)f->cfg.detect_mult * NS_PER_US *
		       larger(f->desired_min_tx_interval, f->remote_min_rx_interval);
	return (u64)f->remote_detect_mult * bfd_fsm_rx_interval(f) * NS_PER_US;
}

/*
 * Detect Mult Polls have to be lost (6.8.4). Of those of a slower pace there were fewer:
 * a shorter time is over when the old one is, or all of it has passed. A longer one is over
 * when the old one is, or all of it has passed since the first Poll: so who changes the pace
 * all the time is missed, too.
 */
static void follow_pace(struct bfd_fsm *f, u64 was, u64 is, u64 now)
{
	if (is < was)
		f->poll_since = earlier(f->poll_since + was - is, now);
	else
		f->poll_since -= earlier(is - was, f->poll_since - f->poll_first);
}

/*
 * To be called after every change that the timers depend on. In Demand mode of
 * ours nothing is detected but that a Poll is not answered (6.8.4).
 */
static unsigned int update_timers(struct bfd_fsm *f, u64 now)
{
	bool by_poll = f->demand_in_force;
	u64 detection_time = by_poll && !f->poll_sent ? 0 : bfd_fsm_detection_time(f);
	u32 tx_interval = agreed_tx_interval(f), echo_interval = agreed_echo_interval(f);
	u64 echo_detection_time = (u64)f->cfg.detect_mult * echo_interval * NS_PER_US;
	u64 not_before = earliest_tx(f);
	unsigned int act = 0;

	if (detection_time != f->detection_time)
		act |= BFD_ACT_DETECT;
	if (by_poll && f->by_poll && detection_time && f->detection_time)
		follow_pace(f, f->detection_time, detection_time, now);
	/* while nothing was to be detected by it, silence meant nothing */
	if (detection_time && !by_poll && (!f->detection_time || f->by_poll))
		f->last_rx = now;
	if (tx_interval != f->tx_interval || not_before != f->tx_not_before)
		act |= BFD_ACT_TX;
	if (echo_interval != f->echo_interval || echo_detection_time != f->echo_detection_time)
		act |= BFD_ACT_ECHO | BFD_ACT_PARAMS;
	f->echo_interval = echo_interval;
	f->echo_detection_time = echo_detection_time;
	f->detection_time = detection_time;
	f->by_poll = by_poll;
	f->tx_interval = tx_interval;
	f->tx_not_before = not_before;
	return act;
}

static void forget_poll(struct bfd_fsm *f)
{
	f->poll_active = false;
	f->poll_sent = false;
	f->poll_request = false;
	f->untold = false;
	f->poll_hold = 0;
}

/*
 * Say what is configured, and start the Poll Sequence that must accompany it
 * while Up. 6.8.3 names two changes that wait for the Final: a longer interval
 * of ours, and a shorter one asked of the peer; so does the end of our Demand
 * mode (6.6).
 *
 * In other states no Poll Sequence is run: nothing would wait for its Final,
 * and the peer takes the values from every packet.
 *
 * Return: there was something to say.
 */
static bool advertise(struct bfd_fsm *f)
{
	bool up = f->session_state == BFD_STATE_UP;
	u32 desired = up ? f->cfg.desired_min_tx : slow_desired(f);
	u32 required = up ? wanted_required(f) : slow_required(f);
	bool demand = demand_wanted(f);
	bool same = desired == f->desired_min_tx_interval &&
		    required == f->required_min_rx_interval && demand == f->demand_bit;

	f->desired_min_tx_interval = desired;
	f->required_min_rx_interval = required;
	f->demand_bit = demand;
	if (!up) {
		f->tx_in_force = desired;
		f->rx_in_force = required;
		f->demand_in_force = false;
	}
	if (same && !f->poll_request && !untold_in_demand(f))
		return false;
	f->dirty = true;
	if (!up)
		return true;
	f->poll_active = true;
	f->poll_sent = false;
	f->poll_request = false;
	f->poll_verifies = false;
	f->untold = false;
	f->tx_in_force = smaller(f->tx_in_force, desired);
	/* 0, silence, is the longest interval of all */
	if (f->rx_in_force && required)
		f->rx_in_force = larger(f->rx_in_force, required);
	else
		f->rx_in_force = 0;
	f->demand_in_force |= demand;
	return true;
}

/* To a peer that asked for silence: what waited for a packet on schedule would wait for ever. */
static unsigned int tell_silenced(struct bfd_fsm *f)
{
	bool news = advertise(f) || f->untold || (f->poll_active && !f->poll_sent);

	return news ? BFD_ACT_SEND | BFD_ACT_PARAMS : 0;
}

/* Begin to say what waits: at once, or when an earlier Poll Sequence and a round trip are over. */
static unsigned int begin(struct bfd_fsm *f, u64 now)
{
	if (!f->remote_min_rx_interval)
		return tell_silenced(f);
	if (!f->poll_sent && now >= f->poll_hold)
		advertise(f);
	else if (bfd_fsm_poll_due(f))
		f->dirty = true;	/* bfd_fsm_transmit() follows it up */
	return 0;
}

/* RFC 9747, 2: slowly until Up, and nobody waits to hear it. */
static bool tell_at_once(const struct bfd_fsm *f)
{
	if (f->cfg.unaffiliated && f->session_state != BFD_STATE_UP)
		return false;
	return bfd_fsm_may_send(f);
}

static unsigned int set_state(struct bfd_fsm *f, enum bfd_state state, enum bfd_diag diag)
{
	f->session_state = state;
	f->local_diag = diag;
	f->dirty = true;
	f->settled = false;
	forget_poll(f);
	advertise(f);
	return BFD_ACT_STATE | BFD_ACT_PARAMS | (tell_at_once(f) ? BFD_ACT_SEND : 0);
}

/* 6.8.1 and 6.8.18: what may be said of the peer after a Detection Time of silence. */
static void forget_remote(struct bfd_fsm *f)
{
	f->remote_discr = 0;
	f->remote_session_state = BFD_STATE_DOWN;
	f->remote_diag = BFD_DIAG_NONE;
	f->remote_detect_mult = 0;
	f->remote_demand_mode = false;
	f->remote_cpi = false;
	f->remote_min_rx_interval = 1;
	f->remote_desired_min_tx_interval = 0;
	f->remote_min_echo_rx_interval = 0;
	f->dirty = true;
	f->settled = false;
}

void bfd_fsm_init(struct bfd_fsm *f, const struct bfd_fsm_config *cfg, u32 local_discr)
{
	*f = (struct bfd_fsm) {
		.cfg = *cfg,
		.local_discr = local_discr,
		.session_state = cfg->admin_down ? BFD_STATE_ADMIN_DOWN : BFD_STATE_DOWN,
		.local_diag = cfg->admin_down ? BFD_DIAG_ADMIN_DOWN : BFD_DIAG_NONE,
	};
	forget_remote(f);
	advertise(f);
	update_timers(f, 0);
}

/*
 * 6.8.12, 6.8.13, 6.8.17: these need no Poll Sequence, as long as there are
 * periodic packets to carry them. A diagnostic does not wait for the next one.
 */
static unsigned int configure_contents(struct bfd_fsm *f, const struct bfd_fsm_config *cfg)
{
	bool new_mult = cfg->detect_mult != f->cfg.detect_mult;
	bool new_diag = f->session_state == BFD_STATE_UP && cfg->path_diag != f->cfg.path_diag;

	if (!new_mult && !new_diag && cfg->required_min_echo_rx == f->cfg.required_min_echo_rx)
		return 0;
	if (new_diag)
		f->local_diag = cfg->path_diag;
	f->dirty = true;
	f->untold = true;
	return (new_mult ? BFD_ACT_TX : 0) |	/* 1 narrows the jitter */
	       (new_diag && !remote_demand(f) ? BFD_ACT_SEND : 0);
}

static void count_to_verification(struct bfd_fsm *f, u64 now)
{
	f->verify_at = now + f->cfg.demand_poll_interval * NS_PER_US;
	f->dirty = true;
}

unsigned int bfd_fsm_configure(struct bfd_fsm *f, const struct bfd_fsm_config *cfg, u64 now)
{
	bool new_verification = cfg->demand_poll_interval != f->cfg.demand_poll_interval;
	unsigned int act = BFD_ACT_PARAMS | configure_contents(f, cfg);

	f->cfg = *cfg;
	if (new_verification)
		count_to_verification(f, now);
	/* 6.8.16; the reason to be AdminDown is gone with it */
	if (cfg->admin_down && f->session_state != BFD_STATE_ADMIN_DOWN)
		act |= set_state(f, BFD_STATE_ADMIN_DOWN, BFD_DIAG_ADMIN_DOWN);
	else if (!cfg->admin_down && f->session_state == BFD_STATE_ADMIN_DOWN)
		act |= set_state(f, BFD_STATE_DOWN, BFD_DIAG_NONE);
	else
		act |= begin(f, now);
	return act | update_timers(f, now);
}

unsigned int bfd_fsm_poll(struct bfd_fsm *f, u64 now)
{
	unsigned int act = BFD_ACT_PARAMS;
	bool becomes_news = f->poll_verifies;

	if (f->session_state != BFD_STATE_UP)
		return 0;
	f->poll_verifies = false;
	/* one under way does it, unless no packet on schedule repeats its P */
	if (f->poll_active && f->remote_min_rx_interval)
		return becomes_news ? BFD_ACT_PARAMS : 0;
	f->poll_request = true;
	act |= begin(f, now);
	return act | update_timers(f, now);
}

unsigned int bfd_fsm_tell(struct bfd_fsm *f, u64 now)
{
	unsigned int act = BFD_ACT_PARAMS;

	f->dirty = true;
	f->untold = true;
	f->settled = false;	/* whether the peer knows, the next packet tells */
	/* 6.8.7: at once in Demand mode, too: the peer's Polls may be refused until it knows */
	if (bfd_fsm_may_send(f))
		act |= BFD_ACT_SEND;
	if (f->session_state == BFD_STATE_UP)
		act |= begin(f, now);
	return act | update_timers(f, now);
}

/* 6.8.6, the variables set from every accepted packet. */
static unsigned int learn(struct bfd_fsm *f, const struct bfd_packet *p)
{
	if (f->remote_discr == p->my_discr &&
	    f->remote_session_state == p->state &&
	    f->remote_diag == p->diag &&
	    f->remote_detect_mult == p->detect_mult &&
	    f->remote_demand_mode == p->demand &&
	    f->remote_cpi == p->cpi &&
	    f->remote_min_rx_interval == p->required_min_rx &&
	    f->remote_desired_min_tx_interval == p->desired_min_tx &&
	    f->remote_min_echo_rx_interval == p->required_min_echo_rx)
		return 0;
	/* what we send speaks of it (6.6) */
	if (f->remote_discr != p->my_discr && f->session_state == BFD_STATE_UP)
		f->untold = true;
	f->remote_discr = p->my_discr;
	f->remote_session_state = p->state;
	f->remote_diag = p->diag;
	f->remote_detect_mult = p->detect_mult;
	f->remote_demand_mode = p->demand;
	f->remote_cpi = p->cpi;
	f->remote_min_rx_interval = p->required_min_rx;
	f->remote_desired_min_tx_interval = p->desired_min_tx;
	f->remote_min_echo_rx_interval = p->required_min_echo_rx;
	f->dirty = true;
	return BFD_ACT_PARAMS;
}

/*
 * 6.5 and 6.8.3: the peer has heard what the Poll Sequence said. A round trip
 * took at most what passed since its first packet; for that long after its
 * last one more Finals may come, so no new Poll Sequence is started.
 */
static unsigned int poll_done(struct bfd_fsm *f, u64 now)
{
	bool news = !f->poll_verifies;

	f->poll_active = false;
	f->poll_sent = false;
	f->poll_hold += now - f->poll_first;
	f->tx_in_force = f->desired_min_tx_interval;
	f->rx_in_force = f->required_min_rx_interval;
	f->demand_in_force = f->demand_bit;
	count_to_verification(f, now);
	return news ? BFD_ACT_PARAMS : 0;
}

/* 6.8.6, "If received state is AdminDown" to the end of the transitions; 6.2. */
static unsigned int step(struct bfd_fsm *f, u8 received)
{
	u8 state = f->session_state;

	if (received == BFD_STATE_ADMIN_DOWN) {
		if (state != BFD_STATE_DOWN)
			return set_state(f, BFD_STATE_DOWN, BFD_DIAG_NEIGHBOR_DOWN);
		return 0;
	}
	switch (state) {
	case BFD_STATE_DOWN:
		if (received == BFD_STATE_DOWN)
			return set_state(f, BFD_STATE_INIT, f->local_diag);
		if (received == BFD_STATE_INIT)
			return set_state(f, BFD_STATE_UP, f->cfg.path_diag);
		return 0;
	case BFD_STATE_INIT:
		if (received == BFD_STATE_INIT || received == BFD_STATE_UP)
			return set_state(f, BFD_STATE_UP, f->cfg.path_diag);
		return 0;
	default: /* Up */
		if (received == BFD_STATE_DOWN)
			return set_state(f, BFD_STATE_DOWN, BFD_DIAG_NEIGHBOR_DOWN);
		return 0;
	}
}

/*
 * 6.6: Demand mode ends when either system is not Up any more. What comes then
 * comes on the peer's schedule, and nothing waits for a Final.
 */
static void end_demand(struct bfd_fsm *f)
{
	f->poll_request |= f->demand_bit;
	f->demand_bit = false;
	f->demand_in_force = false;
	f->dirty = true;
}

unsigned int bfd_fsm_receive(struct bfd_fsm *f, const struct bfd_packet *p, u64 now)
{
	bool answered = p->final && f->poll_sent;
	unsigned int act = learn(f, p);

	f->last_rx = now;
	f->settled = false;
	if (answered)
		act |= poll_done(f, now);
	if (f->session_state == BFD_STATE_ADMIN_DOWN)
		act |= BFD_ACT_DISCARD;
	else
		act |= step(f, p->state) | (p->poll ? BFD_ACT_FINAL : 0);
	if (f->demand_in_force && !both_up(f))
		end_demand(f);
	if (!f->remote_min_rx_interval)
		act |= tell_silenced(f);
	return act || answered ? act | update_timers(f, now) : 0;
}

unsigned int bfd_fsm_expire(struct bfd_fsm *f, u64 now)
{
	unsigned int act = BFD_ACT_PARAMS;

	if (now < bfd_fsm_deadline(f))
		return 0;
	/* 6.8.1, bfd.RemoteDiscr: not while it still speaks, and only does not answer */
	if (now - f->last_rx >= f->detection_time)
		forget_remote(f);
	if (f->session_state == BFD_STATE_INIT || f->session_state == BFD_STATE_UP)
		act |= set_state(f, BFD_STATE_DOWN, f->cfg.unaffiliated ?
				 BFD_DIAG_ECHO_FAILED : BFD_DIAG_CONTROL_EXPIRY);
	return act | update_timers(f, now);
}

unsigned int bfd_fsm_path_down(struct bfd_fsm *f, u64 now)
{
	if (f->session_state != BFD_STATE_INIT && f->session_state != BFD_STATE_UP)
		return 0;
	return set_state(f, BFD_STATE_DOWN, BFD_DIAG_PATH_DOWN) | update_timers(f, now);
}

unsigned int bfd_fsm_echo_failed(struct bfd_fsm *f, u64 now)
{
	if (!f->echo_interval)
		return 0;
	return set_state(f, BFD_STATE_DOWN, BFD_DIAG_ECHO_FAILED) | update_timers(f, now);
}

bool bfd_fsm_change_polls(const struct bfd_fsm *f)
{
	return f->poll_active && !f->remote_min_rx_interval;
}

/*
 * 6.5: only packets on schedule carry the Poll bit, as long as there are any:
 * a peer that asked for silence is sent none.
 */
static bool poll_bit(struct bfd_fsm *f, enum bfd_tx_kind kind, u64 now)
{
	bool carrier = kind == BFD_TX_PERIODIC ||
		       (kind == BFD_TX_CHANGE && bfd_fsm_change_polls(f));

	if (!carrier || !f->poll_active)
		return false;
	if (!f->poll_sent) {
		f->poll_first = now;
		f->poll_since = now;
	}
	f->poll_hold = now;
	f->poll_sent = true;
	return true;
}

/* A packet on schedule is to leave: begin what has waited for it, or else a verification. */
static unsigned int begin_on_schedule(struct bfd_fsm *f, u64 now)
{
	bool news = bfd_fsm_poll_due(f);

	if (f->poll_active || now < f->poll_hold)
		return 0;
	if (!news && !(verifies(f) && now >= f->verify_at))
		return 0;
	f->poll_request |= !news;
	advertise(f);
	f->poll_verifies = !news;
	return news ? BFD_ACT_PARAMS : 0;
}

unsigned int bfd_fsm_transmit(struct bfd_fsm *f, enum bfd_tx_kind kind, u64 now,
			      struct bfd_packet *p)
{
	unsigned int act = kind == BFD_TX_PERIODIC ? begin_on_schedule(f, now) : 0;

	/* 6.8.7, "The contents of transmitted BFD Control packets" */
	*p = (struct bfd_packet) {
		.diag = f->local_diag,
		.state = f->session_state,
		.poll = poll_bit(f, kind, now),
		.final = kind == BFD_TX_FINAL,
		/* 6.8.7: the kernel goes on without whoever configured it */
		.cpi = true,
		.demand = f->demand_bit,
		.detect_mult = f->cfg.detect_mult,
		.len = BFD_PACKET_LEN,
		.my_discr = f->local_discr,
		.your_discr = f->remote_discr,
		.desired_min_tx = f->desired_min_tx_interval,
		.required_min_rx = f->required_min_rx_interval,
		.required_min_echo_rx = f->cfg.required_min_echo_rx,
	};
	/* RFC 9747, 2: nobody is to be told any of these */
	if (f->cfg.unaffiliated) {
		p->poll = false;
		p->desired_min_tx = BFD_SLOW_INTERVAL_US;
		p->required_min_rx = BFD_SLOW_INTERVAL_US;
		p->required_min_echo_rx = 0;
	}
	/* 6.6: in Demand mode only a Final shows that it was told */
	if (!demand_active(f) && (kind == BFD_TX_PERIODIC || !f->remote_min_rx_interval))
		f->untold = false;
	f->dirty = kind != BFD_TX_PERIODIC || bfd_fsm_poll_due(f) || verifies(f);
	/* the first Poll starts the Detection Time of Demand mode */
	return act || f->demand_in_force ? act | update_timers(f, now) : 0;
}

u64 bfd_tx_margin(u32 interval_us)
{
	u64 part = interval_us * NS_PER_US / 32;

	return part < BFD_TX_MARGIN_NS ? part : BFD_TX_MARGIN_NS;
}

u64 bfd_tx_delay(u32 interval_us, u8 detect_mult, u32 slack_ns, u64 late_ns, u32 random)
{
	u64 margin = bfd_tx_margin(interval_us);
	u64 least = interval_us * (NS_PER_US * 75 / 100) + margin;
	u64 most = interval_us * (NS_PER_US * (detect_mult == 1 ? 90 : 100) / 100) - margin;
	u64 span = most - slack_ns - least;
	u64 left = span / 4 > BFD_TX_JITTER_NS ? span / 4 : BFD_TX_JITTER_NS;
	u64 room;

	if (late_ns > margin) {
		room = left < span / 2 ? span - left : span / 2;
		span -= late_ns - margin < room ? late_ns - margin : room;
	}

	/* 40 bits times 32 would not fit */
	return least + ((span * (random >> 8)) >> 24);
}
