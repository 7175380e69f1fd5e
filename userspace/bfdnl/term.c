// SPDX-License-Identifier: GPL-2.0
/*
 * Colours, if the reader wants them.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "term.h"

static enum { AUTO, ALWAYS, NEVER } mode;

bool term_set_color(const char *when)
{
	if (!strcmp(when, "auto"))
		mode = AUTO;
	else if (!strcmp(when, "always"))
		mode = ALWAYS;
	else if (!strcmp(when, "never"))
		mode = NEVER;
	else
		return false;
	return true;
}

/* https://no-color.org: the variable counts if it is set and not empty. */
static bool wanted(void)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (mode != AUTO)
		return mode == ALWAYS;
	if (no_color && *no_color)
		return false;
	return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb");
}

const char *term_color(enum color color)
{
	static const char * const codes[] = {
		[COLOR_NONE] = "",
		[COLOR_GOOD] = "\033[32m",
		[COLOR_BAD] = "\033[31m",
		[COLOR_CHANGING] = "\033[33m",
		[COLOR_FAINT] = "\033[2m",
	};

	return wanted() ? codes[color] : "";
}

const char *term_reset(enum color color)
{
	return color != COLOR_NONE && wanted() ? "\033[0m" : "";
}
