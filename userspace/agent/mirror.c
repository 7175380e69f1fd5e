// SPDX-License-Identifier: GPL-2.0
/*
 * The mirror of the kernel's sessions.
 *
 * It follows libbfdnl's monitor, which never hides that events were lost. Then,
 * and when the module has come back, all sessions are read and the difference
 * is told. Events that happened while sessions were read may arrive although
 * the reading has shown their effect. They are recognised: what they say of the
 * time before is not what the mirror says. So observers see each change once.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include "core.h"

#define RETRY_US	1000000

static __u64 now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static unsigned int state_of(const struct bfdnl_session *fields)
{
	return bfdnl_session_number(fields, BFDNL_LOCAL_STATE);
}

static bool same_number(const struct bfdnl_session *a,
			const struct bfdnl_session *b, enum bfdnl_field field)
{
	return bfdnl_session_number(a, field) == bfdnl_session_number(b, field);
}

/* An id is used again, a discriminator hardly ever. */
static bool same_session(const struct bfdnl_session *a,
			 const struct bfdnl_session *b)
{
	return same_number(a, b, BFDNL_LOCAL_DISCRIMINATOR) &&
	       bfdnl_addr_equal(bfdnl_session_addr(a, BFDNL_DEST_ADDR),
				bfdnl_session_addr(b, BFDNL_DEST_ADDR));
}

static void must_resync(struct agent *agent)
{
	agent->resync = true;
	if (agent->retry)
		sd_event_source_set_enabled(agent->retry, SD_EVENT_ONESHOT);
}

/* ---- changes ---- */

/* What is common to all changes; @event NULL: found by reading */
static struct agent_event change_of(enum agent_change change,
				    const struct bfdnl_event *event)
{
	struct agent_event e = { .change = change };

	if (!event) {
		e.time = now(CLOCK_REALTIME);
		e.monotonic = now(CLOCK_MONOTONIC);
		e.derived = true;
		return e;
	}
	e.time = bfdnl_event_time(event);
	e.monotonic = bfdnl_event_monotonic(event);
	e.sequence = bfdnl_event_sequence(event);
	e.receive_times = bfdnl_event_receive_times(event,
						    &e.receive_times_size);
	return e;
}

static struct agent_session *created(struct agent *agent,
				     const struct bfdnl_session *fields,
				     const struct bfdnl_event *event)
{
	struct agent_event e = change_of(AGENT_CREATED, event);
	struct bfdnl_session *copy = bfdnl_session_clone(fields);

	e.session = copy ? sessions_add(agent, copy) : NULL;
	if (!e.session) {
		must_resync(agent);
		return NULL;
	}
	e.now = e.session->fields;
	e.old_state = state_of(e.now);
	e.new_state = e.old_state;
	claims_session_created(e.session);
	observers_tell(agent, &e);
	return e.session;
}

static void deleted(struct agent_session *session,
		    const struct bfdnl_session *fields,
		    const struct bfdnl_event *event)
{
	struct agent_event e = change_of(AGENT_DELETED, event);

	e.session = session;
	e.now = fields;
	e.before = session->fields;
	e.old_state = state_of(session->fields);
	e.new_state = e.old_state;
	observers_tell(session->agent, &e);
	claims_session_deleted(session);
	sessions_remove(session->agent, session);
}

static void changed(struct agent_session *session, enum agent_change change,
		    const struct bfdnl_session *fields,
		    const struct bfdnl_event *event)
{
	struct bfdnl_session *before = session->fields;
	struct agent_event e = change_of(change, event);
	struct bfdnl_session *copy = bfdnl_session_clone(fields);

	if (!copy) {
		must_resync(session->agent);
		return;
	}
	session->fields = copy;
	e.session = session;
	e.now = copy;
	e.before = before;
	e.old_state = state_of(before);
	e.new_state = state_of(copy);
	observers_tell(session->agent, &e);
	bfdnl_session_free(before);
}

/* ---- reading all sessions ---- */

/* What a configuration, a negotiation or the peer may have changed */
static bool parameters_differ(const struct bfdnl_session *a,
			      const struct bfdnl_session *b)
{
	for (int i = 0; i < BFDNL_FIELDS; i++) {
		if (bfdnl_field_group(i) == BFDNL_GROUP_STATISTICS ||
		    i == BFDNL_POLL_ACTIVE || i == BFDNL_CPU ||
		    i == BFDNL_LOCAL_DIAGNOSTIC || i == BFDNL_REMOTE_DIAGNOSTIC)
			continue;
		switch (bfdnl_field_type(i)) {
		case BFDNL_TYPE_STATE:
		case BFDNL_TYPE_ERRNO:
		case BFDNL_TYPE_ADDR:
		case BFDNL_TYPE_TEXT:
			break;
		default:
			if (bfdnl_session_has(a, i) != bfdnl_session_has(b, i) ||
			    !same_number(a, b, i))
				return true;
		}
	}
	return false;
}

static int collect(const struct bfdnl_session *session, void *data)
{
	struct bfdnl_session *copy = bfdnl_session_clone(session);

	if (copy && !vector_append(data, copy))
		return 0;
	bfdnl_session_free(copy);
	return -ENOMEM;
}

static void free_fields(void *item)
{
	bfdnl_session_free(item);
}

static int compare_fields(const void *item, const void *key)
{
	__u64 id = bfdnl_session_number(item, BFDNL_ID);
	__u32 wanted = *(const __u32 *)key;

	return id < wanted ? -1 : id > wanted;
}

/* Those that are gone, before others take their ids and addresses */
static void tell_deleted(struct agent *agent, const struct vector *fresh)
{
	struct agent_session *session = NULL;
	__u32 id = 0;

	while ((session = agent_session_next(agent, id))) {
		const struct bfdnl_session *fields;

		id = session->id;
		fields = vector_get(fresh, compare_fields, &id);
		if (!fields || !same_session(session->fields, fields))
			deleted(session, session->fields, NULL);
	}
}

/* Counters, and what no event tells of */
static void renew_quietly(struct agent_session *session,
			  const struct bfdnl_session *fields)
{
	struct bfdnl_session *copy = bfdnl_session_clone(fields);

	if (!copy)
		return;
	bfdnl_session_free(session->fields);
	session->fields = copy;
}

static void tell_changed(struct agent *agent, const struct vector *fresh)
{
	for (size_t i = 0; i < fresh->size; i++) {
		const struct bfdnl_session *fields = fresh->at[i];
		struct agent_session *session;

		session = agent_session_by_id(agent,
					      bfdnl_session_number(fields, BFDNL_ID));
		if (!session)
			created(agent, fields, NULL);
		else if (state_of(session->fields) != state_of(fields))
			changed(session, AGENT_STATE, fields, NULL);
		else if (parameters_differ(session->fields, fields))
			changed(session, AGENT_PARAMETERS, fields, NULL);
		else
			renew_quietly(session, fields);
	}
}

static int net_sequence(struct agent *agent, __u32 *sequence)
{
	struct bfdnl_stats *stats;
	__u64 value = 0;
	int ret;

	ret = bfdnl_stats_get(agent->h, &stats);
	if (ret)
		return ret;
	bfdnl_stats_net(stats, BFD_A_NET_EVENT_SEQUENCE, &value);
	bfdnl_stats_free(stats);
	*sequence = value;
	return 0;
}

/* Bring the mirror up to date; an inconsistent list is completed by events. */
static int read_all(struct agent *agent)
{
	struct vector fresh = { 0 };
	int ret;

	ret = bfdnl_dump(agent->h, collect, &fresh);
	if (!ret || ret == -EAGAIN)
		ret = net_sequence(agent, &agent->caught_up);
	if (!ret) {
		agent->resync = false;
		tell_deleted(agent, &fresh);
		tell_changed(agent, &fresh);
	}
	vector_clear(&fresh, free_fields);
	return ret;
}

/* ---- events ---- */

/*
 * An event about the time before the last reading is passed over. Any other
 * that does not fit means that the mirror is wrong, which must not be.
 */
static void misfit(struct agent *agent, const struct bfdnl_event *event)
{
	if ((int32_t)(bfdnl_event_sequence(event) - agent->caught_up) > 0)
		must_resync(agent);
}

static void handle_known(struct agent_session *session,
			 const struct bfdnl_event *event)
{
	const struct bfdnl_session *fields = bfdnl_event_session(event);
	unsigned int state = state_of(session->fields);

	if (!same_session(session->fields, fields)) {
		misfit(session->agent, event);
		return;
	}
	switch (bfdnl_event_type(event)) {
	case BFDNL_EVENT_STATE:
		if (bfdnl_event_old_state(event) == (int)state)
			changed(session, AGENT_STATE, fields, event);
		else
			misfit(session->agent, event);
		break;
	case BFDNL_EVENT_PARAMETERS:
		if (state_of(fields) == state)
			changed(session, AGENT_PARAMETERS, fields, event);
		else
			misfit(session->agent, event);
		break;
	case BFDNL_EVENT_DELETED:
		deleted(session, fields, event);
		break;
	default:
		/* created: we have it from the answer, or a reading */
		break;
	}
}

static int handle_event(const struct bfdnl_event *event, void *data)
{
	const struct bfdnl_session *fields = bfdnl_event_session(event);
	struct agent_session *session;
	struct agent *agent = data;

	if (bfdnl_event_type(event) == BFDNL_EVENT_RESYNC) {
		agent_log(LOG_WARNING, "%u events were lost: reading all sessions",
			  bfdnl_event_lost(event));
		must_resync(agent);
	}
	/* whatever comes before the reading is in it */
	if (agent->resync || bfdnl_event_derived(event) || !fields)
		return 0;
	session = agent_session_by_id(agent,
				      bfdnl_session_number(fields, BFDNL_ID));
	if (session)
		handle_known(session, event);
	else if (bfdnl_event_type(event) == BFDNL_EVENT_CREATED ||
		 bfdnl_event_type(event) == BFDNL_EVENT_SNAPSHOT)
		created(agent, fields, event);
	else
		misfit(agent, event);
	return 0;
}

struct agent_session *mirror_ensure(struct agent *agent,
				    const struct bfdnl_session *fields)
{
	__u32 id = bfdnl_session_number(fields, BFDNL_ID);
	struct agent_session *session = agent_session_by_id(agent, id);

	if (session && same_session(session->fields, fields))
		return session;
	if (session)
		deleted(session, session->fields, NULL);
	return created(agent, fields, NULL);
}

/* ---- the module comes and goes ---- */

static void module_gone(struct agent *agent)
{
	const struct vector none = { 0 };

	agent_log(LOG_WARNING, "the bfd module was unloaded: waiting for it");
	sd_event_source_unref(agent->monitor_source);
	agent->monitor_source = NULL;
	bfdnl_monitor_close(agent->monitor);
	agent->monitor = NULL;
	tell_deleted(agent, &none);
	must_resync(agent);
}

void mirror_drain(struct agent *agent)
{
	int ret;

	if (!agent->monitor)
		return;
	ret = bfdnl_monitor_dispatch(agent->monitor);
	if (ret == -ENODEV) {
		module_gone(agent);
		return;
	}
	if (ret)
		agent_log(LOG_WARNING, "%s", bfdnl_error(agent->h));
	if (!ret && agent->resync)
		ret = read_all(agent);
	if (ret)
		must_resync(agent);
}

static int on_readable(sd_event_source *source, int fd, __u32 revents,
		       void *data)
{
	(void)source;
	(void)fd;
	(void)revents;
	mirror_drain(data);
	return 0;
}

static int watch(struct agent *agent)
{
	int ret = sd_event_add_io(agent->loop, &agent->monitor_source,
				  bfdnl_monitor_fd(agent->monitor), EPOLLIN,
				  on_readable, agent);

	if (ret < 0)
		return ret;
	return sd_event_source_set_priority(agent->monitor_source,
					    SD_EVENT_PRIORITY_IMPORTANT);
}

static int open_monitor(struct agent *agent)
{
	int ret;

	ret = bfdnl_connect(agent->h, agent->netns);
	if (!ret)
		ret = bfdnl_monitor_open(agent->h, handle_event, agent,
					 &agent->monitor);
	if (!ret)
		ret = net_sequence(agent, &agent->caught_up);
	if (!ret)
		ret = watch(agent);
	return ret;
}

static int on_retry(sd_event_source *source, uint64_t usec, void *data)
{
	struct agent *agent = data;
	int ret = 0;

	(void)usec;
	if (!agent->resync)
		return 0;
	if (!agent->monitor)
		ret = open_monitor(agent);
	if (!ret && agent->monitor)
		ret = read_all(agent);
	if (ret || agent->resync) {
		sd_event_source_set_time_relative(source, RETRY_US);
		sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	}
	return 0;
}

int mirror_start(struct agent *agent)
{
	int ret;

	agent->h = bfdnl_new();
	if (!agent->h)
		return -ENOMEM;
	ret = open_monitor(agent);
	if (ret) {
		agent_log(LOG_ERR, "%s", bfdnl_error(agent->h));
		return ret;
	}
	ret = sd_event_add_time_relative(agent->loop, &agent->retry,
					 CLOCK_MONOTONIC, RETRY_US, 1000,
					 on_retry, agent);
	return ret < 0 ? ret : 0;
}

void mirror_stop(struct agent *agent)
{
	sd_event_source_unref(agent->monitor_source);
	sd_event_source_unref(agent->retry);
	bfdnl_monitor_close(agent->monitor);
	bfdnl_free(agent->h);
	sessions_clear(agent);
}
