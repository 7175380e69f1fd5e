/* SPDX-License-Identifier: GPL-2.0 */
/* The same random numbers in every run (xorshift64*). */
#ifndef _RANDOM_H
#define _RANDOM_H

#include <linux/types.h>

static u64 random_state = 0x9e3779b97f4a7c15ull;

static inline u32 random_u32(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * 0x2545f4914f6cdd1dull >> 32;
}

#endif /* _RANDOM_H */
