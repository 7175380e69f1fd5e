// SPDX-License-Identifier: GPL-2.0
/*
 * What is served as it is, and was made part of the program when it was built.
 */
#include <string.h>
#include "rest.h"

/* The Makefile knows which files these are. */
#define EMBED(name, file)						\
	asm(".section .rodata\n"					\
	    ".global " #name "\n" #name ":\n"				\
	    ".incbin \"" file "\"\n"					\
	    ".global " #name "_end\n" #name "_end:\n"			\
	    ".byte 0\n.previous\n")

EMBED(rest_openapi, REST_OPENAPI);
EMBED(rest_status_html, REST_WEB "/status.html");
EMBED(rest_status_css, REST_WEB "/status.css");
EMBED(rest_status_js, REST_WEB "/status.js");

/* Nothing but our own files, and no frame of somebody else's around them */
#define POLICY								\
	"default-src 'none'; script-src 'self'; style-src 'self'; "	\
	"connect-src 'self'; img-src data:; base-uri 'none'; "		\
	"form-action 'none'; frame-ancestors 'none'"

static const struct file {
	const char *path;
	const char *type;
	const char *from;
	const char *to;
} files[] = {
	{ "/", "text/html; charset=utf-8", rest_status_html,
	  rest_status_html_end },
	{ "/status.css", "text/css; charset=utf-8", rest_status_css,
	  rest_status_css_end },
	{ "/status.js", "text/javascript; charset=utf-8", rest_status_js,
	  rest_status_js_end },
	{ "/v1/openapi.json", "application/json", rest_openapi,
	  rest_openapi_end },
};

static const struct file *find(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (!strcmp(path, files[i].path))
			return &files[i];
	return NULL;
}

/* They tell nothing of the sessions, and the page is what asks for the token. */
bool rest_page_is_public(const char *path)
{
	return strncmp(path, "/v1/", 4) && find(path);
}

static void serve(struct rest_request *request)
{
	const struct file *file = find(request->path);
	struct MHD_Response *response;

	response = MHD_create_response_from_buffer(file->to - file->from,
						   (void *)file->from,
						   MHD_RESPMEM_PERSISTENT);
	rest_answer_response(request, MHD_HTTP_OK, response);
	rest_header(request, "Content-Type", file->type);
	rest_header(request, "X-Content-Type-Options", "nosniff");
	rest_header(request, "Cache-Control", "no-cache");
	rest_header(request, "Content-Security-Policy", POLICY);
	rest_header(request, "Referrer-Policy", "no-referrer");
}

const struct rest_route rest_page_routes[] = {
	{ "GET", "/", serve },
	{ "GET", "/status.css", serve },
	{ "GET", "/status.js", serve },
	{ "GET", "/v1/openapi.json", serve },
	{ NULL, NULL, NULL },
};
