// SPDX-License-Identifier: GPL-2.0
/*
 * FRR's data plane protocol: the reader never reads past what has come, takes
 * whole messages and nothing else, and its numbers are those of the wire.
 */
#include <string.h>

#include "frr_wire.h"
#include "fuzz.h"

static unsigned long long number(const unsigned char *at, int bytes)
{
	unsigned long long value = 0;

	while (bytes--)
		value = value * 256 + *at++;
	return value;
}

/* Each type that is known, and its length */
static size_t least(unsigned int type)
{
	static const size_t lengths[] = { 24, 24, 140, 140, 8, 12, 8 };

	return type < sizeof(lengths) / sizeof(*lengths) ? lengths[type] : 8;
}

static void check_session(const unsigned char *data, const struct frr_session *s)
{
	SAME(s->flags, number(data + 8, 4));
	MUST(!memcmp(s->source, data + 12, 16));
	MUST(!memcmp(s->dest, data + 28, 16));
	SAME(s->lid, number(data + 44, 4));
	SAME(s->min_tx, number(data + 48, 4));
	SAME(s->min_echo_rx, number(data + 60, 4));
	SAME(s->ttl, data[68]);
	SAME(s->multiplier, data[69]);
	SAME(s->interface[sizeof(s->interface) - 1], 0);
	MUST(!strcmp(s->interface, (const char *)data + 76));
}

static void check_message(const unsigned char *data, size_t len,
			  const struct frr_message *m)
{
	SAME(m->version, data[0]);
	SAME(m->type, number(data + 2, 2));
	SAME(m->id, number(data + 4, 2));
	SAME(len, number(data + 6, 2));
	MUST(m->version && len >= least(m->type) && len <= FRR_MESSAGE_MAX);
	if (m->type == FRR_ADD_SESSION || m->type == FRR_DELETE_SESSION)
		check_session(data, &m->session);
	if (m->type == FRR_REQUEST_COUNTERS)
		SAME(m->lid, number(data + 8, 4));
	if (m->type == FRR_ECHO_REQUEST)
		SAME(m->bfdd_time, number(data + 16, 8));
}

/* Return: how many bytes were taken */
static size_t check_next(const unsigned char *data, size_t size)
{
	unsigned char *copy = malloc(size);
	struct frr_message message;
	const char *wrong = NULL;
	int took;

	if (size)
		memcpy(copy, data, size);
	took = frr_wire_parse(copy, size, &message, &wrong);
	free(copy);
	if (took > 0) {
		MUST((size_t)took <= size && !wrong);
		check_message(data, took, &message);
		return took;
	}
	if (took < 0)
		MUST(took == -1 && wrong && size >= FRR_HEADER);
	else
		MUST(size < FRR_HEADER || size < number(data + 6, 2));
	return 0;
}

int FUZZ_ENTRY(const unsigned char *data, size_t size)
{
	size_t took;

	do {
		took = check_next(data, size);
		data += took;
		size -= took;
	} while (took);
	return 0;
}
