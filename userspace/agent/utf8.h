/* SPDX-License-Identifier: GPL-2.0 */
/*
 * UTF-8. Names of interfaces are any bytes, but what is no UTF-8 would have all
 * of an answer refused.
 */
#ifndef BFDAGENT_UTF8_H
#define BFDAGENT_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#define UTF8_SIZE_MAX	4	/* bytes of a character */

/**
 * utf8_is_valid() - is all of a text UTF-8?
 * @text: the text
 *
 * Return: whether it is.
 */
bool utf8_is_valid(const char *text);

/**
 * utf8_copy() - copy a character, or U+FFFD for a byte that begins none
 * @from: the text, not at its end; moved on behind it
 * @to: UTF8_SIZE_MAX bytes
 *
 * Return: bytes at @to.
 */
size_t utf8_copy(const char **from, char to[static UTF8_SIZE_MAX]);

#endif /* BFDAGENT_UTF8_H */
