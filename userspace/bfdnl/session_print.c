// SPDX-License-Identifier: GPL-2.0
/*
 * One session in full: its fields by group.
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
	case BFDNL_DSCP:
		return true;
	case BFDNL_RX_TTL:
		return number(session, BFDNL_PATH_TYPE) != BFD_PATH_IP_MH;
	case BFDNL_ECHO_ENABLED:
	case BFDNL_UNAFFILIATED_ECHO:
	case BFDNL_DEMAND_ENABLED:
	case BFDNL_DEMAND_POLL_INTERVAL:
	case BFDNL_PATH_DIAGNOSTIC:
	case BFDNL_OWNER_EXIT:
	case BFDNL_EXPRESS:
	case BFDNL_PASSIVE:
	case BFDNL_ADMIN_DOWN:
	case BFDNL_POLL_ACTIVE:
	case BFDNL_LAST_SEND_ERROR:
	case BFDNL_DESIRED_MIN_ECHO_TX_INTERVAL:
	case BFDNL_REQUIRED_MIN_ECHO_RX_INTERVAL:
	case BFDNL_REMOTE_REQUIRED_MIN_ECHO_RX_INTERVAL:
	case BFDNL_ECHO_TX_INTERVAL_IN_USE:
	case BFDNL_ECHO_DETECTION_TIME:
	case BFDNL_REMOTE_DEMAND:
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
		if (out->opt->details)
			out_note(out, "once the peer uses it");
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
