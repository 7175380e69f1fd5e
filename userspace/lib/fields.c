// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * What a session is made of: one line per field, and the names of values and of
 * the few attributes that are not of sessions.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include "internal.h"

#define FIELD(prefix, f, n, g, t, w, u)					\
	[BFDNL_##f] = {							\
		.name = (n), .attr = prefix##f,				\
		.group = BFDNL_GROUP_##g, .type = BFDNL_TYPE_##t,	\
		.width = (w), .use = USE_##u,				\
	}

#define SESSION(f, n, t, w, u)	FIELD(BFD_A_, f, n, SESSION, t, w, u)
#define AUTH(f, n, t, w, u)	FIELD(BFD_A_, f, n, AUTHENTICATION, t, w, u)
#define PENDING(f, n, t, w)						\
	[BFDNL_PENDING_##f] = {						\
		.name = (n), .attr = BFD_A_AUTH_##f,			\
		.group = BFDNL_GROUP_PENDING, .type = BFDNL_TYPE_##t,	\
		.width = (w), .use = USE_NONE,				\
	}
#define RUN(f, n, t, w)		FIELD(BFD_A_RUN_, f, n, RUNNING, t, w, NONE)
#define STAT(f, n, t, w)	FIELD(BFD_A_STAT_, f, n, STATISTICS, t, w, NONE)

const struct field_info fields[BFDNL_FIELDS] = {
	SESSION(ID, "id", NUMBER, 4, NONE),
	SESSION(PATH_TYPE, "path-type", PATH, 1, TUPLE),
	SESSION(SOURCE_ADDR, "source-addr", ADDR, 0, TUPLE),
	SESSION(DEST_ADDR, "dest-addr", ADDR, 0, TUPLE),
	SESSION(INTERFACE, "interface", TEXT, 0, TUPLE),
	SESSION(IFINDEX, "ifindex", NUMBER, 4, NONE),
	SESSION(VRF, "vrf", TEXT, 0, TUPLE),
	SESSION(SOURCE_PORT, "source-port", NUMBER, 2, NONE),
	SESSION(DEST_PORT, "dest-port", NUMBER, 2, NONE),
	SESSION(LOCAL_DISCRIMINATOR, "local-discriminator", NUMBER, 4, ADD),
	SESSION(REMOTE_DISCRIMINATOR, "remote-discriminator", NUMBER, 4, NONE),
	SESSION(REMOTE_MULTIPLIER, "remote-multiplier", NUMBER, 1, NONE),
	SESSION(LOCAL_MULTIPLIER, "local-multiplier", NUMBER, 1, CHANGE),
	SESSION(DESIRED_MIN_TX_INTERVAL, "desired-min-tx-interval",
		INTERVAL, 4, CHANGE),
	SESSION(REQUIRED_MIN_RX_INTERVAL, "required-min-rx-interval",
		INTERVAL, 4, CHANGE),
	SESSION(DESIRED_MIN_ECHO_TX_INTERVAL, "desired-min-echo-tx-interval",
		INTERVAL, 4, CHANGE),
	SESSION(REQUIRED_MIN_ECHO_RX_INTERVAL, "required-min-echo-rx-interval",
		INTERVAL, 4, CHANGE),
	SESSION(ECHO_ENABLED, "echo-enabled", BOOL, 1, CHANGE),
	SESSION(UNAFFILIATED_ECHO, "unaffiliated-echo", BOOL, 1, ADD),
	SESSION(DEMAND_ENABLED, "demand-enabled", BOOL, 1, CHANGE),
	SESSION(DEMAND_POLL_INTERVAL, "demand-poll-interval",
		INTERVAL, 4, CHANGE),
	SESSION(ADMIN_DOWN, "admin-down", BOOL, 1, CHANGE),
	SESSION(PASSIVE, "passive", BOOL, 1, CHANGE),
	SESSION(PATH_DIAGNOSTIC, "path-diagnostic", DIAGNOSTIC, 1, CHANGE),
	SESSION(OWNER_EXIT, "owner-exit", OWNER_EXIT, 1, CHANGE),
	SESSION(TX_TTL, "tx-ttl", NUMBER, 1, CHANGE),
	SESSION(RX_TTL, "rx-ttl", NUMBER, 1, CHANGE),
	SESSION(DSCP, "dscp", NUMBER, 1, CHANGE),
	SESSION(EXPRESS, "express", BOOL, 1, CHANGE),
	SESSION(CPU, "cpu", NUMBER, 4, NONE),

	AUTH(AUTH_KEY, "key", NUMBER, 4, CHANGE),
	AUTH(AUTH_KEY_ID, "key-id", NUMBER, 1, CHANGE),
	AUTH(AUTH_TYPE, "type", AUTHENTICATION, 1, NONE),
	AUTH(AUTH_DELAYED, "delayed", BOOL, 1, CHANGE),

	PENDING(KEY, "key", NUMBER, 4),
	PENDING(KEY_ID, "key-id", NUMBER, 1),
	PENDING(TYPE, "type", AUTHENTICATION, 1),

	RUN(LOCAL_STATE, "local-state", STATE, 1),
	RUN(REMOTE_STATE, "remote-state", STATE, 1),
	RUN(LOCAL_DIAGNOSTIC, "local-diagnostic", DIAGNOSTIC, 1),
	RUN(REMOTE_DIAGNOSTIC, "remote-diagnostic", DIAGNOSTIC, 1),
	RUN(DETECTION_MODE, "detection-mode", DETECTION, 1),
	RUN(REMOTE_DESIRED_MIN_TX_INTERVAL, "remote-desired-min-tx-interval",
	    INTERVAL, 4),
	RUN(REMOTE_REQUIRED_MIN_RX_INTERVAL, "remote-required-min-rx-interval",
	    INTERVAL, 4),
	RUN(REMOTE_REQUIRED_MIN_ECHO_RX_INTERVAL,
	    "remote-required-min-echo-rx-interval", INTERVAL, 4),
	RUN(NEGOTIATED_TX_INTERVAL, "negotiated-tx-interval", INTERVAL, 4),
	RUN(NEGOTIATED_RX_INTERVAL, "negotiated-rx-interval", INTERVAL, 4),
	RUN(DETECTION_TIME, "detection-time", INTERVAL, 8),
	RUN(ECHO_TX_INTERVAL_IN_USE, "echo-tx-interval-in-use", INTERVAL, 4),
	RUN(ECHO_DETECTION_TIME, "echo-detection-time", INTERVAL, 8),
	RUN(REMOTE_DEMAND, "remote-demand", BOOL, 1),
	RUN(POLL_ACTIVE, "poll-active", BOOL, 1),
	RUN(LAST_SEND_ERROR, "last-send-error", ERRNO, 4),

	STAT(CREATE_TIME, "create-time", TIME, 8),
	STAT(LAST_UP_TIME, "last-up-time", TIME, 8),
	STAT(LAST_DOWN_TIME, "last-down-time", TIME, 8),
	STAT(DOWN_COUNT, "down-count", COUNT, 4),
	STAT(ADMIN_DOWN_COUNT, "admin-down-count", COUNT, 4),
	STAT(RECEIVE_PACKET_COUNT, "receive-packet-count", COUNT, 8),
	STAT(SEND_PACKET_COUNT, "send-packet-count", COUNT, 8),
	STAT(RECEIVE_INVALID_PACKET_COUNT, "receive-invalid-packet-count",
	     COUNT, 8),
	STAT(SEND_FAILED_PACKET_COUNT, "send-failed-packet-count", COUNT, 8),
	STAT(RECEIVE_ECHO_COUNT, "receive-echo-count", COUNT, 8),
	STAT(SEND_ECHO_COUNT, "send-echo-count", COUNT, 8),
	STAT(LOOPED_ECHO_COUNT, "looped-echo-count", COUNT, 8),
	STAT(ECHO_RTT_MIN, "echo-rtt-min", INTERVAL, 4),
	STAT(ECHO_RTT_AVG, "echo-rtt-avg", INTERVAL, 4),
	STAT(ECHO_RTT_MAX, "echo-rtt-max", INTERVAL, 4),
};

static_assert(BFD_A_MAX >= BFD_A_AUTH_MAX && BFD_A_MAX >= BFD_A_RUN_MAX &&
	      BFD_A_MAX >= BFD_A_STAT_MAX, "the index has room for all groups");
__u8 by_attr[BFDNL_GROUP_STATISTICS + 1][BFD_A_MAX + 1];
__u8 number_by_attr[BFDNL_GROUP_STATISTICS + 1][BFD_A_MAX + 1];

static void __attribute__((constructor)) index_fields(void)
{
	for (int i = 0; i < BFDNL_FIELDS; i++) {
		const struct field_info *info = &fields[i];

		by_attr[info->group][info->attr] = i + 1;
		if (info->width)
			number_by_attr[info->group][info->attr] = i + 1;
	}
}

/* Return: the group that an attribute of @group nests, or -1. */
int attr_nest_group(enum bfdnl_group group, unsigned int attr)
{
	if (group == BFDNL_GROUP_AUTHENTICATION &&
	    attr == BFD_A_AUTH_PENDING)
		return BFDNL_GROUP_PENDING;
	if (group != BFDNL_GROUP_SESSION)
		return -1;
	switch (attr) {
	case BFD_A_AUTHENTICATION:
		return BFDNL_GROUP_AUTHENTICATION;
	case BFD_A_SESSION_RUNNING:
		return BFDNL_GROUP_RUNNING;
	case BFD_A_SESSION_STATISTICS:
		return BFDNL_GROUP_STATISTICS;
	default:
		return -1;
	}
}

const char *attr_name(enum bfdnl_group group, unsigned int attr)
{
	static const char * const nests[] = {
		[BFDNL_GROUP_AUTHENTICATION] = "authentication",
		[BFDNL_GROUP_PENDING] = "pending",
		[BFDNL_GROUP_RUNNING] = "session-running",
		[BFDNL_GROUP_STATISTICS] = "session-statistics",
	};
	int field = field_by_attr(group, attr);
	int nest = attr_nest_group(group, attr);

	if (field >= 0)
		return fields[field].name;
	return nest >= 0 ? nests[nest] : NULL;
}

/*
 * Name of an attribute of @cmd that is not about sessions, NULL for an unknown
 * one; the number of a key is called what sessions call it.
 */
const char *attr_set_name(__u8 cmd, unsigned int attr)
{
	static const char * const key[] = {
		[BFD_A_KEY_NUMBER] = "key",
		[BFD_A_KEY_TYPE] = "type",
		[BFD_A_KEY_SECRET] = "secret",
		[BFD_A_KEY_USE_COUNT] = "use-count",
	};
	static const char * const echo_source[] = {
		[BFD_A_ECHO_SOURCE_INTERFACE] = "interface",
		[BFD_A_ECHO_SOURCE_IPV4] = "ipv4",
		[BFD_A_ECHO_SOURCE_IPV6] = "ipv6",
	};

	switch (cmd) {
	case BFD_CMD_KEY_GET:
	case BFD_CMD_KEY_SET:
	case BFD_CMD_KEY_DEL:
		return attr < ARRAY_SIZE(key) ? key[attr] : NULL;
	case BFD_CMD_ECHO_SOURCE_GET:
	case BFD_CMD_ECHO_SOURCE_SET:
		return attr < ARRAY_SIZE(echo_source) ? echo_source[attr] :
							NULL;
	default:
		return attr_name(BFDNL_GROUP_SESSION, attr);
	}
}

const char *bfdnl_field_name(enum bfdnl_field field)
{
	const struct field_info *info = field_info(field);

	return info ? info->name : NULL;
}

enum bfdnl_type bfdnl_field_type(enum bfdnl_field field)
{
	const struct field_info *info = field_info(field);

	return info ? (enum bfdnl_type)info->type : BFDNL_TYPE_NUMBER;
}

enum bfdnl_group bfdnl_field_group(enum bfdnl_field field)
{
	const struct field_info *info = field_info(field);

	return info ? (enum bfdnl_group)info->group : BFDNL_GROUP_SESSION;
}

__u64 bfdnl_field_max(enum bfdnl_field field)
{
	const struct field_info *info = field_info(field);

	if (!info || !info->width)
		return 0;
	if (info->type == BFDNL_TYPE_BOOL)
		return 1;
	return ~0ULL >> (64 - 8 * info->width);
}

static const char *name_of(const char * const *names, size_t size,
			   unsigned int value)
{
	return value < size ? names[value] : NULL;
}

static int value_of(const char * const *names, size_t size, const char *name)
{
	for (size_t i = 0; i < size; i++)
		if (names[i] && !strcmp(names[i], name))
			return i;
	return -EINVAL;
}

/* RFC 9314, typedef state */
static const char * const state_names[] = {
	[BFD_STATE_ADMIN_DOWN] = "adminDown",
	[BFD_STATE_DOWN] = "down",
	[BFD_STATE_INIT] = "init",
	[BFD_STATE_UP] = "up",
};

/* RFC 9127, typedef diagnostic */
static const char * const diag_names[] = {
	[BFD_DIAG_NONE] = "none",
	[BFD_DIAG_CONTROL_EXPIRY] = "control-expiry",
	[BFD_DIAG_ECHO_FAILED] = "echo-failed",
	[BFD_DIAG_NEIGHBOR_DOWN] = "neighbor-down",
	[BFD_DIAG_FORWARDING_RESET] = "forwarding-reset",
	[BFD_DIAG_PATH_DOWN] = "path-down",
	[BFD_DIAG_CONCATENATED_PATH_DOWN] = "concatenated-path-down",
	[BFD_DIAG_ADMIN_DOWN] = "admin-down",
	[BFD_DIAG_REVERSE_CONCATENATED_PATH_DOWN] =
		"reverse-concatenated-path-down",
	[BFD_DIAG_MIS_CONNECTIVITY_DEFECT] = "mis-connectivity-defect",
};

static const char * const path_names[] = {
	[BFD_PATH_IP_SH] = "path-ip-sh",
	[BFD_PATH_IP_MH] = "path-ip-mh",
};

static const char * const detection_names[] = {
	[BFD_DETECTION_ASYNC_WITH_ECHO] = "async-with-echo",
	[BFD_DETECTION_ASYNC_WITHOUT_ECHO] = "async-without-echo",
	[BFD_DETECTION_DEMAND_WITH_ECHO] = "demand-with-echo",
	[BFD_DETECTION_DEMAND_WITHOUT_ECHO] = "demand-without-echo",
};

/* RFC 9127, typedef auth-type */
static const char * const auth_names[] = {
	[BFD_AUTH_SIMPLE_PASSWORD] = "simple-password",
	[BFD_AUTH_KEYED_MD5] = "keyed-md5",
	[BFD_AUTH_METICULOUS_KEYED_MD5] = "meticulous-keyed-md5",
	[BFD_AUTH_KEYED_SHA1] = "keyed-sha1",
	[BFD_AUTH_METICULOUS_KEYED_SHA1] = "meticulous-keyed-sha1",
};

static const char * const owner_exit_names[] = {
	[BFD_OWNER_EXIT_KEEP] = "keep",
	[BFD_OWNER_EXIT_ADMIN_DOWN] = "admin-down",
	[BFD_OWNER_EXIT_DELETE] = "delete",
};

static const char * const drop_names[] = {
	[BFD_DROP_TOO_SHORT] = "too-short",
	[BFD_DROP_NOT_UNICAST] = "not-unicast",
	[BFD_DROP_TTL] = "ttl",
	[BFD_DROP_VERSION] = "version",
	[BFD_DROP_LENGTH] = "length",
	[BFD_DROP_DETECT_MULT] = "detect-mult",
	[BFD_DROP_MULTIPOINT] = "multipoint",
	[BFD_DROP_MY_DISCRIMINATOR] = "my-discriminator",
	[BFD_DROP_POLL_AND_FINAL] = "poll-and-final",
	[BFD_DROP_YOUR_DISCRIMINATOR] = "your-discriminator",
	[BFD_DROP_STATE] = "state",
	[BFD_DROP_NO_SESSION] = "no-session",
	[BFD_DROP_WRONG_PATH] = "wrong-path",
	[BFD_DROP_AUTH_UNEXPECTED] = "auth-unexpected",
	[BFD_DROP_AUTH_MISSING] = "auth-missing",
	[BFD_DROP_AUTH_TYPE] = "auth-type",
	[BFD_DROP_AUTH_KEY_ID] = "auth-key-id",
	[BFD_DROP_AUTH_LENGTH] = "auth-length",
	[BFD_DROP_AUTH_SEQUENCE] = "auth-sequence",
	[BFD_DROP_AUTH_DIGEST] = "auth-digest",
	[BFD_DROP_ADMIN_DOWN] = "admin-down",
	[BFD_DROP_ECHO_NO_SESSION] = "echo-no-session",
	[BFD_DROP_ECHO_RATE] = "echo-rate",
	[BFD_DROP_ECHO_DIGEST] = "echo-digest",
	[BFD_DROP_ECHO_STALE] = "echo-stale",
};

const char *bfdnl_state_name(unsigned int state)
{
	return name_of(state_names, ARRAY_SIZE(state_names), state);
}

int bfdnl_state_parse(const char *name)
{
	return value_of(state_names, ARRAY_SIZE(state_names), name);
}

const char *bfdnl_diag_name(unsigned int diag)
{
	return name_of(diag_names, ARRAY_SIZE(diag_names), diag);
}

int bfdnl_diag_parse(const char *name)
{
	return value_of(diag_names, ARRAY_SIZE(diag_names), name);
}

const char *bfdnl_path_type_name(unsigned int path_type)
{
	return name_of(path_names, ARRAY_SIZE(path_names), path_type);
}

const char *bfdnl_detection_mode_name(unsigned int mode)
{
	return name_of(detection_names, ARRAY_SIZE(detection_names), mode);
}

const char *bfdnl_auth_type_name(unsigned int type)
{
	return name_of(auth_names, ARRAY_SIZE(auth_names), type);
}

int bfdnl_auth_type_parse(const char *name)
{
	return value_of(auth_names, ARRAY_SIZE(auth_names), name);
}

const char *bfdnl_owner_exit_name(unsigned int owner_exit)
{
	return name_of(owner_exit_names, ARRAY_SIZE(owner_exit_names),
		       owner_exit);
}

int bfdnl_owner_exit_parse(const char *name)
{
	return value_of(owner_exit_names, ARRAY_SIZE(owner_exit_names), name);
}

const char *bfdnl_drop_name(unsigned int reason)
{
	return name_of(drop_names, ARRAY_SIZE(drop_names), reason);
}
