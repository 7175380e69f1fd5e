// SPDX-License-Identifier: GPL-2.0
/*
 * What is served as it is, and was made part of the program when it was built.
 */
#include "rest.h"

/* The Makefile knows which files these are. */
#define EMBED(name, file)						\
	asm(".section .rodata\n"					\
	    ".global " #name "\n" #name ":\n"				\
	    ".incbin \"" file "\"\n"					\
	    ".global " #name "_end\n" #name "_end:\n"			\
	    ".byte 0\n.previous\n")

EMBED(rest_openapi, REST_OPENAPI);

static void serve(struct rest_request *request, const char *type,
		  const char *from, const char *to)
{
	struct MHD_Response *response;

	response = MHD_create_response_from_buffer(to - from, (void *)from,
						   MHD_RESPMEM_PERSISTENT);
	rest_answer_response(request, MHD_HTTP_OK, response);
	rest_header(request, "Content-Type", type);
	rest_header(request, "X-Content-Type-Options", "nosniff");
}

static void openapi(struct rest_request *request)
{
	serve(request, "application/json", rest_openapi, rest_openapi_end);
}

const struct rest_route rest_page_routes[] = {
	{ "GET", "/v1/openapi.json", openapi },
	{ NULL, NULL, NULL },
};
