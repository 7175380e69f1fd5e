/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _FUZZ_H
#define _FUZZ_H

#include <stdio.h>
#include <stdlib.h>

/* What must hold; libFuzzer reports the input when it does not. */
#define MUST(cond) must(cond, #cond, __FILE__, __LINE__)
#define SAME(is, want) same(is, want, #is " == " #want, __FILE__, __LINE__)

static inline void must(int ok, const char *text, const char *file, int line)
{
	if (ok)
		return;
	fprintf(stderr, "%s:%d: not true: %s\n", file, line, text);
	abort();
}

static inline void same(unsigned long long is, unsigned long long want, const char *text,
			const char *file, int line)
{
	if (is == want)
		return;
	fprintf(stderr, "%s:%d: %s: %llu, %llu\n", file, line, text, is, want);
	abort();
}

/* The name that libFuzzer wants, from the Makefile. */
int FUZZ_ENTRY(const unsigned char *data, size_t size);

#endif /* _FUZZ_H */
