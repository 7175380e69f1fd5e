// SPDX-License-Identifier: GPL-2.0
#include "echo_pkt.h"

#include <linux/string.h>
#include <asm/byteorder.h>

#define MAGIC	0x42464465	/* "BFDe"; Control packets begin with 001 in binary */

struct bfd_echo_wire {
	__be32 magic;
	__be32 discr;
	__be64 time;
	__be64 digest;
	__be32 sequence;
	__be32 zero;
};

enum bfd_drop bfd_echo_parse(const void *data, size_t len, struct bfd_echo_packet *p)
{
	struct bfd_echo_wire w;

	if (len != sizeof(w))
		return BFD_DROP_ECHO_DIGEST;
	memcpy(&w, data, sizeof(w));
	if (w.magic != cpu_to_be32(MAGIC) || w.zero)
		return BFD_DROP_ECHO_DIGEST;
	p->discr = be32_to_cpu(w.discr);
	p->sequence = be32_to_cpu(w.sequence);
	p->time = be64_to_cpu(w.time);
	p->digest = be64_to_cpu(w.digest);
	return BFD_DROP_NONE;
}

void bfd_echo_build(const struct bfd_echo_packet *p, void *data)
{
	struct bfd_echo_wire w = {
		.magic = cpu_to_be32(MAGIC),
		.discr = cpu_to_be32(p->discr),
		.time = cpu_to_be64(p->time),
		.digest = cpu_to_be64(p->digest),
		.sequence = cpu_to_be32(p->sequence),
	};

	memcpy(data, &w, sizeof(w));
}

void bfd_echo_window_clear(struct bfd_echo_window *w)
{
	memset(w->away, 0, sizeof(w->away));
}

static u32 *word(struct bfd_echo_window *w, u32 sequence)
{
	return &w->away[sequence % BFD_ECHO_WINDOW / 32];
}

u32 bfd_echo_window_send(struct bfd_echo_window *w)
{
	u32 sequence = w->next++;

	*word(w, sequence) |= 1u << sequence % 32;
	return sequence;
}

bool bfd_echo_window_return(struct bfd_echo_window *w, u32 sequence)
{
	u32 age = w->next - sequence, bit = 1u << sequence % 32;

	if (!age || age > BFD_ECHO_WINDOW || !(*word(w, sequence) & bit))
		return false;
	*word(w, sequence) &= ~bit;
	return true;
}
