// SPDX-License-Identifier: GPL-2.0
#include "model.h"

#define SECOND 1000000u

static u32 max32(u32 a, u32 b)
{
	return a < b ? b : a;
}

/* 0 stands for silence, which is longer than any interval. */
static u32 longer(u32 a, u32 b)
{
	return a && b ? max32(a, b) : 0;
}

static bool up(const struct model *m)
{
	return m->session_state == BFD_STATE_UP;
}

/* 6.8.1: initialized to 1, and again once the peer is not known any more (6.8.18) */
u32 model_remote_min_rx(const struct model *m)
{
	return m->known ? m->heard.required_min_rx : 1;
}

/* 6.8.7: not in the Passive role while RemoteDiscr is zero */
bool model_may_send(const struct model *m)
{
	return m->known || !m->cfg.passive;
}

/* 6.8.7: D is never set but then */
static bool may_demand(const struct model *m)
{
	return up(m) && m->known && m->heard.state == BFD_STATE_UP;
}

bool model_remote_demand_active(const struct model *m)
{
	return may_demand(m) && m->heard.demand;
}

/* The peer may still be silent while it has not heard that it need not be. */
bool model_demand_active(const struct model *m)
{
	return m->demand || (m->poll != POLL_NONE && m->before_demand);
}

/* 6.8.9; 6.8: "the Echo function active" */
u32 model_echo_interval(const struct model *m)
{
	if (!m->cfg.echo || !up(m) || !m->known || m->heard.required_min_echo_rx == 0)
		return 0;
	return max32(m->cfg.desired_min_echo_tx, m->heard.required_min_echo_rx);
}

/* 6.8.3: "not less than one second" while the Echo function is active; silence is more */
static u32 required_when_up(const struct model *m)
{
	if (m->cfg.required_min_rx && model_echo_interval(m))
		return max32(m->cfg.required_min_rx, SECOND);
	return m->cfg.required_min_rx;
}

/* A change that needs a Poll Sequence, and none has begun for it. */
bool model_waiting(const struct model *m)
{
	bool any_demand = model_demand_active(m) || model_remote_demand_active(m);

	/* 6.6; without Demand mode the next periodic packet tells the other contents */
	return up(m) && (m->cfg.desired_min_tx != m->desired_min_tx ||
			 required_when_up(m) != m->required_min_rx ||
			 (m->cfg.demand && may_demand(m)) != m->demand ||
			 m->asked || (m->untold && any_demand));
}

static bool verifying(const struct model *m)
{
	return m->demand && m->cfg.demand_poll_interval;
}

static u64 next_verification(const struct model *m)
{
	return m->verified_at + m->cfg.demand_poll_interval * 1000ull;
}

/* 6.8.3: an increase of DesiredMinTxInterval is not used until the Poll Sequence ended. */
static u32 tx_in_use(const struct model *m)
{
	if (m->poll != POLL_NONE && m->before_tx < m->desired_min_tx)
		return m->before_tx;
	return m->desired_min_tx;
}

/* 6.8.3: nor is a reduction of RequiredMinRxInterval. */
static u32 rx_in_use(const struct model *m)
{
	if (m->poll != POLL_NONE)
		return longer(m->before_rx, m->required_min_rx);
	return m->required_min_rx;
}

/* 6.8.7: in Demand mode of the peer nothing periodically but a Poll Sequence */
static bool quiet(const struct model *m)
{
	return model_remote_demand_active(m) && m->poll == POLL_NONE && !model_waiting(m);
}

u32 model_tx_interval(const struct model *m)
{
	/* 6.8.7: nothing periodically to who wants silence */
	if (!model_may_send(m) || !model_remote_min_rx(m))
		return 0;
	if (quiet(m) && !verifying(m))
		return 0;
	return max32(tx_in_use(m), model_remote_min_rx(m));
}

bool model_polls(const struct model *m)
{
	return m->poll != POLL_NONE && !m->verifies;
}

u32 model_tx_interval_now(const struct model *m)
{
	if (model_remote_demand_active(m) && !model_polls(m) && !model_waiting(m))
		return 0;
	return model_tx_interval(m);
}

/* and the Poll Sequence may have to wait */
u64 model_not_before(const struct model *m)
{
	if (!model_remote_demand_active(m) || m->poll != POLL_NONE)
		return 0;
	if (quiet(m) && verifying(m) && next_verification(m) > m->quiet_until)
		return next_verification(m);
	return m->quiet_until;
}

u32 model_rx_interval(const struct model *m)
{
	if (!m->known || !rx_in_use(m))
		return 0;
	return max32(rx_in_use(m), m->heard.desired_min_tx);
}

static u64 silence_allowed(const struct model *m)
{
	return model_demand_active(m) ? 0 : m->heard.detect_mult * (model_rx_interval(m) * 1000ull);
}

/* 6.8.4 */
u64 model_detection_time(const struct model *m)
{
	u32 agreed = max32(m->desired_min_tx, model_remote_min_rx(m));

	if (model_demand_active(m))
		return m->cfg.detect_mult * (agreed * 1000ull);
	return silence_allowed(m);
}

static u64 silent_since(const struct model *m)
{
	return m->listening_since > m->heard_at ? m->listening_since : m->heard_at;
}

/* Silence counts from where the peer had a reason to speak, in Demand mode from the first Poll. */
u64 model_deadline(const struct model *m)
{
	u64 from = silent_since(m);

	if (model_demand_active(m)) {
		if (m->poll != POLL_SENT)
			return BFD_NEVER;
		from = m->polled_since;
	} else if (model_detection_time(m) == 0) {
		return BFD_NEVER;
	}
	return from + model_detection_time(m);
}

/* How long the answer to a Poll may take in Demand mode; 0: none is waited for */
static u64 answer_allowed(const struct model *m)
{
	return model_demand_active(m) && m->poll == POLL_SENT ? model_detection_time(m) : 0;
}

static void note_pace(struct model *m, u64 before, u64 now)
{
	u64 after = answer_allowed(m);
	u64 ends = m->polled_since + before;

	if (after && after < before)
		m->polled_since = (ends < now + after ? ends : now + after) - after;
	/* ends may be before the first Poll had all of the time that it has now */
	if (before && after > before) {
		if (ends < m->first_poll + after)
			ends = m->first_poll + after;
		m->polled_since = ends - after;
	}
}

static void note_listening(struct model *m, bool before, u64 now)
{
	if (!before && silence_allowed(m))
		m->listening_since = now;
}

/* 6.8.3; a Poll Sequence that has not begun takes in what changes meanwhile */
static void set_intervals(struct model *m)
{
	u32 desired = m->cfg.desired_min_tx;
	u32 required = up(m) ? required_when_up(m) : m->cfg.required_min_rx;

	if (!up(m)) {
		m->demand = false;
		m->desired_min_tx = max32(desired, SECOND);
		m->required_min_rx = required ? required : SECOND;
		return;
	}
	if (!model_waiting(m))
		return;
	m->before_tx = tx_in_use(m);
	m->before_rx = rx_in_use(m);
	m->before_demand = model_demand_active(m);
	m->demand = m->cfg.demand && may_demand(m);
	m->asked = false;
	m->verifies = false;
	m->desired_min_tx = desired;
	m->required_min_rx = required;
	m->untold = false;
	m->poll = POLL_WANTED;
}

static void enter(struct model *m, enum bfd_state state, enum bfd_diag diag)
{
	m->session_state = state;
	m->local_diag = diag;
	m->poll = POLL_NONE;
	m->quiet_until = 0;
	m->untold = false;
	m->asked = false;
	set_intervals(m);
}

void model_init(struct model *m, const struct bfd_fsm_config *cfg, u32 local_discr)
{
	*m = (struct model) { .cfg = *cfg, .local_discr = local_discr };
	if (cfg->admin_down)
		enter(m, BFD_STATE_ADMIN_DOWN, BFD_DIAG_ADMIN_DOWN);
	else
		enter(m, BFD_STATE_DOWN, BFD_DIAG_NONE);
}

void model_configure(struct model *m, const struct bfd_fsm_config *cfg, u64 now)
{
	bool disabled = m->session_state == BFD_STATE_ADMIN_DOWN;
	bool listening = silence_allowed(m);
	u64 allowed = answer_allowed(m);

	if (cfg->detect_mult != m->cfg.detect_mult ||
	    cfg->required_min_echo_rx != m->cfg.required_min_echo_rx)
		m->untold = true;
	/* 6.8.17 */
	if (up(m) && cfg->path_diag != m->cfg.path_diag) {
		m->local_diag = cfg->path_diag;
		m->untold = true;
	}
	if (cfg->demand_poll_interval != m->cfg.demand_poll_interval)
		m->verified_at = now;
	m->cfg = *cfg;
	if (disabled != cfg->admin_down) {
		if (cfg->admin_down)
			enter(m, BFD_STATE_ADMIN_DOWN, BFD_DIAG_ADMIN_DOWN);
		else
			enter(m, BFD_STATE_DOWN, BFD_DIAG_NONE);
	} else if (!model_remote_min_rx(m) || (m->poll != POLL_SENT && now >= m->quiet_until)) {
		set_intervals(m);
	}
	note_listening(m, listening, now);
	note_pace(m, allowed, now);
}

void model_poll(struct model *m, u64 now)
{
	if (!up(m))
		return;
	m->verifies = false;
	if (m->poll != POLL_NONE && model_remote_min_rx(m))
		return;
	m->asked = true;
	if (!model_remote_min_rx(m) || now >= m->quiet_until)
		set_intervals(m);
}

/* The lower half of 6.8.6, word for word. */
static void transitions(struct model *m, u8 received)
{
	if (received == BFD_STATE_ADMIN_DOWN) {
		if (m->session_state != BFD_STATE_DOWN)
			enter(m, BFD_STATE_DOWN, BFD_DIAG_NEIGHBOR_DOWN);
	} else if (m->session_state == BFD_STATE_DOWN) {
		if (received == BFD_STATE_DOWN)
			enter(m, BFD_STATE_INIT, m->local_diag);
		else if (received == BFD_STATE_INIT)
			enter(m, BFD_STATE_UP, m->cfg.path_diag);
	} else if (m->session_state == BFD_STATE_INIT) {
		if (received == BFD_STATE_INIT || received == BFD_STATE_UP)
			enter(m, BFD_STATE_UP, m->cfg.path_diag);
	} else if (received == BFD_STATE_DOWN) {
		enter(m, BFD_STATE_DOWN, BFD_DIAG_NEIGHBOR_DOWN);
	}
}

void model_receive(struct model *m, const struct bfd_packet *p, u64 now)
{
	u64 allowed = answer_allowed(m);

	/* 6.6: Your Discriminator is among the contents, too */
	if (up(m) && p->my_discr != m->heard.my_discr)
		m->untold = true;
	m->known = true;
	m->heard = *p;
	m->heard_at = now;
	if (p->final && m->poll == POLL_SENT) {
		m->poll = POLL_NONE;
		m->quiet_until = m->last_poll + (now - m->first_poll);
		m->verified_at = now;
	}
	if (m->session_state != BFD_STATE_ADMIN_DOWN)
		transitions(m, p->state);
	/* the D bit changes, and that alone needs a Poll Sequence */
	if (!may_demand(m) && model_demand_active(m)) {
		m->asked = m->asked || m->demand;
		m->demand = false;
		m->before_demand = false;
	}
	/* no packet will come that could begin what waits */
	if (!model_remote_min_rx(m))
		set_intervals(m);
	note_pace(m, allowed, now);
}

void model_expire(struct model *m, u64 now)
{
	bool listening = silence_allowed(m);

	if (model_deadline(m) > now)
		return;
	/* it may have spoken, and only not answered */
	if (now - silent_since(m) >= model_detection_time(m))
		m->known = false;
	if (m->session_state == BFD_STATE_INIT || up(m))
		enter(m, BFD_STATE_DOWN, BFD_DIAG_CONTROL_EXPIRY);
	note_listening(m, listening, now);
}

void model_path_down(struct model *m, u64 now)
{
	bool listening = silence_allowed(m);

	if (m->session_state == BFD_STATE_INIT || up(m))
		enter(m, BFD_STATE_DOWN, BFD_DIAG_PATH_DOWN);
	note_listening(m, listening, now);
}

/* 6.8.5 */
void model_echo_failed(struct model *m, u64 now)
{
	bool listening = silence_allowed(m);

	if (model_echo_interval(m))
		enter(m, BFD_STATE_DOWN, BFD_DIAG_ECHO_FAILED);
	note_listening(m, listening, now);
}

/* 6.5: P goes on packets on schedule "if periodic packets are already being sent" */
static bool carries_poll(const struct model *m, enum bfd_tx_kind kind)
{
	if (kind == BFD_TX_CHANGE)
		return !model_remote_min_rx(m);
	return kind == BFD_TX_PERIODIC;
}

/* 6.8.7, "The contents of transmitted BFD Control packets MUST be set as follows" */
struct bfd_packet model_transmit(struct model *m, enum bfd_tx_kind kind, u64 now)
{
	struct bfd_packet p = { 0 };

	if (kind == BFD_TX_PERIODIC && m->poll == POLL_NONE && now >= m->quiet_until) {
		bool alone = !model_waiting(m) && verifying(m) && now >= next_verification(m);

		m->asked = m->asked || alone;
		set_intervals(m);
		m->verifies = alone;
	}
	if (carries_poll(m, kind) && m->poll != POLL_NONE) {
		p.poll = true;
		if (m->poll == POLL_WANTED) {
			m->first_poll = now;
			m->polled_since = now;
		}
		m->last_poll = now;
		m->poll = POLL_SENT;
	}
	if ((kind == BFD_TX_PERIODIC || !model_remote_min_rx(m)) &&
	    !model_demand_active(m) && !model_remote_demand_active(m))
		m->untold = false;
	p.final = kind == BFD_TX_FINAL;
	p.diag = m->local_diag;
	p.state = m->session_state;
	p.cpi = true;
	p.demand = m->demand;
	p.detect_mult = m->cfg.detect_mult;
	p.len = 24;
	p.my_discr = m->local_discr;
	p.your_discr = m->known ? m->heard.my_discr : 0;
	p.desired_min_tx = m->desired_min_tx;
	p.required_min_rx = m->required_min_rx;
	p.required_min_echo_rx = m->cfg.required_min_echo_rx;
	return p;
}
