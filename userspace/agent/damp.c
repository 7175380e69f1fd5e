// SPDX-License-Identifier: GPL-2.0
/*
 * Dampening: a filter between the mirror and front ends.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <syslog.h>
#include <time.h>
#include "damp.h"
#include "frontends.h"
#include "damp_settings.h"
#include "session_id.h"

/* Who is released within this time is released together with others. */
#define TIMER_US	10000

/**
 * struct held - a session that has flapped
 * @discriminator: which one
 * @damping: how it is damped
 * @penalty: what it has earned
 * @told: the state that observers know, while it is held down
 * @withheld: changes they were not told of
 */
struct held {
	__u32 discriminator;
	const struct damping *damping;
	struct penalty penalty;
	unsigned int told;
	__u64 withheld;
};

struct agent_damped {
	TAILQ_ENTRY(agent_damped) link;
	agent_observer_fn fn;	/* NULL: to be freed */
	void *data;
};

TAILQ_HEAD(damped_list, agent_damped);

/*
 * There is one of it. settings is NULL without dampening; source is there as
 * long as it is needed.
 */
static struct {
	struct agent *agent;
	struct damp_settings *settings;
	struct agent_observer *source;
	struct damped_list observers;
	bool telling;
	struct vector held;		/* struct held, by discriminator */
	sd_event_source *timer;
	__u64 next;			/* when @timer fires, us; 0: it does not */
} damper = {
	.observers = TAILQ_HEAD_INITIALIZER(damper.observers),
};

static __u64 now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000ULL + ts.tv_nsec / 1000;
}

/* ---- sessions that have flapped ---- */

static int compare(const void *item, const void *key)
{
	const struct held *held = item;
	__u32 discriminator = *(const __u32 *)key;

	return held->discriminator < discriminator ? -1 :
	       held->discriminator > discriminator;
}

static __u32 discriminator_of(const struct bfdnl_session *fields)
{
	return bfdnl_session_number(fields, BFDNL_LOCAL_DISCRIMINATOR);
}

static struct held *find(const struct bfdnl_session *fields)
{
	__u32 key = discriminator_of(fields);

	return vector_get(&damper.held, compare, &key);
}

static struct held *enter(const struct bfdnl_session *fields)
{
	struct held *held = find(fields);
	size_t at;

	if (held)
		return held;
	held = calloc(1, sizeof(*held));
	if (!held)
		return NULL;
	held->discriminator = discriminator_of(fields);
	held->damping = damp_settings_find(damper.settings, fields);
	at = vector_find(&damper.held, compare, &held->discriminator);
	if (!vector_insert(&damper.held, at, held))
		return held;
	free(held);
	return NULL;
}

static void forget(struct held *held)
{
	vector_remove(&damper.held, vector_find(&damper.held, compare,
						&held->discriminator));
	free(held);
}

/* ---- observers ---- */

static void deliver(const struct agent_event *event)
{
	struct agent_damped *observer, *next;

	damper.telling = true;
	TAILQ_FOREACH(observer, &damper.observers, link)
		if (observer->fn)
			observer->fn(event, observer->data);
	damper.telling = false;
	for (observer = TAILQ_FIRST(&damper.observers); observer;
	     observer = next) {
		next = TAILQ_NEXT(observer, link);
		if (!observer->fn) {
			TAILQ_REMOVE(&damper.observers, observer, link);
			free(observer);
		}
	}
}

static struct bfdnl_session *with_state(const struct bfdnl_session *fields,
					unsigned int state)
{
	struct bfdnl_session *copy = bfdnl_session_clone(fields);

	if (copy)
		bfdnl_session_set_number(copy, BFDNL_LOCAL_STATE, state);
	return copy;
}

/* Tell a change as from one state to another. */
static void deliver_as(const struct agent_event *event, unsigned int before,
		       unsigned int after)
{
	struct bfdnl_session *was = with_state(event->before, before);
	struct bfdnl_session *is = with_state(event->now, after);
	struct agent_event e = *event;

	e.old_state = before;
	e.new_state = after;
	if (was)
		e.before = was;
	if (is)
		e.now = is;
	deliver(&e);
	bfdnl_session_free(was);
	bfdnl_session_free(is);
}

/* ---- letting go ---- */

static void release(struct held *held, struct agent_session *session)
{
	const struct bfdnl_session *fields = agent_session_fields(session);
	struct agent_event event = {
		.change = AGENT_STATE,
		.session = session,
		.now = fields,
		.before = fields,
		.derived = true,
	};
	char id[SESSION_ID_LEN];
	struct timespec ts;

	agent_log(LOG_NOTICE, "dampening: %s: released, it is %s; %llu changes were not told",
		  session_id_format(fields, id),
		  bfdnl_state_name(agent_session_state(session)),
		  (unsigned long long)held->withheld);
	held->penalty.suppressed = false;
	held->withheld = 0;
	if (held->told == agent_session_state(session))
		return;
	event.monotonic = now_us() * 1000;
	clock_gettime(CLOCK_REALTIME, &ts);
	event.time = ts.tv_sec * 1000000000ULL + ts.tv_nsec;
	deliver_as(&event, held->told, agent_session_state(session));
}

static void set_timer(__u64 when)
{
	if (damper.next && damper.next <= when)
		return;
	damper.next = when;
	sd_event_source_set_time(damper.timer, when);
	sd_event_source_set_enabled(damper.timer, SD_EVENT_ONESHOT);
}

/* Release who has waited, forget who has been quiet for long. */
static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	struct vector *v = &damper.held;
	__u64 now = now_us();

	(void)source;
	(void)usec;
	(void)data;
	damper.next = 0;
	for (size_t i = v->size; i-- > 0;) {
		struct held *held = v->at[i];
		struct agent_session *session;

		if (!held->penalty.suppressed ||
		    penalty_check(&held->penalty, held->damping, now)) {
			if (held->penalty.suppressed)
				set_timer(penalty_release(&held->penalty,
							  held->damping) +
					  TIMER_US);
			else if (penalty_value(&held->penalty, held->damping,
					       now) < 1)
				forget(held);
			continue;
		}
		session = agent_session_by_discriminator(damper.agent,
							 held->discriminator);
		if (session)
			release(held, session);
	}
	return 0;
}

/* ---- changes ---- */

/* Administratively down is no failure, wherever it comes from: RFC 5882, 4.2 */
static bool is_flap(const struct agent_event *event)
{
	return event->old_state == BFD_STATE_UP &&
	       event->new_state != BFD_STATE_UP &&
	       event->new_state != BFD_STATE_ADMIN_DOWN &&
	       bfdnl_session_number(event->now, BFDNL_REMOTE_STATE) !=
	       BFD_STATE_ADMIN_DOWN;
}

static void count(const struct agent_event *event)
{
	struct held *held = enter(event->now);
	char id[SESSION_ID_LEN];
	bool before;

	if (!held || !held->damping->on)
		return;
	before = held->penalty.suppressed;
	if (!penalty_flap(&held->penalty, held->damping,
			  event->monotonic / 1000))
		return;
	set_timer(penalty_release(&held->penalty, held->damping) + TIMER_US);
	if (before)
		return;
	held->told = event->old_state;
	agent_log(LOG_NOTICE, "dampening: %s: it flaps and is held down, for notifications only",
		  session_id_format(event->now, id));
}

static unsigned int held_state(unsigned int state)
{
	return state == BFD_STATE_ADMIN_DOWN ? state : BFD_STATE_DOWN;
}

static void change_of_held(struct held *held, const struct agent_event *event)
{
	unsigned int before = held->told;

	held->told = held_state(event->new_state);
	if (event->change == AGENT_STATE && before == held->told)
		held->withheld++;
	else
		deliver_as(event, before, held->told);
}

static void on_change(const struct agent_event *event, void *data)
{
	struct held *held;

	(void)data;
	if (damper.settings && event->change == AGENT_STATE && is_flap(event))
		count(event);
	held = event->before ? find(event->now) : NULL;
	if (held && held->penalty.suppressed)
		change_of_held(held, event);
	else
		deliver(event);
	if (held && event->change == AGENT_DELETED)
		forget(held);
}

/* Follow the mirror as long as somebody needs it. */
static int follow(struct agent *agent)
{
	bool wanted = damper.settings || !TAILQ_EMPTY(&damper.observers);

	if (!wanted) {
		agent_unobserve(damper.source);
		damper.source = NULL;
	} else if (!damper.source) {
		damper.agent = agent;
		damper.source = agent_observe(agent, on_change, NULL);
		if (!damper.source)
			return -ENOMEM;
	}
	return 0;
}

struct agent_damped *agent_observe_damped(struct agent *agent,
					  agent_observer_fn fn, void *data)
{
	struct agent_damped *observer = calloc(1, sizeof(*observer));

	if (!observer)
		return NULL;
	observer->fn = fn;
	observer->data = data;
	TAILQ_INSERT_TAIL(&damper.observers, observer, link);
	if (!follow(agent))
		return observer;
	TAILQ_REMOVE(&damper.observers, observer, link);
	free(observer);
	return NULL;
}

void agent_unobserve_damped(struct agent_damped *observer)
{
	if (!observer)
		return;
	if (damper.telling) {
		observer->fn = NULL;
		return;
	}
	TAILQ_REMOVE(&damper.observers, observer, link);
	free(observer);
	follow(damper.agent);
}

unsigned int agent_damped_state(const struct agent_session *session)
{
	const struct held *held = find(agent_session_fields(session));

	return held && held->penalty.suppressed ? held->told :
						  agent_session_state(session);
}

__u64 agent_damped_withheld(const struct agent_session *session)
{
	const struct held *held = find(agent_session_fields(session));

	return held ? held->withheld : 0;
}

/* ---- a front end, to be configured as one ---- */

static void *parse(const config_setting_t *group, struct problems *problems)
{
	return damp_settings_parse(group, problems);
}

static void discard(void *settings)
{
	damp_settings_free(settings);
}

/* Other settings: whoever is not to be held down by them is released. */
static void settle(struct agent *agent, struct damp_settings *settings)
{
	struct damp_settings *before = damper.settings;
	struct vector *v = &damper.held;

	damper.settings = settings;
	for (size_t i = v->size; i-- > 0;) {
		struct held *held = v->at[i];
		struct agent_session *session;

		session = agent_session_by_discriminator(agent,
							 held->discriminator);
		if (session && settings) {
			held->damping = damp_settings_find(settings,
							   agent_session_fields(session));
			if (held->damping->on)
				continue;
		}
		if (session && held->penalty.suppressed)
			release(held, session);
		forget(held);
	}
	damp_settings_free(before);
}

static int reload(struct agent *agent, void *settings)
{
	settle(agent, settings);
	if (damper.held.size)
		set_timer(now_us() + TIMER_US);
	return 0;
}

static int start(struct agent *agent, void *settings)
{
	int ret = sd_event_add_time(agent_loop(agent), &damper.timer,
				    CLOCK_MONOTONIC, 0, 1000, on_timer, NULL);

	if (ret >= 0)
		ret = sd_event_source_set_enabled(damper.timer, SD_EVENT_OFF);
	if (ret < 0) {
		damper.timer = sd_event_source_disable_unref(damper.timer);
		discard(settings);
		return ret;
	}
	damper.settings = settings;
	ret = follow(agent);
	if (ret)
		settle(agent, NULL);
	return ret;
}

static void stop(struct agent *agent, bool exiting)
{
	(void)exiting;
	settle(agent, NULL);
	vector_clear(&damper.held, NULL);
	follow(agent);
	damper.timer = sd_event_source_disable_unref(damper.timer);
	damper.next = 0;
}

const struct agent_frontend frontend_dampening = {
	.name = "dampening",
	.parse = parse,
	.discard = discard,
	.start = start,
	.reload = reload,
	.stop = stop,
};
