/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is wrong with a configuration, each with its place.
 */
#ifndef BFDCONF_PROBLEMS_H
#define BFDCONF_PROBLEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/types.h>
#include <libconfig.h>

#define PROBLEMS_MAX	20

#define __printf(a, b)	__attribute__((__format__			\
					(printf, a, b)))

/**
 * struct problems - a list of them, bounded
 * @count: how many there are, also those that there was no room for
 * @at: "FILE:LINE: what is wrong", the first PROBLEMS_MAX
 */
struct problems {
	size_t count;
	char *at[PROBLEMS_MAX];
};

/**
 * problem_at() - add a problem
 * @problems: the list
 * @where: the setting at fault, for its file and line; NULL: no place
 * @format: as for printf(), without a newline
 */
__printf(3, 4)
void problem_at(struct problems *problems, const config_setting_t *where,
		const char *format, ...);

/**
 * problem_in() - add a problem with an explicit place
 * @problems: the list
 * @file: the name of the file, or NULL
 * @line: the line, or 0
 * @format: as for printf(), without a newline
 */
__printf(4, 5)
void problem_in(struct problems *problems, const char *file, unsigned int line,
		const char *format, ...);

void problems_free(struct problems *problems);

/* ---- reading groups ---- */

enum setting_type {
	SETTING_BOOL,		/* bool: true, false */
	SETTING_NUMBER,		/* __u64 */
	SETTING_TIME,		/* __u64, us: "3.3ms", "1s", or a number of us */
	SETTING_TEXT,		/* char *, to be freed; NULL if absent */
	SETTING_GROUP,		/* const config_setting_t *, or list or array */
};

/**
 * struct setting - one setting that a group may have
 * @name: its name
 * @type: enum setting_type
 * @offset: where the value goes in the settings object; what is absent in the
 *	file stays as it is there
 * @min: of numbers and times
 * @max: of numbers and times, 0: no limit
 */
struct setting {
	const char *name;
	enum setting_type type;
	size_t offset;
	__u64 min;
	__u64 max;
};

/**
 * settings_read() - read a group
 * @group: the group; NULL: nothing is read
 * @table: what it may have; anything else is a problem
 * @size: how many
 * @to: the settings object
 * @problems: gets what is wrong
 *
 * Return: true if nothing was wrong.
 */
bool settings_read(const config_setting_t *group, const struct setting *table,
		   size_t size, void *to, struct problems *problems);

/**
 * setting_time() - read an interval
 * @setting: a number of microseconds, or a text such as "3.3ms"
 * @us: gets microseconds
 * @problems: gets what is wrong
 *
 * Return: true if nothing was wrong.
 */
bool setting_time(const config_setting_t *setting, __u64 *us,
		  struct problems *problems);

/**
 * setting_number() - read a number that is not negative
 * @setting: the setting
 * @max: the largest that will do
 * @number: gets it
 * @problems: gets what is wrong
 *
 * Return: true if nothing was wrong.
 */
bool setting_number(const config_setting_t *setting, __u64 max,
		    __u64 *number, struct problems *problems);

#endif /* BFDCONF_PROBLEMS_H */
