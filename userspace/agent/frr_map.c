// SPDX-License-Identifier: GPL-2.0
/*
 * FRR's data plane protocol: its words for sessions, and ours.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include "frr.h"
#include "identity.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* What the kernel sends, without authentication, which bfdd cannot ask for */
#define CONTROL_BYTES	24
#define ECHO_BYTES	32

/* What bfdd may change of a session that is there */
static const enum bfdnl_field parameters[] = {
	BFDNL_DESIRED_MIN_TX_INTERVAL, BFDNL_REQUIRED_MIN_RX_INTERVAL,
	BFDNL_LOCAL_MULTIPLIER, BFDNL_ADMIN_DOWN, BFDNL_PASSIVE,
	BFDNL_DEMAND_ENABLED, BFDNL_ECHO_ENABLED,
	BFDNL_DESIRED_MIN_ECHO_TX_INTERVAL,
	BFDNL_REQUIRED_MIN_ECHO_RX_INTERVAL, BFDNL_RX_TTL,
};

static void set(struct bfdnl_session *session, enum bfdnl_field field,
		__u64 value)
{
	bfdnl_session_set_number(session, field, value);
}

static __u64 get(const struct bfdnl_session *session, enum bfdnl_field field)
{
	return bfdnl_session_number(session, field);
}

/* ---- what bfdd wants ---- */

static void set_addr(struct bfdnl_session *session, enum bfdnl_field field,
		     const __u8 *bytes, bool ipv6)
{
	struct bfdnl_addr addr = {
		.family = ipv6 ? AF_INET6 : AF_INET,
		.len = ipv6 ? 16 : 4,
	};
	static const __u8 any[16];

	memcpy(addr.bytes, bytes, addr.len);
	if (memcmp(addr.bytes, any, addr.len))
		bfdnl_session_set_addr(session, field, &addr);
}

static void set_identity(struct bfdnl_session *wanted,
			 const struct frr_session *session)
{
	bool ipv6 = session->flags & FRR_IPV6;

	set_addr(wanted, BFDNL_DEST_ADDR, session->dest, ipv6);
	set_addr(wanted, BFDNL_SOURCE_ADDR, session->source, ipv6);
	/* by name: it may be made anew under another index */
	if (*session->interface)
		bfdnl_session_set_text(wanted, BFDNL_INTERFACE,
				       session->interface);
	if (session->flags & FRR_MULTIHOP)
		set(wanted, BFDNL_PATH_TYPE, BFD_PATH_IP_MH);
}

/*
 * bfdd wants to receive echoes by default, also where there can be none: over
 * multiple hops, and without an interface.
 */
static void set_echo(struct bfdnl_session *wanted,
		     const struct frr_session *session)
{
	bool possible = !(session->flags & FRR_MULTIHOP) && *session->interface;
	bool on = possible && session->flags & FRR_ECHO_WANTED;

	set(wanted, BFDNL_ECHO_ENABLED, on);
	set(wanted, BFDNL_DESIRED_MIN_ECHO_TX_INTERVAL,
	    on ? session->min_echo_tx : 0);
	set(wanted, BFDNL_REQUIRED_MIN_ECHO_RX_INTERVAL,
	    possible ? session->min_echo_rx : 0);
}

static void set_parameters(struct bfdnl_session *wanted,
			   const struct frr_session *session)
{
	set(wanted, BFDNL_DESIRED_MIN_TX_INTERVAL, session->min_tx);
	set(wanted, BFDNL_REQUIRED_MIN_RX_INTERVAL, session->min_rx);
	set(wanted, BFDNL_LOCAL_MULTIPLIER, session->multiplier);
	set(wanted, BFDNL_ADMIN_DOWN, !!(session->flags & FRR_SHUTDOWN));
	set(wanted, BFDNL_PASSIVE, !!(session->flags & FRR_PASSIVE));
	set(wanted, BFDNL_DEMAND_ENABLED, !!(session->flags & FRR_DEMAND));
	if (session->flags & FRR_MULTIHOP)
		set(wanted, BFDNL_RX_TTL, session->ttl);
	set_echo(wanted, session);
}

static const char *what_is_wrong(const struct bfdnl_session *wanted,
				 const struct frr_session *session)
{
	if (!session->lid)
		return "it has no discriminator";
	if (!bfdnl_session_has(wanted, BFDNL_DEST_ADDR))
		return "it has no peer";
	if (session->flags & FRR_AUTH)
		return "authentication is not offloaded";
	return NULL;
}

struct bfdnl_session *frr_map_wanted(const struct frr_session *session,
				     const char **wrong)
{
	struct bfdnl_session *wanted = bfdnl_session_new();

	*wrong = strerror(ENOMEM);
	if (!wanted)
		return NULL;
	set_identity(wanted, session);
	set_parameters(wanted, session);
	set(wanted, BFDNL_LOCAL_DISCRIMINATOR, session->lid);
	*wrong = what_is_wrong(wanted, session);
	if (!*wrong)
		return wanted;
	bfdnl_session_free(wanted);
	return NULL;
}

struct bfdnl_session *frr_map_recorded(const struct bfdnl_session *fields)
{
	struct bfdnl_session *wanted = identity_copy(fields);

	for (size_t i = 0; wanted && i < ARRAY_SIZE(parameters); i++)
		number_copy(wanted, fields, parameters[i]);
	return wanted;
}

static bool same_addr(const struct bfdnl_session *a,
		      const struct bfdnl_session *b, enum bfdnl_field field)
{
	const struct bfdnl_addr *x = bfdnl_session_addr(a, field);
	const struct bfdnl_addr *y = bfdnl_session_addr(b, field);

	return x == y || bfdnl_addr_equal(x, y);
}

bool frr_map_same_identity(const struct bfdnl_session *a,
			   const struct bfdnl_session *b)
{
	const char *x = bfdnl_session_text(a, BFDNL_INTERFACE);
	const char *y = bfdnl_session_text(b, BFDNL_INTERFACE);

	return same_addr(a, b, BFDNL_DEST_ADDR) &&
	       same_addr(a, b, BFDNL_SOURCE_ADDR) &&
	       get(a, BFDNL_PATH_TYPE) == get(b, BFDNL_PATH_TYPE) &&
	       (x && y ? !strcmp(x, y) : x == y);
}

int frr_map_difference(const struct bfdnl_session *is,
		       const struct bfdnl_session *wanted,
		       struct bfdnl_session **changes)
{
	*changes = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(parameters); i++) {
		enum bfdnl_field field = parameters[i];

		if (!bfdnl_session_has(wanted, field) ||
		    get(is, field) == get(wanted, field))
			continue;
		if (!*changes)
			*changes = bfdnl_session_new();
		if (!*changes)
			return -ENOMEM;
		number_copy(*changes, wanted, field);
	}
	return 0;
}

bool frr_map_without_echo(struct bfdnl_session *wanted)
{
	bool any = get(wanted, BFDNL_ECHO_ENABLED) ||
		   get(wanted, BFDNL_REQUIRED_MIN_ECHO_RX_INTERVAL);

	set(wanted, BFDNL_ECHO_ENABLED, 0);
	set(wanted, BFDNL_DESIRED_MIN_ECHO_TX_INTERVAL, 0);
	set(wanted, BFDNL_REQUIRED_MIN_ECHO_RX_INTERVAL, 0);
	return any;
}

/* ---- what bfdd is told ---- */

void frr_map_state(const struct bfdnl_session *fields, struct frr_state *state)
{
	state->rid = get(fields, BFDNL_REMOTE_DISCRIMINATOR);
	state->remote_flags = get(fields, BFDNL_REMOTE_DEMAND) ?
			      FRR_REMOTE_DEMAND : 0;
	state->desired_tx = get(fields, BFDNL_REMOTE_DESIRED_MIN_TX_INTERVAL);
	state->required_rx = get(fields, BFDNL_REMOTE_REQUIRED_MIN_RX_INTERVAL);
	state->required_echo_rx = get(fields,
				      BFDNL_REMOTE_REQUIRED_MIN_ECHO_RX_INTERVAL);
	/* more would be read past the end of an array */
	state->state = get(fields, BFDNL_LOCAL_STATE) & 3;
	state->diagnostic = get(fields, BFDNL_REMOTE_DIAGNOSTIC);
	state->multiplier = get(fields, BFDNL_REMOTE_MULTIPLIER);
}

void frr_map_counters(const struct bfdnl_session *fields,
		      struct frr_counters *counters)
{
	static const struct {
		enum bfdnl_field field;
		unsigned int bytes;
	} from[] = {
		{ BFDNL_RECEIVE_PACKET_COUNT, CONTROL_BYTES },
		{ BFDNL_SEND_PACKET_COUNT, CONTROL_BYTES },
		{ BFDNL_RECEIVE_ECHO_COUNT, ECHO_BYTES },
		{ BFDNL_SEND_ECHO_COUNT, ECHO_BYTES },
	};

	for (size_t i = 0; i < ARRAY_SIZE(from); i++) {
		counters->packets[i] = get(fields, from[i].field);
		counters->bytes[i] = counters->packets[i] * from[i].bytes;
	}
}
