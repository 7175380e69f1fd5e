// SPDX-License-Identifier: GPL-2.0
/* A kernel for tests of libbfdnl and bfdnl. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <linux/genetlink.h>
#include "test_lib_fake.h"

struct datagram {
	struct datagram *next;
	int len;
	void *data;
};

struct transport {
	struct transport *next;
	bool blocking;
	bool joined;
	bool overrun;
	int fd;
	struct datagram *queue;
};

struct fake fake;
static struct transport *transports;

static void push(struct transport *t, const void *data, int len)
{
	struct datagram *d = calloc(1, sizeof(*d)), **end = &t->queue;

	d->data = malloc(len);
	memcpy(d->data, data, len);
	d->len = len;
	while (*end)
		end = &(*end)->next;
	*end = d;
	eventfd_write(t->fd, 1);
}

static void drop_queue(struct transport *t)
{
	while (t->queue) {
		struct datagram *d = t->queue;

		t->queue = d->next;
		free(d->data);
		free(d);
	}
}

int transport_open(struct transport **transport, const char *netns,
		   bool blocking, const char **failed)
{
	struct transport *t;

	*failed = "open the network namespace";
	*transport = NULL;
	if (netns && !strcmp(netns, "nowhere"))
		return -ENOENT;
	t = calloc(1, sizeof(*t));
	t->blocking = blocking;
	t->fd = eventfd(0, EFD_NONBLOCK);
	t->next = transports;
	transports = t;
	*transport = t;
	return 0;
}

void transport_close(struct transport *transport)
{
	struct transport **t;

	if (!transport)
		return;
	for (t = &transports; *t != transport; t = &(*t)->next)
		;
	*t = transport->next;
	drop_queue(transport);
	close(transport->fd);
	free(transport);
}

int transport_fd(const struct transport *transport)
{
	return transport->fd;
}

int transport_join(struct transport *transport, __u32 group)
{
	if (group == FAKE_GROUP)
		transport->joined = true;
	return 0;
}

/* Add what waits behind the first datagram to it. */
static void join_queue(struct datagram *d)
{
	struct datagram *next;

	while ((next = d->next)) {
		d->data = realloc(d->data, NLMSG_ALIGN(d->len) + next->len);
		memcpy((char *)d->data + NLMSG_ALIGN(d->len), next->data, next->len);
		d->len = NLMSG_ALIGN(d->len) + next->len;
		d->next = next->next;
		free(next->data);
		free(next);
	}
}

int transport_recv(struct transport *transport, struct nlmsghdr **buffer)
{
	struct transport *t = transport;
	struct datagram *d = t->queue;
	eventfd_t count;
	int len;

	if (t->overrun || (t->blocking && fake.fail_receives)) {
		t->overrun = false;
		fake.fail_receives -= !!fake.fail_receives;
		return -ENOBUFS;
	}
	if (!d) {
		eventfd_read(t->fd, &count);
		return -EAGAIN;
	}
	if (t->joined && fake.batches)
		join_queue(d);
	t->queue = d->next;
	*buffer = d->data;
	len = d->len;
	free(d);
	if (t->joined && fake.when_read) {
		void (*hook)(void) = fake.when_read;

		fake.when_read = NULL;
		hook();
	}
	return len;
}

/* ---- answers ---- */

void fake_reply(struct transport *t, const struct nlmsghdr *request,
		struct nl_msg *msg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);

	nlh->nlmsg_seq = request->nlmsg_seq;
	push(t, nlh, nlh->nlmsg_len);
	nlmsg_free(msg);
}

struct nl_msg *fake_message(int family, __u8 cmd, int flags)
{
	struct nl_msg *msg = nlmsg_alloc();

	genlmsg_put(msg, 0, 0, family, 0, flags, cmd, BFD_GENL_VERSION);
	return msg;
}

static void put_tlvs(struct nl_msg *msg, const struct nlmsghdr *request)
{
	struct nlattr *nla;
	int rem;

	if (fake.refuse_message)
		nla_put_string(msg, NLMSGERR_ATTR_MSG, fake.refuse_message);
	nla_for_each_attr(nla, nlmsg_attrdata(request, GENL_HDRLEN),
			  nlmsg_attrlen(request, GENL_HDRLEN), rem)
		if (fake.refuse_attr && nla_type(nla) == (int)fake.refuse_attr)
			nla_put_u32(msg, NLMSGERR_ATTR_OFFS,
				    (char *)nla - (char *)request);
	if (fake.refuse_missing)
		nla_put_u32(msg, NLMSGERR_ATTR_MISS_TYPE, fake.refuse_missing);
}

void fake_end(struct transport *t, const struct nlmsghdr *request, int code,
	      bool done)
{
	struct nl_msg *msg = nlmsg_alloc();
	struct nlmsgerr err = { .error = code, .msg = *request };

	nlmsg_put(msg, 0, 0, done ? NLMSG_DONE : NLMSG_ERROR, 0,
		  NLM_F_ACK_TLVS | (done ? NLM_F_MULTI : NLM_F_CAPPED));
	if (done)
		nlmsg_append(msg, &code, sizeof(code), NLMSG_ALIGNTO);
	else
		nlmsg_append(msg, &err, sizeof(err), NLMSG_ALIGNTO);
	if (code)
		put_tlvs(msg, request);
	fake_reply(t, request, msg);
}

void fake_refuse(struct transport *t, const struct nlmsghdr *request,
		 int code, const char *text, __u32 attr)
{
	fake.refuse_message = text;
	fake.refuse_attr = attr;
	fake.refuse_missing = 0;
	fake_end(t, request, code, false);
}

static void answer_family(struct transport *t, const struct nlmsghdr *request)
{
	struct nl_msg *msg;
	struct nlattr *groups, *group;

	if (fake.no_family) {
		fake_refuse(t, request, -ENOENT, NULL, 0);
		return;
	}
	msg = fake_message(GENL_ID_CTRL, CTRL_CMD_NEWFAMILY, 0);
	nla_put_u16(msg, CTRL_ATTR_FAMILY_ID, fake.family ?: FAKE_FAMILY);
	nla_put_string(msg, CTRL_ATTR_FAMILY_NAME, BFD_GENL_NAME);
	groups = nla_nest_start(msg, CTRL_ATTR_MCAST_GROUPS);
	group = nla_nest_start(msg, 1);
	nla_put_string(msg, CTRL_ATTR_MCAST_GRP_NAME, BFD_GENL_MCGRP_EVENTS);
	nla_put_u32(msg, CTRL_ATTR_MCAST_GRP_ID, FAKE_GROUP);
	nla_nest_end(msg, group);
	nla_nest_end(msg, groups);
	fake_reply(t, request, msg);
	fake_end(t, request, 0, false);
}

static bool group_present(const struct bfdnl_session *session,
			  enum bfdnl_group group)
{
	for (int i = 0; i < BFDNL_FIELDS; i++)
		if (bfdnl_field_group(i) == group && session->present[i])
			return true;
	return false;
}

static void encode_fields(struct nl_msg *msg,
			  const struct bfdnl_session *session,
			  enum bfdnl_group group)
{
	for (int i = 0; i < BFDNL_FIELDS; i++)
		if (bfdnl_field_group(i) == group && session->present[i])
			encode_field(msg, session, i);
}

static void encode_pending(struct nl_msg *msg,
			   const struct bfdnl_session *session)
{
	struct nlattr *nest;

	if (!group_present(session, BFDNL_GROUP_PENDING))
		return;
	nest = nla_nest_start(msg, BFD_A_AUTH_PENDING);
	encode_fields(msg, session, BFDNL_GROUP_PENDING);
	nla_nest_end(msg, nest);
}

static void encode_session_drops(struct nl_msg *msg,
				 const struct bfdnl_drops *drops)
{
	struct nlattr *nest = nla_nest_start(msg, BFD_A_STAT_DROPS);

	for (size_t i = 0; i < drops->size; i++)
		nla_put_u64(msg, drops->reason[i], drops->count[i]);
	nla_nest_end(msg, nest);
}

/* All that is known of a session, as the kernel sends it */
void encode_full(struct nl_msg *msg, const struct bfdnl_session *session)
{
	static const struct {
		enum bfdnl_group group;
		int nest;
	} nests[] = {
		{ BFDNL_GROUP_AUTHENTICATION, BFD_A_AUTHENTICATION },
		{ BFDNL_GROUP_RUNNING, BFD_A_SESSION_RUNNING },
		{ BFDNL_GROUP_STATISTICS, BFD_A_SESSION_STATISTICS },
	};

	encode_fields(msg, session, BFDNL_GROUP_SESSION);
	for (unsigned int i = 0; i < ARRAY_SIZE(nests); i++) {
		enum bfdnl_group group = nests[i].group;
		bool auth = group == BFDNL_GROUP_AUTHENTICATION;
		struct nlattr *nest;

		if (!group_present(session, group) &&
		    !(auth && group_present(session, BFDNL_GROUP_PENDING)))
			continue;
		nest = nla_nest_start(msg, nests[i].nest);
		encode_fields(msg, session, group);
		if (auth)
			encode_pending(msg, session);
		if (group == BFDNL_GROUP_STATISTICS)
			encode_session_drops(msg, &session->drops);
		nla_nest_end(msg, nest);
	}
}

static void put_drops(struct nl_msg *msg, int attr)
{
	struct nlattr *nest = nla_nest_start(msg, attr);

	nla_put(msg, BFD_DROP_NONE, 0, NULL);	/* padding */
	nla_put_u64(msg, BFD_DROP_TTL, 3);
	nla_put_u64(msg, BFD_DROP_MAX + 9, 1);	/* of a newer kernel */
	nla_nest_end(msg, nest);
}

static void answer_stats(struct transport *t, const struct nlmsghdr *request)
{
	static const __u64 histogram[] = { 100, 20, 3, 0, 1 };
	static const __u64 sending[] = { 60, 10, 2, 0, 1 };
	static const __u64 detection[] = { 0, 0, 7, 0, 0 };
	static const __u64 event[] = { 0, 0, 12, 0, 0 };
	static const __u32 occupancy[] = { 2, 1, 0 };
	struct nl_msg *msg = fake_message(FAKE_FAMILY, BFD_CMD_STATS_GET,
				     NLM_F_MULTI);
	struct nlattr *nest = nla_nest_start(msg, BFD_A_STATS_NET);

	nla_put_u32(msg, BFD_A_NET_NUMBER_OF_SESSIONS, fake.sessions.size);
	nla_put_u32(msg, BFD_A_NET_NUMBER_OF_SESSIONS_UP, 1);
	nla_put_u32(msg, BFD_A_NET_NUMBER_OF_SESSIONS_DOWN, 2);
	nla_put_u32(msg, BFD_A_NET_NUMBER_OF_SESSIONS_ADMIN_DOWN, 0);
	nla_put_u32(msg, BFD_A_NET_MAX_SESSIONS, 1024);
	nla_put_u32(msg, BFD_A_NET_PACKET_RATE, 203);
	nla_put_u32(msg, BFD_A_NET_MAX_PACKET_RATE, 100000);
	nla_put_u32(msg, BFD_A_NET_EVENT_SEQUENCE, fake.sequence);
	put_drops(msg, BFD_A_NET_DROPS);
	nla_nest_end(msg, nest);
	fake_reply(t, request, msg);

	msg = fake_message(FAKE_FAMILY, BFD_CMD_STATS_GET, NLM_F_MULTI);
	nest = nla_nest_start(msg, BFD_A_STATS_CPU);
	nla_put_u32(msg, BFD_A_CPU_NUMBER, 1);
	nla_put_u32(msg, BFD_A_CPU_SESSIONS, 3);
	nla_put_u64(msg, BFD_A_CPU_WAKEUPS, 124);
	nla_put_u64(msg, BFD_A_CPU_LATE_MAX, 12005);
	nla_put(msg, BFD_A_CPU_LATE_HISTOGRAM, sizeof(histogram), histogram);
	nla_put_u64(msg, BFD_A_CPU_TX_LATE_1MS, 2);
	nla_put_u64(msg, BFD_A_CPU_TX_LATE_5MS, 1);
	nla_put_u64(msg, BFD_A_CPU_TX_LATE_20MS, 0);
	nla_put_u64(msg, BFD_A_CPU_STALL_GUARD, 4);
	nla_put(msg, BFD_A_CPU_WHEEL_OCCUPANCY, sizeof(occupancy), occupancy);
	nla_put_u64(msg, BFD_A_CPU_TX_LATE_MAX, fake.punctual ? 0 : 6012005);
	nla_put(msg, BFD_A_CPU_TX_LATE_HISTOGRAM, sizeof(sending), sending);
	nla_put_u64(msg, BFD_A_CPU_DETECTION_LATE_MAX,
		    fake.punctual ? 0 : 21000000);
	nla_put_u64(msg, BFD_A_CPU_DETECTION_LATE_1MS, 7);
	nla_put_u64(msg, BFD_A_CPU_DETECTION_LATE_5MS, 6);
	nla_put_u64(msg, BFD_A_CPU_DETECTION_LATE_20MS, 5);
	nla_put(msg, BFD_A_CPU_DETECTION_LATE_HISTOGRAM, sizeof(detection),
		detection);
	nla_put_u64(msg, BFD_A_CPU_EVENT_LATE_MAX, 1500);
	nla_put_u64(msg, BFD_A_CPU_EVENT_LATE_1MS, 11);
	nla_put_u64(msg, BFD_A_CPU_EVENT_LATE_5MS, 10);
	nla_put_u64(msg, BFD_A_CPU_EVENT_LATE_20MS, 9);
	nla_put(msg, BFD_A_CPU_EVENT_LATE_HISTOGRAM, sizeof(event), event);
	nla_put_u64(msg, BFD_A_CPU_LATE_SUM, 30500);
	nla_put_u64(msg, BFD_A_CPU_TX_LATE_SUM, 6100000);
	nla_put_u64(msg, BFD_A_CPU_DETECTION_LATE_SUM, 49000000);
	nla_put_u64(msg, BFD_A_CPU_EVENT_LATE_SUM, 12500);
	nla_put_u32(msg, BFD_A_CPU_MAX + 1, 42);	/* of a newer kernel */
	nla_nest_end(msg, nest);
	fake_reply(t, request, msg);
	fake_end(t, request, 0, true);
}

static void answer_session(struct transport *t, const struct nlmsghdr *request,
			   const struct bfdnl_session *session, int flags)
{
	struct nl_msg *msg = fake_message(FAKE_FAMILY, BFD_CMD_SESSION_NEW, flags);

	encode_full(msg, session);
	nla_put_u32(msg, BFD_A_MAX + 3, 42);	/* of a newer kernel */
	fake_reply(t, request, msg);
}

static void answer_dump(struct transport *t, const struct nlmsghdr *request)
{
	int flags = NLM_F_MULTI;

	fake.dumps++;
	if (fake.during_dump)
		fake.during_dump();
	if (fake.interrupt_dumps) {
		fake.interrupt_dumps--;
		flags |= NLM_F_DUMP_INTR;
	}
	for (size_t i = 0; i < fake.sessions.size; i++)
		answer_session(t, request, fake.sessions.at[i], flags);
	fake_end(t, request, 0, true);
}

static struct bfdnl_session *select_one(const struct bfdnl_session *selector)
{
	for (size_t i = 0; i < fake.sessions.size; i++)
		if (bfdnl_session_matches(fake.sessions.at[i], selector))
			return fake.sessions.at[i];
	return NULL;
}

/* ---- requests that change something ---- */

static void answer_new(struct transport *t, const struct nlmsghdr *request,
		       struct bfdnl_session *wanted)
{
	struct bfdnl_session *session, pattern = *wanted;
	__u32 id = 1;

	for (int i = 0; i < BFDNL_FIELDS; i++)
		if (i != BFDNL_DEST_ADDR && i != BFDNL_INTERFACE)
			bfdnl_session_unset(&pattern, i);
	if (!bfdnl_session_has(wanted, BFDNL_DEST_ADDR)) {
		fake_refuse(t, request, -EINVAL, "dest-addr is required", 0);
	} else if (bfdnl_session_has(wanted, BFDNL_LOCAL_MULTIPLIER) &&
		   !wanted->number[BFDNL_LOCAL_MULTIPLIER]) {
		fake_refuse(t, request, -ERANGE, "integer out of range",
			    BFD_A_LOCAL_MULTIPLIER);
	} else if (select_one(&pattern)) {
		fake_refuse(t, request, -EEXIST, "bfd: there is such a session",
			    BFD_A_DEST_ADDR);
	} else {
		while (fake_find(id))
			id++;
		session = bfdnl_session_clone(wanted);
		fake_authenticate(session, wanted);
		bfdnl_session_unset(session, BFDNL_AUTH_DELAYED);
		fake_defaults(session, id);
		fake_insert(session);
		answer_session(t, request, session, 0);
		fake_end(t, request, 0, false);
		fake_created(id);
	}
}

/* What is asked of authentication has been done otherwise. */
static void merge_changes(struct bfdnl_session *session,
			  const struct bfdnl_session *wanted)
{
	struct bfdnl_session changes = *wanted;

	for (int i = 0; i < BFDNL_FIELDS; i++)
		if (bfdnl_field_group(i) == BFDNL_GROUP_AUTHENTICATION)
			bfdnl_session_unset(&changes, i);
	fake_merge(session, &changes);
}

static void answer_change(struct transport *t, const struct nlmsghdr *request,
			  __u8 cmd, const struct bfdnl_session *wanted)
{
	static const enum bfdnl_field keys[] = {
		BFDNL_ID, BFDNL_LOCAL_DISCRIMINATOR, BFDNL_DEST_ADDR,
		BFDNL_SOURCE_ADDR, BFDNL_INTERFACE, BFDNL_VRF, BFDNL_PATH_TYPE,
	};
	struct bfdnl_session *session, pattern = { 0 };

	fake_merge(&pattern, wanted);
	for (int i = 0; i < BFDNL_FIELDS; i++) {
		bool key = false;

		for (size_t j = 0; j < ARRAY_SIZE(keys); j++)
			key = key || i == (int)keys[j];
		if (!key)
			bfdnl_session_unset(&pattern, i);
	}
	session = select_one(&pattern);
	if (!session) {
		fake_refuse(t, request, -ENOENT, "no such session", BFD_A_ID);
		return;
	}
	if (cmd == BFD_CMD_SESSION_SET && !fake_authenticate(session, wanted)) {
		fake_refuse(t, request, -ENOENT, "no such key",
			    BFD_A_AUTHENTICATION);
		return;
	}
	if (cmd == BFD_CMD_SESSION_GET)
		answer_session(t, request, session, 0);
	fake_end(t, request, 0, false);
	if (cmd == BFD_CMD_SESSION_POLL)
		fake.polls++;
	if (cmd == BFD_CMD_SESSION_SET) {
		merge_changes(session, wanted);
		fake_parameters(session->number[BFDNL_ID]);
	} else if (cmd == BFD_CMD_SESSION_DEL) {
		fake_deleted(session->number[BFDNL_ID]);
	}
}

static void answer_request(struct transport *t, struct nlmsghdr *request)
{
	const struct genlmsghdr *genl = nlmsg_data(request);
	struct bfdnl_session wanted = { 0 };

	if (genl->cmd < BFD_CMD_KEY_GET)
		decode_session(request, &wanted);
	if (genl->cmd == BFD_CMD_SESSION_GET &&
	    request->nlmsg_flags & NLM_F_DUMP) {
		answer_dump(t, request);
		return;
	}
	switch (genl->cmd) {
	case BFD_CMD_SESSION_NEW:
		answer_new(t, request, &wanted);
		break;
	case BFD_CMD_STATS_GET:
		answer_stats(t, request);
		break;
	case BFD_CMD_KEY_GET:
	case BFD_CMD_KEY_SET:
	case BFD_CMD_KEY_DEL:
		fake_answer_key(t, request, genl->cmd);
		break;
	case BFD_CMD_ECHO_SOURCE_GET:
	case BFD_CMD_ECHO_SOURCE_SET:
		fake_answer_echo_source(t, request, genl->cmd);
		break;
	case BFD_CMD_SESSION_FLUSH:
		while (fake.sessions.size)
			fake_deleted(fake.sessions.at[0]->number[BFDNL_ID]);
		fake_end(t, request, 0, false);
		break;
	case BFD_CMD_SESSION_GET:
	case BFD_CMD_SESSION_SET:
	case BFD_CMD_SESSION_DEL:
	case BFD_CMD_SESSION_POLL:
		answer_change(t, request, genl->cmd, &wanted);
		break;
	default:
		fake_end(t, request, 0, false);
		break;
	}
}

int transport_send(struct transport *transport, struct nl_msg *msg)
{
	struct nlmsghdr *request = nlmsg_hdr(msg);
	const struct genlmsghdr *genl = nlmsg_data(request);

	fake.requests++;
	if (fake.when_asked)
		fake.when_asked();
	if (request->nlmsg_type == GENL_ID_CTRL) {
		answer_family(transport, request);
	} else if (request->nlmsg_type != (fake.family ?: FAKE_FAMILY) ||
		   fake.no_family) {
		fake_refuse(transport, request, -ENOENT, NULL, 0);
	} else if (fake.refuse_cmd && genl->cmd == fake.refuse_cmd) {
		fake.refuse_cmd = 0;
		fake_end(transport, request, fake.refuse_code, fake.refuse_in_done);
	} else if (fake.full && (genl->cmd == BFD_CMD_SESSION_NEW ||
				 genl->cmd == BFD_CMD_SESSION_SET)) {
		fake_refuse(transport, request, -ENOSPC,
			    "more packets a second than allowed", 0);
	} else {
		answer_request(transport, request);
	}
	return 0;
}

/* ---- events ---- */

static void publish(struct nl_msg *msg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);

	nlh->nlmsg_seq = fake.sequence;
	for (struct transport *t = transports; t; t = t->next)
		if (t->joined)
			push(t, nlh, nlh->nlmsg_len);
	nlmsg_free(msg);
}

/* The kernel tells who changed its state and what it does now, no more. */
static void encode_state(struct nl_msg *msg, const struct bfdnl_session *session)
{
	struct bfdnl_session told = *session;

	for (int i = 0; i < BFDNL_FIELDS; i++) {
		enum bfdnl_group group = fields[i].group;
		bool own = group == BFDNL_GROUP_SESSION;

		if (own ? fields[i].use < USE_ADD : group == BFDNL_GROUP_RUNNING)
			continue;
		told.present[i] = i == BFDNL_LOCAL_DISCRIMINATOR || i == BFDNL_ADMIN_DOWN;
	}
	told.drops.size = 0;
	encode_full(msg, &told);
}

static void publish_event(__u8 cmd, const struct bfdnl_session *session,
			  int old_state)
{
	struct nl_msg *msg = fake_message(FAKE_FAMILY, cmd, 0);
	struct nlattr *nest;

	if (cmd == BFD_CMD_SESSION_STATE_NTF)
		encode_state(msg, session);
	else
		encode_full(msg, session);
	nest = nla_nest_start(msg, BFD_A_EVENT);
	nla_put_u32(msg, BFD_A_EVENT_SEQUENCE, ++fake.sequence);
	nla_put_u64(msg, BFD_A_EVENT_TIME, FAKE_NOW);
	nla_put_u64(msg, BFD_A_EVENT_MONOTONIC,
		    fake.monotonic ?: 5000000000ULL);
	if (old_state >= 0) {
		nla_put_u8(msg, BFD_A_EVENT_OLD_STATE, old_state);
		nla_put_u8(msg, BFD_A_EVENT_NEW_STATE,
			   session->number[BFDNL_LOCAL_STATE]);
	}
	if (old_state == BFD_STATE_UP) {
		nla_put_u64(msg, BFD_A_EVENT_LAST_RECEIVE_TIME, 4100000000ULL);
		nla_put_u64(msg, BFD_A_EVENT_LAST_RECEIVE_TIME, 3900000000ULL);
	}
	nla_nest_end(msg, nest);
	publish(msg);
}

void fake_created(__u32 id)
{
	publish_event(BFD_CMD_SESSION_CREATED_NTF, fake_find(id), -1);
}

void fake_state(__u32 id, enum bfd_state state)
{
	struct bfdnl_session *session = fake_find(id);
	int old_state = session->number[BFDNL_LOCAL_STATE];

	fake_set_state(session, state);
	publish_event(BFD_CMD_SESSION_STATE_NTF, session, old_state);
}

void fake_parameters(__u32 id)
{
	publish_event(BFD_CMD_SESSION_PARAMETERS_NTF, fake_find(id), -1);
}

void fake_deleted(__u32 id)
{
	publish_event(BFD_CMD_SESSION_DELETED_NTF, fake_find(id), -1);
	fake_remove(id);
}

void fake_unloaded(void)
{
	struct nl_msg *msg = fake_message(GENL_ID_CTRL, CTRL_CMD_DELFAMILY, 0);

	nla_put_string(msg, CTRL_ATTR_FAMILY_NAME, BFD_GENL_NAME);
	publish(msg);
}

void fake_unknown_event(void)
{
	fake.sequence++;
	publish(fake_message(FAKE_FAMILY, BFD_CMD_MAX + 1, 0));
}

void fake_lose(void)
{
	for (struct transport *t = transports; t; t = t->next)
		if (t->joined)
			drop_queue(t);
}

void fake_overrun(void)
{
	for (struct transport *t = transports; t; t = t->next) {
		if (!t->joined)
			continue;
		t->overrun = true;
		eventfd_write(t->fd, 1);
	}
}

void fake_duplicate(void)
{
	for (struct transport *t = transports; t; t = t->next) {
		struct datagram *last = t->queue;

		while (last && last->next)
			last = last->next;
		for (struct datagram *d = t->queue; d && t->joined;
		     d = d->next) {
			push(t, d->data, d->len);
			if (d == last)
				break;
		}
	}
}

bool fake_readable(void)
{
	for (struct transport *t = transports; t; t = t->next)
		if (t->joined && (t->queue || t->overrun))
			return true;
	return false;
}

static void __attribute__((destructor)) cleanup(void)
{
	session_list_clear(&fake.sessions);
}
