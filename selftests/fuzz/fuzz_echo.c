// SPDX-License-Identifier: GPL-2.0
/*
 * Echoes: the reader never reads past the payload and accepts only what the
 * writer writes; an echo comes back at most once, and only if it was sent.
 */
#include <string.h>

#include "echo_pkt.h"
#include "fuzz.h"

static void check_packet(const unsigned char *data, size_t size)
{
	struct bfd_echo_packet p;
	u8 built[BFD_ECHO_LEN];
	u8 *copy = malloc(size);

	if (size)
		memcpy(copy, data, size);
	switch (bfd_echo_parse(copy, size, &p)) {
	case BFD_DROP_NONE:
		SAME(size, sizeof(built));
		bfd_echo_build(&p, built);
		MUST(!memcmp(built, data, sizeof(built)));
		break;
	case BFD_DROP_ECHO_DIGEST:
		break;
	default:
		MUST(0);
	}
	free(copy);
}

/* Enough for an input of usual length */
#define NUMBERS 4096

static void check_window(const unsigned char *data, size_t size)
{
	static bool away[NUMBERS];
	struct bfd_echo_window w = { 0 };
	u32 sent = 0, n;

	memset(away, 0, sizeof(away));
	while (size-- && sent < NUMBERS - 16) {
		u8 b = *data++;

		if (b == 0xff) {
			bfd_echo_window_clear(&w);
			memset(away, 0, sizeof(away));
		} else if (b & 1) {
			for (n = b >> 4; n--;) {
				SAME(bfd_echo_window_send(&w), sent);
				away[sent++] = true;
			}
		} else {
			n = sent + 3 - (b >> 1) * (size & 1 ? 1 : 7);
			MUST(bfd_echo_window_return(&w, n) ==
			     (n < sent && sent - n <= BFD_ECHO_WINDOW && away[n]));
			if (n < sent)
				away[n] = false;
		}
	}
}

int FUZZ_ENTRY(const unsigned char *data, size_t size)
{
	check_packet(data, size);
	check_window(data, size);
	return 0;
}
