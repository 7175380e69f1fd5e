/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The REST front end before a fake kernel, asked over a Unix socket, and a
 * small web server for it to call. All in one thread.
 */
#ifndef TEST_AGENT_REST_H
#define TEST_AGENT_REST_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include "test_agent.h"
#include "rest.h"

extern const struct agent_frontend rest_frontend;

static char rest_socket[64];
static char head[4096];		/* of the last answer */

static inline void *rest_parse(const char *text, struct problems *problems)
{
	config_t config;
	void *settings = NULL;

	config_init(&config);
	if (CHECK(config_read_string(&config, text)))
		settings = rest_frontend.parse(config_root_setting(&config),
					       problems);
	config_destroy(&config);
	return settings;
}

/* @more: settings beside "listen" */
static inline int rest_begin(const char *more)
{
	struct problems problems = { 0 };
	char text[1024];

	snprintf(rest_socket, sizeof(rest_socket), "/tmp/test_agent.%d.sock",
		 getpid());
	agent_begin();
	snprintf(text, sizeof(text), "listen = \"unix:%s\"; %s", rest_socket,
		 more);
	return rest_frontend.start(&agent, rest_parse(text, &problems));
}

/* As if it was killed, or at the end */
static inline void rest_dies(void)
{
	rest_frontend.stop(&agent, true);
	agent_dies();
}

static inline void rest_finish(void)
{
	char file[96];

	rest_frontend.stop(&agent, false);
	run();
	agent_finish();
	snprintf(file, sizeof(file), "/tmp/test_agent.%d.rest", getpid());
	unlink(file);
	unlink(rest_socket);
}

static inline unsigned long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

static inline int dial(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(un.sun_path, rest_socket);
	CHECK(!connect(fd, (struct sockaddr *)&un, sizeof(un)));
	return fd;
}

static inline void say(int fd, const char *bytes)
{
	CHECK(send(fd, bytes, strlen(bytes), MSG_NOSIGNAL) >= 0);
}

/*
 * What comes until @until is in it, or until the end; to be freed. The loop
 * runs meanwhile.
 */
static inline char *hear(int fd, const char *until)
{
	unsigned long long end = now_ms() + 5000;
	char *text = calloc(1, 4 << 20);
	size_t len = 0;

	while (now_ms() < end && len < (4 << 20) - 1) {
		ssize_t got = recv(fd, text + len, (4 << 20) - 1 - len,
				   MSG_DONTWAIT);

		if (!got)
			break;
		if (got > 0)
			len += got;
		if (until && strstr(text, until))
			break;
		if (got < 0)
			sd_event_run(agent.loop, 1000);
	}
	return text;
}

static inline int status_of(const char *text)
{
	return !strncmp(text, "HTTP/1.1 ", 9) ? atoi(text + 9) : 0;
}

static inline int begin_request(const char *method, const char *path,
				const char *headers, const char *body)
{
	char *text = NULL;
	int fd = dial();

	CHECK(asprintf(&text,
		       "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
		       "Content-Type: application/json\r\nContent-Length: %zu\r\n%s\r\n%s",
		       method, path, body ? strlen(body) : 0, headers,
		       body ? body : "") > 0);
	say(fd, text);
	free(text);
	return fd;
}

/* Take a body that came in pieces together. */
static inline void join_chunks(char *body)
{
	char *to = body, *at = body, *end;
	size_t size;

	while ((size = strtoul(at, &end, 16)) && *end == '\r') {
		memmove(to, end + 2, size);
		to += size;
		at = end + 2 + size + 2;
	}
	*to = '\0';
}

static inline struct json_object *end_request(int fd, int status)
{
	char *text = hear(fd, NULL), *body = strstr(text, "\r\n\r\n");
	struct json_object *json = NULL;

	EQ(status_of(text), status);
	if (status_of(text) != status)
		printf("# %s\n", text);
	snprintf(head, sizeof(head), "%.*s", body ? (int)(body - text) : 0, text);
	if (body && strstr(head, "Transfer-Encoding: chunked"))
		join_chunks(body + 4);
	if (body && body[4])
		json = json_tokener_parse(body + 4);
	free(text);
	close(fd);
	return json;
}

static inline struct json_object *ask(int status, const char *method,
				      const char *path, const char *body)
{
	return end_request(begin_request(method, path, "", body), status);
}

static inline struct json_object *ask_with(int status, const char *method,
					   const char *path, const char *header,
					   const char *body)
{
	return end_request(begin_request(method, path, header, body), status);
}

/* The same, when the answer does not matter */
static inline void tell_it(int status, const char *method, const char *path,
			   const char *body)
{
	json_object_put(ask(status, method, path, body));
}

/* "a.b" of an object, as text; "" if it is not there */
static inline const char *member(struct json_object *json, const char *path)
{
	char name[100];
	size_t len;

	while (json && *path) {
		len = strcspn(path, ".");
		snprintf(name, sizeof(name), "%.*s", (int)len, path);
		path += len + (path[len] == '.');
		if (json_object_is_type(json, json_type_array))
			json = json_object_array_get_idx(json, atoi(name));
		else
			json = json_object_object_get(json, name);
	}
	return json ? json_object_get_string(json) : "";
}

static inline bool is_member(struct json_object *json, const char *path,
			     const char *want)
{
	const char *is = member(json, path);

	if (!strcmp(is, want))
		return true;
	printf("# %s is \"%s\", not \"%s\"\n", path, is, want);
	return false;
}

#define IS(json, path, want) CHECK(is_member(json, path, want))

/* ---- a web server ---- */

struct hook {
	int fd;
	int port;
	int client;		/* -1: nobody is connected */
	char text[65536];	/* what the client said, and was not taken */
};

static inline struct hook *hook_new(void)
{
	struct hook *hook = calloc(1, sizeof(*hook));
	struct sockaddr_in in = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof(in);

	hook->client = -1;
	hook->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	CHECK(!bind(hook->fd, (struct sockaddr *)&in, sizeof(in)) &&
	      !listen(hook->fd, 5));
	getsockname(hook->fd, (struct sockaddr *)&in, &size);
	hook->port = ntohs(in.sin_port);
	return hook;
}

static inline void hook_free(struct hook *hook)
{
	if (hook->client >= 0)
		close(hook->client);
	close(hook->fd);
	free(hook);
}

/* One whole request is there: its body, to be freed; what follows stays. */
static inline char *hook_take(struct hook *hook)
{
	char *body = strstr(hook->text, "\r\n\r\n");
	char *length = strstr(hook->text, "Content-Length: "), *taken;
	size_t size;

	if (!body || !length || length > body)
		return NULL;
	size = atoi(length + 16);
	body += 4;
	if (strlen(body) < size)
		return NULL;
	taken = strndup(body, size);
	memmove(hook->text, body + size, strlen(body + size) + 1);
	return taken;
}

/* The body of the next call, which is answered with @status; NULL in vain */
static inline struct json_object *hook_next(struct hook *hook, int status,
					    unsigned int ms)
{
	unsigned long long end = now_ms() + ms;
	struct json_object *json;
	char *body = NULL, text[128];

	while (now_ms() < end && !(body = hook_take(hook))) {
		size_t len = strlen(hook->text);
		ssize_t got = -1;

		sd_event_run(agent.loop, 1000);
		if (hook->client < 0)
			hook->client = accept4(hook->fd, NULL, NULL, SOCK_NONBLOCK);
		if (hook->client >= 0)
			got = recv(hook->client, hook->text + len,
				   sizeof(hook->text) - 1 - len, MSG_DONTWAIT);
		if (got > 0)
			hook->text[len + got] = '\0';
		if (!got) {
			close(hook->client);
			hook->client = -1;
			*hook->text = '\0';
		}
	}
	if (!body)
		return NULL;
	snprintf(text, sizeof(text),
		 "HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n", status);
	say(hook->client, text);
	json = json_tokener_parse(body);
	free(body);
	return json;
}

#endif /* TEST_AGENT_REST_H */
