// SPDX-License-Identifier: GPL-2.0
/* Control packets: RFC 5880, 4.1 and the rules of 6.8.6 that need no session. */
#include <stdlib.h>
#include <string.h>

#include "packet.h"
#include "random.h"
#include "tap.h"

/* Offsets and bits of the figure in 4.1, stated anew. */
enum { VERS_DIAG, FLAGS, MULT, LENGTH, MY, YOUR = 8, TX = 12, RX = 16, ECHO_RX = 20 };

#define STA(state) ((state) << 6)
#define P 0x20
#define F 0x10
#define C 0x08
#define A 0x04
#define D 0x02
#define M 0x01

static const u8 good[BFD_PACKET_LEN] = {
	0x20, STA(BFD_STATE_UP), 3, 24,
	0, 0, 0, 1,
	0, 0, 0, 2,
	0, 0, 0x27, 0x10,
	0, 0, 0x4e, 0x20,
	0, 0, 0, 0,
};

/* The first @len bytes of @data in an allocation of just that size: a read past it is caught. */
static enum bfd_drop parse(const u8 *data, size_t len, struct bfd_packet *p)
{
	u8 *copy = malloc(len);
	struct bfd_packet dummy;
	enum bfd_drop drop;

	if (len)
		memcpy(copy, data, len);
	drop = bfd_packet_parse(copy, len, p ?: &dummy);
	free(copy);
	return drop;
}

/* @good with one byte changed. */
static enum bfd_drop parse_with(unsigned int offset, u8 value)
{
	u8 data[sizeof(good)];

	memcpy(data, good, sizeof(good));
	data[offset] = value;
	return parse(data, sizeof(data), NULL);
}

TEST(layout, "4.1: every field is where the figure puts it")
{
	static const u8 wire[] = {
		0x20 | BFD_DIAG_NEIGHBOR_DOWN, STA(BFD_STATE_INIT) | P | C | D, 0x95, 24,
		0x01, 0x02, 0x03, 0x04,
		0x11, 0x12, 0x13, 0x14,
		0x21, 0x22, 0x23, 0x24,
		0x31, 0x32, 0x33, 0x34,
		0x41, 0x42, 0x43, 0x44,
	};
	u8 built[sizeof(wire)];
	struct bfd_packet p;

	EQ(sizeof(wire), BFD_PACKET_LEN);
	EQ(parse(wire, sizeof(wire), &p), BFD_DROP_NONE);
	EQ(p.diag, BFD_DIAG_NEIGHBOR_DOWN);
	EQ(p.state, BFD_STATE_INIT);
	EQ(p.poll, true);
	EQ(p.final, false);
	EQ(p.cpi, true);
	EQ(p.auth, false);
	EQ(p.demand, true);
	EQ(p.detect_mult, 0x95);
	EQ(p.len, 24);
	EQ(p.my_discr, 0x01020304);
	EQ(p.your_discr, 0x11121314);
	EQ(p.desired_min_tx, 0x21222324);
	EQ(p.required_min_rx, 0x31323334);
	EQ(p.required_min_echo_rx, 0x41424344);
	bfd_packet_build(&p, built);
	CHECK(!memcmp(built, wire, sizeof(wire)));
}

TEST(numbers, "4.1: numbers of states and diagnostics")
{
	EQ(BFD_STATE_ADMIN_DOWN, 0);
	EQ(BFD_STATE_DOWN, 1);
	EQ(BFD_STATE_INIT, 2);
	EQ(BFD_STATE_UP, 3);
	EQ(BFD_DIAG_NONE, 0);
	EQ(BFD_DIAG_CONTROL_EXPIRY, 1);
	EQ(BFD_DIAG_ECHO_FAILED, 2);
	EQ(BFD_DIAG_NEIGHBOR_DOWN, 3);
	EQ(BFD_DIAG_FORWARDING_RESET, 4);
	EQ(BFD_DIAG_PATH_DOWN, 5);
	EQ(BFD_DIAG_CONCATENATED_PATH_DOWN, 6);
	EQ(BFD_DIAG_ADMIN_DOWN, 7);
	EQ(BFD_DIAG_REVERSE_CONCATENATED_PATH_DOWN, 8);
}

TEST(flags, "4.1: each of the 128 sets of flags without M is read and written")
{
	unsigned int flags;

	for (flags = 0; flags < 256; flags += 2) {
		u8 data[BFD_PACKET_AUTH_MIN] = { 0 };
		u8 built[BFD_PACKET_LEN];
		struct bfd_packet p;

		CASE("flags %#x", flags);
		memcpy(data, good, sizeof(good));
		data[FLAGS] = flags;
		data[LENGTH] = sizeof(data);
		if ((flags & P) && (flags & F)) {
			EQ(parse(data, sizeof(data), &p), BFD_DROP_POLL_AND_FINAL);
			continue;
		}
		EQ(parse(data, sizeof(data), &p), BFD_DROP_NONE);
		EQ(p.state, flags >> 6);
		EQ(p.poll, !!(flags & P));
		EQ(p.final, !!(flags & F));
		EQ(p.cpi, !!(flags & C));
		EQ(p.auth, !!(flags & A));
		EQ(p.demand, !!(flags & D));
		bfd_packet_build(&p, built);
		CHECK(!memcmp(built, data, sizeof(built)));
	}
}

TEST(version, "6.8.6: only version 1, whatever the diagnostic")
{
	unsigned int byte;

	for (byte = 0; byte < 256; byte++) {
		CASE("version %u, diag %u", byte >> 5, byte & 31);
		EQ(parse_with(VERS_DIAG, byte),
		   byte >> 5 == 1 ? BFD_DROP_NONE : BFD_DROP_VERSION);
	}
}

TEST(length, "6.8.6: Length at least 24, or 26 with A, and at most the payload")
{
	u8 data[40] = { 0 };
	unsigned int field, payload, auth;

	memcpy(data, good, sizeof(good));
	for (auth = 0; auth < 2; auth++) {
		for (field = 0; field < 256; field++) {
			for (payload = 0; payload <= sizeof(data); payload++) {
				bool fits = field >= (auth ? 26 : 24) && field <= payload;
				struct bfd_packet p;
				enum bfd_drop drop;

				CASE("A %u, Length %u, payload %u", auth, field, payload);
				data[FLAGS] = STA(BFD_STATE_UP) | (auth ? A : 0);
				data[LENGTH] = field;
				drop = parse(data, payload, &p);
				if (payload < 24)
					EQ(drop, BFD_DROP_TOO_SHORT);
				else
					EQ(drop, fits ? BFD_DROP_NONE : BFD_DROP_LENGTH);
				if (!drop)
					EQ(p.len, field);
			}
		}
	}
}

TEST(payload, "6.8.6: the payload may be longer than any Length")
{
	static u8 data[65535];

	memcpy(data, good, sizeof(good));
	EQ(parse(data, sizeof(data), NULL), BFD_DROP_NONE);
	data[LENGTH] = 255;
	EQ(parse(data, sizeof(data), NULL), BFD_DROP_NONE);
	EQ(parse(data, 255, NULL), BFD_DROP_NONE);
	EQ(parse(data, 254, NULL), BFD_DROP_LENGTH);
}

TEST(detect_mult, "6.8.6: Detect Mult is not zero")
{
	unsigned int mult;

	for (mult = 0; mult < 256; mult++)
		EQ(parse_with(MULT, mult), mult ? BFD_DROP_NONE : BFD_DROP_DETECT_MULT);
}

TEST(multipoint, "6.8.6: the M bit is zero")
{
	unsigned int flags;

	for (flags = 1; flags < 256; flags += 2)
		EQ(parse_with(FLAGS, flags & ~A), BFD_DROP_MULTIPOINT);
}

TEST(my_discriminator, "6.8.6: My Discriminator is not zero, each byte of it counts")
{
	u8 data[sizeof(good)];
	unsigned int i;

	for (i = 0; i < 5; i++) {
		memcpy(data, good, sizeof(good));
		memset(data + MY, 0, 4);
		if (i < 4)
			data[MY + i] = 1;
		EQ(parse(data, sizeof(data), NULL),
		   i < 4 ? BFD_DROP_NONE : BFD_DROP_MY_DISCRIMINATOR);
	}
}

TEST(your_discriminator, "6.8.6: Your Discriminator 0 only in Down and AdminDown")
{
	unsigned int state, i;

	for (state = BFD_STATE_ADMIN_DOWN; state <= BFD_STATE_UP; state++) {
		for (i = 0; i < 5; i++) {
			u8 data[sizeof(good)];
			bool ok = i < 4 || state == BFD_STATE_DOWN ||
				  state == BFD_STATE_ADMIN_DOWN;

			CASE("state %u, byte %u set", state, i);
			memcpy(data, good, sizeof(good));
			data[FLAGS] = STA(state);
			memset(data + YOUR, 0, 4);
			if (i < 4)
				data[YOUR + i] = 1;
			EQ(parse(data, sizeof(data), NULL), ok ? BFD_DROP_NONE : BFD_DROP_STATE);
		}
	}
}

TEST(intervals, "6.8.6: no value of an interval is a reason to discard")
{
	u8 data[sizeof(good)];
	unsigned int i, mask;

	for (mask = 0; mask < 8; mask++) {
		memcpy(data, good, sizeof(good));
		for (i = 0; i < 3; i++)
			memset(data + TX + 4 * i, mask & 1 << i ? 0xff : 0, 4);
		EQ(parse(data, sizeof(data), NULL), BFD_DROP_NONE);
	}
}

/* One way to break each rule, in the order of 6.8.6; 6.5's comes with the flags. */
static void breach(u8 *data, enum bfd_drop rule)
{
	switch (rule) {
	case BFD_DROP_VERSION:
		data[VERS_DIAG] = 0x40;
		break;
	case BFD_DROP_LENGTH:
		data[LENGTH] = 23;
		break;
	case BFD_DROP_DETECT_MULT:
		data[MULT] = 0;
		break;
	case BFD_DROP_MULTIPOINT:
		data[FLAGS] |= M;
		break;
	case BFD_DROP_MY_DISCRIMINATOR:
		memset(data + MY, 0, 4);
		break;
	case BFD_DROP_POLL_AND_FINAL:
		data[FLAGS] |= P | F;
		break;
	default: /* BFD_DROP_STATE */
		memset(data + YOUR, 0, 4);
		break;
	}
}

TEST(order, "6.8.6: of all broken rules the first in the order specified counts")
{
	static const enum bfd_drop rules[] = {
		BFD_DROP_VERSION, BFD_DROP_LENGTH, BFD_DROP_DETECT_MULT, BFD_DROP_MULTIPOINT,
		BFD_DROP_MY_DISCRIMINATOR, BFD_DROP_POLL_AND_FINAL, BFD_DROP_STATE,
	};
	const unsigned int n = sizeof(rules) / sizeof(*rules);
	unsigned int set, i;

	for (set = 1; set < 1u << n; set++) {
		u8 data[sizeof(good)];

		CASE("rules broken: %#x", set);
		memcpy(data, good, sizeof(good));
		for (i = 0; i < n; i++)
			if (set & 1u << i)
				breach(data, rules[i]);
		EQ(parse(data, sizeof(data), NULL), rules[__builtin_ctz(set)]);
		EQ(parse(data, sizeof(data) - 1, NULL), BFD_DROP_TOO_SHORT);
	}
}

TEST(alignment, "a packet may begin at any address")
{
	u8 buffer[sizeof(good) + 8];
	struct bfd_packet p;
	unsigned int i;

	for (i = 0; i < 8; i++) {
		memcpy(buffer + i, good, sizeof(good));
		EQ(bfd_packet_parse(buffer + i, sizeof(good), &p), BFD_DROP_NONE);
		memset(buffer + i, 0, sizeof(good));
		bfd_packet_build(&p, buffer + i);
		CHECK(!memcmp(buffer + i, good, sizeof(good)));
	}
}

static void check_round_trip(const struct bfd_packet *p)
{
	u8 data[255] = { 0 };
	struct bfd_packet q;

	bfd_packet_build(p, data);
	EQ(data[VERS_DIAG] >> 5, 1);
	EQ(data[FLAGS] & M, 0);
	if (!EQ(parse(data, p->len, &q), BFD_DROP_NONE))
		return;
	EQ(q.diag, p->diag);
	EQ(q.state, p->state);
	EQ(q.poll, p->poll);
	EQ(q.final, p->final);
	EQ(q.cpi, p->cpi);
	EQ(q.auth, p->auth);
	EQ(q.demand, p->demand);
	EQ(q.detect_mult, p->detect_mult);
	EQ(q.len, p->len);
	EQ(q.my_discr, p->my_discr);
	EQ(q.your_discr, p->your_discr);
	EQ(q.desired_min_tx, p->desired_min_tx);
	EQ(q.required_min_rx, p->required_min_rx);
	EQ(q.required_min_echo_rx, p->required_min_echo_rx);
}

TEST(small_domains, "build and parse are inverse: every diag, state and set of flags")
{
	unsigned int diag, state, flags;

	for (diag = 0; diag < 32; diag++) {
		for (state = 0; state < 4; state++) {
			for (flags = 0; flags < 32; flags++) {
				struct bfd_packet p = {
					.diag = diag,
					.state = state,
					.poll = flags & 1,
					.final = flags & 2,
					.cpi = flags & 4,
					.auth = flags & 8,
					.demand = flags & 16,
					.detect_mult = 1,
					.len = flags & 8 ? BFD_PACKET_AUTH_MIN : BFD_PACKET_LEN,
					.my_discr = 1,
					.your_discr = 1,
				};

				if (p.poll && p.final)
					continue;
				CASE("diag %u, state %u, flags %#x", diag, state, flags);
				check_round_trip(&p);
			}
		}
	}
}

TEST(random_packets, "build and parse are inverse: random packets")
{
	unsigned int i;

	for (i = 0; i < 20000; i++) {
		u32 r = random_u32();
		struct bfd_packet p = {
			.diag = r & 31,
			.state = r >> 5 & 3,
			.poll = r >> 7 & 1,
			.cpi = r >> 8 & 1,
			.auth = r >> 9 & 1,
			.demand = r >> 10 & 1,
			.detect_mult = (r >> 11 & 255) ?: 255,
			.len = BFD_PACKET_AUTH_MIN + random_u32() % (256 - BFD_PACKET_AUTH_MIN),
			.my_discr = random_u32() ?: 1,
			.your_discr = random_u32() ?: 1,
			.desired_min_tx = random_u32(),
			.required_min_rx = random_u32(),
			.required_min_echo_rx = random_u32(),
		};

		p.final = !p.poll && r >> 19 & 1;
		CASE("round %u", i);
		check_round_trip(&p);
	}
}
