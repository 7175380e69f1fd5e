// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Events without gaps.
 *
 * The group is joined first, then the sequence number of the last event is
 * asked for, then all sessions are dumped. So whatever happens from that
 * number on arrives as an event, although the dump may show it already: events
 * up to that number are dropped, later ones are applied again, harmlessly.
 *
 * The caller is told of an event as it is read. When its callback stops early,
 * what was read already waits in a queue, so that nothing is lost. A gap in the
 * sequence, or an overflow of the socket, leads to a new dump; the difference to
 * what was known becomes derived events. After an overflow what is still queued
 * in the socket is read first: real events say more than derived ones.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <linux/genetlink.h>
#include "internal.h"

/* How many datagrams one call of dispatch reads at most */
#define DISPATCH_BUDGET	1024

struct bfdnl_event {
	struct bfdnl_event *next;
	enum bfdnl_event_type type;
	struct bfdnl_session *session;
	struct event_info info;
	bool derived;
	__u32 lost;
};

struct bfdnl_monitor {
	struct bfdnl *h;
	struct transport *transport;
	bfdnl_event_fn fn;
	void *data;
	struct session_list known;
	__u32 last;		/* sequence of the last event accounted for */
	bool resync;		/* the known sessions cannot be trusted */
	bool gone;		/* the module was unloaded */
	struct bfdnl_event *queue;
	struct bfdnl_event **tail;
	struct bfdnl_session news;	/* what the event at hand says */
	int stopped;		/* what the callback returned instead of 0 */
	bool calling;		/* the callback is at work */
};

static __u64 now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static void event_free(struct bfdnl_event *event)
{
	bfdnl_session_free(event->session);
	free(event);
}

/* An event of our own making: the kernel's words on it are not to be had. */
static struct event_info own_info(const struct bfdnl_monitor *m)
{
	return (struct event_info){
		.sequence = m->last,
		.time = now(CLOCK_REALTIME),
		.monotonic = now(CLOCK_MONOTONIC),
		.old_state = -ENOENT, .new_state = -ENOENT,
	};
}

/* Queue an event about a copy of @session, which may be NULL. */
static struct bfdnl_event *queue_event(struct bfdnl_monitor *m,
				       enum bfdnl_event_type type,
				       const struct bfdnl_session *session,
				       const struct event_info *info)
{
	struct bfdnl_event *event = calloc(1, sizeof(*event));

	if (event && session) {
		event->session = bfdnl_session_clone(session);
		if (!event->session) {
			free(event);
			event = NULL;
		}
	}
	if (!event) {
		fail(m->h, -ENOMEM, NULL);
		return NULL;
	}
	event->type = type;
	event->info = *info;
	*m->tail = event;
	m->tail = &event->next;
	return event;
}

static int call(struct bfdnl_monitor *m, const struct bfdnl_event *event)
{
	m->calling = true;
	m->stopped = m->fn(event, m->data);
	m->calling = false;
	return m->stopped;
}

/*
 * Tell of an event at once, without a copy of @session; or behind those that
 * wait, or if the callback wants no more now.
 */
static int tell_or_queue(struct bfdnl_monitor *m, enum bfdnl_event_type type,
			 struct bfdnl_session *session,
			 const struct event_info *info)
{
	struct bfdnl_event event = {
		.type = type,
		.session = session,
		.info = *info,
	};

	if (m->queue || m->stopped)
		return queue_event(m, type, session, info) ? 0 : -ENOMEM;
	call(m, &event);
	return 0;
}

/* Return: 0, or what the callback returned instead. */
static int deliver(struct bfdnl_monitor *m)
{
	while (m->queue) {
		struct bfdnl_event *event = m->queue;
		int ret;

		m->queue = event->next;
		if (!m->queue)
			m->tail = &m->queue;
		ret = call(m, event);
		event_free(event);
		if (ret)
			return ret;
	}
	return 0;
}

static bool is_known(const struct bfdnl_monitor *m, size_t index, __u64 id)
{
	return index < m->known.size &&
	       m->known.at[index]->number[BFDNL_ID] == id;
}

static int learn(struct bfdnl_monitor *m, size_t index,
		 const struct bfdnl_session *session)
{
	struct bfdnl_session *copy = bfdnl_session_clone(session);

	if (copy && !session_list_insert(&m->known, index, copy))
		return 0;
	bfdnl_session_free(copy);
	return fail(m->h, -ENOMEM, NULL);
}

/* Counters are out of date as soon as they are told: do not tell them twice. */
static void forget_counters(struct bfdnl_session *session)
{
	for (int i = FIRST_STATISTIC; i < BFDNL_FIELDS; i++)
		if (fields[i].group == BFDNL_GROUP_STATISTICS &&
		    i != BFDNL_CREATE_TIME)
			session->present[i] = false;
	session->drops.size = 0;
}

static void forget_all_counters(struct session_list *list)
{
	for (size_t i = 0; i < list->size; i++)
		forget_counters(list->at[i]);
}

static int resync(struct bfdnl_monitor *m);

/* Bring the known sessions up to date with an event and tell of it. */
static int apply(struct bfdnl_monitor *m, enum bfdnl_event_type type,
		 const struct bfdnl_session *news,
		 const struct event_info *info)
{
	__u64 id = news->number[BFDNL_ID];
	size_t index = session_list_find(&m->known, id);
	bool known = is_known(m, index, id);
	int ret = 0;

	/* the dump has told already */
	if (type == BFDNL_EVENT_CREATED ? known :
	    type == BFDNL_EVENT_DELETED && !known)
		return 0;
	/* it does not tell all of a session */
	if (type == BFDNL_EVENT_STATE && !known)
		return resync(m);
	if (known)
		session_renew(m->known.at[index], news, type == BFDNL_EVENT_STATE);
	else
		ret = learn(m, index, news);
	if (!ret)
		ret = tell_or_queue(m, type, m->known.at[index], info);
	if (ret)
		return ret;
	if (type == BFDNL_EVENT_DELETED)
		session_list_remove(&m->known, index);
	else
		forget_counters(m->known.at[index]);
	return 0;
}

static int event_type_of(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = nlmsg_data(nlh);

	switch (genl->cmd) {
	case BFD_CMD_SESSION_CREATED_NTF:
		return BFDNL_EVENT_CREATED;
	case BFD_CMD_SESSION_STATE_NTF:
		return BFDNL_EVENT_STATE;
	case BFD_CMD_SESSION_PARAMETERS_NTF:
		return BFDNL_EVENT_PARAMETERS;
	case BFD_CMD_SESSION_DELETED_NTF:
		return BFDNL_EVENT_DELETED;
	default:
		return -1;
	}
}

static int net_sequence(struct bfdnl_monitor *m, __u32 *sequence)
{
	struct bfdnl_stats *stats;
	__u64 value;
	int ret;

	ret = bfdnl_stats_get(m->h, &stats);
	if (ret)
		return ret;
	if (bfdnl_stats_net(stats, BFD_A_NET_EVENT_SEQUENCE, &value))
		*sequence = value;
	else
		ret = fail(m->h, -EPROTO, "the kernel does not number its events");
	bfdnl_stats_free(stats);
	return ret;
}

/* An inconsistent dump will do: what it missed arrives as an event. */
static int take_dump(struct bfdnl_monitor *m, struct session_list *list,
		     __u32 *sequence)
{
	int ret = net_sequence(m, sequence);

	return ret ? ret : dump_once(m->h, list, NULL);
}

static int queue_snapshot(struct bfdnl_monitor *m)
{
	struct event_info info;
	int ret;

	ret = take_dump(m, &m->known, &m->last);
	if (ret)
		return ret;
	info = own_info(m);
	for (size_t i = 0; i < m->known.size; i++)
		if (!queue_event(m, BFDNL_EVENT_SNAPSHOT, m->known.at[i],
				 &info))
			return -ENOMEM;
	forget_all_counters(&m->known);
	return 0;
}

static bool number_differs(const struct bfdnl_session *a,
			   const struct bfdnl_session *b,
			   enum bfdnl_field field)
{
	return bfdnl_session_number(a, field) != bfdnl_session_number(b, field);
}

/* A session deleted and made again may have its old id. */
static bool same_session(const struct bfdnl_session *a,
			 const struct bfdnl_session *b)
{
	if (bfdnl_session_has(a, BFDNL_CREATE_TIME) &&
	    bfdnl_session_has(b, BFDNL_CREATE_TIME) &&
	    number_differs(a, b, BFDNL_CREATE_TIME))
		return false;
	return !number_differs(a, b, BFDNL_LOCAL_DISCRIMINATOR) &&
	       bfdnl_addr_equal(bfdnl_session_addr(a, BFDNL_DEST_ADDR),
				bfdnl_session_addr(b, BFDNL_DEST_ADDR));
}

static bool parameters_differ(const struct bfdnl_session *a,
			      const struct bfdnl_session *b)
{
	for (int i = 0; i < BFDNL_FIELDS; i++) {
		if (i == BFDNL_LOCAL_DIAGNOSTIC || i == BFDNL_REMOTE_DIAGNOSTIC)
			continue;
		switch (bfdnl_field_type(i)) {
		case BFDNL_TYPE_STATE:
		case BFDNL_TYPE_ERRNO:
		case BFDNL_TYPE_ADDR:
		case BFDNL_TYPE_TEXT:
			continue;
		default:
			break;
		}
		if (bfdnl_field_group(i) == BFDNL_GROUP_STATISTICS ||
		    i == BFDNL_POLL_ACTIVE || i == BFDNL_CPU)
			continue;
		if (a->present[i] != b->present[i] || number_differs(a, b, i))
			return true;
	}
	return false;
}

/* Queue what must have happened between @before and @after; one may be NULL. */
static int queue_difference(struct bfdnl_monitor *m,
			    const struct bfdnl_session *before,
			    const struct bfdnl_session *after,
			    const struct event_info *info)
{
	struct event_info state = *info;
	struct bfdnl_event *event;

	if (!before || !after) {
		event = before ?
			queue_event(m, BFDNL_EVENT_DELETED, before, info) :
			queue_event(m, BFDNL_EVENT_CREATED, after, info);
		if (!event)
			return -ENOMEM;
		event->derived = true;
		return 0;
	}
	if (!same_session(before, after))
		return queue_difference(m, before, NULL, info) ?:
		       queue_difference(m, NULL, after, info);
	if (number_differs(before, after, BFDNL_LOCAL_STATE)) {
		state.old_state = before->number[BFDNL_LOCAL_STATE];
		state.new_state = after->number[BFDNL_LOCAL_STATE];
		event = queue_event(m, BFDNL_EVENT_STATE, after, &state);
		if (!event)
			return -ENOMEM;
		event->derived = true;
	}
	if (parameters_differ(before, after)) {
		event = queue_event(m, BFDNL_EVENT_PARAMETERS, after, info);
		if (!event)
			return -ENOMEM;
		event->derived = true;
	}
	return 0;
}

/* Walk the known and the dumped sessions side by side; both are by id. */
static int queue_differences(struct bfdnl_monitor *m,
			     const struct session_list *fresh,
			     const struct event_info *info)
{
	size_t i = 0, j = 0;
	int ret = 0;

	while (!ret && (i < m->known.size || j < fresh->size)) {
		const struct bfdnl_session *before = NULL, *after = NULL;

		if (i < m->known.size)
			before = m->known.at[i];
		if (j < fresh->size)
			after = fresh->at[j];
		if (before && after) {
			__u64 a = before->number[BFDNL_ID];
			__u64 b = after->number[BFDNL_ID];

			if (a < b)
				after = NULL;
			else if (b < a)
				before = NULL;
		}
		ret = queue_difference(m, before, after, info);
		i += !!before;
		j += !!after;
	}
	return ret;
}

/*
 * Ask the kernel for the truth. If memory runs out half way the flag stays set:
 * the next attempt then reports some differences a second time.
 */
static int resync(struct bfdnl_monitor *m)
{
	struct session_list fresh = { 0 };
	struct bfdnl_event *event;
	struct event_info info;
	__u32 sequence = 0;
	int ret;

	m->resync = true;
	ret = take_dump(m, &fresh, &sequence);
	if (ret)
		return ret;
	info = own_info(m);
	info.sequence = sequence;
	event = queue_event(m, BFDNL_EVENT_RESYNC, NULL, &info);
	ret = event ? queue_differences(m, &fresh, &info) : -ENOMEM;
	if (ret) {
		session_list_clear(&fresh);
		return ret;
	}
	event->lost = sequence - m->last;
	session_list_clear(&m->known);
	m->known = fresh;
	forget_all_counters(&m->known);
	m->last = sequence;
	m->resync = false;
	return 0;
}

static int handle_event(struct bfdnl_monitor *m, const struct nlmsghdr *nlh)
{
	struct bfdnl_session *news = &m->news;
	struct event_info info;
	int type, ret;
	bool bad;

	/* what is not present is not looked at */
	memset(news->present, 0, sizeof(news->present));
	news->drops.size = 0;
	bad = decode_event(nlh, news, &info);
	/* unsigned arithmetic: the sequence may wrap */
	if (!bad && (__s32)(info.sequence - m->last) <= 0)
		return 0;
	if (bad || info.sequence - m->last != 1)
		return resync(m);
	m->last = info.sequence;
	type = event_type_of(nlh);
	if (type < 0)
		return 0;
	if (!bfdnl_session_has(news, BFDNL_ID))
		return resync(m);
	ret = apply(m, type, news, &info);
	if (ret)
		m->resync = true;
	return ret;
}

/* The family's numbers die with the module: nothing more would arrive. */
static int handle_ctrl(struct bfdnl_monitor *m, struct nlmsghdr *nlh)
{
	struct nlattr *tb[CTRL_ATTR_MAX + 1];
	const struct genlmsghdr *genl;

	if (genlmsg_parse(nlh, 0, tb, CTRL_ATTR_MAX, NULL))
		return 0;
	genl = nlmsg_data(nlh);
	if (genl->cmd == CTRL_CMD_DELFAMILY && tb[CTRL_ATTR_FAMILY_NAME] &&
	    !nla_strcmp(tb[CTRL_ATTR_FAMILY_NAME], BFD_GENL_NAME))
		m->gone = true;
	return 0;
}

static int handle_datagram(struct bfdnl_monitor *m, struct nlmsghdr *nlh,
			   int len)
{
	int ret = 0;

	for (; !ret && nlmsg_ok(nlh, len); nlh = nlmsg_next(nlh, &len)) {
		if (nlh->nlmsg_type == GENL_ID_CTRL)
			ret = handle_ctrl(m, nlh);
		else if (nlh->nlmsg_type == m->h->family &&
			 nlmsg_valid_hdr(nlh, GENL_HDRLEN))
			ret = handle_event(m, nlh);
	}
	return ret;
}

/* Return: 1 if there was something to read, 0 if not, a negative errno. */
static int read_datagram(struct bfdnl_monitor *m)
{
	struct nlmsghdr *buffer;
	int len, ret;

	len = transport_recv(m->transport, &buffer);
	if (len == -EAGAIN)
		return 0;
	if (len == -ENOBUFS) {
		m->resync = true;
		return 1;
	}
	if (len < 0)
		return fail(m->h, len, "cannot read events: %s",
			    strerror(-len));
	ret = handle_datagram(m, buffer, len);
	free(buffer);
	return ret ? ret : 1;
}

int bfdnl_monitor_dispatch(struct bfdnl_monitor *monitor)
{
	struct bfdnl_monitor *m = monitor;
	int ret, got = 1;

	/* the session that it was told of would change under its hands */
	if (m->calling)
		return fail(m->h, -EBUSY, "events are being delivered");
	m->stopped = 0;
	ret = deliver(m);
	for (int i = 0; !ret && got && i < DISPATCH_BUDGET; i++) {
		got = read_datagram(m);
		if (got < 0)
			return got;
		ret = m->stopped ? m->stopped : deliver(m);
	}
	if (ret)
		return ret;
	if (m->gone)
		return fail(m->h, -ENODEV, "the bfd module was unloaded");
	if (m->resync && !got) {
		ret = resync(m);
		if (!ret)
			ret = deliver(m);
	}
	return ret;
}

int bfdnl_monitor_fd(const struct bfdnl_monitor *monitor)
{
	return transport_fd(monitor->transport);
}

static int start(struct bfdnl_monitor *m)
{
	const char *failed;
	int ret;

	ret = transport_open(&m->transport, m->h->netns, false, &failed);
	if (ret)
		return fail(m->h, ret, "cannot %s: %s", failed, strerror(-ret));
	ret = transport_join(m->transport, m->h->group);
	if (ret)
		return fail(m->h, ret, "cannot subscribe to events: %s",
			    strerror(-ret));
	/* only to learn that the module was unloaded; not vital */
	transport_join(m->transport, GENL_ID_CTRL);
	return queue_snapshot(m);
}

int bfdnl_monitor_open(struct bfdnl *h, bfdnl_event_fn fn, void *data,
		       struct bfdnl_monitor **monitor)
{
	struct bfdnl_monitor *m = calloc(1, sizeof(*m));
	int ret;

	*monitor = NULL;
	if (!m)
		return fail(h, -ENOMEM, NULL);
	m->h = h;
	m->fn = fn;
	m->data = data;
	m->tail = &m->queue;
	if (h->transport)
		ret = start(m);
	else
		ret = fail(h, -ENOTCONN, "not connected");
	if (ret) {
		bfdnl_monitor_close(m);
		return ret;
	}
	*monitor = m;
	return deliver(m);
}

void bfdnl_monitor_close(struct bfdnl_monitor *monitor)
{
	if (!monitor)
		return;
	while (monitor->queue) {
		struct bfdnl_event *event = monitor->queue;

		monitor->queue = event->next;
		event_free(event);
	}
	session_list_clear(&monitor->known);
	transport_close(monitor->transport);
	free(monitor);
}

enum bfdnl_event_type bfdnl_event_type(const struct bfdnl_event *event)
{
	return event->type;
}

const char *bfdnl_event_type_name(enum bfdnl_event_type type)
{
	static const char * const names[] = {
		[BFDNL_EVENT_SNAPSHOT] = "snapshot",
		[BFDNL_EVENT_CREATED] = "created",
		[BFDNL_EVENT_STATE] = "state",
		[BFDNL_EVENT_PARAMETERS] = "parameters",
		[BFDNL_EVENT_DELETED] = "deleted",
		[BFDNL_EVENT_RESYNC] = "resync",
	};

	return (unsigned int)type < ARRAY_SIZE(names) ? names[type] : NULL;
}

const struct bfdnl_session *bfdnl_event_session(const struct bfdnl_event *event)
{
	return event->session;
}

__u32 bfdnl_event_sequence(const struct bfdnl_event *event)
{
	return event->info.sequence;
}

__u64 bfdnl_event_time(const struct bfdnl_event *event)
{
	return event->info.time;
}

__u64 bfdnl_event_monotonic(const struct bfdnl_event *event)
{
	return event->info.monotonic;
}

int bfdnl_event_old_state(const struct bfdnl_event *event)
{
	return event->info.old_state;
}

int bfdnl_event_new_state(const struct bfdnl_event *event)
{
	return event->info.new_state;
}

const __u64 *bfdnl_event_receive_times(const struct bfdnl_event *event,
				       size_t *size)
{
	*size = event->info.receive_times_size;
	return event->info.receive_times;
}

bool bfdnl_event_derived(const struct bfdnl_event *event)
{
	return event->derived;
}

__u32 bfdnl_event_lost(const struct bfdnl_event *event)
{
	return event->lost;
}
