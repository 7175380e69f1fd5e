/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Metrics as text, as Prometheus reads them: its own format 0.0.4, or
 * OpenMetrics 1.0.0.
 *
 * The samples of a family have to stand together, but come in the order of the
 * sessions: each family has a buffer of its own.
 */
#ifndef BFDAGENT_METRICS_H
#define BFDAGENT_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <bfdnl/bfdnl.h>

#define METRICS_LABELS_MAX	1024	/* bytes of the labels of a sample */

enum metric_type {
	METRIC_GAUGE,
	METRIC_COUNTER,
	METRIC_HISTOGRAM,
};

/**
 * struct metric_family - samples of one meaning
 * @name: without the suffix _total that counters have
 * @type: enum metric_type
 * @help: for people
 */
struct metric_family {
	const char *name;
	enum metric_type type;
	const char *help;
};

/**
 * struct metrics - what is to be told
 * @families: of which meanings there may be samples
 * @count: how many
 * @openmetrics: the format is OpenMetrics
 * @buffers: of each family, its samples
 */
struct metrics {
	const struct metric_family *families;
	size_t count;
	bool openmetrics;
	struct metric_buffer {
		FILE *out;
		char *text;
		size_t size;
	} *buffers;
};

/**
 * metrics_new() - nothing is told yet
 * @families: of which meanings there may be samples; used until the end
 * @count: how many
 * @openmetrics: the format is OpenMetrics
 *
 * Return: the metrics, or NULL without memory.
 */
struct metrics *metrics_new(const struct metric_family *families, size_t count,
			    bool openmetrics);
void metrics_free(struct metrics *metrics);

/* A sample: @value as a number, or nanoseconds, told as seconds */
void metrics_number(struct metrics *metrics, size_t family, const char *labels,
		    __u64 value);
void metrics_ns(struct metrics *metrics, size_t family, const char *labels,
		__u64 ns);
/* A histogram without other labels than @labels */
void metrics_lateness(struct metrics *metrics, size_t family, const char *labels,
		      const struct bfdnl_lateness *lateness);

/**
 * metrics_label() - add a label
 * @labels: METRICS_LABELS_MAX bytes, so far; begins empty
 * @name: the label's
 * @value: whatever it is; NULL: no label
 */
void metrics_label(char *labels, const char *name, const char *value);

/**
 * metrics_text() - all that was told
 * @metrics: the metrics; nothing can be added any more
 * @size: gets its size
 *
 * Return: to be freed; NULL without memory.
 */
char *metrics_text(struct metrics *metrics, size_t *size);

#endif /* BFDAGENT_METRICS_H */
