// SPDX-License-Identifier: GPL-2.0
/* What is inside our echoes, and which of them are on their way. */
#include <stdlib.h>
#include <string.h>

#include "echo_pkt.h"
#include "packet.h"
#include "random.h"
#include "tap.h"

static const struct bfd_echo_packet some = {
	.discr = 0x01020304, .sequence = 0x05060708,
	.time = 0x1112131415161718, .digest = 0x2122232425262728,
};

static const u8 wire[BFD_ECHO_LEN] = {
	'B', 'F', 'D', 'e', 1, 2, 3, 4,
	0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18,
	0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28,
	5, 6, 7, 8, 0, 0, 0, 0,
};

/* In an allocation of just that size: a read past it is caught. */
static enum bfd_drop parse(const u8 *data, size_t len, struct bfd_echo_packet *p)
{
	u8 *copy = malloc(len);
	enum bfd_drop drop;

	memcpy(copy, data, len);
	drop = bfd_echo_parse(copy, len, p);
	free(copy);
	return drop;
}

TEST(build, "an echo, byte for byte")
{
	u8 data[BFD_ECHO_LEN + 1];

	memset(data, 0xee, sizeof(data));
	bfd_echo_build(&some, data);
	CHECK(!memcmp(data, wire, sizeof(wire)));
	EQ(data[BFD_ECHO_LEN], 0xee);
}

TEST(parse, "and read again")
{
	struct bfd_echo_packet p;

	EQ(parse(wire, sizeof(wire), &p), BFD_DROP_NONE);
	EQ(p.discr, some.discr);
	EQ(p.sequence, some.sequence);
	EQ(p.time, some.time);
	EQ(p.digest, some.digest);
}

TEST(length, "no other length is ours")
{
	u8 data[BFD_ECHO_LEN + 8] = { 0 };
	struct bfd_echo_packet p;
	size_t len;

	memcpy(data, wire, sizeof(wire));
	for (len = 0; len <= sizeof(data); len++) {
		CASE("%zu bytes", len);
		EQ(parse(data, len, &p),
		   len == BFD_ECHO_LEN ? BFD_DROP_NONE : BFD_DROP_ECHO_DIGEST);
	}
}

TEST(fixed, "every bit of what is fixed is checked")
{
	struct bfd_echo_packet p;
	u8 data[BFD_ECHO_LEN];
	unsigned int bit;

	for (bit = 0; bit < 8 * BFD_ECHO_LEN; bit++) {
		bool fixed = bit < 4 * 8 || bit >= 28 * 8;

		CASE("bit %u", bit);
		memcpy(data, wire, sizeof(data));
		data[bit / 8] ^= 1 << bit % 8;
		EQ(parse(data, sizeof(data), &p),
		   fixed ? BFD_DROP_ECHO_DIGEST : BFD_DROP_NONE);
	}
}

TEST(control, "an echo is no Control packet, and has its discriminator in the same place")
{
	struct bfd_packet p = { .detect_mult = 3, .len = 24, .my_discr = 0x01020304 };
	u8 data[BFD_PACKET_LEN];

	EQ(bfd_packet_parse(wire, sizeof(wire), &p), BFD_DROP_VERSION);
	bfd_packet_build(&p, data);
	CHECK(!memcmp(data + BFD_ECHO_DISCR_OFFSET, wire + BFD_ECHO_DISCR_OFFSET, 4));
}

static void begin(struct bfd_echo_window *w, u32 next)
{
	memset(w, 0, sizeof(*w));
	w->next = next;
}

TEST(once, "an echo comes back once")
{
	static const u32 starts[] = { 0, 31, 511, 1000, 0xfffffffe, 0xffffffff };
	struct bfd_echo_window w;
	unsigned int i;

	for (i = 0; i < 6; i++) {
		CASE("from %u", starts[i]);
		begin(&w, starts[i]);
		CHECK(!bfd_echo_window_return(&w, starts[i]));
		EQ(bfd_echo_window_send(&w), starts[i]);
		CHECK(!bfd_echo_window_return(&w, starts[i] + 1));
		CHECK(!bfd_echo_window_return(&w, starts[i] - 1));
		CHECK(bfd_echo_window_return(&w, starts[i]));
		CHECK(!bfd_echo_window_return(&w, starts[i]));
	}
}

TEST(order, "in any order")
{
	struct bfd_echo_window w;
	unsigned int i;

	begin(&w, 0xffffff00);
	for (i = 0; i < BFD_ECHO_WINDOW; i++)
		bfd_echo_window_send(&w);
	for (i = BFD_ECHO_WINDOW; i--;)
		CHECK(bfd_echo_window_return(&w, 0xffffff00 + i));
	for (i = 0; i < BFD_ECHO_WINDOW; i++)
		CHECK(!bfd_echo_window_return(&w, 0xffffff00 + i));
}

TEST(forgotten, "what is older than the window is forgotten, and nothing newer with it")
{
	struct bfd_echo_window w;
	unsigned int i;

	begin(&w, 7);
	for (i = 0; i <= BFD_ECHO_WINDOW; i++)
		bfd_echo_window_send(&w);
	CHECK(!bfd_echo_window_return(&w, 7));
	CHECK(bfd_echo_window_return(&w, 8));
	CHECK(bfd_echo_window_return(&w, 7 + BFD_ECHO_WINDOW));
	/* the number that has its place now */
	CHECK(!bfd_echo_window_return(&w, 7 + 2 * BFD_ECHO_WINDOW));
	CHECK(!bfd_echo_window_return(&w, 8 - BFD_ECHO_WINDOW));
}

TEST(clear, "after a pause no old one comes back")
{
	struct bfd_echo_window w;
	unsigned int i;

	begin(&w, 100);
	for (i = 0; i < 40; i++)
		bfd_echo_window_send(&w);
	bfd_echo_window_clear(&w);
	for (i = 0; i < 40; i++)
		CHECK(!bfd_echo_window_return(&w, 100 + i));
	EQ(bfd_echo_window_send(&w), 140);
	CHECK(bfd_echo_window_return(&w, 140));
}

TEST(random_life, "a long life against a list of what was sent")
{
	static bool away[100000];
	struct bfd_echo_window w;
	u32 sent = 0, i, n;

	begin(&w, 0);
	for (i = 0; i < 200000 && sent < 100000; i++) {
		if (random_u32() % 2) {
			EQ(bfd_echo_window_send(&w), sent);
			away[sent++] = true;
			continue;
		}
		n = sent - random_u32() % 700;
		if (n < sent && sent - n <= BFD_ECHO_WINDOW) {
			EQ(bfd_echo_window_return(&w, n), away[n]);
			away[n] = false;
		} else {
			CHECK(!bfd_echo_window_return(&w, n));
		}
	}
}
