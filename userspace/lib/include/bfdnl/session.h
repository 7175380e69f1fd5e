/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * libbfdnl: a BFD session as a set of named, typed, possibly absent fields.
 *
 * Field names are the leaves of RFC 9314. Intervals and times are as in
 * <linux/bfd.h>: intervals in microseconds, points in time in nanoseconds.
 * Newer libraries add fields at the end of the enumeration only.
 */
#ifndef BFDNL_SESSION_H
#define BFDNL_SESSION_H

#include <bfdnl/addr.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bfdnl_session;
struct bfdnl_drops;

/*
 * Everything that may be known of a session. See the attribute of the same name
 * in <linux/bfd.h> for the meaning and bfdnl_field_type() for which accessor to
 * use.
 */
enum bfdnl_field {
	BFDNL_ID,
	BFDNL_PATH_TYPE,
	BFDNL_SOURCE_ADDR,
	BFDNL_DEST_ADDR,
	BFDNL_INTERFACE,
	BFDNL_IFINDEX,
	BFDNL_VRF,
	BFDNL_SOURCE_PORT,
	BFDNL_DEST_PORT,
	BFDNL_LOCAL_DISCRIMINATOR,
	BFDNL_REMOTE_DISCRIMINATOR,
	BFDNL_REMOTE_MULTIPLIER,
	BFDNL_LOCAL_MULTIPLIER,
	BFDNL_DESIRED_MIN_TX_INTERVAL,
	BFDNL_REQUIRED_MIN_RX_INTERVAL,
	BFDNL_DESIRED_MIN_ECHO_TX_INTERVAL,
	BFDNL_REQUIRED_MIN_ECHO_RX_INTERVAL,
	BFDNL_ECHO_ENABLED,
	BFDNL_UNAFFILIATED_ECHO,
	BFDNL_DEMAND_ENABLED,
	BFDNL_DEMAND_POLL_INTERVAL,
	BFDNL_ADMIN_DOWN,
	BFDNL_PASSIVE,
	BFDNL_PATH_DIAGNOSTIC,
	BFDNL_OWNER_EXIT,
	BFDNL_TX_TTL,
	BFDNL_RX_TTL,
	BFDNL_DSCP,
	BFDNL_EXPRESS,
	BFDNL_CPU,

	/* authentication */
	BFDNL_AUTH_KEY,
	BFDNL_AUTH_KEY_ID,
	BFDNL_AUTH_TYPE,
	BFDNL_AUTH_DELAYED,	/* in requests only */

	/* authentication: what a delayed switch leads to */
	BFDNL_PENDING_KEY,	/* 0: none */
	BFDNL_PENDING_KEY_ID,
	BFDNL_PENDING_TYPE,

	/* session-running */
	BFDNL_LOCAL_STATE,
	BFDNL_REMOTE_STATE,
	BFDNL_LOCAL_DIAGNOSTIC,
	BFDNL_REMOTE_DIAGNOSTIC,
	BFDNL_DETECTION_MODE,
	BFDNL_REMOTE_DESIRED_MIN_TX_INTERVAL,
	BFDNL_REMOTE_REQUIRED_MIN_RX_INTERVAL,
	BFDNL_REMOTE_REQUIRED_MIN_ECHO_RX_INTERVAL,
	BFDNL_NEGOTIATED_TX_INTERVAL,
	BFDNL_NEGOTIATED_RX_INTERVAL,
	BFDNL_DETECTION_TIME,
	BFDNL_ECHO_TX_INTERVAL_IN_USE,
	BFDNL_ECHO_DETECTION_TIME,
	BFDNL_REMOTE_DEMAND,
	BFDNL_POLL_ACTIVE,
	BFDNL_LAST_SEND_ERROR,

	/* session-statistics */
	BFDNL_CREATE_TIME,
	BFDNL_LAST_UP_TIME,
	BFDNL_LAST_DOWN_TIME,
	BFDNL_DOWN_COUNT,
	BFDNL_ADMIN_DOWN_COUNT,
	BFDNL_RECEIVE_PACKET_COUNT,
	BFDNL_SEND_PACKET_COUNT,
	BFDNL_RECEIVE_INVALID_PACKET_COUNT,
	BFDNL_SEND_FAILED_PACKET_COUNT,
	BFDNL_RECEIVE_ECHO_COUNT,
	BFDNL_SEND_ECHO_COUNT,
	BFDNL_LOOPED_ECHO_COUNT,
	BFDNL_ECHO_RTT_MIN,
	BFDNL_ECHO_RTT_AVG,
	BFDNL_ECHO_RTT_MAX,

	BFDNL_FIELDS		/* how many the library was compiled with */
};

/**
 * enum bfdnl_group - which part of a session a field belongs to
 * @BFDNL_GROUP_SESSION: the session itself
 * @BFDNL_GROUP_AUTHENTICATION: how it is authenticated
 * @BFDNL_GROUP_PENDING: how it will be once the peer has switched
 * @BFDNL_GROUP_RUNNING: what goes on (RFC 9314, session-running)
 * @BFDNL_GROUP_STATISTICS: what has happened (RFC 9314, session-statistics)
 */
enum bfdnl_group {
	BFDNL_GROUP_SESSION,
	BFDNL_GROUP_AUTHENTICATION,
	BFDNL_GROUP_PENDING,
	BFDNL_GROUP_RUNNING,
	BFDNL_GROUP_STATISTICS,
};

/**
 * enum bfdnl_type - what a field holds
 * @BFDNL_TYPE_NUMBER: a number; bfdnl_session_number() reads this and all below
 * @BFDNL_TYPE_INTERVAL: microseconds
 * @BFDNL_TYPE_TIME: nanoseconds of CLOCK_REALTIME, 0 if it never happened
 * @BFDNL_TYPE_COUNT: events since the session was created or cleared
 * @BFDNL_TYPE_BOOL: 0 or 1
 * @BFDNL_TYPE_STATE: enum bfd_state
 * @BFDNL_TYPE_DIAGNOSTIC: enum bfd_diag
 * @BFDNL_TYPE_PATH: enum bfd_path_type
 * @BFDNL_TYPE_DETECTION: enum bfd_detection_mode
 * @BFDNL_TYPE_AUTHENTICATION: enum bfd_auth_type
 * @BFDNL_TYPE_OWNER_EXIT: enum bfd_owner_exit
 * @BFDNL_TYPE_ERRNO: a positive errno, 0 if there was no error
 * @BFDNL_TYPE_ADDR: an address, see bfdnl_session_addr()
 * @BFDNL_TYPE_TEXT: a string, see bfdnl_session_text()
 */
enum bfdnl_type {
	BFDNL_TYPE_NUMBER,
	BFDNL_TYPE_INTERVAL,
	BFDNL_TYPE_TIME,
	BFDNL_TYPE_COUNT,
	BFDNL_TYPE_BOOL,
	BFDNL_TYPE_STATE,
	BFDNL_TYPE_DIAGNOSTIC,
	BFDNL_TYPE_PATH,
	BFDNL_TYPE_DETECTION,
	BFDNL_TYPE_AUTHENTICATION,
	BFDNL_TYPE_OWNER_EXIT,
	BFDNL_TYPE_ERRNO,
	BFDNL_TYPE_ADDR,
	BFDNL_TYPE_TEXT,
};

/**
 * bfdnl_field_name() - RFC 9314's name of a field
 * @field: the field
 *
 * Return: a constant such as "local-multiplier", NULL for an unknown field.
 */
const char *bfdnl_field_name(enum bfdnl_field field);

/**
 * bfdnl_field_type() - what a field holds
 * @field: the field; an unknown one counts as a number
 *
 * Return: its type.
 */
enum bfdnl_type bfdnl_field_type(enum bfdnl_field field);

/**
 * bfdnl_field_group() - which part of a session a field belongs to
 * @field: the field; an unknown one counts as part of the session itself
 *
 * Return: its group.
 */
enum bfdnl_group bfdnl_field_group(enum bfdnl_field field);

/**
 * bfdnl_field_max() - the largest number a field can hold
 * @field: a field read by bfdnl_session_number()
 *
 * Return: 255 for an 8-bit field and so on; 0 for addresses and text.
 */
__u64 bfdnl_field_max(enum bfdnl_field field);

/**
 * bfdnl_session_new() - an empty session object
 *
 * Return: the object, to be freed with bfdnl_session_free(); NULL if there is
 * no memory.
 */
struct bfdnl_session *bfdnl_session_new(void);

/**
 * bfdnl_session_clone() - a copy of a session object
 * @session: what to copy
 *
 * Return: the copy, to be freed with bfdnl_session_free(); NULL if there is no
 * memory.
 */
struct bfdnl_session *bfdnl_session_clone(const struct bfdnl_session *session);

/**
 * bfdnl_session_free() - free a session object
 * @session: the object or NULL. The session in the kernel is not touched.
 */
void bfdnl_session_free(struct bfdnl_session *session);

/**
 * bfdnl_session_has() - is a field present?
 * @session: the object
 * @field: the field
 *
 * Return: true if it was set, or reported by the kernel.
 */
bool bfdnl_session_has(const struct bfdnl_session *session,
		       enum bfdnl_field field);

/**
 * bfdnl_session_number() - read a number
 * @session: the object
 * @field: a field of any type but address and text
 *
 * Return: the value in the unit of the field's type; 0 if absent, which
 * bfdnl_session_has() tells from a real 0.
 */
__u64 bfdnl_session_number(const struct bfdnl_session *session,
			   enum bfdnl_field field);

/**
 * bfdnl_session_addr() - read an address
 * @session: the object
 * @field: BFDNL_SOURCE_ADDR or BFDNL_DEST_ADDR
 *
 * Return: the address, valid until the object is changed or freed; NULL if
 * absent.
 */
const struct bfdnl_addr *bfdnl_session_addr(const struct bfdnl_session *session,
					    enum bfdnl_field field);

/**
 * bfdnl_session_text() - read a string
 * @session: the object
 * @field: BFDNL_INTERFACE or BFDNL_VRF
 *
 * Return: the string, valid until the object is changed or freed; NULL if
 * absent.
 */
const char *bfdnl_session_text(const struct bfdnl_session *session,
			       enum bfdnl_field field);

/**
 * bfdnl_session_set_number() - write a number
 * @session: the object
 * @field: a field of any type but address and text
 * @value: in the unit of the field's type
 *
 * Return: 0, -EINVAL if the field holds no number, -ERANGE if @value is more
 * than bfdnl_field_max(). The kernel may still refuse a value that fits.
 */
int bfdnl_session_set_number(struct bfdnl_session *session,
			     enum bfdnl_field field, __u64 value);

/**
 * bfdnl_session_set_addr() - write an address
 * @session: the object
 * @field: BFDNL_SOURCE_ADDR or BFDNL_DEST_ADDR
 * @addr: is copied
 *
 * Return: 0, or -EINVAL if the field holds no address or @addr is malformed.
 */
int bfdnl_session_set_addr(struct bfdnl_session *session,
			   enum bfdnl_field field,
			   const struct bfdnl_addr *addr);

/**
 * bfdnl_session_set_text() - write a string
 * @session: the object
 * @field: BFDNL_INTERFACE or BFDNL_VRF
 * @text: an interface name; is copied
 *
 * Return: 0, -EINVAL if the field holds no string or @text is empty,
 * -ENAMETOOLONG if it is longer than an interface name can be.
 */
int bfdnl_session_set_text(struct bfdnl_session *session,
			   enum bfdnl_field field, const char *text);

/**
 * bfdnl_session_unset() - make a field absent
 * @session: the object
 * @field: the field
 */
void bfdnl_session_unset(struct bfdnl_session *session,
			 enum bfdnl_field field);

/**
 * bfdnl_session_matches() - does a session fit a pattern?
 * @session: the session, as reported by the kernel
 * @pattern: an object with only the fields that matter
 *
 * Return: true if every field of @pattern is present and equal in @session.
 */
bool bfdnl_session_matches(const struct bfdnl_session *session,
			   const struct bfdnl_session *pattern);

/**
 * bfdnl_session_drops() - received packets of this session that were dropped
 * @session: the object
 *
 * Return: the counters, valid until the object is changed or freed; empty if
 * the kernel reported none.
 */
const struct bfdnl_drops *
bfdnl_session_drops(const struct bfdnl_session *session);

/**
 * bfdnl_drops_size() - how many drop reasons were reported
 * @drops: the counters
 *
 * Return: the number of indexes that bfdnl_drops_at() takes.
 */
size_t bfdnl_drops_size(const struct bfdnl_drops *drops);

/**
 * bfdnl_drops_at() - one drop reason and its counter
 * @drops: the counters
 * @index: 0 to bfdnl_drops_size() - 1
 * @reason: if not NULL, gets enum bfd_drop or, with a newer kernel, more
 *
 * Return: how many packets were dropped for that reason.
 */
__u64 bfdnl_drops_at(const struct bfdnl_drops *drops, size_t index,
		     unsigned int *reason);

/**
 * bfdnl_state_name() - RFC 9314's name of a state
 * @state: enum bfd_state
 *
 * Return: "adminDown", "down", "init" or "up"; NULL if unknown.
 */
const char *bfdnl_state_name(unsigned int state);

/**
 * bfdnl_state_parse() - the state of a name
 * @name: as printed by bfdnl_state_name()
 *
 * Return: enum bfd_state, or -EINVAL.
 */
int bfdnl_state_parse(const char *name);

/**
 * bfdnl_diag_name() - IANA's name of a diagnostic (RFC 9127)
 * @diag: enum bfd_diag
 *
 * Return: a constant such as "control-expiry"; NULL if unknown.
 */
const char *bfdnl_diag_name(unsigned int diag);

/**
 * bfdnl_diag_parse() - the diagnostic of a name
 * @name: as printed by bfdnl_diag_name()
 *
 * Return: enum bfd_diag, or -EINVAL.
 */
int bfdnl_diag_parse(const char *name);

/**
 * bfdnl_path_type_name() - RFC 9314's name of a path type
 * @path_type: enum bfd_path_type
 *
 * Return: "path-ip-sh", ...; NULL if unknown.
 */
const char *bfdnl_path_type_name(unsigned int path_type);

/**
 * bfdnl_detection_mode_name() - RFC 9314's name of a detection mode
 * @mode: enum bfd_detection_mode
 *
 * Return: "async-without-echo", ...; NULL if unknown.
 */
const char *bfdnl_detection_mode_name(unsigned int mode);

/**
 * bfdnl_auth_type_name() - IANA's name of an authentication type (RFC 9127)
 * @type: enum bfd_auth_type
 *
 * Return: "simple-password", ...; NULL if unknown.
 */
const char *bfdnl_auth_type_name(unsigned int type);

/**
 * bfdnl_auth_type_parse() - the authentication type of a name
 * @name: as printed by bfdnl_auth_type_name()
 *
 * Return: enum bfd_auth_type, or -EINVAL.
 */
int bfdnl_auth_type_parse(const char *name);

/**
 * bfdnl_owner_exit_name() - what becomes of a session without its owner
 * @owner_exit: enum bfd_owner_exit
 *
 * Return: "keep", "admin-down" or "delete"; NULL if unknown.
 */
const char *bfdnl_owner_exit_name(unsigned int owner_exit);

/**
 * bfdnl_owner_exit_parse() - the value of a name
 * @name: as printed by bfdnl_owner_exit_name()
 *
 * Return: enum bfd_owner_exit, or -EINVAL.
 */
int bfdnl_owner_exit_parse(const char *name);

/**
 * bfdnl_drop_name() - name of a drop reason
 * @reason: enum bfd_drop
 *
 * Return: a constant such as "your-discriminator"; NULL if unknown.
 */
const char *bfdnl_drop_name(unsigned int reason);

#ifdef __cplusplus
}
#endif

#endif /* BFDNL_SESSION_H */
