// SPDX-License-Identifier: GPL-2.0
/*
 * What the host says of itself: files below a root, output of its tools.
 */
#include <ctype.h>
#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "doctor.h"

#define PATH_LEN	512
#define LOAD_MAX	(16 << 20)	/* of a ruleset, or a list of connections */

__printf(2, 0)
static FILE *open_file(const struct doctor *d, const char *format, va_list ap)
{
	char path[PATH_LEN];
	int len = snprintf(path, sizeof(path), "%s/", d->root);

	if (len < (int)sizeof(path))
		len += vsnprintf(path + len, sizeof(path) - len, format, ap);
	return len < (int)sizeof(path) ? fopen(path, "re") : NULL;
}

/* The beginning of a file, without the newline at its end */
bool tree_read(const struct doctor *d, char *text, size_t size,
	       const char *format, ...)
{
	size_t len;
	va_list ap;
	FILE *f;

	*text = '\0';
	va_start(ap, format);
	f = open_file(d, format, ap);
	va_end(ap);
	if (!f)
		return false;
	len = fread(text, 1, size - 1, f);
	if (ferror(f))
		len = 0;
	fclose(f);
	while (len && isspace((unsigned char)text[len - 1]))
		len--;
	text[len] = '\0';
	return len;
}

bool tree_number(const struct doctor *d, __u64 *value, const char *format, ...)
{
	char text[32] = "", *end;
	va_list ap;
	FILE *f;

	va_start(ap, format);
	f = open_file(d, format, ap);
	va_end(ap);
	if (!f)
		return false;
	if (!fgets(text, sizeof(text), f))
		*text = '\0';
	fclose(f);
	*value = strtoull(text, &end, 10);
	return end != text;
}

bool tree_exists(const struct doctor *d, const char *format, ...)
{
	char path[PATH_LEN];
	va_list ap;
	int len = snprintf(path, sizeof(path), "%s/", d->root);

	va_start(ap, format);
	if (len < (int)sizeof(path))
		vsnprintf(path + len, sizeof(path) - len, format, ap);
	va_end(ap);
	return !access(path, F_OK);
}

static char *load(FILE *f)
{
	size_t room = 4096, len = 0, got;
	char *text = malloc(room + 1), *more;

	if (!text)
		return NULL;
	while ((got = fread(text + len, 1, room - len, f))) {
		len += got;
		if (len < room)
			continue;
		room *= 2;
		more = room > LOAD_MAX ? NULL : realloc(text, room + 1);
		if (!more)
			break;
		text = more;
	}
	text[len] = '\0';
	return text;
}

/* All of a file, to be freed, or NULL */
char *tree_load(const struct doctor *d, const char *format, ...)
{
	va_list ap;
	char *text;
	FILE *f;

	va_start(ap, format);
	f = open_file(d, format, ap);
	va_end(ap);
	if (!f)
		return NULL;
	text = load(f);
	fclose(f);
	return text;
}

static void run_command(int out, const char * const *words)
{
	char *argv[8] = { NULL };

	for (int i = 0; i < 7 && words[i]; i++)
		argv[i] = (char *)words[i];
	dup2(out, STDOUT_FILENO);
	if (argv[0] && freopen("/dev/null", "w", stderr))
		execvp(argv[0], argv);
	_exit(127);
}

/*
 * What a command prints, to be freed, or NULL if it fails. Nothing is run for
 * another root: there, the file command/NAME is what it printed.
 */
char *tree_command(const struct doctor *d, const char *name,
		   const char * const *words)
{
	int ends[2], status;
	char *text;
	pid_t pid;
	FILE *f;

	if (*d->root)
		return tree_load(d, "command/%s", name);
	if (pipe(ends))
		return NULL;
	fflush(NULL);
	pid = fork();
	if (!pid)
		run_command(ends[1], words);
	close(ends[1]);
	f = fdopen(ends[0], "r");
	text = f ? load(f) : NULL;
	if (f)
		fclose(f);
	else
		close(ends[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status) {
		free(text);
		return NULL;
	}
	return text;
}

bool tree_list(struct doctor *d, const char *path, tree_entry_fn fn, void *data)
{
	char full[PATH_LEN];
	struct dirent *entry;
	DIR *dir;

	snprintf(full, sizeof(full), "%s/%s", d->root, path);
	dir = opendir(full);
	if (!dir)
		return false;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			fn(d, entry->d_name, data);
	closedir(dir);
	return true;
}

bool cpus_has(const struct cpus *cpus, unsigned int cpu)
{
	return cpu < CPUS_MAX && cpus->set[cpu / 8] & 1 << cpu % 8;
}

void cpus_add(struct cpus *cpus, unsigned int cpu)
{
	if (cpu < CPUS_MAX)
		cpus->set[cpu / 8] |= 1 << cpu % 8;
}

/* "0-3,8" */
void cpus_parse(struct cpus *cpus, const char *text)
{
	unsigned int first, last;
	int len;

	memset(cpus, 0, sizeof(*cpus));
	while (sscanf(text, "%u%n", &first, &len) == 1) {
		text += len;
		last = first;
		if (sscanf(text, "-%u%n", &last, &len) == 1)
			text += len;
		for (; first <= last && first < CPUS_MAX; first++)
			cpus_add(cpus, first);
		if (*text != ',')
			break;
		text++;
	}
}

/* None if there is no such file */
void cpus_read(const struct doctor *d, struct cpus *cpus, const char *path)
{
	char text[4096];

	tree_read(d, text, sizeof(text), "%s", path);
	cpus_parse(cpus, text);
}

unsigned int cpus_count(const struct cpus *cpus)
{
	unsigned int count = 0;

	for (unsigned int cpu = 0; cpu < CPUS_MAX; cpu++)
		count += cpus_has(cpus, cpu);
	return count;
}

/* The opposite of cpus_parse(); what does not fit is cut off */
const char *cpus_format(const struct cpus *cpus, char *text, size_t size)
{
	size_t len = 0;

	*text = '\0';
	for (unsigned int cpu = 0; cpu < CPUS_MAX && len < size; cpu++) {
		unsigned int first = cpu;

		if (!cpus_has(cpus, cpu))
			continue;
		while (cpus_has(cpus, cpu + 1))
			cpu++;
		len += snprintf(text + len, size - len, "%s%u", len ? "," : "",
				first);
		if (cpu > first && len < size)
			len += snprintf(text + len, size - len, "-%u", cpu);
	}
	return text;
}
