// SPDX-License-Identifier: GPL-2.0
/*
 * FRR's data plane protocol: messages as bytes.
 */
#include <string.h>
#include "frr_wire.h"

#define SESSION_LEN	132
#define COUNTERS_LID	4	/* of a request */
#define ECHO_LEN	16
#define NAME_AT		68
#define NAME_LEN	64

/* ---- numbers ---- */

static __u16 get16(const __u8 *at)
{
	return at[0] << 8 | at[1];
}

static __u32 get32(const __u8 *at)
{
	return (__u32)get16(at) << 16 | get16(at + 2);
}

static __u64 get64(const __u8 *at)
{
	return (__u64)get32(at) << 32 | get32(at + 4);
}

static void put16(__u8 *at, __u16 value)
{
	at[0] = value >> 8;
	at[1] = value;
}

static void put32(__u8 *at, __u32 value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

static void put64(__u8 *at, __u64 value)
{
	put32(at, value >> 32);
	put32(at + 4, value);
}

/* ---- in ---- */

static const char *get_session(const __u8 *at, struct frr_session *session)
{
	size_t name = strnlen((const char *)at + NAME_AT, NAME_LEN);

	session->flags = get32(at);
	memcpy(session->source, at + 4, 16);
	memcpy(session->dest, at + 20, 16);
	session->lid = get32(at + 36);
	session->min_tx = get32(at + 40);
	session->min_rx = get32(at + 44);
	session->min_echo_tx = get32(at + 48);
	session->min_echo_rx = get32(at + 52);
	session->ttl = at[60];
	session->multiplier = at[61];
	if (name >= sizeof(session->interface))
		return "an interface with too long a name";
	memcpy(session->interface, at + NAME_AT, name);
	return NULL;
}

/* Return: how long the payload of a type is at least */
static size_t payload_of(__u16 type)
{
	switch (type) {
	case FRR_ECHO_REQUEST:
	case FRR_ECHO_REPLY:
		return ECHO_LEN;
	case FRR_ADD_SESSION:
	case FRR_DELETE_SESSION:
		return SESSION_LEN;
	case FRR_REQUEST_COUNTERS:
		return COUNTERS_LID;
	default:
		return 0;
	}
}

static const char *get_payload(const __u8 *at, struct frr_message *message)
{
	switch (message->type) {
	case FRR_ECHO_REQUEST:
	case FRR_ECHO_REPLY:
		message->dp_time = get64(at);
		message->bfdd_time = get64(at + 8);
		return NULL;
	case FRR_ADD_SESSION:
	case FRR_DELETE_SESSION:
		return get_session(at, &message->session);
	case FRR_REQUEST_COUNTERS:
		message->lid = get32(at);
		return NULL;
	default:
		return NULL;
	}
}

static const char *wrong_header(const struct frr_message *message, size_t total)
{
	if (!message->version)
		return "version 0";
	if (total < FRR_HEADER + payload_of(message->type))
		return "a message that is too short for its type";
	if (total > FRR_MESSAGE_MAX)
		return "a message that is too long";
	return NULL;
}

int frr_wire_parse(const __u8 *data, size_t len, struct frr_message *message,
		   const char **wrong)
{
	size_t total;

	if (len < FRR_HEADER)
		return 0;
	memset(message, 0, sizeof(*message));
	message->version = data[0];
	message->type = get16(data + 2);
	message->id = get16(data + 4);
	total = get16(data + 6);
	*wrong = wrong_header(message, total);
	if (!*wrong && len >= total)
		*wrong = get_payload(data + FRR_HEADER, message);
	if (*wrong)
		return -1;
	return len < total ? 0 : (int)total;
}

/* ---- out ---- */

static __u8 *put_header(__u8 *to, __u8 version, enum frr_type type,
			__u16 id, size_t total)
{
	memset(to, 0, total);
	to[0] = version;
	put16(to + 2, type);
	put16(to + 4, id);
	put16(to + 6, total);
	return to + FRR_HEADER;
}

void frr_wire_put_echo(__u8 *to, __u8 version, enum frr_type type,
		       __u64 dp_time, __u64 bfdd_time)
{
	__u8 *at = put_header(to, version, type, 0, FRR_ECHO);

	put64(at, dp_time);
	put64(at + 8, bfdd_time);
}

void frr_wire_put_state(__u8 *to, __u8 version,
			const struct frr_state *state)
{
	__u8 *at = put_header(to, version, FRR_STATE_CHANGE, 0, FRR_STATE);

	put32(at, state->lid);
	put32(at + 4, state->rid);
	put32(at + 8, state->remote_flags);
	put32(at + 12, state->desired_tx);
	put32(at + 16, state->required_rx);
	put32(at + 20, state->required_echo_rx);
	at[24] = state->state;
	at[25] = state->diagnostic;
	at[26] = state->multiplier;
}

void frr_wire_put_counters(__u8 *to, __u8 version, __u16 id,
			   const struct frr_counters *counters)
{
	__u8 *at = put_header(to, version, FRR_SESSION_COUNTERS, id,
				 FRR_COUNTERS);

	put32(at, counters->lid);
	at += 8;
	for (int i = 0; i < 4; i++) {
		put64(at, counters->bytes[i]);
		put64(at + 8, counters->packets[i]);
		at += 16;
	}
}
