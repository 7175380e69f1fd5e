// SPDX-License-Identifier: GPL-2.0
/*
 * load fifo PRIORITY SECONDS: a real-time process that never sleeps.
 * load fork SECONDS: processes that make processes, as fast as they can.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define FORKERS		8
#define MEMORY		1048576		/* that children have to copy some of */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static int spin(int priority, double end)
{
	struct sched_param p = { .sched_priority = priority };

	if (sched_setscheduler(0, SCHED_FIFO, &p)) {
		perror("load: sched_setscheduler");
		return 1;
	}
	while (now() < end)
		;
	return 0;
}

static void fork_until(double end)
{
	char *memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	while (now() < end) {
		pid_t pid = fork();

		if (!pid) {
			if (memory != MAP_FAILED)
				memset(memory, 1, MEMORY / 4);
			_exit(0);
		}
		if (pid > 0)
			waitpid(pid, NULL, 0);
	}
}

static int fork_storm(double end)
{
	for (int i = 0; i < FORKERS; i++) {
		if (!fork()) {
			fork_until(end);
			_exit(0);
		}
	}
	while (wait(NULL) > 0)
		;
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "fifo"))
		return spin(atoi(argv[2]), now() + atof(argv[3]));
	if (argc == 3 && !strcmp(argv[1], "fork"))
		return fork_storm(now() + atof(argv[2]));
	fprintf(stderr, "usage: load fifo PRIORITY SECONDS | load fork SECONDS\n");
	return 2;
}
