// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers for people: nothing is rounded that they might compare.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "bfdnl.h"

#define NS_PER_SEC	1000000000ULL

/* 1234567 with @digits 6 becomes 1.234567, 3300 with 3 becomes 3.3 */
static int put_fraction(char *text, __u64 value, __u64 unit, int digits)
{
	int len = snprintf(text, UNITS_LEN, "%llu.%0*llu", value / unit, digits,
			   value % unit);

	while (text[len - 1] == '0')
		len--;
	if (text[len - 1] == '.')
		len--;
	text[len] = '\0';
	return len;
}

/**
 * format_interval() - microseconds as exact as they are
 * @us: the interval
 * @text: at least UNITS_LEN bytes
 *
 * Return: @text: "123us", "3.3ms", "1s", "1.234567s".
 */
const char *format_interval(__u64 us, char *text)
{
	int len;

	if (us < 1000) {
		snprintf(text, UNITS_LEN, us ? "%lluus" : "0", us);
	} else if (us < 1000000) {
		len = put_fraction(text, us, 1000, 3);
		snprintf(text + len, UNITS_LEN - len, "ms");
	} else {
		len = put_fraction(text, us, 1000000, 6);
		snprintf(text + len, UNITS_LEN - len, "s");
	}
	return text;
}

/**
 * format_duration() - how long ago, in the two units that matter
 * @ns: the duration
 * @text: at least UNITS_LEN bytes
 *
 * Return: @text: "12s", "5m03s", "1h02m", "3d04h".
 */
const char *format_duration(__u64 ns, char *text)
{
	__u64 s = ns / NS_PER_SEC;

	if (s < 60)
		snprintf(text, UNITS_LEN, "%llus", s);
	else if (s < 3600)
		snprintf(text, UNITS_LEN, "%llum%02llus", s / 60, s % 60);
	else if (s < 86400)
		snprintf(text, UNITS_LEN, "%lluh%02llum", s / 3600,
			 s / 60 % 60);
	else
		snprintf(text, UNITS_LEN, "%llud%02lluh", s / 86400,
			 s / 3600 % 24);
	return text;
}

/**
 * format_time() - a point in time as RFC 6991's date-and-time, in UTC
 * @ns: nanoseconds since the epoch
 * @text: at least TIME_LEN bytes
 *
 * Return: @text: "2026-01-31T12:00:00.123456789Z".
 */
const char *format_time(__u64 ns, char *text)
{
	time_t s = ns / NS_PER_SEC;
	struct tm tm;
	size_t len = 0;

	if (gmtime_r(&s, &tm))
		len = strftime(text, TIME_LEN, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + len, TIME_LEN - len, ".%09lluZ", ns % NS_PER_SEC);
	return text;
}

/* Nanoseconds of CLOCK_REALTIME */
__u64 wall_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * NS_PER_SEC + ts.tv_nsec;
}
