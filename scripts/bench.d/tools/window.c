// SPDX-License-Identifier: GPL-2.0
/*
 * window SECONDS: have insn.c count for so long. Without that plugin, sleep.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void begin(void)
{
	__asm__ volatile(".byte 0x0f, 0x1f, 0x80, 0x01, 0x44, 0x46, 0x42");
}

static void end(void)
{
	__asm__ volatile(".byte 0x0f, 0x1f, 0x80, 0x02, 0x44, 0x46, 0x42");
}

int main(int argc, char **argv)
{
	struct timespec until;

	if (argc != 2 || atoi(argv[1]) <= 0) {
		fprintf(stderr, "usage: window SECONDS\n");
		return 1;
	}
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += atoi(argv[1]);
	begin();
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
	end();
	return 0;
}
