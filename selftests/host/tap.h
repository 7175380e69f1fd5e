/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A test program that speaks TAP 13. The bodies of TEST() run in the order of
 * the file; CHECK() and EQ() judge and go on.
 */
#ifndef _TAP_H
#define _TAP_H

#include <stdbool.h>
#include <stdio.h>

#define TAP_MAX 128

struct tap_test {
	const char *name;
	void (*run)(void);
};

static struct tap_test tap_tests[TAP_MAX];
static unsigned int tap_count;
static unsigned int tap_errors;	/* of the running test */
static char tap_case[120];	/* what the running test is looking at */

#define TEST(id, text)							\
	static void id##_test(void);					\
	static void __attribute__((constructor)) id##_register(void)	\
	{								\
		tap_tests[tap_count++] = (struct tap_test){ text, id##_test };	\
	}								\
	static void id##_test(void)

/* Name the row of a table, or the round of a loop, in the messages that follow. */
#define CASE(...) ((void)snprintf(tap_case, sizeof(tap_case), __VA_ARGS__))

#define CHECK(cond) tap_check(cond, #cond, __FILE__, __LINE__)
#define EQ(is, want) tap_eq(is, want, #is, __FILE__, __LINE__)

static inline bool tap_fail(const char *file, int line)
{
	/* a loop that fails everywhere shall not fill the log */
	if (++tap_errors > 10)
		return false;
	printf("# %s:%d: %s%s", file, line, tap_case, *tap_case ? ": " : "");
	return true;
}

static inline bool tap_check(bool cond, const char *text, const char *file, int line)
{
	if (!cond && tap_fail(file, line))
		printf("not true: %s\n", text);
	return cond;
}

static inline bool tap_eq(unsigned long long is, unsigned long long want, const char *text,
			  const char *file, int line)
{
	if (is != want && tap_fail(file, line))
		printf("%s is %llu (%#llx), not %llu (%#llx)\n", text, is, is, want, want);
	return is == want;
}

int main(void)
{
	unsigned int failed = 0;
	unsigned int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("TAP version 13\n1..%u\n", tap_count);
	for (i = 0; i < tap_count; i++) {
		struct tap_test *t = &tap_tests[i];

		tap_errors = 0;
		*tap_case = 0;
		t->run();
		printf("%sok %u - %s\n", tap_errors ? "not " : "", i + 1, t->name);
		failed += tap_errors != 0;
	}
	return failed ? 1 : 0;
}

#endif /* _TAP_H */
