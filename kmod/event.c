// SPDX-License-Identifier: GPL-2.0
/*
 * Events: what happens to sessions, multicast to whoever listens.
 *
 * Every event has a sequence number, and the order of events is that of their
 * numbers. A message is written when the event happens, under the session's
 * lock, behind those that wait already: so it tells what was, and a session need
 * not live until it is sent. Messages are sent soon after, several at a time,
 * by a tasklet: when many sessions fail at once, those that are still to be
 * found Down do not wait until everybody who listens is told of the others. A
 * request sends what waits before it is answered (bfd_events_flush()). What was
 * configured is not in the message about a state: the shorter it is the more of
 * them go into a page, and the sooner all are told.
 *
 * An event that could not be kept or sent leaves a gap in the numbers, from
 * which a listener learns that it has to read the sessions again; so that it
 * need not wait for the next event, its socket also reports ENOBUFS.
 *
 * Nobody listening costs a number and no message.
 */
#include <linux/interrupt.h>
#include <linux/ktime.h>
#include <linux/netdevice.h>
#include <net/genetlink.h>

#include "bfd.h"
#include "nl.h"
#include "nl_put.h"

#define BATCHES_MAX	1024	/* that wait, in a namespace */
#define BATCHES_AT_ONCE	32	/* sent before others get their turn */

/**
 * struct batch - what we note of a batch, in the headroom of its skb
 * @n: events in it
 * @time: when each happened, CLOCK_MONOTONIC, ns
 */
struct batch {
	unsigned int n;
	u64 time[15];
};

/*
 * With that it fits in a page, which every reader has room for. It holds the
 * largest message alone, and some ten of those that tell of a state.
 */
#define BATCH_SIZE	(NLMSG_GOODSIZE - sizeof(struct batch))

/**
 * struct bfd_event - one event
 * @cmd: BFD_CMD_SESSION_*_NTF
 * @now: when it happened, CLOCK_MONOTONIC, ns
 * @sequence: its number
 * @state: the state changed
 * @old_state: before that
 * @report: how much of the session it tells
 */
struct bfd_event {
	u8 cmd;
	u64 now;
	u32 sequence;
	bool state;
	u8 old_state;
	enum bfd_report report;
};

static bool bfd_events_stopped __read_mostly;

static __always_inline int put_receive_times(struct bfd_put *p, const struct bfd_session *s)
{
	unsigned int i;
	u64 time;

	for (i = 0; i < BFD_LAST_RECEIVE_TIMES; i++) {
		time = bfd_rx_time(s, i);
		if (!time)
			break;
		if (bfd_put_u64(p, BFD_A_EVENT_LAST_RECEIVE_TIME, time, BFD_A_EVENT_PAD))
			return -EMSGSIZE;
	}
	return 0;
}

static __always_inline int put_state_change(struct bfd_put *p, const struct bfd_session *s,
					    u8 old_state)
{
	if (bfd_put_u8(p, BFD_A_EVENT_OLD_STATE, old_state) ||
	    bfd_put_u8(p, BFD_A_EVENT_NEW_STATE, s->fsm.session_state))
		return -EMSGSIZE;
	return old_state == BFD_STATE_UP ? put_receive_times(p, s) : 0;
}

static int put_event(struct sk_buff *skb, const struct bfd_session *s,
		     const struct bfd_event *ev)
{
	/* Both clocks of the same instant */
	u64 wall = ktime_to_ns(ktime_mono_to_real(ns_to_ktime(ev->now)));
	struct bfd_put p = bfd_put_begin(skb);
	struct nlattr *nest;

	nest = bfd_nest_start(&p, BFD_A_EVENT);
	if (!nest ||
	    bfd_put_u32(&p, BFD_A_EVENT_SEQUENCE, ev->sequence) ||
	    bfd_put_u64(&p, BFD_A_EVENT_TIME, wall, BFD_A_EVENT_PAD) ||
	    bfd_put_u64(&p, BFD_A_EVENT_MONOTONIC, ev->now, BFD_A_EVENT_PAD))
		return -EMSGSIZE;
	if (ev->state && put_state_change(&p, s, ev->old_state))
		return -EMSGSIZE;
	bfd_nest_end(&p, nest);
	bfd_put_end(skb, &p);
	return 0;
}

static int put_message(struct sk_buff *skb, const struct bfd_session *s,
		       const struct bfd_event *ev)
{
	void *hdr = genlmsg_put(skb, 0, ev->sequence, &bfd_genl_family, 0, ev->cmd);

	if (!hdr)
		return -EMSGSIZE;
	if (bfd_genl_fill_session(skb, s, ev->report) || put_event(skb, s, ev)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

static struct batch *batch_of(struct sk_buff *skb)
{
	return (struct batch *)skb->head;
}

static int add_to_batch(struct sk_buff *skb, const struct bfd_session *s,
			const struct bfd_event *ev)
{
	struct batch *b = batch_of(skb);

	if (b->n == ARRAY_SIZE(b->time) || put_message(skb, s, ev))
		return -EMSGSIZE;
	b->time[b->n++] = ev->now;
	return 0;
}

/* Behind the last message that waits, or in a batch of its own. */
static int keep(struct bfd_net *bn, const struct bfd_session *s, const struct bfd_event *ev)
{
	struct sk_buff *skb = skb_peek_tail(&bn->events);

	if (skb && !add_to_batch(skb, s, ev))
		return 0;
	if (skb_queue_len(&bn->events) >= BATCHES_MAX)
		return -ENOBUFS;
	skb = bfd_skb_alloc(sizeof(struct batch), BATCH_SIZE);
	if (!skb)
		return -ENOMEM;
	batch_of(skb)->n = 0;
	if (add_to_batch(skb, s, ev)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	__skb_queue_tail(&bn->events, skb);
	tasklet_schedule(&bn->event_tasklet);
	return 0;
}

static bool anybody_listens(const struct bfd_net *bn)
{
	return !READ_ONCE(bfd_events_stopped) &&
	       genl_has_listeners(&bfd_genl_family, bn->net, BFD_MCGRP_EVENTS);
}

static void report(const struct bfd_session *s, struct bfd_event *ev)
{
	struct bfd_net *bn = bfd_net(s->net);

	lockdep_assert_held(&s->lock);

	spin_lock(&bn->event_lock);
	ev->sequence = ++bn->event_sequence;
	if (anybody_listens(bn) && keep(bn, s, ev))
		genl_set_err(&bfd_genl_family, bn->net, 0, BFD_MCGRP_EVENTS, -ENOBUFS);
	spin_unlock(&bn->event_lock);
}

void bfd_event_created(struct bfd_session *s)
{
	struct bfd_event ev = {
		.cmd = BFD_CMD_SESSION_CREATED_NTF,
		.now = ktime_get_ns(),
		.report = BFD_REPORT_SESSION,
	};

	report(s, &ev);
}

void bfd_event_state(struct bfd_session *s, u8 old_state, u64 now)
{
	struct bfd_event ev = {
		.cmd = BFD_CMD_SESSION_STATE_NTF,
		.now = now,
		.report = BFD_REPORT_STATE,
		.state = true,
		.old_state = old_state,
	};

	report(s, &ev);
}

void bfd_event_parameters(struct bfd_session *s)
{
	struct bfd_event ev = {
		.cmd = BFD_CMD_SESSION_PARAMETERS_NTF,
		.now = ktime_get_ns(),
		.report = BFD_REPORT_SESSION,
	};

	report(s, &ev);
}

void bfd_event_deleted(struct bfd_session *s)
{
	struct bfd_event ev = {
		.cmd = BFD_CMD_SESSION_DELETED_NTF,
		.now = ktime_get_ns(),
		.report = BFD_REPORT_ALL,
	};

	report(s, &ev);
}

static struct sk_buff *next_batch(struct bfd_net *bn)
{
	struct sk_buff *skb;

	spin_lock(&bn->event_lock);
	skb = __skb_dequeue(&bn->events);
	spin_unlock(&bn->event_lock);
	return skb;
}

static void count_late(const struct batch *b)
{
	u64 now = ktime_get_ns();
	unsigned int i;

	for (i = 0; i < b->n; i++)
		bfd_wheel_count_event(now - b->time[i]);
}

static void multicast(const struct bfd_net *bn, struct sk_buff *skb)
{
	if (!anybody_listens(bn)) {
		nlmsg_free(skb);
		return;
	}
	count_late(batch_of(skb));
	genlmsg_multicast_netns(&bfd_genl_family, bn->net, skb, 0, BFD_MCGRP_EVENTS, GFP_ATOMIC);
}

/* Send at most @max batches. Only one of us does, so that they leave in order. */
static void send_batches(struct bfd_net *bn, unsigned int max)
{
	struct sk_buff *skb;

	spin_lock_bh(&bn->event_send_lock);
	while (max-- && (skb = next_batch(bn)))
		multicast(bn, skb);
	spin_unlock_bh(&bn->event_send_lock);
}

static void event_tasklet_fn(struct tasklet_struct *tasklet)
{
	struct bfd_net *bn = from_tasklet(bn, tasklet, event_tasklet);

	send_batches(bn, BATCHES_AT_ONCE);
	if (!skb_queue_empty_lockless(&bn->events))
		tasklet_schedule(tasklet);
}

void bfd_events_flush(struct bfd_net *bn)
{
	int n = READ_ONCE(bn->events.qlen);

	/* even when there is none: another CPU may be sending the last one */
	do {
		send_batches(bn, BATCHES_AT_ONCE);
		n -= BATCHES_AT_ONCE;
	} while (n > 0);
}

void bfd_events_init(struct bfd_net *bn)
{
	spin_lock_init(&bn->event_lock);
	spin_lock_init(&bn->event_send_lock);
	__skb_queue_head_init(&bn->events);
	tasklet_setup(&bn->event_tasklet, event_tasklet_fn);
}

void bfd_events_exit(struct bfd_net *bn)
{
	tasklet_kill(&bn->event_tasklet);
	__skb_queue_purge(&bn->events);
}

/* Events are sent with BHs disabled, which the grace period waits for. */
void bfd_events_stop(void)
{
	WRITE_ONCE(bfd_events_stopped, true);
	synchronize_net();
}
