// SPDX-License-Identifier: GPL-2.0
/*
 * Events that wait for a hook.
 */
#include <math.h>
#include <stdlib.h>
#include "hook_queue.h"

/**
 * struct hook_slot - a session
 * @link: in hook_queue.waiting if there is an event
 * @discriminator: which one
 * @event: waits, or NULL
 * @running: a hook is
 * @bucket: of this session
 */
struct hook_slot {
	TAILQ_ENTRY(hook_slot) link;
	__u32 discriminator;
	struct hook_event *event;
	bool running;
	struct hook_bucket bucket;
};

struct hook_event *hook_event_new(const struct agent_event *event)
{
	struct hook_event *e = malloc(sizeof(*e));

	if (!e)
		return NULL;
	*e = (struct hook_event){
		.discriminator = bfdnl_session_number(event->now,
						      BFDNL_LOCAL_DISCRIMINATOR),
		.change = event->change,
		.old_state = event->old_state,
		.new_state = event->new_state,
		.time = event->time,
		.monotonic = event->monotonic,
		.sequence = event->sequence,
		.fields = bfdnl_session_clone(event->now),
	};
	if (e->fields)
		return e;
	free(e);
	return NULL;
}

void hook_event_free(struct hook_event *event)
{
	if (!event)
		return;
	bfdnl_session_free(event->fields);
	free(event);
}

/* ---- tokens ---- */

static void refill(struct hook_bucket *bucket, __u64 burst, __u64 interval,
		   __u64 now)
{
	if (now <= bucket->at)
		return;
	bucket->tokens = fmin(burst, bucket->tokens +
				     (double)(now - bucket->at) / interval);
	bucket->at = now;
}

/* When there is a whole one */
static __u64 next_token(const struct hook_bucket *bucket, __u64 interval)
{
	if (bucket->tokens >= 1)
		return bucket->at;
	return bucket->at + ceil((1 - bucket->tokens) * interval);
}

/* ---- sessions ---- */

static int compare(const void *item, const void *key)
{
	const struct hook_slot *slot = item;
	__u32 discriminator = *(const __u32 *)key;

	return slot->discriminator < discriminator ? -1 :
	       slot->discriminator > discriminator;
}

static void remove_at(struct hook_queue *queue, size_t i)
{
	struct hook_slot *slot = queue->slots.at[i];

	vector_remove(&queue->slots, i);
	hook_event_free(slot->event);
	free(slot);
}

/* Those that are as if they had never done anything are forgotten. */
static void sweep(struct hook_queue *queue, __u64 now)
{
	const struct hook_limits *limits = queue->limits;

	for (size_t i = queue->slots.size; i-- > 0;) {
		struct hook_slot *slot = queue->slots.at[i];

		refill(&slot->bucket, limits->session_burst,
		       limits->session_interval, now);
		if (!slot->event && !slot->running &&
		    slot->bucket.tokens >= limits->session_burst)
			remove_at(queue, i);
	}
}

static struct hook_slot *enter(struct hook_queue *queue, __u32 discriminator,
			       __u64 now)
{
	struct hook_slot *slot = vector_get(&queue->slots, compare,
					    &discriminator);

	if (slot)
		return slot;
	/* rarely: each time the number has doubled, or so */
	if (queue->slots.size && queue->slots.size == queue->slots.room)
		sweep(queue, now);
	slot = calloc(1, sizeof(*slot));
	if (!slot)
		return NULL;
	slot->discriminator = discriminator;
	slot->bucket.tokens = queue->limits->session_burst;
	slot->bucket.at = now;
	if (!vector_insert(&queue->slots,
			   vector_find(&queue->slots, compare, &discriminator),
			   slot))
		return slot;
	free(slot);
	return NULL;
}

/* ---- the queue ---- */

void hook_queue_init(struct hook_queue *queue, const struct hook_limits *limits)
{
	*queue = (struct hook_queue){
		.limits = limits,
		.bucket.tokens = limits->burst,
	};
	TAILQ_INIT(&queue->waiting);
}

void hook_queue_end(struct hook_queue *queue)
{
	while (queue->slots.size)
		remove_at(queue, queue->slots.size - 1);
	vector_clear(&queue->slots, NULL);
}

void hook_queue_push(struct hook_queue *queue, struct hook_event *event,
		     __u64 now)
{
	struct hook_slot *slot = enter(queue, event->discriminator, now);

	if (slot && slot->event) {
		event->old_state = slot->event->old_state;
		event->left_out = slot->event->left_out + 1;
		hook_event_free(slot->event);
		slot->event = event;
		return;
	}
	if (!slot || queue->count >= queue->limits->queue) {
		queue->dropped++;
		hook_event_free(event);
		return;
	}
	slot->event = event;
	TAILQ_INSERT_TAIL(&queue->waiting, slot, link);
	queue->count++;
}

/* The first in the queue that has a token; else when the first one has. */
static struct hook_slot *find_ready(struct hook_queue *queue, __u64 now,
				    __u64 *wake)
{
	const struct hook_limits *limits = queue->limits;
	struct hook_slot *slot;

	TAILQ_FOREACH(slot, &queue->waiting, link) {
		__u64 next;

		if (slot->running)
			continue;
		refill(&slot->bucket, limits->session_burst,
		       limits->session_interval, now);
		next = next_token(&slot->bucket, limits->session_interval);
		if (next <= now)
			return slot;
		if (next < *wake)
			*wake = next;
	}
	return NULL;
}

struct hook_event *hook_queue_take(struct hook_queue *queue, __u64 now,
				   __u64 *wake)
{
	const struct hook_limits *limits = queue->limits;
	struct hook_event *event;
	struct hook_slot *slot;
	__u64 next;

	*wake = UINT64_MAX;
	if (!queue->count || queue->running >= limits->running)
		return NULL;
	refill(&queue->bucket, limits->burst, limits->interval, now);
	next = next_token(&queue->bucket, limits->interval);
	if (next > now) {
		*wake = next;
		return NULL;
	}
	slot = find_ready(queue, now, wake);
	if (!slot)
		return NULL;
	TAILQ_REMOVE(&queue->waiting, slot, link);
	queue->count--;
	queue->running++;
	queue->bucket.tokens -= 1;
	slot->bucket.tokens -= 1;
	slot->running = true;
	event = slot->event;
	slot->event = NULL;
	event->dropped = queue->dropped;
	queue->dropped = 0;
	return event;
}

void hook_queue_done(struct hook_queue *queue, __u32 discriminator)
{
	struct hook_slot *slot = vector_get(&queue->slots, compare,
					    &discriminator);

	queue->running--;
	if (slot)
		slot->running = false;
}
