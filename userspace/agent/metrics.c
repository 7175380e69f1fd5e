// SPDX-License-Identifier: GPL-2.0
/*
 * Metrics as text. Times are whole nanoseconds up to the last digit: nothing is
 * computed in floating point.
 */
#include <stdlib.h>
#include <string.h>
#include "metrics.h"
#include "utf8.h"

#define NS_PER_S	1000000000ULL

static const char * const type_names[] = { "gauge", "counter", "histogram" };

struct metrics *metrics_new(const struct metric_family *families, size_t count,
			    bool openmetrics)
{
	struct metrics *metrics = calloc(1, sizeof(*metrics));

	if (metrics)
		metrics->buffers = calloc(count, sizeof(*metrics->buffers));
	if (!metrics || !metrics->buffers) {
		free(metrics);
		return NULL;
	}
	metrics->families = families;
	metrics->count = count;
	metrics->openmetrics = openmetrics;
	return metrics;
}

void metrics_free(struct metrics *metrics)
{
	if (!metrics)
		return;
	for (size_t i = 0; i < metrics->count; i++) {
		if (metrics->buffers[i].out)
			fclose(metrics->buffers[i].out);
		free(metrics->buffers[i].text);
	}
	free(metrics->buffers);
	free(metrics);
}

/* ---- samples ---- */

/* The buffer of a family, which begins with what it means; NULL: no memory */
static FILE *buffer_of(struct metrics *metrics, size_t family)
{
	const struct metric_family *f = &metrics->families[family];
	struct metric_buffer *b = &metrics->buffers[family];
	const char *total;

	if (b->out)
		return b->out;
	b->out = open_memstream(&b->text, &b->size);
	if (!b->out)
		return NULL;
	/* OpenMetrics names the family, the older format the sample */
	total = f->type == METRIC_COUNTER && !metrics->openmetrics ? "_total" : "";
	fprintf(b->out, "# HELP %s%s %s\n# TYPE %s%s %s\n", f->name, total,
		f->help, f->name, total, type_names[f->type]);
	return b->out;
}

/* Return: where the value is to be written. */
static FILE *begin_sample(struct metrics *metrics, size_t family,
			  const char *labels)
{
	const struct metric_family *f = &metrics->families[family];
	FILE *out = buffer_of(metrics, family);

	if (!out)
		return NULL;
	fputs(f->name, out);
	if (f->type == METRIC_COUNTER)
		fputs("_total", out);
	if (*labels)
		fprintf(out, "{%s}", labels);
	fputc(' ', out);
	return out;
}

static void write_ns(FILE *out, __u64 ns)
{
	char digits[16];
	int len;

	fprintf(out, "%llu", (unsigned long long)(ns / NS_PER_S));
	len = snprintf(digits, sizeof(digits), ".%09llu",
		       (unsigned long long)(ns % NS_PER_S));
	while (digits[len - 1] == '0')
		len--;
	if (len > 1)
		fprintf(out, "%.*s", len, digits);
}

void metrics_number(struct metrics *metrics, size_t family, const char *labels,
		    __u64 value)
{
	FILE *out = begin_sample(metrics, family, labels);

	if (out)
		fprintf(out, "%llu\n", (unsigned long long)value);
}

void metrics_ns(struct metrics *metrics, size_t family, const char *labels,
		__u64 ns)
{
	FILE *out = begin_sample(metrics, family, labels);

	if (!out)
		return;
	write_ns(out, ns);
	fputc('\n', out);
}

static void write_bucket(FILE *out, const char *name, const char *labels,
			 const char *le, __u64 count)
{
	fprintf(out, "%s_bucket{%s,le=\"%s\"} %llu\n", name, labels, le,
		(unsigned long long)count);
}

/*
 * The kernel's bucket n counts what is less than 2^n us, but not in the ones
 * before; here each counts those before it, too.
 */
void metrics_lateness(struct metrics *metrics, size_t family, const char *labels,
		      const struct bfdnl_lateness *lateness)
{
	const char *name = metrics->families[family].name;
	FILE *out = buffer_of(metrics, family);
	__u64 count = 0;
	char le[32];

	if (!out)
		return;
	for (size_t i = 0; i + 1 < lateness->size; i++) {
		count += lateness->buckets[i];
		snprintf(le, sizeof(le), "%.9g", (1ULL << i) / 1e6);
		write_bucket(out, name, labels, le, count);
	}
	write_bucket(out, name, labels, "+Inf", lateness->count);
	fprintf(out, "%s_sum{%s} ", name, labels);
	write_ns(out, lateness->sum);
	fprintf(out, "\n%s_count{%s} %llu\n", name, labels,
		(unsigned long long)lateness->count);
}

/* ---- labels ---- */

static size_t escape(char *to, const char **c)
{
	if (**c != '\n' && **c != '"' && **c != '\\')
		return utf8_copy(c, to);
	to[0] = '\\';
	to[1] = **c == '\n' ? 'n' : **c;
	(*c)++;
	return 2;
}

void metrics_label(char *labels, const char *name, const char *value)
{
	size_t len = strlen(labels);

	/* room for the name, one more character and the end */
	if (!value || len + strlen(name) + 10 > METRICS_LABELS_MAX)
		return;
	len += snprintf(labels + len, METRICS_LABELS_MAX - len, "%s%s=\"",
			len ? "," : "", name);
	while (*value && len + 6 < METRICS_LABELS_MAX)
		len += escape(labels + len, &value);
	labels[len] = '"';
	labels[len + 1] = '\0';
}

/* ---- all of it ---- */

char *metrics_text(struct metrics *metrics, size_t *size)
{
	char *text = NULL;
	bool good = true;
	FILE *out = open_memstream(&text, size);

	if (!out)
		return NULL;
	for (size_t i = 0; i < metrics->count; i++) {
		struct metric_buffer *b = &metrics->buffers[i];

		if (!b->out)
			continue;
		good = !fclose(b->out) && good;
		b->out = NULL;
		if (good)
			fwrite(b->text, 1, b->size, out);
		free(b->text);
		b->text = NULL;
	}
	if (metrics->openmetrics)
		fputs("# EOF\n", out);
	if (!fclose(out) && good)
		return text;
	free(text);
	return NULL;
}
