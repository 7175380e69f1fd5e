// SPDX-License-Identifier: GPL-2.0
/*
 * One session in full: its fields by group and, for people, why they are so.
 */
#include <stdio.h>
#include "session_print.h"

static __u64 number(const struct bfdnl_session *session, enum bfdnl_field field)
{
	return bfdnl_session_number(session, field);
}

/**
 * format_tuple() - between whom a session runs
 * @session: the session
 * @text: where it goes
 * @size: TUPLE_LEN is enough
 *
 * Return: @text: "192.0.2.1 -> 192.0.2.2 dev eth0 vrf red multihop".
 */
const char *format_tuple(const struct bfdnl_session *session, char *text,
			 size_t size)
{
	const struct bfdnl_addr *source, *dest;
	const char *interface, *vrf;
	char from[BFDNL_ADDR_STRLEN] = "any", to[BFDNL_ADDR_STRLEN] = "?";

	source = bfdnl_session_addr(session, BFDNL_SOURCE_ADDR);
	dest = bfdnl_session_addr(session, BFDNL_DEST_ADDR);
	interface = bfdnl_session_text(session, BFDNL_INTERFACE);
	vrf = bfdnl_session_text(session, BFDNL_VRF);
	if (source)
		bfdnl_addr_format(source, from);
	if (dest)
		bfdnl_addr_format(dest, to);
	snprintf(text, size, "%s -> %s%s%s%s%s%s", from, to,
		 interface ? " dev " : "", interface ? interface : "",
		 vrf ? " vrf " : "", vrf ? vrf : "",
		 number(session, BFDNL_PATH_TYPE) == BFD_PATH_IP_MH ?
		 " multihop" : "");
	return text;
}

/**
 * format_age() - how long a session has been in its state
 * @session: the session
 * @text: at least UNITS_LEN bytes
 *
 * Return: @text, empty if it is not known.
 */
const char *format_age(const struct bfdnl_session *session, char *text)
{
	__u64 now = wall_clock(), since;

	if (number(session, BFDNL_LOCAL_STATE) == BFD_STATE_UP)
		since = number(session, BFDNL_LAST_UP_TIME);
	else
		since = number(session, BFDNL_LAST_DOWN_TIME) ?:
			number(session, BFDNL_CREATE_TIME);
	*text = '\0';
	/* a clock that was set back gives no age */
	if (since && since <= now)
		format_duration(now - since, text);
	return text;
}

static void print_title(struct out *out, const struct bfdnl_session *session)
{
	__u64 state = number(session, BFDNL_LOCAL_STATE);
	enum color color = state_color(state);
	char tuple[TUPLE_LEN], name[UNITS_LEN], age[UNITS_LEN];

	format_age(session, age);
	out_title(out, "session %llu: %s, %s%s%s%s%s",
		  number(session, BFDNL_ID),
		  format_tuple(session, tuple, sizeof(tuple)),
		  term_color(color),
		  value_name(BFDNL_TYPE_STATE, state, name),
		  term_reset(color), *age ? " for " : "", age);
}

/* RFC 5880, 6.8.2 to 6.8.4: which of two intervals is in force, and why */
static void note_larger(struct out *out, const struct bfdnl_session *session,
			enum bfdnl_field field, enum bfdnl_field own,
			enum bfdnl_field peers)
{
	__u64 value = number(session, field);
	__u64 a = number(session, own), b = number(session, peers);
	char own_text[UNITS_LEN], peers_text[UNITS_LEN];

	format_interval(a, own_text);
	format_interval(b, peers_text);
	if (value == (a > b ? a : b))
		out_note(out, "the larger of %s %s and %s %s",
			 bfdnl_field_name(own), own_text,
			 bfdnl_field_name(peers), peers_text);
	else if (number(session, BFDNL_POLL_ACTIVE))
		out_note(out, "becomes %s when the poll sequence ends",
			 a > b ? own_text : peers_text);
}

static void note_tx(struct out *out, const struct bfdnl_session *session)
{
	__u64 value = number(session, BFDNL_NEGOTIATED_TX_INTERVAL);
	__u64 own = number(session, BFDNL_DESIRED_MIN_TX_INTERVAL);

	if (!value)
		out_note(out, "no packets are sent periodically");
	else if (number(session, BFDNL_LOCAL_STATE) != BFD_STATE_UP &&
		 value >= 1000000 && value > own)
		out_note(out, "no faster than 1s until the session is up");
	else
		note_larger(out, session, BFDNL_NEGOTIATED_TX_INTERVAL,
			    BFDNL_DESIRED_MIN_TX_INTERVAL,
			    BFDNL_REMOTE_REQUIRED_MIN_RX_INTERVAL);
}

static void note_detection(struct out *out, const struct bfdnl_session *session)
{
	__u64 mult = number(session, BFDNL_REMOTE_MULTIPLIER);
	__u64 rx = number(session, BFDNL_NEGOTIATED_RX_INTERVAL);
	char text[UNITS_LEN];

	if (mult && number(session, BFDNL_DETECTION_TIME) == mult * rx)
		out_note(out, "remote-multiplier %llu x negotiated-rx-interval %s",
			 mult, format_interval(rx, text));
}

static void note_diagnostic(struct out *out,
			    const struct bfdnl_session *session)
{
	static const char * const why[] = {
		[BFD_DIAG_CONTROL_EXPIRY] =
			"nothing was received for the detection time",
		[BFD_DIAG_ECHO_FAILED] = "echo packets did not come back",
		[BFD_DIAG_NEIGHBOR_DOWN] = "the peer said that it is down",
		[BFD_DIAG_FORWARDING_RESET] = "the forwarding plane was reset",
		[BFD_DIAG_PATH_DOWN] = "the path is down",
		[BFD_DIAG_ADMIN_DOWN] = "switched off by admin-down",
	};
	__u64 diag = number(session, BFDNL_LOCAL_DIAGNOSTIC);

	if (diag < ARRAY_SIZE(why) && why[diag])
		out_note(out, "%s", why[diag]);
}

static void print_note(struct out *out, const struct bfdnl_session *session,
		       enum bfdnl_field field)
{
	switch (field) {
	case BFDNL_NEGOTIATED_TX_INTERVAL:
		note_tx(out, session);
		break;
	case BFDNL_NEGOTIATED_RX_INTERVAL:
		note_larger(out, session, field, BFDNL_REQUIRED_MIN_RX_INTERVAL,
			    BFDNL_REMOTE_DESIRED_MIN_TX_INTERVAL);
		break;
	case BFDNL_DETECTION_TIME:
		note_detection(out, session);
		break;
	case BFDNL_LOCAL_DIAGNOSTIC:
		note_diagnostic(out, session);
		break;
	default:
		break;
	}
}

/* What people only want to see when they ask for details */
static bool is_detail(const struct bfdnl_session *session,
		      enum bfdnl_field field)
{
	switch (field) {
	case BFDNL_IFINDEX:
	case BFDNL_CPU:
	case BFDNL_SOURCE_PORT:
	case BFDNL_DEST_PORT:
	case BFDNL_TX_TTL:
	case BFDNL_RX_TTL:
	case BFDNL_DSCP:
		return true;
	case BFDNL_ECHO_ENABLED:
	case BFDNL_DEMAND_ENABLED:
	case BFDNL_PASSIVE:
	case BFDNL_ADMIN_DOWN:
	case BFDNL_POLL_ACTIVE:
	case BFDNL_LAST_SEND_ERROR:
	case BFDNL_DESIRED_MIN_ECHO_TX_INTERVAL:
	case BFDNL_REQUIRED_MIN_ECHO_RX_INTERVAL:
	case BFDNL_REMOTE_REQUIRED_MIN_ECHO_RX_INTERVAL:
	case BFDNL_ECHO_TX_INTERVAL_IN_USE:
		return !number(session, field);
	default:
		return false;
	}
}

static void print_fields(struct out *out, const struct bfdnl_session *session,
			 enum bfdnl_group group)
{
	bool all = out->opt->json || out->opt->details;

	for (int i = 0; i < BFDNL_FIELDS; i++) {
		if (bfdnl_field_group(i) != group ||
		    !bfdnl_session_has(session, i) ||
		    (!all && is_detail(session, i)))
			continue;
		out_field(out, session, i);
		if (out->opt->details)
			print_note(out, session, i);
	}
}

static bool has_group(const struct bfdnl_session *session,
		      enum bfdnl_group group)
{
	for (int i = 0; i < BFDNL_FIELDS; i++)
		if (bfdnl_field_group(i) == group &&
		    bfdnl_session_has(session, i))
			return true;
	return false;
}

static void print_group(struct out *out, const struct bfdnl_session *session,
			const char *name, enum bfdnl_group group)
{
	if (!has_group(session, group))
		return;
	out_object_open(out, name);
	print_fields(out, session, group);
	if (group == BFDNL_GROUP_STATISTICS && out->opt->statistics)
		out_drops(out, "drops", bfdnl_session_drops(session));
	out_object_close(out);
}

/* The members of an authentication, all of them also if there is no key */
static void print_key(struct out *out, const struct bfdnl_session *session,
		      const char *prefix, enum bfdnl_field key)
{
	bool none = !number(session, key);
	char name[UNITS_LEN];

	/* the key's number, its id in packets, its type */
	for (enum bfdnl_field i = key; i < key + 3; i++) {
		snprintf(name, sizeof(name), "%s%s", prefix,
			 bfdnl_field_name(i));
		if (none && (i == key || out->opt->json))
			out_none(out, name);
		else if (!none)
			out_field_as(out, session, i, name);
	}
}

static void print_authentication(struct out *out,
				 const struct bfdnl_session *session)
{
	bool pending = has_group(session, BFDNL_GROUP_PENDING);

	if (!pending && !has_group(session, BFDNL_GROUP_AUTHENTICATION))
		return;
	out_object_open(out, "authentication");
	print_key(out, session, "", BFDNL_AUTH_KEY);
	if (pending) {
		out_object_open(out, "pending");
		print_key(out, session, out->opt->oneline && !out->opt->json ?
			  "pending." : "", BFDNL_PENDING_KEY);
		out_object_close(out);
	}
	out_object_close(out);
}

/**
 * print_session() - all fields of a session
 * @out: the output, an object open
 * @session: the session
 */
void print_session(struct out *out, const struct bfdnl_session *session)
{
	print_title(out, session);
	print_fields(out, session, BFDNL_GROUP_SESSION);
	print_authentication(out, session);
	print_group(out, session, "session-running", BFDNL_GROUP_RUNNING);
	if (out->opt->json || out->opt->statistics)
		print_group(out, session, "session-statistics",
			    BFDNL_GROUP_STATISTICS);
}
