// SPDX-License-Identifier: GPL-2.0
/*
 * The sessions of the fake kernel, and scenes for bfdnl-fake.
 */
#include <stdlib.h>
#include <string.h>
#include "test_lib_fake.h"

static void number(struct bfdnl_session *session, enum bfdnl_field field,
		   __u64 value)
{
	bfdnl_session_set_number(session, field, value);
}

void fake_set_state(struct bfdnl_session *session, enum bfd_state state)
{
	bool up = state == BFD_STATE_UP;
	__u64 rx = bfdnl_session_number(session,
					BFDNL_REQUIRED_MIN_RX_INTERVAL);

	if (rx < 300000)
		rx = 300000;
	number(session, BFDNL_LOCAL_STATE, state);
	number(session, BFDNL_REMOTE_STATE, up ? BFD_STATE_UP : BFD_STATE_DOWN);
	number(session, BFDNL_REMOTE_DISCRIMINATOR, up ? 0x22222222 : 0);
	number(session, BFDNL_REMOTE_MULTIPLIER, up ? 3 : 0);
	number(session, BFDNL_REMOTE_DESIRED_MIN_TX_INTERVAL, up ? 300000 : 0);
	number(session, BFDNL_REMOTE_REQUIRED_MIN_RX_INTERVAL, up ? 50000 : 1);
	number(session, BFDNL_NEGOTIATED_TX_INTERVAL, up ? 50000 : 1000000);
	number(session, BFDNL_NEGOTIATED_RX_INTERVAL, up ? rx : 0);
	number(session, BFDNL_DETECTION_TIME, up ? 3 * rx : 0);
	number(session, up ? BFDNL_LAST_UP_TIME : BFDNL_LAST_DOWN_TIME, FAKE_NOW);
	number(session, BFDNL_LOCAL_DIAGNOSTIC,
	       up ? BFD_DIAG_NONE :
	       fake.fall_diagnostic ?: BFD_DIAG_CONTROL_EXPIRY);
	number(session, BFDNL_REMOTE_DIAGNOSTIC, BFD_DIAG_NONE);
}

void fake_defaults(struct bfdnl_session *session, __u32 id)
{
	static const struct {
		enum bfdnl_field field;
		__u64 value;
	} defaults[] = {
		{ BFDNL_PATH_TYPE, BFD_PATH_IP_SH },
		{ BFDNL_SOURCE_PORT, 49152 }, { BFDNL_DEST_PORT, 3784 },
		{ BFDNL_LOCAL_MULTIPLIER, 3 },
		{ BFDNL_DESIRED_MIN_TX_INTERVAL, 300000 },
		{ BFDNL_REQUIRED_MIN_RX_INTERVAL, 300000 },
		{ BFDNL_DESIRED_MIN_ECHO_TX_INTERVAL, 0 },
		{ BFDNL_REQUIRED_MIN_ECHO_RX_INTERVAL, 0 },
		{ BFDNL_ECHO_ENABLED, 0 }, { BFDNL_DEMAND_ENABLED, 0 },
		{ BFDNL_ADMIN_DOWN, 0 }, { BFDNL_PASSIVE, 0 },
		{ BFDNL_TX_TTL, 255 }, { BFDNL_RX_TTL, 255 },
		{ BFDNL_DSCP, 48 }, { BFDNL_CPU, 0 },
		{ BFDNL_DETECTION_MODE, BFD_DETECTION_ASYNC_WITHOUT_ECHO },
		{ BFDNL_REMOTE_REQUIRED_MIN_ECHO_RX_INTERVAL, 0 },
		{ BFDNL_ECHO_TX_INTERVAL_IN_USE, 0 },
		{ BFDNL_POLL_ACTIVE, 0 }, { BFDNL_LAST_SEND_ERROR, 0 },
		{ BFDNL_CREATE_TIME, FAKE_NOW }, { BFDNL_LAST_UP_TIME, 0 },
		{ BFDNL_LAST_DOWN_TIME, 0 }, { BFDNL_DOWN_COUNT, 0 },
		{ BFDNL_ADMIN_DOWN_COUNT, 0 },
		{ BFDNL_RECEIVE_PACKET_COUNT, 17 },
		{ BFDNL_SEND_PACKET_COUNT, 18 },
		{ BFDNL_RECEIVE_INVALID_PACKET_COUNT, 1 },
		{ BFDNL_SEND_FAILED_PACKET_COUNT, 0 },
		{ BFDNL_RECEIVE_ECHO_COUNT, 0 }, { BFDNL_SEND_ECHO_COUNT, 0 },
	};

	number(session, BFDNL_ID, id);
	if (!bfdnl_session_has(session, BFDNL_LOCAL_DISCRIMINATOR))
		number(session, BFDNL_LOCAL_DISCRIMINATOR, 0x11110000 + id);
	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++)
		if (!bfdnl_session_has(session, defaults[i].field))
			number(session, defaults[i].field, defaults[i].value);
	fake_set_state(session, BFD_STATE_DOWN);
	number(session, BFDNL_LAST_DOWN_TIME, 0);
	number(session, BFDNL_LOCAL_DIAGNOSTIC, BFD_DIAG_NONE);
}

/* Overwrite in @to what @from knows. */
void fake_merge(struct bfdnl_session *to, const struct bfdnl_session *from)
{
	struct bfdnl_session merged = *from;

	for (int i = 0; i < BFDNL_FIELDS; i++) {
		if (from->present[i])
			continue;
		merged.present[i] = to->present[i];
		merged.number[i] = to->number[i];
	}
	if (!from->present[BFDNL_SOURCE_ADDR])
		merged.source_addr = to->source_addr;
	if (!from->present[BFDNL_DEST_ADDR])
		merged.dest_addr = to->dest_addr;
	if (!from->present[BFDNL_INTERFACE])
		memcpy(merged.interface, to->interface, IFNAMSIZ);
	if (!from->present[BFDNL_VRF])
		memcpy(merged.vrf, to->vrf, IFNAMSIZ);
	if (!from->drops.size)
		merged.drops = to->drops;
	*to = merged;
}

struct bfdnl_session *fake_find(__u32 id)
{
	size_t index = session_list_find(&fake.sessions, id);

	if (index == fake.sessions.size ||
	    fake.sessions.at[index]->number[BFDNL_ID] != id)
		return NULL;
	return fake.sessions.at[index];
}

void fake_insert(struct bfdnl_session *session)
{
	session_list_insert(&fake.sessions,
			    session_list_find(&fake.sessions,
					      session->number[BFDNL_ID]),
			    session);
}

struct bfdnl_session *fake_add(__u32 id, const char *dest, enum bfd_state state)
{
	struct bfdnl_session *session = bfdnl_session_new();
	struct bfdnl_addr addr;

	bfdnl_addr_parse(&addr, dest);
	bfdnl_session_set_addr(session, BFDNL_DEST_ADDR, &addr);
	bfdnl_addr_parse(&addr, addr.len == 4 ? "192.0.2.1" : "2001:db8::1");
	bfdnl_session_set_addr(session, BFDNL_SOURCE_ADDR, &addr);
	bfdnl_session_set_text(session, BFDNL_INTERFACE, "eth0");
	fake_defaults(session, id);
	fake_set_state(session, state);
	fake_insert(session);
	return session;
}

void fake_remove(__u32 id)
{
	size_t index = session_list_find(&fake.sessions, id);

	if (fake_find(id))
		session_list_remove(&fake.sessions, index);
}

void fake_reset(void)
{
	session_list_clear(&fake.sessions);
	memset(&fake, 0, sizeof(fake));
	fake.sequence = 100;
}

/* While the snapshot is read: a change, three that get lost, an end */
static void scene_events(void)
{
	fake.during_dump = NULL;
	fake_remove(2);
	fake_state(1, BFD_STATE_DOWN);
}

/* Once the monitor reads: what it has not read yet */
static void scene_loss(void)
{
	fake_parameters(3);
	fake_state(1, BFD_STATE_UP);
	fake_lose();
	fake_parameters(3);
}

/* Sessions that use the rest of the protocol, a feature or two each */
static const struct {
	__u32 id;
	const char *dest;
	enum bfd_state state;
} special_sessions[] = {
	{ 1, "192.0.2.2", BFD_STATE_UP },
	{ 2, "192.0.2.3", BFD_STATE_UP },
	{ 3, "192.0.2.4", BFD_STATE_UP },
	{ 4, "203.0.113.1", BFD_STATE_UP },
	{ 5, "192.0.2.6", BFD_STATE_DOWN },
	{ 6, "192.0.2.7", BFD_STATE_DOWN },
	{ 7, "192.0.2.8", BFD_STATE_UP },
};

static const struct {
	__u32 id;
	enum bfdnl_field field;
	__u64 value;
} special_values[] = {
	{ 1, BFDNL_ECHO_ENABLED, 1 },
	{ 1, BFDNL_DESIRED_MIN_ECHO_TX_INTERVAL, 20000 },
	{ 1, BFDNL_REMOTE_REQUIRED_MIN_ECHO_RX_INTERVAL, 50000 },
	{ 1, BFDNL_ECHO_TX_INTERVAL_IN_USE, 50000 },
	{ 1, BFDNL_ECHO_DETECTION_TIME, 150000 },
	{ 1, BFDNL_NEGOTIATED_TX_INTERVAL, 300000 },
	{ 1, BFDNL_NEGOTIATED_RX_INTERVAL, 1000000 },
	{ 1, BFDNL_DETECTION_TIME, 3000000 },
	{ 1, BFDNL_DETECTION_MODE, BFD_DETECTION_ASYNC_WITH_ECHO },
	{ 1, BFDNL_LOOPED_ECHO_COUNT, 4 },
	{ 1, BFDNL_ECHO_RTT_MIN, 90 },
	{ 1, BFDNL_ECHO_RTT_AVG, 110 },
	{ 1, BFDNL_ECHO_RTT_MAX, 1700 },
	{ 2, BFDNL_DEMAND_ENABLED, 1 },
	{ 2, BFDNL_DEMAND_POLL_INTERVAL, 0 },
	{ 2, BFDNL_DETECTION_MODE, BFD_DETECTION_DEMAND_WITHOUT_ECHO },
	{ 2, BFDNL_LOCAL_MULTIPLIER, 5 },
	{ 2, BFDNL_NEGOTIATED_TX_INTERVAL, 300000 },
	{ 2, BFDNL_DETECTION_TIME, 1500000 },
	{ 2, BFDNL_POLL_ACTIVE, 1 },
	{ 3, BFDNL_REMOTE_DEMAND, 1 },
	{ 3, BFDNL_NEGOTIATED_TX_INTERVAL, 0 },
	{ 4, BFDNL_PATH_TYPE, BFD_PATH_IP_MH },
	{ 4, BFDNL_RX_TTL, 64 },
	{ 4, BFDNL_AUTH_KEY, 1 },
	{ 4, BFDNL_AUTH_KEY_ID, 7 },
	{ 4, BFDNL_AUTH_TYPE, BFD_AUTH_KEYED_SHA1 },
	{ 4, BFDNL_PENDING_KEY, 0 },
	{ 4, BFDNL_POLL_ACTIVE, 1 },
	{ 4, BFDNL_OWNER_EXIT, BFD_OWNER_EXIT_DELETE },
	{ 4, BFDNL_PATH_DIAGNOSTIC, BFD_DIAG_REVERSE_CONCATENATED_PATH_DOWN },
	{ 4, BFDNL_LOCAL_DIAGNOSTIC, BFD_DIAG_REVERSE_CONCATENATED_PATH_DOWN },
	{ 5, BFDNL_ECHO_ENABLED, 1 },
	{ 5, BFDNL_UNAFFILIATED_ECHO, 1 },
	{ 5, BFDNL_ECHO_TX_INTERVAL_IN_USE, 1000000 },
	{ 6, BFDNL_PASSIVE, 1 },
	{ 6, BFDNL_NEGOTIATED_TX_INTERVAL, 0 },
	{ 7, BFDNL_ECHO_ENABLED, 1 },
	{ 7, BFDNL_DEMAND_ENABLED, 1 },
	{ 7, BFDNL_REQUIRED_MIN_RX_INTERVAL, 0 },
	{ 7, BFDNL_REMOTE_REQUIRED_MIN_RX_INTERVAL, 0 },
	{ 7, BFDNL_NEGOTIATED_TX_INTERVAL, 0 },
	{ 7, BFDNL_NEGOTIATED_RX_INTERVAL, 0 },
	{ 7, BFDNL_DETECTION_TIME, 0 },
};

static void scene_protocol(void)
{
	struct bfdnl_session *session;

	for (size_t i = 0; i < ARRAY_SIZE(special_sessions); i++) {
		session = fake_add(special_sessions[i].id,
				   special_sessions[i].dest,
				   special_sessions[i].state);
		number(session, BFDNL_LOCAL_DIAGNOSTIC, BFD_DIAG_NONE);
	}
	for (size_t i = 0; i < ARRAY_SIZE(special_values); i++)
		number(fake_find(special_values[i].id), special_values[i].field,
		       special_values[i].value);
	session = fake_find(4);
	bfdnl_session_unset(session, BFDNL_INTERFACE);
	bfdnl_session_set_text(session, BFDNL_VRF, "red");
}

/* bfdnl-fake has no test program to set a scene: BFDNL_FAKE names one. */
static void __attribute__((constructor)) scene(void)
{
	const char *name = getenv("BFDNL_FAKE");
	struct bfdnl_session *session;

	fake.sequence = 100;
	if (!name)
		return;
	fake.no_family = !strcmp(name, "unloaded");
	if (!strcmp(name, "protocol"))
		scene_protocol();
	if (!strcmp(name, "events")) {
		fake.during_dump = scene_events;
		fake.when_read = scene_loss;
	} else if (!strcmp(name, "punctual") || !strcmp(name, "roaming")) {
		fake.punctual = true;
	} else if (!strcmp(name, "full")) {
		fake.full = true;
	} else if (strcmp(name, "sessions") && strcmp(name, "keys")) {
		return;
	}
	session = fake_add(1, "192.0.2.2", BFD_STATE_UP);
	session->drops = (struct bfdnl_drops){
		.size = 2,
		.reason = { BFD_DROP_VERSION, BFD_DROP_MAX + 9 },
		.count = { 5, 2 },
	};
	if (!strcmp(name, "keys")) {
		fake.keys[0].number = 3;
		fake.keys[0].type = BFD_AUTH_KEYED_MD5;
		fake.keys[1].number = 7;
		fake.keys[1].type = BFD_AUTH_KEYED_SHA1;
	}
	fake_add(2, "2001:db8::2", BFD_STATE_DOWN);
	session = fake_add(3, "198.51.100.7", BFD_STATE_ADMIN_DOWN);
	bfdnl_session_set_text(session, BFDNL_VRF, "red");
	bfdnl_session_set_number(session, BFDNL_LOCAL_DIAGNOSTIC, 27);
	if (!strcmp(name, "roaming")) {
		session = fake_add(4, "198.51.100.8", BFD_STATE_DOWN);
		bfdnl_session_unset(session, BFDNL_INTERFACE);
	}
}
