// SPDX-License-Identifier: GPL-2.0
/*
 * What went wrong, on standard error.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bfdnl.h"

static const char *place_file;
static unsigned int place_line;

/* Where the command comes from; @file NULL: from the command line. */
void error_place(const char *file, unsigned int line)
{
	place_file = file;
	place_line = line;
}

__printf(2, 0)
static void say(const char *kind, const char *format, va_list ap)
{
	/* what was printed before belongs before it */
	fflush(stdout);
	fputs("bfdnl: ", stderr);
	if (place_file)
		fprintf(stderr, "%s:%u: ", place_file, place_line);
	fputs(kind, stderr);
	vfprintf(stderr, format, ap);
	fputc('\n', stderr);
}

enum status usage_error(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say("", format, ap);
	va_end(ap);
	return STATUS_USAGE;
}

enum status refused(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say("", format, ap);
	va_end(ap);
	return STATUS_REFUSED;
}

/* For output half way, where there is nothing to save */
void out_of_memory(void)
{
	refused("%s", strerror(ENOMEM));
	exit(STATUS_REFUSED);
}

/* The library's last failure */
enum status kernel_refused(const struct app *app)
{
	return refused("%s", bfdnl_error(app->h));
}

void user_warning(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say("warning: ", format, ap);
	va_end(ap);
}
