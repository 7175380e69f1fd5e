// SPDX-License-Identifier: GPL-2.0
/*
 * libmicrohttpd in the event loop: no threads, it is called when its epoll
 * descriptor is ready or its next timeout is due.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>
#include "rest.h"

#define IDLE_S		30	/* of a connection */
#define LATE_US		30000000	/* for the core to answer */
#define MEMORY_BYTES	32768	/* of a connection */
#define FILE_BYTES_MAX	1048576	/* of a certificate */
#define TLS_VERSIONS	"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

static struct {
	struct MHD_Daemon *daemon;
	sd_event_source *io;
	sd_event_source *timer;
	sd_event_source *soon;
	struct rest_request_list requests;
	__u64 serial;
	bool ending;
	char *certificate;
	char *key;
} http;

/* ---- requests ---- */

void rest_http_count(struct rest_counts *counts)
{
	counts->requests = http.serial;
	rest_client_count(counts);
}

struct rest_request *rest_request_find(__u64 serial)
{
	struct rest_request *request;

	TAILQ_FOREACH(request, &http.requests, link)
		if (request->serial == serial)
			return request;
	return NULL;
}

static const char *method_of(const char *method)
{
	static const char * const methods[] = {
		"GET", "PUT", "POST", "PATCH", "DELETE",
	};

	if (!strcmp(method, "HEAD"))
		return "GET";
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++)
		if (!strcmp(method, methods[i]))
			return methods[i];
	return "";
}

static struct rest_request *request_new(struct MHD_Connection *connection,
					const char *url, const char *method)
{
	struct rest_request *request = calloc(1, sizeof(*request));

	if (!request)
		return NULL;
	request->connection = connection;
	request->serial = ++http.serial;
	request->method = method_of(method);
	snprintf(request->path, sizeof(request->path), "%s", url);
	TAILQ_INSERT_TAIL(&http.requests, request, link);
	rest_client_touch(connection, false);
	return request;
}

static void leave(struct rest_request *request)
{
	void (*gone)(struct rest_request *request) = request->gone;

	request->gone = NULL;
	if (request->phase == REST_PARKED && gone)
		gone(request);
}

static void on_completed(void *data, struct MHD_Connection *connection,
			 void **context, enum MHD_RequestTerminationCode code)
{
	struct rest_request *request = *context;

	(void)data;
	if (!request)
		return;
	*context = NULL;
	leave(request);
	rest_client_touch(connection, code == MHD_REQUEST_TERMINATED_COMPLETED_OK);
	TAILQ_REMOVE(&http.requests, request, link);
	sd_event_source_disable_unref(request->timer);
	if (request->response)
		MHD_destroy_response(request->response);
	free(request->body);
	free(request);
}

/* What will not fit is refused before it is sent. */
static bool is_too_big(struct MHD_Connection *connection, const char *url)
{
	const char *length;

	length = MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
					     "Content-Length");
	return strlen(url) >= sizeof(((struct rest_request *)0)->path) ||
	       (length && strtoull(length, NULL, 10) > REST_BODY_MAX);
}

static void take_body(struct rest_request *request, const char *data,
		      size_t size)
{
	char *body;

	if (request->phase != REST_READING)
		return;
	if (request->body_size + size > REST_BODY_MAX) {
		rest_error(request, MHD_HTTP_CONTENT_TOO_LARGE, NULL,
			   "the body is larger than %u bytes", REST_BODY_MAX);
		return;
	}
	body = realloc(request->body, request->body_size + size + 1);
	if (!body) {
		rest_error(request, MHD_HTTP_SERVICE_UNAVAILABLE, NULL, "%s",
			   strerror(ENOMEM));
		return;
	}
	memcpy(body + request->body_size, data, size);
	request->body = body;
	request->body_size += size;
	body[request->body_size] = '\0';
}

static void on_gone(void *data)
{
	struct rest_request *request = data;

	leave(request);
	rest_error(request, MHD_HTTP_SERVICE_UNAVAILABLE, NULL,
		   "the client hung up");
}

static int on_late(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	rest_error(data, MHD_HTTP_SERVICE_UNAVAILABLE, NULL,
		   "it was not done in time");
	return 0;
}

/* What the core forgets, because its claim is given back, is not waited for. */
static void guard(struct rest_request *request)
{
	if (!request->gone)
		sd_event_add_time_relative(agent_loop(rest.agent),
					   &request->timer, CLOCK_MONOTONIC,
					   LATE_US, 0, on_late, request);
}

/* Nothing if there is an answer already */
static void refuse_at_end(struct rest_request *request)
{
	rest_error(request, MHD_HTTP_SERVICE_UNAVAILABLE, NULL,
		   "the agent ends, or its settings change");
}

static enum MHD_Result reply(struct rest_request *request)
{
	if (request->phase == REST_PARKED) {
		rest_client_watch(request->connection, on_gone, request);
		guard(request);
		request->suspended = true;
		MHD_suspend_connection(request->connection);
		return MHD_YES;
	}
	return MHD_queue_response(request->connection, request->status,
				  request->response);
}

static enum MHD_Result on_access(void *data, struct MHD_Connection *connection,
				 const char *url, const char *method,
				 const char *version, const char *upload,
				 size_t *upload_size, void **context)
{
	struct rest_request *request = *context;

	(void)data;
	(void)version;
	if (!request) {
		request = request_new(connection, url, method);
		*context = request;
		if (!request)
			return MHD_NO;
		if (is_too_big(connection, url))
			rest_error(request, MHD_HTTP_CONTENT_TOO_LARGE, NULL,
				   "the request is too large");
		else
			rest_access_check(request);
		return request->phase == REST_ANSWERED ? reply(request) : MHD_YES;
	}
	if (*upload_size) {
		take_body(request, upload, *upload_size);
		*upload_size = 0;
		return MHD_YES;
	}
	if (http.ending)
		refuse_at_end(request);
	else if (request->phase == REST_READING)
		rest_route(request);
	return reply(request);
}

void rest_park(struct rest_request *request,
	       void (*gone)(struct rest_request *request), void *data)
{
	request->phase = REST_PARKED;
	request->gone = gone;
	request->data = data;
}

void rest_answer_response(struct rest_request *request, unsigned int status,
			  struct MHD_Response *response)
{
	if (request->phase == REST_ANSWERED) {
		MHD_destroy_response(response);
		return;
	}
	request->phase = REST_ANSWERED;
	request->gone = NULL;
	request->status = status;
	request->response = response;
	request->timer = sd_event_source_disable_unref(request->timer);
	if (!request->suspended)
		return;
	request->suspended = false;
	rest_client_touch(request->connection, false);
	MHD_resume_connection(request->connection);
	rest_http_kick();
}

/* ---- the loop ---- */

static void run(void)
{
	MHD_UNSIGNED_LONG_LONG ms;

	MHD_run(http.daemon);
	rest_client_turn();
	if (MHD_get_timeout(http.daemon, &ms) != MHD_YES) {
		sd_event_source_set_enabled(http.timer, SD_EVENT_OFF);
	} else if (!ms) {
		rest_http_kick();
	} else {
		sd_event_source_set_time_relative(http.timer, ms * 1000);
		sd_event_source_set_enabled(http.timer, SD_EVENT_ONESHOT);
	}
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *data)
{
	(void)source;
	(void)fd;
	(void)events;
	(void)data;
	run();
	return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	(void)data;
	run();
	return 0;
}

static int on_soon(sd_event_source *source, void *data)
{
	(void)source;
	(void)data;
	run();
	return 0;
}

void rest_http_kick(void)
{
	if (http.soon)
		sd_event_source_set_enabled(http.soon, SD_EVENT_ONESHOT);
}

__printf(2, 0)
static void on_log(void *data, const char *format, va_list ap)
{
	char text[256];

	(void)data;
	vsnprintf(text, sizeof(text), format, ap);
	text[strcspn(text, "\n")] = '\0';
	agent_log(LOG_DEBUG, "rest: %s", text);
}

static int attach(void)
{
	const union MHD_DaemonInfo *info;
	sd_event *loop = agent_loop(rest.agent);
	int ret;

	info = MHD_get_daemon_info(http.daemon, MHD_DAEMON_INFO_EPOLL_FD);
	if (!info)
		return -EIO;
	ret = sd_event_add_io(loop, &http.io, info->epoll_fd, EPOLLIN, on_io,
			      NULL);
	if (ret >= 0)
		ret = sd_event_add_time_relative(loop, &http.timer,
						 CLOCK_MONOTONIC, 0, 1000,
						 on_timer, NULL);
	if (ret >= 0)
		ret = sd_event_add_defer(loop, &http.soon, on_soon, NULL);
	return ret < 0 ? ret : 0;
}

/* ---- start and stop ---- */

static char *read_file(const char *path)
{
	char *text = NULL;
	struct stat st;
	FILE *file;

	errno = 0;
	file = fopen(path, "re");
	if (!file)
		return NULL;
	if (!fstat(fileno(file), &st) && st.st_size > 0 &&
	    st.st_size <= FILE_BYTES_MAX)
		text = calloc(1, st.st_size + 1);
	if (text && fread(text, 1, st.st_size, file) != (size_t)st.st_size) {
		free(text);
		text = NULL;
	}
	fclose(file);
	return text;
}

static char *need_file(const char *path)
{
	char *text = read_file(path);

	if (!text)
		agent_log(LOG_ERR, "rest: cannot read %s: %s", path, errno ?
			  strerror(errno) : "it is empty, too large or no file");
	return text;
}

static void forget(char *text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	free(text);
}

static bool is_in_file(const char *text, const char *path)
{
	char *other = path ? read_file(path) : NULL;
	bool same = text && other ? !strcmp(text, other) : !text && !path;

	forget(other);
	return same;
}

bool rest_http_is_as(const struct rest_settings *settings)
{
	return http.daemon &&
	       !strcmp(settings->listen, rest.settings->listen) &&
	       settings->connections == rest.settings->connections &&
	       is_in_file(http.certificate, settings->certificate) &&
	       is_in_file(http.key, settings->key);
}

static int read_certificate(void)
{
	if (!rest.settings->certificate)
		return 0;
	http.certificate = need_file(rest.settings->certificate);
	http.key = need_file(rest.settings->key);
	return http.certificate && http.key ? 0 : -EINVAL;
}

static int start_daemon(int fd)
{
	unsigned int flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME |
			     MHD_USE_ERROR_LOG;
	const struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, http.key },
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, http.certificate },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0, (char *)TLS_VERSIONS },
		{ MHD_OPTION_END, 0, NULL },
	};
	const struct MHD_OptionItem options[] = {
		{ MHD_OPTION_LISTEN_SOCKET, fd, NULL },
		{ MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)rest_client_notify, NULL },
		{ MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)on_completed, NULL },
		{ MHD_OPTION_CONNECTION_LIMIT, rest.settings->connections, NULL },
		{ MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S, NULL },
		{ MHD_OPTION_CONNECTION_MEMORY_LIMIT, MEMORY_BYTES, NULL },
		{ MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, NULL },
		{ MHD_OPTION_END, 0, NULL },
	};
	const size_t last = ARRAY_SIZE(options) - 1;

	if (http.certificate)
		flags |= MHD_USE_TLS;
	http.daemon = MHD_start_daemon(flags, 0, NULL, NULL, on_access, NULL,
				       MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
				       MHD_OPTION_ARRAY, options,
				       MHD_OPTION_ARRAY,
				       http.certificate ? tls : options + last,
				       MHD_OPTION_END);
	if (http.daemon)
		return 0;
	close(fd);
	agent_log(LOG_ERR, "rest: cannot serve%s", http.certificate ?
		  ": are certificate and key good?" : "");
	return -EIO;
}

/* What systemd passed may lead anywhere. */
static bool is_allowed(int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_storage room;
	} a = { .any.sa_family = AF_UNSPEC };
	socklen_t size = sizeof(a);

	if (rest.settings->certificate && rest.settings->token_file)
		return true;
	if (getsockname(fd, &a.any, &size))
		return false;
	if (a.any.sa_family == AF_INET)
		return ntohl(a.in.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	if (a.any.sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&a.in6.sin6_addr);
	return a.any.sa_family == AF_UNIX;
}

int rest_http_start(void)
{
	char problem[256] = "";
	int fd, ret;

	TAILQ_INIT(&http.requests);
	rest_client_start();
	http.ending = false;
	ret = read_certificate();
	if (ret)
		return ret;
	fd = agent_listen(rest.agent, "rest", rest.settings->listen, problem,
			  sizeof(problem));
	if (fd < 0) {
		agent_log(LOG_ERR, "rest: %s", problem);
		return fd;
	}
	if (!is_allowed(fd)) {
		close(fd);
		agent_log(LOG_ERR,
			  "rest: beyond this machine, certificate, key and token-file are needed");
		return -EPERM;
	}
	ret = start_daemon(fd);
	if (!ret)
		ret = attach();
	if (!ret)
		run();
	return ret;
}

static void dismiss_everybody(void)
{
	struct rest_request *request;

	TAILQ_FOREACH(request, &http.requests, link) {
		if (request->phase != REST_PARKED)
			continue;
		leave(request);
		refuse_at_end(request);
	}
}

/* libmicrohttpd wants nobody to be suspended when it ends. */
void rest_http_stop(void)
{
	http.ending = true;
	if (http.daemon) {
		dismiss_everybody();
		rest_event_end_streams();
		MHD_run(http.daemon);
	}
	http.io = sd_event_source_disable_unref(http.io);
	http.timer = sd_event_source_disable_unref(http.timer);
	http.soon = sd_event_source_disable_unref(http.soon);
	if (http.daemon)
		MHD_stop_daemon(http.daemon);
	http.daemon = NULL;
	forget(http.key);
	free(http.certificate);
	http.key = NULL;
	http.certificate = NULL;
}
