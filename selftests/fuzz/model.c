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

static bool remote_demand_active(const struct model *m)
{
	return m->known && m->heard.demand && up(m) && m->heard.state == BFD_STATE_UP;
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
	/* 6.6; without Demand mode the next periodic packet tells the other contents */
	return up(m) && (m->cfg.desired_min_tx != m->desired_min_tx ||
			 required_when_up(m) != m->required_min_rx ||
			 (m->untold && remote_demand_active(m)));
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

u32 model_tx_interval(const struct model *m)
{
	/* 6.8.7: nothing periodically to who wants silence */
	if (!model_may_send(m) || !model_remote_min_rx(m))
		return 0;
	if (remote_demand_active(m) && m->poll == POLL_NONE && !model_waiting(m))
		return 0;
	return max32(tx_in_use(m), model_remote_min_rx(m));
}

/* 6.8.7: in Demand mode nothing periodically but a Poll Sequence, which may have to wait */
u64 model_not_before(const struct model *m)
{
	return remote_demand_active(m) && m->poll == POLL_NONE ? m->quiet_until : 0;
}

u32 model_rx_interval(const struct model *m)
{
	if (!m->known || !rx_in_use(m))
		return 0;
	return max32(rx_in_use(m), m->heard.desired_min_tx);
}

/* 6.8.4, Asynchronous mode */
u64 model_detection_time(const struct model *m)
{
	return m->heard.detect_mult * (model_rx_interval(m) * 1000ull);
}

/* Silence counts from where the peer had a reason to speak. */
u64 model_deadline(const struct model *m)
{
	u64 from = m->listening_since > m->heard_at ? m->listening_since : m->heard_at;

	if (model_detection_time(m) == 0)
		return BFD_NEVER;
	return from + model_detection_time(m);
}

static void note_listening(struct model *m, bool before, u64 now)
{
	if (!before && model_detection_time(m))
		m->listening_since = now;
}

/* 6.8.3; a Poll Sequence that has not begun takes in what changes meanwhile */
static void set_intervals(struct model *m)
{
	u32 desired = m->cfg.desired_min_tx;
	u32 required = up(m) ? required_when_up(m) : m->cfg.required_min_rx;

	if (!up(m)) {
		m->desired_min_tx = max32(desired, SECOND);
		m->required_min_rx = required ? required : SECOND;
		return;
	}
	if (!model_waiting(m))
		return;
	m->before_tx = tx_in_use(m);
	m->before_rx = rx_in_use(m);
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
	bool listening = model_detection_time(m);

	if (cfg->detect_mult != m->cfg.detect_mult ||
	    cfg->required_min_echo_rx != m->cfg.required_min_echo_rx)
		m->untold = true;
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
			enter(m, BFD_STATE_UP, BFD_DIAG_NONE);
	} else if (m->session_state == BFD_STATE_INIT) {
		if (received == BFD_STATE_INIT || received == BFD_STATE_UP)
			enter(m, BFD_STATE_UP, BFD_DIAG_NONE);
	} else if (received == BFD_STATE_DOWN) {
		enter(m, BFD_STATE_DOWN, BFD_DIAG_NEIGHBOR_DOWN);
	}
}

void model_receive(struct model *m, const struct bfd_packet *p, u64 now)
{
	m->known = true;
	m->heard = *p;
	m->heard_at = now;
	if (p->final && m->poll == POLL_SENT) {
		m->poll = POLL_NONE;
		m->quiet_until = m->last_poll + (now - m->first_poll);
	}
	if (m->session_state != BFD_STATE_ADMIN_DOWN)
		transitions(m, p->state);
	/* no packet will come that could begin what waits */
	if (!model_remote_min_rx(m) && m->poll == POLL_NONE)
		set_intervals(m);
}

void model_expire(struct model *m, u64 now)
{
	if (model_deadline(m) > now)
		return;
	m->known = false;
	if (m->session_state == BFD_STATE_INIT || up(m))
		enter(m, BFD_STATE_DOWN, BFD_DIAG_CONTROL_EXPIRY);
}

void model_path_down(struct model *m, u64 now)
{
	bool listening = model_detection_time(m);

	if (m->session_state == BFD_STATE_INIT || up(m))
		enter(m, BFD_STATE_DOWN, BFD_DIAG_PATH_DOWN);
	note_listening(m, listening, now);
}

/* 6.8.5 */
void model_echo_failed(struct model *m, u64 now)
{
	bool listening = model_detection_time(m);

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

	if (kind == BFD_TX_PERIODIC && m->poll == POLL_NONE && now >= m->quiet_until)
		set_intervals(m);
	if (carries_poll(m, kind) && m->poll != POLL_NONE) {
		p.poll = true;
		if (m->poll == POLL_WANTED)
			m->first_poll = now;
		m->last_poll = now;
		m->poll = POLL_SENT;
	}
	if (kind == BFD_TX_PERIODIC)
		m->untold = false;
	p.final = kind == BFD_TX_FINAL;
	p.diag = m->local_diag;
	p.state = m->session_state;
	p.cpi = true;
	p.detect_mult = m->cfg.detect_mult;
	p.len = 24;
	p.my_discr = m->local_discr;
	p.your_discr = m->known ? m->heard.my_discr : 0;
	p.desired_min_tx = m->desired_min_tx;
	p.required_min_rx = m->required_min_rx;
	p.required_min_echo_rx = m->cfg.required_min_echo_rx;
	return p;
}
