/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Colours, if the reader wants them.
 */
#ifndef BFDNL_TERM_H
#define BFDNL_TERM_H

#include <stdbool.h>

enum color {
	COLOR_NONE,
	COLOR_GOOD,
	COLOR_BAD,
	COLOR_CHANGING,
	COLOR_FAINT,
};

/* @when: "auto", "always" or "never"; false if it is something else */
bool term_set_color(const char *when);
const char *term_color(enum color color);
const char *term_reset(enum color color);

#endif /* BFDNL_TERM_H */
