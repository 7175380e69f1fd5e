// SPDX-License-Identifier: GPL-2.0
/*
 * GET /v1/sessions. A page of a thousand sessions is a megabyte and takes its
 * time, so it is made while it is read, some sessions at a time: whoever asks
 * for many pages keeps nobody waiting, and who does not read them costs little.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "rest.h"

#define PART_BYTES	8192	/* made at a time, more for a long session */

/**
 * struct list - a page that is being sent
 * @pattern: what its sessions have to have
 * @position: of the events when it was asked for: those that come later may
 *	already be in it, or not
 * @after: id of the last session that was looked at
 * @left: so many more are wanted
 * @begun: something was made
 * @ended: all was made
 * @text: what is being sent
 * @size: how much there is
 * @sent: how much of it was sent
 */
struct list {
	struct bfdnl_session *pattern;
	__u64 position;
	__u32 after;
	__u64 left;
	bool begun;
	bool ended;
	char *text;
	size_t size;
	size_t sent;
};

static void list_free(void *data)
{
	struct list *list = data;

	bfdnl_session_free(list->pattern);
	free(list->text);
	free(list);
}

/* Return: the next session that is wanted, or NULL. */
static struct agent_session *find_next(const struct list *list)
{
	struct agent_session *session = agent_session_next(rest.agent,
							   list->after);

	while (session && !bfdnl_session_matches(agent_session_fields(session),
						 list->pattern))
		session = agent_session_next(rest.agent,
					     agent_session_id(session));
	return session;
}

static void write_session(const struct agent_session *session, FILE *out)
{
	struct json_object *json = rest_session_shown(session);
	size_t size;
	char *text = rest_json_text(json, &size);

	fputs(text ? text : "{}", out);
	free(text);
	json_object_put(json);
}

static void write_part(struct list *list, FILE *out)
{
	struct agent_session *session;
	const char *comma = list->begun ? "," : "";

	if (!list->begun)
		fprintf(out, "{\"position\":%llu,\"sessions\":[",
			(unsigned long long)list->position);
	list->begun = true;
	while ((session = find_next(list)) && list->left &&
	       ftell(out) < PART_BYTES) {
		fputs(comma, out);
		comma = ",";
		write_session(session, out);
		list->after = agent_session_id(session);
		list->left--;
	}
	if (session && list->left)
		return;
	fputc(']', out);
	if (session)
		fprintf(out, ",\"next\":%u", list->after);
	fputc('}', out);
	list->ended = true;
}

/* Return: false without memory. */
static bool make_part(struct list *list)
{
	FILE *out;

	free(list->text);
	list->text = NULL;
	list->size = 0;
	list->sent = 0;
	out = open_memstream(&list->text, &list->size);
	if (!out)
		return false;
	write_part(list, out);
	return !fclose(out);
}

static ssize_t list_read(void *data, uint64_t position, char *to, size_t room)
{
	struct list *list = data;
	size_t size;

	(void)position;
	if (list->sent == list->size) {
		if (list->ended)
			return MHD_CONTENT_READER_END_OF_STREAM;
		if (!make_part(list))
			return MHD_CONTENT_READER_END_WITH_ERROR;
	}
	size = list->size - list->sent;
	if (size > room)
		size = room;
	memcpy(to, list->text + list->sent, size);
	list->sent += size;
	return size;
}

/* ---- the request ---- */

struct filter {
	struct bfdnl_session *pattern;
	struct rest_fault fault;
	bool good;
};

static enum MHD_Result add_filter(void *data, enum MHD_ValueKind kind,
				  const char *name, const char *value)
{
	struct filter *filter = data;

	(void)kind;
	if (!filter->good || !strcmp(name, "limit") || !strcmp(name, "after"))
		return MHD_YES;
	filter->good = rest_field_parse(filter->pattern, name,
					value ? value : "", &filter->fault);
	return MHD_YES;
}

/* Return: false: it was answered. */
static bool read_request(struct rest_request *request, struct list *list)
{
	struct filter filter = { .pattern = list->pattern, .good = true };
	__u64 after = 0;

	list->left = REST_PAGE;
	if (!rest_query_number(request, "limit", 1, REST_PAGE_MAX, &list->left) ||
	    !rest_query_number(request, "after", 0, UINT32_MAX, &after))
		return false;
	list->after = after;
	MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND,
				  add_filter, &filter);
	if (!filter.good)
		rest_error(request, MHD_HTTP_BAD_REQUEST, filter.fault.field,
			   "%s", filter.fault.text);
	return filter.good;
}

static void without_memory(struct rest_request *request)
{
	rest_error(request, MHD_HTTP_SERVICE_UNAVAILABLE, NULL, "%s",
		   strerror(ENOMEM));
}

void rest_list(struct rest_request *request)
{
	struct list *list = calloc(1, sizeof(*list));
	struct MHD_Response *response;

	if (list)
		list->pattern = bfdnl_session_new();
	if (!list || !list->pattern) {
		free(list);
		without_memory(request);
		return;
	}
	if (!read_request(request, list)) {
		list_free(list);
		return;
	}
	list->position = rest_event_position();
	response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, PART_BYTES,
						     list_read, list, list_free);
	if (!response) {
		list_free(list);
		without_memory(request);
		return;
	}
	rest_answer_response(request, MHD_HTTP_OK, response);
	rest_header(request, "Content-Type", "application/json");
	rest_header(request, "Cache-Control", "no-cache");
	rest_header(request, "X-Content-Type-Options", "nosniff");
}
