// SPDX-License-Identifier: GPL-2.0
/*
 * The configuration file: what is refused has a reason, and a line of the file.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "conf.h"
#include "fuzz.h"

/* A string without end costs libconfig some memory. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig";
}

int FUZZ_ENTRY(const unsigned char *data, size_t size)
{
	struct problems problems = { 0 };
	struct conf *conf = NULL;
	char name[32];
	int fd;

	/* it may include what lies about */
	if (memmem(data, size, "@include", 8))
		return 0;
	fd = memfd_create("conf", 0);
	MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	if (conf_read(name, &conf, &problems))
		MUST(!!conf);
	else
		MUST(!conf && problems.count);
	problems_free(&problems);
	conf_free(conf);
	close(fd);
	return 0;
}
