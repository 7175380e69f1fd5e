// SPDX-License-Identifier: GPL-2.0
/*
 * Authentication of sessions: which keys they use, and when they change.
 */
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "key.h"
#include "session.h"

static void get_method(struct bfd_auth_method *m, const struct bfd_auth_change *c)
{
	m->key = c->key ? &c->key->auth : NULL;
	m->key_id = c->key_id;
	if (c->key)
		atomic_inc(&c->key->users);
}

/* With the count the key may go: it must not be touched any more. */
static void put_method(struct bfd_auth_method *m)
{
	struct bfd_key *key = bfd_key_of(m);

	m->key = NULL;
	if (key)
		atomic_dec_return_release(&key->users);
}

struct bfd_auth *bfd_session_auth_alloc(const struct bfd_auth_change *c)
{
	if (!c->given || !c->key)
		return NULL;
	return kzalloc(sizeof(struct bfd_auth), GFP_KERNEL_ACCOUNT) ?: ERR_PTR(-ENOMEM);
}

/* Packets look different from now on; no password stays in the old ones. */
static void forget_template(struct bfd_session *s)
{
	s->hdr_len = 0;
	memzero_explicit(s->tmpl, sizeof(s->tmpl));
}

/* Another method is in use: tell the peer (6.8.7) and everybody. */
static unsigned int switched(struct bfd_session *s, u64 now)
{
	forget_template(s);
	s->params_reported = 0;
	return bfd_fsm_tell(&s->fsm, now);
}

/*
 * The sequence outlives it: a peer that is asked to authenticate again may
 * remember where we were.
 */
static void free_if_unused(struct bfd_session *s)
{
	if (s->auth->method.key || s->auth->pending)
		return;
	s->auth_seq = s->auth->xmit_auth_seq;
	kfree(s->auth);
	s->auth = NULL;
}

static bool same_method(const struct bfd_auth_method *m, const struct bfd_auth_change *c)
{
	if (bfd_key_of(m) != c->key)
		return false;
	return !c->key || m->key_id == c->key_id;
}

static unsigned int change(struct bfd_session *s, const struct bfd_auth_change *c, u64 now)
{
	struct bfd_auth *a = s->auth;
	struct bfd_auth_method m;

	if (a->pending)
		put_method(&a->next);
	a->pending = false;
	if (same_method(&a->method, c))
		return BFD_ACT_PARAMS;
	if (c->delayed) {
		get_method(&a->next, c);
		a->pending = true;
		return BFD_ACT_PARAMS;
	}
	put_method(&a->method);
	get_method(&m, c);
	bfd_auth_use(a, &m);
	s->auth_told = now;
	return switched(s, now);
}

unsigned int bfd_session_auth_change(struct bfd_session *s, const struct bfd_auth_change *c,
				     struct bfd_auth **spare, u64 now)
{
	unsigned int act;

	if (!c->given || (!s->auth && !c->key))
		return 0;
	if (!s->auth) {
		s->auth = *spare;
		*spare = NULL;
		s->auth->xmit_auth_seq = s->auth_seq;
	}
	act = change(s, c, now);
	free_if_unused(s);
	return act;
}

enum bfd_drop bfd_session_authenticate(struct bfd_session *s, const struct bfd_packet *p,
				       const void *data, u64 now, unsigned int *act)
{
	struct bfd_auth *a = s->auth;
	struct bfd_auth_method old = a->method;
	bool pending = a->pending;
	enum bfd_drop drop;

	lockdep_assert_held(&s->lock);
	drop = bfd_auth_receive(a, p, data, s->fsm.cfg.detect_mult, s->fsm.detection_time, now);
	if (pending && !a->pending) {
		put_method(&old);
		*act |= switched(s, now);
		free_if_unused(s);
	}
	return drop;
}

/*
 * The peer goes on as before, so the packet that told it was lost. The next one on
 * schedule may be farther away than the end of our Detection Time, if the peer asked
 * for few. As many as it sends are no flood, and the session is soon Down or in order.
 */
struct sk_buff *bfd_session_auth_remind(struct bfd_session *s, u64 now)
{
	u64 interval = (u64)bfd_fsm_rx_interval(&s->fsm) * NSEC_PER_USEC;

	lockdep_assert_held(&s->lock);
	if (s->fsm.session_state != BFD_STATE_UP || !interval ||
	    now - max(s->last_tx, s->auth_told) < interval)
		return NULL;
	s->auth_told = now;
	return bfd_session_act(s, BFD_ACT_SEND, BFD_STATE_UP, now);
}

/*
 * How long the peer's sequence number is valid depends on the Detection Time.
 * Where nothing is detected, because we asked for silence, it is as if the
 * peer sent at its own pace.
 */
void bfd_session_auth_heard(struct bfd_session *s, u64 now)
{
	const struct bfd_fsm *f = &s->fsm;
	u64 interval = max_t(u32, f->remote_desired_min_tx_interval, BFD_SLOW_INTERVAL_US);

	bfd_auth_heard(s->auth, f->detection_time ?:
		       f->remote_detect_mult * interval * NSEC_PER_USEC, now);
}

void bfd_session_auth_end(struct bfd_session *s)
{
	if (!s->auth)
		return;
	put_method(&s->auth->method);
	if (s->auth->pending)
		put_method(&s->auth->next);
	kfree(s->auth);
	s->auth = NULL;
	forget_template(s);
}
