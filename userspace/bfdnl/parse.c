// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers, times and the words of the command line.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "bfdnl.h"

/**
 * parse_number() - a decimal or 0x number
 * @what: the argument, for the message
 * @text: what was given for it
 * @max: the largest number that can be sent
 * @value: gets the number
 *
 * Return: STATUS_DONE, or STATUS_USAGE when the user has been told.
 */
enum status parse_number(const char *what, const char *text, __u64 max,
			 __u64 *value)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const char *digits = hex ? text + 2 : text;
	char *end;

	errno = 0;
	*value = strtoull(digits, &end, hex ? 16 : 10);
	if (!isxdigit((unsigned char)*digits) || *end || end == digits ||
	    (hex && digits[0] == '0' && (digits[1] | ' ') == 'x'))
		return usage_error("%s: \"%s\" is not a number from 0 to %llu",
				   what, text, max);
	if (errno || *value > max)
		return usage_error("%s: %s is more than %llu", what, text, max);
	return STATUS_DONE;
}

/* How many microseconds a unit has; 0 if there is no such unit */
static __u64 unit_of(const char *unit)
{
	static const struct {
		const char *name;
		__u64 us;
	} units[] = {
		{ "", 1 }, { "us", 1 }, { "ms", 1000 }, { "s", 1000000 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (!strcmp(unit, units[i].name))
			return units[i].us;
	return 0;
}

/* How many characters of @text are digits */
static size_t count_digits(const char *text)
{
	return strspn(text, "0123456789");
}

/**
 * parse_time() - an interval
 * @what: the argument, for the message
 * @text: what was given: 123us, 3.3ms, 1s, or a bare number of microseconds
 * @us: gets microseconds
 *
 * Return: STATUS_DONE, or STATUS_USAGE when the user has been told.
 */
enum status parse_time(const char *what, const char *text, __u64 *us)
{
	size_t whole = count_digits(text), fraction = 0;
	const char *decimals = "", *unit_text = text + whole;
	__u64 unit, scale, rest = 0;

	if (*unit_text == '.') {
		decimals = unit_text + 1;
		fraction = count_digits(decimals);
		unit_text = decimals + fraction;
	}
	unit = unit_of(unit_text);
	if (!whole || !unit || (*decimals && !fraction) ||
	    (text[whole] == '.' && !fraction))
		return usage_error("%s: \"%s\" is not a time such as 3.3ms, 1s, 500us or 500",
				   what, text);
	scale = unit;
	for (size_t i = 0; i < fraction; i++) {
		unsigned int digit = decimals[i] - '0';

		scale /= 10;
		if (digit && !scale)
			return usage_error("%s: %s is finer than a microsecond",
					   what, text);
		rest += digit * scale;
	}
	errno = 0;
	*us = strtoull(text, NULL, 10);
	if (errno || *us > ~0U || *us * unit + rest > ~0U)
		return usage_error("%s: %s is more than 4294.967295s", what,
				   text);
	*us = *us * unit + rest;
	return STATUS_DONE;
}

/* Take the word after the keyword @what. */
enum status args_value(struct args *args, const char *what, const char **value)
{
	if (!*args->at)
		return usage_error("%s: a value is missing after it", what);
	*value = *args->at++;
	return STATUS_DONE;
}

enum status args_end(const struct args *args)
{
	if (*args->at)
		return usage_error("\"%s\" is one argument too many",
				   *args->at);
	return STATUS_DONE;
}
