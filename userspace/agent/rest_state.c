// SPDX-License-Identifier: GPL-2.0
/*
 * What survives the agent: a journal of JSON lines beside the ledger, each the
 * whole truth about one object from then on:
 *
 *	{"kind":"notification","id":3,"value":{...}}
 *	{"kind":"notification","id":3,"value":null}
 *
 * It is rewritten when it has become much longer than need be.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>
#include "rest.h"

#define LINE_MAX_BYTES	(2l * REST_BODY_MAX)
#define SPARE_LINES	256	/* that may be of the past */

struct record {
	char *kind;
	__u64 id;
	char *line;		/* with its newline */
};

static struct {
	char *path;
	int fd;
	struct vector records;
	size_t lines;
} state = { .fd = -1 };

static void free_record(void *item)
{
	struct record *record = item;

	free(record->kind);
	free(record->line);
	free(record);
}

static size_t find(const char *kind, __u64 id)
{
	for (size_t i = 0; i < state.records.size; i++) {
		const struct record *record = state.records.at[i];

		if (record->id == id && !strcmp(record->kind, kind))
			return i;
	}
	return state.records.size;
}

static void forget(const char *kind, __u64 id)
{
	size_t at = find(kind, id);

	if (at == state.records.size)
		return;
	free_record(state.records.at[at]);
	vector_remove(&state.records, at);
}

/*
 * Remember a line, which is used up. Objects stay in the order in which they
 * came to be: one may refer to another before it.
 */
static int remember(const char *kind, __u64 id, char *line)
{
	size_t at = find(kind, id);
	struct record *record;

	if (at < state.records.size) {
		record = state.records.at[at];
		free(record->line);
		record->line = line;
		return 0;
	}
	record = calloc(1, sizeof(*record));
	if (record)
		record->kind = strdup(kind);
	if (!record || !record->kind || vector_append(&state.records, record)) {
		free(line);
		if (record)
			free(record->kind);
		free(record);
		return -ENOMEM;
	}
	record->id = id;
	record->line = line;
	return 0;
}

static char *line_of(const char *kind, __u64 id, struct json_object *value)
{
	struct json_object *json = json_object_new_object();
	const char *text;
	char *line = NULL;

	rest_add_text(json, "kind", kind);
	rest_add_number(json, "id", id);
	json_object_object_add(json, "value", json_object_get(value));
	text = json_object_to_json_string_ext(json, JSON_C_TO_STRING_NOSLASHESCAPE);
	if (text && asprintf(&line, "%s\n", text) < 0)
		line = NULL;
	json_object_put(json);
	return line;
}

/* One write: half a line at the end belongs to what did not happen. */
static int append(const char *line)
{
	size_t size = strlen(line);
	ssize_t done;

	if (state.fd < 0)
		return 0;
	done = write(state.fd, line, size);
	if (done == (ssize_t)size)
		return 0;
	done = done < 0 ? -errno : -ENOSPC;
	/* whoever reads it skips the half line, and so must what follows */
	if (write(state.fd, "\n", 1) != 1)
		agent_log(LOG_ERR, "%s: %s", state.path, strerror(-done));
	return done;
}

static int rewrite(void)
{
	char name[4096 + 8];
	FILE *file;
	int fd, ret = 0;

	snprintf(name, sizeof(name), "%s.new", state.path);
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	file = fdopen(dup(fd), "w");
	for (size_t i = 0; file && i < state.records.size; i++)
		fputs(((struct record *)state.records.at[i])->line, file);
	if (!file || ferror(file))
		ret = -EIO;
	if (file && fclose(file))
		ret = -EIO;
	if (!ret && rename(name, state.path))
		ret = -errno;
	if (ret) {
		unlink(name);
		close(fd);
		return ret;
	}
	if (state.fd >= 0)
		close(state.fd);
	state.fd = fd;
	state.lines = state.records.size;
	return 0;
}

int rest_state_put(const char *kind, __u64 id, struct json_object *value)
{
	char *line = line_of(kind, id, value);
	int ret = line ? append(line) : -ENOMEM;

	if (ret || !value) {
		free(line);
		if (!ret)
			forget(kind, id);
	} else {
		ret = remember(kind, id, line);
	}
	if (++state.lines > 2 * state.records.size + SPARE_LINES)
		rewrite();
	return ret;
}

static void read_line(const char *text)
{
	struct json_object *json, *kind, *id, *value;
	const char *why;
	char *line;

	json = rest_json_parse(text, strcspn(text, "\n"), &why);
	if (!json)
		return;
	if (json_object_object_get_ex(json, "kind", &kind) &&
	    json_object_object_get_ex(json, "id", &id) &&
	    json_object_object_get_ex(json, "value", &value)) {
		const char *name = json_object_get_string(kind);
		__u64 number = json_object_get_uint64(id);

		if (!value) {
			forget(name, number);
		} else {
			line = line_of(name, number, value);
			if (line)
				remember(name, number, line);
		}
	}
	json_object_put(json);
}

static void tell(const struct record *record,
		 void (*fn)(const char *kind, __u64 id,
			    struct json_object *value))
{
	struct json_object *json, *value;
	const char *why;

	json = rest_json_parse(record->line, strlen(record->line) - 1, &why);
	if (json && json_object_object_get_ex(json, "value", &value))
		fn(record->kind, record->id, value);
	json_object_put(json);
}

int rest_state_open(const char *path,
		    void (*fn)(const char *kind, __u64 id,
			       struct json_object *value))
{
	char *line = NULL;
	size_t room = 0;
	ssize_t size;
	FILE *file;
	int ret;

	state.path = strdup(path);
	if (!state.path)
		return -ENOMEM;
	file = fopen(path, "re");
	while (file && (size = getline(&line, &room, file)) > 0)
		if (size < LINE_MAX_BYTES && line[size - 1] == '\n')
			read_line(line);
	free(line);
	if (file)
		fclose(file);
	/* also gets rid of half a line */
	ret = rewrite();
	for (size_t i = 0; i < state.records.size; i++)
		tell(state.records.at[i], fn);
	return ret;
}

void rest_state_close(void)
{
	if (state.fd >= 0)
		close(state.fd);
	state.fd = -1;
	vector_clear(&state.records, free_record);
	state.lines = 0;
	free(state.path);
	state.path = NULL;
}

void rest_state_remove(void)
{
	if (state.path)
		unlink(state.path);
}
