// SPDX-License-Identifier: GPL-2.0
/*
 * Who may ask: whoever shows the token, if there is one. And a page in
 * somebody's browser must not ask on its own account: neither one of another
 * origin, nor one whose name was made to lead to us.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>
#include "rest.h"

#define TOKEN_MIN	16
#define TOKEN_MAX	255

static char token[TOKEN_MAX + 2];

/* No file: no token. Return: what is in it is one. */
static bool read_token(const char *token_file, char to[static sizeof(token)])
{
	FILE *file;
	size_t size;

	*to = '\0';
	if (!token_file)
		return true;
	file = fopen(token_file, "re");
	if (!file || !fgets(to, sizeof(token), file))
		*to = '\0';
	if (file)
		fclose(file);
	size = strcspn(to, "\r\n");
	to[size] = '\0';
	return size >= TOKEN_MIN && size <= TOKEN_MAX;
}

int rest_access_load(const char *token_file)
{
	if (read_token(token_file, token))
		return 0;
	rest_access_forget();
	agent_log(LOG_ERR,
		  "rest: the first line of %s is not a token of %u to %u characters",
		  token_file, TOKEN_MIN, TOKEN_MAX);
	return -EINVAL;
}

bool rest_access_is_as(const char *token_file)
{
	char other[sizeof(token)];
	bool same = read_token(token_file, other) && !strcmp(other, token);

	explicit_bzero(other, sizeof(other));
	return same;
}

void rest_access_forget(void)
{
	explicit_bzero(token, sizeof(token));
}

static const char *header_of(struct rest_request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
					   name);
}

/* As long whatever was guessed right */
static bool is_token(const char *guess)
{
	size_t size = strlen(guess);
	unsigned char differ = size != strlen(token);

	for (size_t i = 0; i < size && i < sizeof(token); i++)
		differ |= guess[i] ^ token[i];
	return !differ;
}

static bool shows_token(struct rest_request *request)
{
	const char *header = header_of(request, "Authorization");

	if (!*token)
		return true;
	return header && !strncasecmp(header, "Bearer ", 7) &&
	       is_token(header + 7);
}

/* A name that somebody else could make lead here would be a page's own. */
static bool is_own_host(const char *host)
{
	char name[64];
	struct in_addr in;
	struct in6_addr in6;
	size_t len;

	if (*host == '[') {
		host++;
		len = strcspn(host, "]");
	} else {
		len = strcspn(host, ":");
	}
	if (len >= sizeof(name))
		return false;
	memcpy(name, host, len);
	name[len] = '\0';
	return !*name || !strcasecmp(name, "localhost") ||
	       inet_pton(AF_INET, name, &in) == 1 ||
	       inet_pton(AF_INET6, name, &in6) == 1;
}

/* "http://HOST" of the page against the HOST that was asked */
static bool is_own_origin(const char *origin, const char *host)
{
	const char *slashes = strstr(origin, "://");

	return slashes && host && !strcasecmp(slashes + 3, host);
}

bool rest_access_check(struct rest_request *request)
{
	const char *host = header_of(request, "Host");
	const char *origin = header_of(request, "Origin");

	if (origin && !is_own_origin(origin, host)) {
		rest_error(request, MHD_HTTP_FORBIDDEN, NULL,
			   "pages of another origin may not ask");
		return false;
	}
	/* whoever knows the token asks on purpose */
	if (!*token && host && !is_own_host(host)) {
		rest_error(request, MHD_HTTP_MISDIRECTED_REQUEST, NULL,
			   "the host is to be an address or localhost");
		return false;
	}
	if (shows_token(request) || rest_page_is_public(request->path))
		return true;
	rest_error(request, MHD_HTTP_UNAUTHORIZED, NULL,
		   "a token is wanted: Authorization: Bearer TOKEN");
	rest_header(request, "WWW-Authenticate", "Bearer");
	return false;
}
