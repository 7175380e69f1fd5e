// SPDX-License-Identifier: GPL-2.0
/*
 * The packet parser against a plain reading of RFC 5880, 4.1 and 6.8.6: it
 * never reads past the payload, accepts and refuses for the right reason, and
 * what it accepts is built again byte for byte.
 */
#include <string.h>

#include "packet.h"
#include "fuzz.h"

static bool zero(const u8 *field)
{
	return !(field[0] | field[1] | field[2] | field[3]);
}

static enum bfd_drop judge(const u8 *d, size_t size)
{
	unsigned int state, shortest;

	if (size < 24)
		return BFD_DROP_TOO_SHORT;
	if ((d[0] & 0xe0) != 0x20)
		return BFD_DROP_VERSION;
	shortest = d[1] & 4 ? 26 : 24;
	if (d[3] < shortest || d[3] > size)
		return BFD_DROP_LENGTH;
	if (d[2] == 0)
		return BFD_DROP_DETECT_MULT;
	if (d[1] & 1)
		return BFD_DROP_MULTIPOINT;
	if (zero(d + 4))
		return BFD_DROP_MY_DISCRIMINATOR;
	if ((d[1] & 0x30) == 0x30)
		return BFD_DROP_POLL_AND_FINAL;
	state = (d[1] & 0xc0) / 64;
	if (zero(d + 8) && state > 1)
		return BFD_DROP_STATE;
	return BFD_DROP_NONE;
}

static u32 number(const u8 *field)
{
	return (u32)field[0] << 24 | field[1] << 16 | field[2] << 8 | field[3];
}

static void check_fields(const struct bfd_packet *p, const u8 *d)
{
	SAME(p->diag, d[0] % 32);
	SAME(p->state, d[1] / 64);
	SAME(p->poll, d[1] / 32 % 2);
	SAME(p->final, d[1] / 16 % 2);
	SAME(p->cpi, d[1] / 8 % 2);
	SAME(p->auth, d[1] / 4 % 2);
	SAME(p->demand, d[1] / 2 % 2);
	SAME(p->detect_mult, d[2]);
	SAME(p->len, d[3]);
	SAME(p->my_discr, number(d + 4));
	SAME(p->your_discr, number(d + 8));
	SAME(p->desired_min_tx, number(d + 12));
	SAME(p->required_min_rx, number(d + 16));
	SAME(p->required_min_echo_rx, number(d + 20));
}

int FUZZ_ENTRY(const unsigned char *data, size_t size)
{
	u8 *copy = malloc(size);
	u8 *built = malloc(BFD_PACKET_LEN);
	struct bfd_packet p;
	enum bfd_drop drop;

	if (size)
		memcpy(copy, data, size);
	drop = bfd_packet_parse(copy, size, &p);
	SAME(drop, judge(data, size));
	if (!drop) {
		check_fields(&p, data);
		bfd_packet_build(&p, built);
		MUST(!memcmp(built, data, BFD_PACKET_LEN));
	}
	free(built);
	free(copy);
	return 0;
}
