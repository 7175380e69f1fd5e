// SPDX-License-Identifier: GPL-2.0
/*
 * What is wrong with a configuration, each with its place.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "problems.h"

__printf(4, 0)
static void add(struct problems *problems, const char *file, unsigned int line,
		const char *format, va_list ap)
{
	char text[512];
	size_t len = 0;

	if (problems->count++ >= PROBLEMS_MAX)
		return;
	if (file)
		len = snprintf(text, sizeof(text), line ? "%s:%u: " : "%s: ",
			       file, line);
	if (len < sizeof(text))
		vsnprintf(text + len, sizeof(text) - len, format, ap);
	problems->at[problems->count - 1] = strdup(text);
}

void problem_in(struct problems *problems, const char *file, unsigned int line,
		const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	add(problems, file, line, format, ap);
	va_end(ap);
}

void problem_at(struct problems *problems, const config_setting_t *where,
		const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	if (where)
		add(problems, config_setting_source_file(where),
		    config_setting_source_line(where), format, ap);
	else
		add(problems, NULL, 0, format, ap);
	va_end(ap);
}

void problems_free(struct problems *problems)
{
	for (size_t i = 0; i < PROBLEMS_MAX; i++)
		free(problems->at[i]);
	memset(problems, 0, sizeof(*problems));
}
