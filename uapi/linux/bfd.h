/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/*
 * Bidirectional Forwarding Detection (RFC 5880): generic netlink interface.
 *
 * The contract is Documentation/netlink/specs/bfd.yaml; a test keeps this
 * header, the spec and the policy of the running kernel in step. Names are
 * those of RFC 9314's leaves. Intervals are microseconds, times nanoseconds.
 */
#ifndef _UAPI_LINUX_BFD_H
#define _UAPI_LINUX_BFD_H

#define BFD_GENL_NAME		"bfd"
#define BFD_GENL_VERSION	1
#define BFD_GENL_MCGRP_EVENTS	"events"

/* RFC 5880, 4.1: Sta */
enum bfd_state {
	BFD_STATE_ADMIN_DOWN,
	BFD_STATE_DOWN,
	BFD_STATE_INIT,
	BFD_STATE_UP,
};

/* RFC 5880, 4.1: Diag */
enum bfd_diag {
	BFD_DIAG_NONE,
	BFD_DIAG_CONTROL_EXPIRY,
	BFD_DIAG_ECHO_FAILED,
	BFD_DIAG_NEIGHBOR_DOWN,
	BFD_DIAG_FORWARDING_RESET,
	BFD_DIAG_PATH_DOWN,
	BFD_DIAG_CONCATENATED_PATH_DOWN,
	BFD_DIAG_ADMIN_DOWN,
	BFD_DIAG_REVERSE_CONCATENATED_PATH_DOWN,
	BFD_DIAG_MIS_CONNECTIVITY_DEFECT,
};

enum bfd_path_type {
	BFD_PATH_IP_SH,			/* RFC 5881 */
	BFD_PATH_IP_MH,			/* RFC 5883 */
};

/* What becomes of a session when the netlink socket that made it is closed. */
enum bfd_owner_exit {
	BFD_OWNER_EXIT_KEEP,
	BFD_OWNER_EXIT_ADMIN_DOWN,
	BFD_OWNER_EXIT_DELETE,
};

/* RFC 5880, 4.1: Auth Type */
enum bfd_auth_type {
	BFD_AUTH_NONE,
	BFD_AUTH_SIMPLE_PASSWORD,
	BFD_AUTH_KEYED_MD5,
	BFD_AUTH_METICULOUS_KEYED_MD5,
	BFD_AUTH_KEYED_SHA1,
	BFD_AUTH_METICULOUS_KEYED_SHA1,
};

enum bfd_detection_mode {
	BFD_DETECTION_ASYNC_WITH_ECHO = 1,
	BFD_DETECTION_ASYNC_WITHOUT_ECHO,
	BFD_DETECTION_DEMAND_WITH_ECHO,
	BFD_DETECTION_DEMAND_WITHOUT_ECHO,
};

/* Why a packet was dropped; also the attribute type of its counter in DROPS. */
enum bfd_drop {
	BFD_DROP_NONE,
	BFD_DROP_TOO_SHORT,		/* no room for the mandatory section */
	BFD_DROP_NOT_UNICAST,		/* sent to a multicast or broadcast address */
	BFD_DROP_TTL,			/* RFC 5881, 5 and RFC 5883, 5 */
	BFD_DROP_VERSION,		/* RFC 5880, 6.8.6 from here on */
	BFD_DROP_LENGTH,
	BFD_DROP_DETECT_MULT,
	BFD_DROP_MULTIPOINT,
	BFD_DROP_MY_DISCRIMINATOR,
	BFD_DROP_POLL_AND_FINAL,	/* RFC 5880, 6.5 */
	BFD_DROP_YOUR_DISCRIMINATOR,	/* names no session */
	BFD_DROP_STATE,			/* Your Discriminator 0 in Init or Up */
	BFD_DROP_NO_SESSION,		/* no session for these addresses */
	BFD_DROP_WRONG_PATH,		/* right discriminator, wrong interface or port */
	BFD_DROP_AUTH_UNEXPECTED,
	BFD_DROP_AUTH_MISSING,
	BFD_DROP_AUTH_TYPE,
	BFD_DROP_AUTH_KEY_ID,
	BFD_DROP_AUTH_LENGTH,
	BFD_DROP_AUTH_SEQUENCE,
	BFD_DROP_AUTH_DIGEST,
	BFD_DROP_ADMIN_DOWN,		/* the session is administratively down */
	BFD_DROP_ECHO_NO_SESSION,	/* an echo that is not ours, of nobody we loop for */
	BFD_DROP_ECHO_RATE,		/* a peer's echo that came faster than we allow */
	BFD_DROP_ECHO_DIGEST,		/* an echo of ours that we did not make */
	BFD_DROP_ECHO_STALE,		/* an echo of ours that is too old, or a replay */
	__BFD_DROP_MAX
};

#define BFD_DROP_MAX (__BFD_DROP_MAX - 1)

enum bfd_cmd {
	BFD_CMD_UNSPEC,
	BFD_CMD_SESSION_GET,
	BFD_CMD_SESSION_NEW,
	BFD_CMD_SESSION_SET,
	BFD_CMD_SESSION_DEL,
	BFD_CMD_SESSION_FLUSH,
	BFD_CMD_STATS_GET,
	BFD_CMD_STATS_CLEAR,
	/* events: sent to the multicast group, never requested */
	BFD_CMD_SESSION_CREATED_NTF,
	BFD_CMD_SESSION_STATE_NTF,
	BFD_CMD_SESSION_PARAMETERS_NTF,
	BFD_CMD_SESSION_DELETED_NTF,
	/* requests again */
	BFD_CMD_SESSION_POLL,		/* start a Poll Sequence now */
	BFD_CMD_KEY_GET,
	BFD_CMD_KEY_SET,		/* make a key, or replace one that is not in use */
	BFD_CMD_KEY_DEL,
	BFD_CMD_ECHO_SOURCE_GET,
	BFD_CMD_ECHO_SOURCE_SET,
	__BFD_CMD_MAX
};

#define BFD_CMD_MAX (__BFD_CMD_MAX - 1)

/* A session. Booleans are u8 so that a change can also switch them off. */
enum bfd_attr {
	BFD_A_UNSPEC,
	BFD_A_PAD,
	BFD_A_ID,				/* u32 */
	BFD_A_PATH_TYPE,			/* u8, enum bfd_path_type */
	BFD_A_SOURCE_ADDR,			/* 4 or 16 bytes */
	BFD_A_DEST_ADDR,			/* 4 or 16 bytes */
	BFD_A_INTERFACE,			/* string */
	BFD_A_IFINDEX,				/* u32 */
	BFD_A_VRF,				/* string */
	BFD_A_SOURCE_PORT,			/* u16 */
	BFD_A_DEST_PORT,			/* u16 */
	BFD_A_LOCAL_DISCRIMINATOR,		/* u32 */
	BFD_A_REMOTE_DISCRIMINATOR,		/* u32 */
	BFD_A_REMOTE_MULTIPLIER,		/* u8 */
	BFD_A_LOCAL_MULTIPLIER,			/* u8 */
	BFD_A_DESIRED_MIN_TX_INTERVAL,		/* u32 */
	BFD_A_REQUIRED_MIN_RX_INTERVAL,		/* u32 */
	BFD_A_DESIRED_MIN_ECHO_TX_INTERVAL,	/* u32 */
	BFD_A_REQUIRED_MIN_ECHO_RX_INTERVAL,	/* u32 */
	BFD_A_ECHO_ENABLED,			/* u8 */
	BFD_A_UNAFFILIATED_ECHO,		/* u8, RFC 9747: the neighbor runs no BFD */
	BFD_A_DEMAND_ENABLED,			/* u8 */
	BFD_A_DEMAND_POLL_INTERVAL,		/* u32, 0: polls on request only */
	BFD_A_ADMIN_DOWN,			/* u8 */
	BFD_A_PASSIVE,				/* u8 */
	BFD_A_PATH_DIAGNOSTIC,			/* u8, enum bfd_diag: none or 6 or 8 */
	BFD_A_OWNER_EXIT,			/* u8, enum bfd_owner_exit */
	BFD_A_TX_TTL,				/* u8 */
	BFD_A_RX_TTL,				/* u8 */
	BFD_A_DSCP,				/* u8 */
	BFD_A_AUTHENTICATION,			/* nest, enum bfd_auth_attr */
	BFD_A_CPU,				/* u32, whose wheel runs the session */
	BFD_A_SESSION_RUNNING,			/* nest, enum bfd_running_attr */
	BFD_A_SESSION_STATISTICS,		/* nest, enum bfd_statistics_attr */
	BFD_A_EVENT,				/* nest, enum bfd_event_attr */
	BFD_A_EXPRESS,				/* u8, packets do not go through IP */
	__BFD_A_MAX
};

#define BFD_A_MAX (__BFD_A_MAX - 1)

enum bfd_auth_attr {
	BFD_A_AUTH_UNSPEC,
	BFD_A_AUTH_KEY,				/* u32, 0: none */
	BFD_A_AUTH_KEY_ID,			/* u8 */
	BFD_A_AUTH_TYPE,			/* u8, enum bfd_auth_type */
	BFD_A_AUTH_DELAYED,			/* u8, in requests: switch when the peer does */
	BFD_A_AUTH_PENDING,			/* nest of these: what is to come */
	__BFD_A_AUTH_MAX
};

#define BFD_A_AUTH_MAX (__BFD_A_AUTH_MAX - 1)

/* A key: KEY_SET, KEY_DEL, KEY_GET. Its secret is never reported. */
enum bfd_key_attr {
	BFD_A_KEY_UNSPEC,
	BFD_A_KEY_NUMBER,			/* u32, not 0 */
	BFD_A_KEY_TYPE,				/* u8, enum bfd_auth_type */
	BFD_A_KEY_SECRET,			/* 1 to 20 bytes, 16 but for SHA1 */
	BFD_A_KEY_USE_COUNT,			/* u32, sessions that use it */
	__BFD_A_KEY_MAX
};

#define BFD_A_KEY_MAX (__BFD_A_KEY_MAX - 1)

/* Whose subnets the source addresses of echoes are taken from. */
enum bfd_echo_source_attr {
	BFD_A_ECHO_SOURCE_UNSPEC,
	BFD_A_ECHO_SOURCE_INTERFACE,		/* string, empty: none */
	BFD_A_ECHO_SOURCE_IPV4,			/* 4 bytes, in reports: what echoes are sent from */
	BFD_A_ECHO_SOURCE_IPV6,			/* 16 bytes */
	__BFD_A_ECHO_SOURCE_MAX
};

#define BFD_A_ECHO_SOURCE_MAX (__BFD_A_ECHO_SOURCE_MAX - 1)

enum bfd_running_attr {
	BFD_A_RUN_UNSPEC,
	BFD_A_RUN_PAD,
	BFD_A_RUN_LOCAL_STATE,			/* u8, enum bfd_state */
	BFD_A_RUN_REMOTE_STATE,			/* u8, enum bfd_state */
	BFD_A_RUN_LOCAL_DIAGNOSTIC,		/* u8, enum bfd_diag */
	BFD_A_RUN_REMOTE_DIAGNOSTIC,		/* u8, enum bfd_diag */
	BFD_A_RUN_DETECTION_MODE,		/* u8, enum bfd_detection_mode */
	BFD_A_RUN_REMOTE_DESIRED_MIN_TX_INTERVAL,	/* u32 */
	BFD_A_RUN_REMOTE_REQUIRED_MIN_RX_INTERVAL,	/* u32 */
	BFD_A_RUN_REMOTE_REQUIRED_MIN_ECHO_RX_INTERVAL,	/* u32 */
	BFD_A_RUN_NEGOTIATED_TX_INTERVAL,	/* u32, 0: none is sent periodically */
	BFD_A_RUN_NEGOTIATED_RX_INTERVAL,	/* u32 */
	BFD_A_RUN_DETECTION_TIME,		/* u64 */
	BFD_A_RUN_ECHO_TX_INTERVAL_IN_USE,	/* u32 */
	BFD_A_RUN_ECHO_DETECTION_TIME,		/* u64, 0: echoes are not watched */
	BFD_A_RUN_REMOTE_DEMAND,		/* u8, D bit of the last packet received */
	BFD_A_RUN_POLL_ACTIVE,			/* u8 */
	BFD_A_RUN_LAST_SEND_ERROR,		/* u32, a positive errno; 0: the last packet left */
	__BFD_A_RUN_MAX
};

#define BFD_A_RUN_MAX (__BFD_A_RUN_MAX - 1)

/* Wall-clock times are nanoseconds of CLOCK_REALTIME, 0: never. */
enum bfd_statistics_attr {
	BFD_A_STAT_UNSPEC,
	BFD_A_STAT_PAD,
	BFD_A_STAT_CREATE_TIME,			/* u64 */
	BFD_A_STAT_LAST_UP_TIME,		/* u64 */
	BFD_A_STAT_LAST_DOWN_TIME,		/* u64 */
	BFD_A_STAT_DOWN_COUNT,			/* u32 */
	BFD_A_STAT_ADMIN_DOWN_COUNT,		/* u32 */
	BFD_A_STAT_RECEIVE_PACKET_COUNT,	/* u64 */
	BFD_A_STAT_SEND_PACKET_COUNT,		/* u64 */
	BFD_A_STAT_RECEIVE_INVALID_PACKET_COUNT,	/* u64 */
	BFD_A_STAT_SEND_FAILED_PACKET_COUNT,	/* u64 */
	BFD_A_STAT_RECEIVE_ECHO_COUNT,		/* u64 */
	BFD_A_STAT_SEND_ECHO_COUNT,		/* u64 */
	BFD_A_STAT_LOOPED_ECHO_COUNT,		/* u64, echoes of the peer sent back */
	BFD_A_STAT_ECHO_RTT_MIN,		/* u32, microseconds, absent before the first */
	BFD_A_STAT_ECHO_RTT_AVG,		/* u32 */
	BFD_A_STAT_ECHO_RTT_MAX,		/* u32 */
	BFD_A_STAT_DROPS,			/* nest: enum bfd_drop -> u64 */
	__BFD_A_STAT_MAX
};

#define BFD_A_STAT_MAX (__BFD_A_STAT_MAX - 1)

enum bfd_event_attr {
	BFD_A_EVENT_UNSPEC,
	BFD_A_EVENT_PAD,
	BFD_A_EVENT_SEQUENCE,			/* u32, also the message's nlmsg_seq */
	BFD_A_EVENT_TIME,			/* u64, CLOCK_REALTIME */
	BFD_A_EVENT_MONOTONIC,			/* u64, CLOCK_MONOTONIC */
	BFD_A_EVENT_OLD_STATE,			/* u8, enum bfd_state */
	BFD_A_EVENT_NEW_STATE,			/* u8, enum bfd_state */
	BFD_A_EVENT_LAST_RECEIVE_TIME,		/* u64, CLOCK_MONOTONIC, up to 5, newest first */
	__BFD_A_EVENT_MAX
};

#define BFD_A_EVENT_MAX (__BFD_A_EVENT_MAX - 1)

/*
 * STATS_GET is a dump: one message about the network namespace (NET), then one
 * for every possible CPU that has a wheel (CPU).
 */
enum bfd_stats_attr {
	BFD_A_STATS_UNSPEC,
	BFD_A_STATS_NET,			/* nest, enum bfd_stats_net_attr */
	BFD_A_STATS_CPU,			/* nest, enum bfd_stats_cpu_attr */
	__BFD_A_STATS_MAX
};

#define BFD_A_STATS_MAX (__BFD_A_STATS_MAX - 1)

enum bfd_stats_net_attr {
	BFD_A_NET_UNSPEC,
	BFD_A_NET_PAD,
	BFD_A_NET_NUMBER_OF_SESSIONS,		/* u32 */
	BFD_A_NET_NUMBER_OF_SESSIONS_UP,	/* u32 */
	BFD_A_NET_NUMBER_OF_SESSIONS_DOWN,	/* u32, Init counts as down */
	BFD_A_NET_NUMBER_OF_SESSIONS_ADMIN_DOWN,	/* u32 */
	BFD_A_NET_MAX_SESSIONS,			/* u32 */
	BFD_A_NET_PACKET_RATE,			/* u32, packets a second asked for */
	BFD_A_NET_MAX_PACKET_RATE,		/* u32 */
	BFD_A_NET_EVENT_SEQUENCE,		/* u32, of the last event */
	BFD_A_NET_DROPS,			/* nest: enum bfd_drop -> u64 */
	__BFD_A_NET_MAX
};

#define BFD_A_NET_MAX (__BFD_A_NET_MAX - 1)

enum bfd_stats_cpu_attr {
	BFD_A_CPU_UNSPEC,
	BFD_A_CPU_PAD,
	BFD_A_CPU_NUMBER,			/* u32 */
	BFD_A_CPU_SESSIONS,			/* u32 */
	BFD_A_CPU_WAKEUPS,			/* u64 */
	BFD_A_CPU_LATE_MAX,			/* u64, nanoseconds */
	BFD_A_CPU_LATE_HISTOGRAM,		/* u64 array: [n] < 2^n us, last: rest */
	BFD_A_CPU_TX_LATE_1MS,			/* u64, transmissions later than this */
	BFD_A_CPU_TX_LATE_5MS,			/* u64 */
	BFD_A_CPU_TX_LATE_20MS,			/* u64 */
	BFD_A_CPU_STALL_GUARD,			/* u64, detections put off after a stall */
	BFD_A_CPU_WHEEL_OCCUPANCY,		/* u32 array: timers queued, by level */
	BFD_A_CPU_TX_LATE_MAX,			/* u64, nanoseconds */
	BFD_A_CPU_TX_LATE_HISTOGRAM,		/* as BFD_A_CPU_LATE_HISTOGRAM; all of these */
	BFD_A_CPU_DETECTION_LATE_MAX,		/* u64, nanoseconds: Down, after the deadline */
	BFD_A_CPU_DETECTION_LATE_1MS,		/* u64, sessions that went Down later than this */
	BFD_A_CPU_DETECTION_LATE_5MS,		/* u64 */
	BFD_A_CPU_DETECTION_LATE_20MS,		/* u64 */
	BFD_A_CPU_DETECTION_LATE_HISTOGRAM,
	BFD_A_CPU_EVENT_LATE_MAX,		/* u64, nanoseconds: told, after it happened */
	BFD_A_CPU_EVENT_LATE_1MS,		/* u64, events told later than this */
	BFD_A_CPU_EVENT_LATE_5MS,		/* u64 */
	BFD_A_CPU_EVENT_LATE_20MS,		/* u64 */
	BFD_A_CPU_EVENT_LATE_HISTOGRAM,
	BFD_A_CPU_LATE_SUM,			/* u64, nanoseconds: of all in the histogram */
	BFD_A_CPU_TX_LATE_SUM,			/* u64 */
	BFD_A_CPU_DETECTION_LATE_SUM,		/* u64 */
	BFD_A_CPU_EVENT_LATE_SUM,		/* u64 */
	__BFD_A_CPU_MAX
};

#define BFD_A_CPU_MAX (__BFD_A_CPU_MAX - 1)

#endif /* _UAPI_LINUX_BFD_H */
