// SPDX-License-Identifier: GPL-2.0
/*
 * Events: what happens to sessions, multicast to whoever listens.
 *
 * Every event has a sequence number, and the order of events is that of their
 * numbers: bfd_net.event_lock is held from taking a number to handing the
 * message over. An event that could not be sent leaves a gap in the numbers,
 * from which a listener learns that it has to read the sessions again; so that
 * it need not wait for the next event, its socket also reports ENOBUFS.
 *
 * Nobody listening costs a number and no message.
 */
#include <linux/ktime.h>
#include <linux/netdevice.h>
#include <net/genetlink.h>

#include "bfd.h"
#include "nl.h"

/*
 * Room for a session with every counter and an event; see also netlink_trim(),
 * which copies messages that fill less than half of their buffer.
 */
#define BFD_EVENT_SIZE	1536

/**
 * struct bfd_event - one event
 * @cmd: BFD_CMD_SESSION_*_NTF
 * @now: when it happened, CLOCK_MONOTONIC, ns
 * @sequence: its number
 * @state: the state changed
 * @old_state: before that
 * @statistics: with the session's counters
 */
struct bfd_event {
	u8 cmd;
	u64 now;
	u32 sequence;
	bool state;
	u8 old_state;
	bool statistics;
};

static bool bfd_events_stopped __read_mostly;

static int put_receive_times(struct sk_buff *skb, const struct bfd_session *s)
{
	unsigned int i;
	u64 time;

	for (i = 0; i < BFD_LAST_RECEIVE_TIMES; i++) {
		time = bfd_rx_time(s, i);
		if (!time)
			break;
		if (nla_put_u64_64bit(skb, BFD_A_EVENT_LAST_RECEIVE_TIME, time, BFD_A_EVENT_PAD))
			return -EMSGSIZE;
	}
	return 0;
}

static int put_state_change(struct sk_buff *skb, const struct bfd_session *s, u8 old_state)
{
	if (nla_put_u8(skb, BFD_A_EVENT_OLD_STATE, old_state) ||
	    nla_put_u8(skb, BFD_A_EVENT_NEW_STATE, s->fsm.session_state))
		return -EMSGSIZE;
	return old_state == BFD_STATE_UP ? put_receive_times(skb, s) : 0;
}

static int put_event(struct sk_buff *skb, const struct bfd_session *s,
		     const struct bfd_event *ev)
{
	/* Both clocks of the same instant */
	u64 wall = ktime_to_ns(ktime_mono_to_real(ns_to_ktime(ev->now)));
	struct nlattr *nest;

	nest = nla_nest_start(skb, BFD_A_EVENT);
	if (!nest ||
	    nla_put_u32(skb, BFD_A_EVENT_SEQUENCE, ev->sequence) ||
	    nla_put_u64_64bit(skb, BFD_A_EVENT_TIME, wall, BFD_A_EVENT_PAD) ||
	    nla_put_u64_64bit(skb, BFD_A_EVENT_MONOTONIC, ev->now, BFD_A_EVENT_PAD))
		return -EMSGSIZE;
	if (ev->state && put_state_change(skb, s, ev->old_state))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static struct sk_buff *build_event(const struct bfd_session *s, const struct bfd_event *ev)
{
	struct sk_buff *skb;
	void *hdr;

	skb = genlmsg_new(BFD_EVENT_SIZE, GFP_ATOMIC);
	if (!skb)
		return NULL;
	hdr = genlmsg_put(skb, 0, ev->sequence, &bfd_genl_family, 0, ev->cmd);
	if (!hdr || bfd_genl_fill_session(skb, s, ev->statistics) || put_event(skb, s, ev)) {
		nlmsg_free(skb);
		return NULL;
	}
	genlmsg_end(skb, hdr);
	return skb;
}

static void multicast(const struct bfd_session *s, const struct bfd_event *ev)
{
	struct sk_buff *skb;

	if (READ_ONCE(bfd_events_stopped) ||
	    !genl_has_listeners(&bfd_genl_family, s->net, BFD_MCGRP_EVENTS))
		return;
	skb = build_event(s, ev);
	if (skb) {
		bfd_wheel_count_event(ktime_get_ns() - ev->now);
		genlmsg_multicast_netns(&bfd_genl_family, s->net, skb, 0, BFD_MCGRP_EVENTS,
					GFP_ATOMIC);
	} else {
		genl_set_err(&bfd_genl_family, s->net, 0, BFD_MCGRP_EVENTS, -ENOBUFS);
	}
}

static void send_event(const struct bfd_session *s, struct bfd_event *ev)
{
	struct bfd_net *bn = bfd_net(s->net);

	lockdep_assert_held(&s->lock);

	spin_lock(&bn->event_lock);
	ev->sequence = ++bn->event_sequence;
	multicast(s, ev);
	spin_unlock(&bn->event_lock);
}

void bfd_event_created(struct bfd_session *s)
{
	struct bfd_event ev = {
		.cmd = BFD_CMD_SESSION_CREATED_NTF,
		.now = ktime_get_ns(),
	};

	send_event(s, &ev);
}

void bfd_event_state(struct bfd_session *s, u8 old_state, u64 now)
{
	struct bfd_event ev = {
		.cmd = BFD_CMD_SESSION_STATE_NTF,
		.now = now,
		.state = true,
		.old_state = old_state,
	};

	send_event(s, &ev);
}

void bfd_event_parameters(struct bfd_session *s)
{
	struct bfd_event ev = {
		.cmd = BFD_CMD_SESSION_PARAMETERS_NTF,
		.now = ktime_get_ns(),
	};

	send_event(s, &ev);
}

void bfd_event_deleted(struct bfd_session *s)
{
	struct bfd_event ev = {
		.cmd = BFD_CMD_SESSION_DELETED_NTF,
		.now = ktime_get_ns(),
		.statistics = true,
	};

	send_event(s, &ev);
}

/* Events are sent with BHs disabled, which the grace period waits for. */
void bfd_events_stop(void)
{
	WRITE_ONCE(bfd_events_stopped, true);
	synchronize_net();
}
