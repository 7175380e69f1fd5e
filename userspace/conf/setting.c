// SPDX-License-Identifier: GPL-2.0
/*
 * Read settings of known types; whatever is not understood is a problem.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "problems.h"

#define US_MAX	UINT32_MAX

static const char *name_of(const config_setting_t *setting)
{
	const char *name = config_setting_name(setting);

	return name ? name : "it";
}

bool setting_number(const config_setting_t *setting, __u64 max,
		    __u64 *number, struct problems *problems)
{
	long long value;

	if (config_setting_type(setting) != CONFIG_TYPE_INT &&
	    config_setting_type(setting) != CONFIG_TYPE_INT64) {
		problem_at(problems, setting, "%s: a number is wanted",
			   name_of(setting));
		return false;
	}
	value = config_setting_get_int64(setting);
	if (value < 0 || (__u64)value > max) {
		problem_at(problems, setting, "%s: %lld is not from 0 to %llu",
			   name_of(setting), value, (unsigned long long)max);
		return false;
	}
	*number = value;
	return true;
}

/* How many microseconds a unit has; 0 if there is no such unit */
static __u64 unit_of(const char *unit)
{
	if (!*unit || !strcmp(unit, "us"))
		return 1;
	if (!strcmp(unit, "ms"))
		return 1000;
	return strcmp(unit, "s") ? 0 : 1000000;
}

/* Return: 0, -EINVAL for no time, -ERANGE if it is too long or too fine. */
static int time_of(const char *text, __u64 *us)
{
	size_t whole = strspn(text, "0123456789"), decimals = 0;
	const char *fraction = text + whole;
	__u64 unit, scale, rest = 0;

	if (*fraction == '.') {
		decimals = strspn(++fraction, "0123456789");
		if (!decimals)
			return -EINVAL;
	}
	unit = unit_of(fraction + decimals);
	if (!whole || !unit)
		return -EINVAL;
	scale = unit;
	for (size_t i = 0; i < decimals; i++) {
		unsigned int digit = fraction[i] - '0';

		scale /= 10;
		if (digit && !scale)
			return -ERANGE;
		rest += digit * scale;
	}
	errno = 0;
	*us = strtoull(text, NULL, 10);
	if (errno || *us > US_MAX || *us * unit + rest > US_MAX)
		return -ERANGE;
	*us = *us * unit + rest;
	return 0;
}

bool setting_time(const config_setting_t *setting, __u64 *us,
		  struct problems *problems)
{
	const char *text;
	int ret;

	if (config_setting_type(setting) != CONFIG_TYPE_STRING)
		return setting_number(setting, US_MAX, us, problems);
	text = config_setting_get_string(setting);
	ret = time_of(text, us);
	if (ret == -EINVAL)
		problem_at(problems, setting,
			   "%s: \"%s\" is not a time such as \"3.3ms\", \"1s\" or 500 (us)",
			   name_of(setting), text);
	else if (ret)
		problem_at(problems, setting,
			   "%s: %s is more than 4294.967295s, or finer than a microsecond",
			   name_of(setting), text);
	return !ret;
}

static bool in_range(const config_setting_t *member, const struct setting *s,
		     __u64 value, struct problems *problems)
{
	if (value >= s->min && (!s->max || value <= s->max))
		return true;
	problem_at(problems, member, "%s: it is to be from %llu to %llu%s",
		   s->name, (unsigned long long)s->min,
		   (unsigned long long)(s->max ? s->max : US_MAX),
		   s->type == SETTING_TIME ? " us" : "");
	return false;
}

static bool read_value(const config_setting_t *member, const struct setting *s,
		       __u64 *to, struct problems *problems)
{
	__u64 value = 0;
	bool good;

	if (s->type == SETTING_TIME)
		good = setting_time(member, &value, problems);
	else
		good = setting_number(member, s->max ? s->max : INT64_MAX,
				      &value, problems);
	if (!good || !in_range(member, s, value, problems))
		return false;
	*to = value;
	return true;
}

static bool read_text(const config_setting_t *member, const struct setting *s,
		      char **to, struct problems *problems)
{
	char *text;

	if (config_setting_type(member) != CONFIG_TYPE_STRING) {
		problem_at(problems, member, "%s: a text in \"\" is wanted",
			   s->name);
		return false;
	}
	text = strdup(config_setting_get_string(member));
	if (!text) {
		problem_at(problems, member, "%s", strerror(ENOMEM));
		return false;
	}
	free(*to);
	*to = text;
	return true;
}

static bool read_member(const config_setting_t *member, const struct setting *s,
			void *to, struct problems *problems)
{
	switch (s->type) {
	case SETTING_BOOL:
		if (config_setting_type(member) != CONFIG_TYPE_BOOL) {
			problem_at(problems, member, "%s: true or false is wanted",
				   s->name);
			return false;
		}
		*(bool *)to = config_setting_get_bool(member);
		return true;
	case SETTING_TEXT:
		return read_text(member, s, to, problems);
	case SETTING_GROUP:
		if (!config_setting_is_aggregate(member)) {
			problem_at(problems, member,
				   "%s: a group { }, a list ( ) or an array [ ] is wanted",
				   s->name);
			return false;
		}
		*(const config_setting_t **)to = member;
		return true;
	default:
		return read_value(member, s, to, problems);
	}
}

bool settings_read(const config_setting_t *group, const struct setting *table,
		   size_t size, void *to, struct problems *problems)
{
	int members = group ? config_setting_length(group) : 0;
	bool good = true;

	if (group && !config_setting_is_group(group)) {
		problem_at(problems, group, "%s: a group { } is wanted",
			   name_of(group));
		return false;
	}
	for (int i = 0; i < members; i++) {
		const config_setting_t *member = config_setting_get_elem(group, i);
		const char *name = config_setting_name(member);
		const struct setting *s = table;

		while (s < table + size && strcmp(s->name, name))
			s++;
		if (s == table + size) {
			problem_at(problems, member, "%s: unknown word", name);
			good = false;
		} else if (!read_member(member, s, (char *)to + s->offset,
					problems)) {
			good = false;
		}
	}
	return good;
}
