/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events that wait for a hook: at most one for each session, the newest; as
 * many at once, and as fast, as is allowed. Nothing here knows processes or
 * clocks.
 */
#ifndef BFDAGENT_HOOK_QUEUE_H
#define BFDAGENT_HOOK_QUEUE_H

#include <sys/queue.h>
#include "agent.h"
#include "vector.h"

/**
 * struct hook_event - what is told
 * @discriminator: of which session
 * @change: what happened
 * @old_state: enum bfd_state before the first change that this one stands for
 * @new_state: enum bfd_state now
 * @time: of the last change, CLOCK_REALTIME, ns
 * @monotonic: the same, CLOCK_MONOTONIC, ns
 * @sequence: the kernel's number of the last change
 * @left_out: changes of this session that it stands for besides the last
 * @dropped: changes of other sessions that there was no room for
 * @fields: the session afterwards
 */
struct hook_event {
	__u32 discriminator;
	enum agent_change change;
	unsigned int old_state;
	unsigned int new_state;
	__u64 time;
	__u64 monotonic;
	__u32 sequence;
	__u64 left_out;
	__u64 dropped;
	struct bfdnl_session *fields;
};

/**
 * struct hook_limits - how much, how fast
 * @queue: sessions that may wait
 * @running: hooks that may run at once
 * @burst: hooks in a row, of all sessions
 * @interval: then one in this time, us
 * @session_burst: the same of one session
 * @session_interval: the same of one session
 */
struct hook_limits {
	__u64 queue;
	__u64 running;
	__u64 burst;
	__u64 interval;
	__u64 session_burst;
	__u64 session_interval;
};

/**
 * struct hook_bucket - tokens; each hook takes one
 * @tokens: how many there are
 * @at: when that was, us
 */
struct hook_bucket {
	double tokens;
	__u64 at;
};

TAILQ_HEAD(hook_slot_list, hook_slot);

/**
 * struct hook_queue - what waits
 * @limits: how much, how fast
 * @slots: struct hook_slot of each session that has a past, by discriminator
 * @waiting: those with an event, in their order
 * @count: how many of them
 * @running: how many events were taken and are not done
 * @dropped: events that there was no room for, and that was not told
 * @bucket: of all
 */
struct hook_queue {
	const struct hook_limits *limits;
	struct vector slots;
	struct hook_slot_list waiting;
	size_t count;
	size_t running;
	__u64 dropped;
	struct hook_bucket bucket;
};

void hook_queue_init(struct hook_queue *queue,
		     const struct hook_limits *limits);
void hook_queue_end(struct hook_queue *queue);

/**
 * hook_queue_push() - something happened
 * @queue: the queue
 * @event: what; taken over
 * @now: us
 *
 * It takes the place of an event of the same session that still waits.
 */
void hook_queue_push(struct hook_queue *queue, struct hook_event *event,
		     __u64 now);

/**
 * hook_queue_take() - what may be done now
 * @queue: the queue
 * @now: us
 * @wake: if nothing may: gets when something may, us; UINT64_MAX: not before
 *	something happens or is done
 *
 * Events of one session are taken one after the other: not before the one
 * before is done.
 *
 * Return: the event, to be freed; then hook_queue_done().
 */
struct hook_event *hook_queue_take(struct hook_queue *queue, __u64 now,
				   __u64 *wake);
void hook_queue_done(struct hook_queue *queue, __u32 discriminator);

struct hook_event *hook_event_new(const struct agent_event *event);
void hook_event_free(struct hook_event *event);

#endif /* BFDAGENT_HOOK_QUEUE_H */
