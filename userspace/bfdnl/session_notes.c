// SPDX-License-Identifier: GPL-2.0
/*
 * Why the numbers of a session are what they are: whose wish is in force, and
 * what else has a say. RFC 5880, 6.8.2 to 6.8.4 and 6.8.9.
 */
#include "session_print.h"

#define SLOW_US	1000000		/* RFC 5880, 6.8.3 */

static __u64 number(const struct bfdnl_session *session, enum bfdnl_field field)
{
	return bfdnl_session_number(session, field);
}

static __u64 larger(__u64 a, __u64 b)
{
	return a > b ? a : b;
}

static bool is_up(const struct bfdnl_session *session)
{
	return number(session, BFDNL_LOCAL_STATE) == BFD_STATE_UP;
}

/* Ours: the peer was asked to send nothing but answers. */
static bool in_demand(const struct bfdnl_session *session)
{
	__u64 mode = number(session, BFDNL_DETECTION_MODE);

	return mode == BFD_DETECTION_DEMAND_WITH_ECHO ||
	       mode == BFD_DETECTION_DEMAND_WITHOUT_ECHO;
}

/* Echoes take over, as an adjunct to the packets of the peer. */
static bool echoes_detect(const struct bfdnl_session *session)
{
	return number(session, BFDNL_ECHO_TX_INTERVAL_IN_USE) &&
	       !number(session, BFDNL_UNAFFILIATED_ECHO);
}

/* Of the wishes of both sides the larger is in force: whose is it? */
static void note_wishes(struct out *out, const struct bfdnl_session *session,
			enum bfdnl_field own, enum bfdnl_field peers)
{
	__u64 a = number(session, own), b = number(session, peers);
	char own_text[UNITS_LEN], peers_text[UNITS_LEN];
	const char *own_name = bfdnl_field_name(own);
	const char *peers_name = bfdnl_field_name(peers);

	format_interval(a, own_text);
	format_interval(b, peers_text);
	if (a == b)
		out_note(out, "local and remote: %s and %s are both %s",
			 own_name, peers_name, own_text);
	else if (a > b)
		out_note(out, "local: %s %s is more than %s %s", own_name,
			 own_text, peers_name, peers_text);
	else
		out_note(out, "remote: %s %s is more than %s %s", peers_name,
			 peers_text, own_name, own_text);
}

/* @value is what is in force, @own and @peers are the wishes. */
static void note_interval(struct out *out, const struct bfdnl_session *session,
			  __u64 value, enum bfdnl_field own,
			  enum bfdnl_field peers)
{
	__u64 due = larger(number(session, own), number(session, peers));
	char text[UNITS_LEN];

	if (value == due)
		note_wishes(out, session, own, peers);
	else if (number(session, BFDNL_POLL_ACTIVE))
		out_note(out, "becomes %s when the poll sequence ends",
			 format_interval(due, text));
}

static void note_silence(struct out *out, const struct bfdnl_session *session)
{
	if (number(session, BFDNL_PASSIVE) &&
	    !number(session, BFDNL_REMOTE_DISCRIMINATOR))
		out_note(out, "passive: waits for the peer to begin");
	else if (!number(session, BFDNL_REMOTE_REQUIRED_MIN_RX_INTERVAL))
		out_note(out, "remote: the peer wants no periodic packets");
	else if (number(session, BFDNL_REMOTE_DEMAND))
		out_note(out, "remote: the peer is in Demand mode, where only polls are sent");
	else
		out_note(out, "no packets are sent periodically");
}

static void note_tx(struct out *out, const struct bfdnl_session *session)
{
	__u64 value = number(session, BFDNL_NEGOTIATED_TX_INTERVAL);
	__u64 own = number(session, BFDNL_DESIRED_MIN_TX_INTERVAL);

	if (!value)
		note_silence(out, session);
	else if (number(session, BFDNL_UNAFFILIATED_ECHO) && is_up(session))
		out_note(out, "local: there is no peer to agree with");
	else if (!is_up(session) && value == SLOW_US && own < SLOW_US)
		out_note(out, "no faster than 1s until the session is up");
	else
		note_interval(out, session, value,
			      BFDNL_DESIRED_MIN_TX_INTERVAL,
			      BFDNL_REMOTE_REQUIRED_MIN_RX_INTERVAL);
}

/* Why nothing is expected of the peer; NULL if something is */
static const char *why_unexpected(const struct bfdnl_session *session)
{
	if (number(session, BFDNL_NEGOTIATED_RX_INTERVAL))
		return NULL;
	if (!number(session, BFDNL_REMOTE_DISCRIMINATOR))
		return "nothing has been received from the peer";
	return "the peer was asked for no periodic packets";
}

static void note_rx(struct out *out, const struct bfdnl_session *session)
{
	__u64 value = number(session, BFDNL_NEGOTIATED_RX_INTERVAL);
	const char *none = why_unexpected(session);

	if (number(session, BFDNL_UNAFFILIATED_ECHO))
		return;
	if (none)
		out_note(out, "%s", none);
	else if (in_demand(session))
		out_note(out, "not used: in Demand mode the peer sends answers only");
	else if (echoes_detect(session) && value == SLOW_US &&
		 number(session, BFDNL_REQUIRED_MIN_RX_INTERVAL) < SLOW_US)
		out_note(out, "local: no more than 1s is asked for while echoes detect failures");
	else
		note_interval(out, session, value,
			      BFDNL_REQUIRED_MIN_RX_INTERVAL,
			      BFDNL_REMOTE_DESIRED_MIN_TX_INTERVAL);
}

/* RFC 5880, 6.8.4, "In Demand mode" */
static void note_demand_detection(struct out *out,
				  const struct bfdnl_session *session)
{
	__u64 interval = larger(number(session, BFDNL_DESIRED_MIN_TX_INTERVAL),
				number(session,
				       BFDNL_REMOTE_REQUIRED_MIN_RX_INTERVAL));
	__u64 mult = number(session, BFDNL_LOCAL_MULTIPLIER);
	char text[UNITS_LEN];

	if (number(session, BFDNL_DETECTION_TIME) == mult * interval)
		out_note(out, "local-multiplier %llu x %s; in Demand mode only polls are timed",
			 mult, format_interval(interval, text));
	else
		out_note(out, "in Demand mode only polls are timed");
}

static void note_detection(struct out *out, const struct bfdnl_session *session)
{
	__u64 mult = number(session, BFDNL_REMOTE_MULTIPLIER);
	__u64 rx = number(session, BFDNL_NEGOTIATED_RX_INTERVAL);
	const char *none = why_unexpected(session);
	char text[UNITS_LEN];

	if (number(session, BFDNL_UNAFFILIATED_ECHO))
		return;
	if (in_demand(session))
		note_demand_detection(out, session);
	else if (none)
		out_note(out, "does not run: %s", none);
	else if (number(session, BFDNL_DETECTION_TIME) == mult * rx)
		out_note(out, "remote-multiplier %llu x negotiated-rx-interval %s",
			 mult, format_interval(rx, text));
}

static void note_echo_tx(struct out *out, const struct bfdnl_session *session)
{
	__u64 value = number(session, BFDNL_ECHO_TX_INTERVAL_IN_USE);

	if (number(session, BFDNL_UNAFFILIATED_ECHO)) {
		if (!is_up(session) && value == SLOW_US)
			out_note(out, "no faster than 1s until the session is up");
		return;
	}
	if (!number(session, BFDNL_ECHO_ENABLED))
		return;
	if (!is_up(session))
		out_note(out, "none is sent until the session is up");
	else if (!number(session, BFDNL_REMOTE_REQUIRED_MIN_ECHO_RX_INTERVAL))
		out_note(out, "remote: the peer returns no echo packets");
	else
		note_interval(out, session, value,
			      BFDNL_DESIRED_MIN_ECHO_TX_INTERVAL,
			      BFDNL_REMOTE_REQUIRED_MIN_ECHO_RX_INTERVAL);
}

static void note_echo_detection(struct out *out,
				const struct bfdnl_session *session)
{
	__u64 mult = number(session, BFDNL_LOCAL_MULTIPLIER);
	__u64 tx = number(session, BFDNL_ECHO_TX_INTERVAL_IN_USE);
	char text[UNITS_LEN];

	if (tx && number(session, BFDNL_ECHO_DETECTION_TIME) == mult * tx)
		out_note(out, "local-multiplier %llu x echo-tx-interval-in-use %s",
			 mult, format_interval(tx, text));
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

	if (is_up(session) && diag &&
	    diag == number(session, BFDNL_PATH_DIAGNOSTIC))
		out_note(out, "path-diagnostic, for the peer to know");
	else if (diag < ARRAY_SIZE(why) && why[diag])
		out_note(out, "%s", why[diag]);
}

static void note_demand(struct out *out, const struct bfdnl_session *session)
{
	if (!number(session, BFDNL_DEMAND_ENABLED))
		return;
	if (in_demand(session))
		out_note(out, "in force: the peer sends answers only");
	else
		out_note(out, "not in force yet: the peer has to be up and to be told");
}

static void note_verification(struct out *out,
			      const struct bfdnl_session *session)
{
	if (number(session, BFDNL_DEMAND_ENABLED) &&
	    !number(session, BFDNL_DEMAND_POLL_INTERVAL))
		out_note(out, "the path is only verified on request: session poll");
}

static void note_rx_ttl(struct out *out, const struct bfdnl_session *session)
{
	if (number(session, BFDNL_PATH_TYPE) == BFD_PATH_IP_MH)
		out_note(out, "%llu routers in between at most, if the peer sends 255",
			 255 - number(session, BFDNL_RX_TTL));
}

static void note_owner(struct out *out, const struct bfdnl_session *session)
{
	if (number(session, BFDNL_OWNER_EXIT) != BFD_OWNER_EXIT_KEEP)
		out_note(out, "when the program ends that it belongs to");
}

/**
 * print_note() - why a field has its value, if there is something to explain
 * @out: the output, the field just printed
 * @session: the session
 * @field: the field
 */
void print_note(struct out *out, const struct bfdnl_session *session,
		enum bfdnl_field field)
{
	static const struct {
		enum bfdnl_field field;
		void (*note)(struct out *out,
			     const struct bfdnl_session *session);
	} notes[] = {
		{ BFDNL_DEMAND_ENABLED, note_demand },
		{ BFDNL_DEMAND_POLL_INTERVAL, note_verification },
		{ BFDNL_OWNER_EXIT, note_owner },
		{ BFDNL_RX_TTL, note_rx_ttl },
		{ BFDNL_LOCAL_DIAGNOSTIC, note_diagnostic },
		{ BFDNL_NEGOTIATED_TX_INTERVAL, note_tx },
		{ BFDNL_NEGOTIATED_RX_INTERVAL, note_rx },
		{ BFDNL_DETECTION_TIME, note_detection },
		{ BFDNL_ECHO_TX_INTERVAL_IN_USE, note_echo_tx },
		{ BFDNL_ECHO_DETECTION_TIME, note_echo_detection },
	};

	for (size_t i = 0; i < ARRAY_SIZE(notes); i++)
		if (notes[i].field == field)
			notes[i].note(out, session);
	if (field == BFDNL_POLL_ACTIVE && number(session, field))
		out_note(out, "until the peer has answered");
	if (field == BFDNL_REQUIRED_MIN_ECHO_RX_INTERVAL &&
	    !number(session, field))
		out_note(out, "echo packets of the peer are not returned");
}
