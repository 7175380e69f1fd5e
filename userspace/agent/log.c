// SPDX-License-Identifier: GPL-2.0
/*
 * Log to standard error, which systemd hands to the journal.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include "core.h"

static int threshold = LOG_INFO;
static bool journal;

void log_init(int least)
{
	threshold = least;
	journal = getenv("JOURNAL_STREAM");
}

void agent_log(int priority, const char *format, ...)
{
	char text[1024];
	va_list ap;

	if (priority > threshold)
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (journal)
		fprintf(stderr, "<%d>%s\n", priority, text);
	else
		fprintf(stderr, "bfdagentd: %s\n", text);
}
