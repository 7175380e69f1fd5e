// SPDX-License-Identifier: GPL-2.0
/*
 * From URL to function, and answers.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "rest.h"

static const struct rest_route * const tables[] = {
	rest_session_routes, rest_stats_routes, rest_event_routes,
	rest_notify_routes, rest_contrail_routes, rest_health_routes,
	rest_metrics_routes, rest_page_routes,
};

/* ---- routes ---- */

/* Cut @request.parts at the slashes as @pattern has its stars. */
static bool matches(struct rest_request *request, const char *pattern)
{
	char *path = request->parts;
	int count = 0;

	snprintf(request->parts, sizeof(request->parts), "%s", request->path);
	while (*pattern) {
		if (*pattern != '*') {
			if (*path++ != *pattern++)
				return false;
			continue;
		}
		if (!*path || *path == '/' || count == REST_PARTS)
			return false;
		request->part[count++] = path;
		path += strcspn(path, "/");
		pattern++;
		/* the slash that the pattern has next becomes the end */
		if (*pattern) {
			if (*path != '/')
				return false;
			*path++ = '\0';
			pattern++;
		}
	}
	return !*path;
}

static bool is_contrail(const char *path)
{
	return !strncmp(path, "/Session", 8);
}

static void unknown(struct rest_request *request, const char *allow)
{
	if (is_contrail(request->path)) {
		rest_error(request, MHD_HTTP_NOT_FOUND, NULL, "Unknown Request");
	} else if (*allow) {
		rest_error(request, MHD_HTTP_METHOD_NOT_ALLOWED, NULL,
			   "here is only %s", allow);
		rest_header(request, "Allow", allow);
	} else {
		rest_error(request, MHD_HTTP_NOT_FOUND, NULL,
			   "there is nothing here; see /v1/openapi.json");
	}
}

void rest_route(struct rest_request *request)
{
	char allow[64] = "";

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		for (const struct rest_route *r = tables[i]; r->method; r++) {
			size_t len = strlen(allow);

			if (!matches(request, r->pattern))
				continue;
			if (!strcmp(request->method, r->method)) {
				r->run(request);
				return;
			}
			snprintf(allow + len, sizeof(allow) - len, "%s%s",
				 len ? ", " : "", r->method);
		}
	}
	unknown(request, allow);
}

/* ---- answers ---- */

void rest_header(struct rest_request *request, const char *name,
		 const char *value)
{
	if (request->response)
		MHD_add_response_header(request->response, name, value);
}

static struct MHD_Response *respond(const char *type, char *text, size_t size)
{
	struct MHD_Response *response;

	response = MHD_create_response_from_buffer(text ? size : 0,
						   text ? text : (char *)"",
						   text ? MHD_RESPMEM_MUST_FREE :
						   MHD_RESPMEM_PERSISTENT);
	if (!response) {
		free(text);
		return NULL;
	}
	if (type)
		MHD_add_response_header(response, "Content-Type", type);
	MHD_add_response_header(response, "Cache-Control", "no-cache");
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	return response;
}

void rest_answer_text(struct rest_request *request, unsigned int status,
		      const char *type, char *text, size_t size)
{
	struct MHD_Response *response;

	response = respond(text ? type : NULL, text, size);
	rest_answer_response(request, response ? status :
			     MHD_HTTP_INTERNAL_SERVER_ERROR, response);
}

void rest_answer(struct rest_request *request, unsigned int status,
		 struct json_object *json)
{
	size_t size = 0;
	char *text = NULL;

	if (json) {
		text = rest_json_text(json, &size);
		json_object_put(json);
		if (!text)
			status = MHD_HTTP_INTERNAL_SERVER_ERROR;
	}
	rest_answer_text(request, status, "application/json", text, size);
}

void rest_error(struct rest_request *request, unsigned int status,
		const char *field, const char *format, ...)
{
	struct json_object *json = json_object_new_object();
	char text[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	rest_add_text(json, "error", text);
	if (field && *field)
		rest_add_text(json, "field", field);
	rest_answer(request, status, json);
}

unsigned int rest_status_of(int code)
{
	switch (code) {
	case -EINVAL:
	case -ERANGE:
	case -EOPNOTSUPP:
	case -EADDRNOTAVAIL:
	case -ENODEV:
	case -ENAMETOOLONG:
		return MHD_HTTP_BAD_REQUEST;
	case -ENOENT:
		return MHD_HTTP_NOT_FOUND;
	case -EEXIST:
	case -EADDRINUSE:
	case -EBUSY:
		return MHD_HTTP_CONFLICT;
	case -ENOSPC:
	case -ENOBUFS:
	case -ENOMEM:
	case -EPROTONOSUPPORT:
	case -EAGAIN:
		return MHD_HTTP_SERVICE_UNAVAILABLE;
	default:
		return MHD_HTTP_INTERNAL_SERVER_ERROR;
	}
}

void rest_refuse(struct rest_request *request, const struct agent_result *result)
{
	unsigned int status = rest_status_of(result->code);

	/* what there is not is a key or an interface, not what was asked for */
	if (status == MHD_HTTP_NOT_FOUND && result->attribute)
		status = MHD_HTTP_BAD_REQUEST;
	rest_error(request, status, result->attribute, "%s", result->text);
}

/* ---- what was asked ---- */

const char *rest_query(struct rest_request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection,
					   MHD_GET_ARGUMENT_KIND, name);
}

bool rest_query_number(struct rest_request *request, const char *name,
		       __u64 min, __u64 max, __u64 *number)
{
	const char *text = rest_query(request, name);

	if (!text || (rest_number(text, max, number) && *number >= min))
		return true;
	rest_error(request, MHD_HTTP_BAD_REQUEST, name,
		   "a number from %llu to %llu is wanted",
		   (unsigned long long)min, (unsigned long long)max);
	return false;
}

/* A form of another page's could be sent without being asked for leave. */
static bool is_json(struct rest_request *request)
{
	const char *type;

	type = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
					   "Content-Type");
	if (is_contrail(request->path))
		return true;
	return type && !strncmp(type, "application/", 12) && strstr(type, "json");
}

struct json_object *rest_body(struct rest_request *request)
{
	struct json_object *json;
	const char *why;

	if (!is_json(request)) {
		rest_error(request, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, NULL,
			   "Content-Type: application/json is wanted");
		return NULL;
	}
	json = rest_json_parse(request->body ? request->body : "",
			       request->body_size, &why);
	if (json && json_object_is_type(json, json_type_object))
		return json;
	if (json || (request->body && !strncmp(request->body, "null", 4)))
		why = "an object is wanted";
	json_object_put(json);
	rest_error(request, MHD_HTTP_BAD_REQUEST, NULL, "the body: %s", why);
	return NULL;
}
