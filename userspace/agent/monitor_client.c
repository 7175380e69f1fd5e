// SPDX-License-Identifier: GPL-2.0
/*
 * FreeBFD's monitor protocol: a connection. What comes in is bounded by line,
 * and not read while answers wait; what goes out is bounded by the queue.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>
#include "monitor.h"

/* Bytes that are read at once */
#define INPUT		4096

/* A client that waits for so many bytes is not listened to. */
#define ENOUGH		65536

size_t monitor_client_queued(const struct monitor_client *client)
{
	return client->out_used - client->out_begin;
}

/* ---- out ---- */

static bool make_room(struct monitor_client *client, size_t len)
{
	size_t queued = monitor_client_queued(client);
	size_t room = client->out_room ? client->out_room : 1024;
	char *out;

	if (client->out_begin) {
		memmove(client->out, client->out + client->out_begin, queued);
		client->out_used = queued;
		client->out_begin = 0;
	}
	while (room < queued + len)
		room *= 2;
	if (room == client->out_room)
		return true;
	out = realloc(client->out, room);
	if (!out)
		return false;
	client->out = out;
	client->out_room = room;
	return true;
}

static void append(struct monitor_client *client, const char *data, size_t len)
{
	if (client->closed || client->doom)
		return;
	monitor_flush_soon(client->monitor);
	if (client->out_used + len > client->out_room &&
	    !make_room(client, len)) {
		client->doom = strerror(ENOMEM);
		return;
	}
	memcpy(client->out + client->out_used, data, len);
	client->out_used += len;
}

void monitor_client_say(struct monitor_client *client,
			struct json_object *object)
{
	const char *text = NULL;

	if (object)
		text = json_object_to_json_string_ext(object,
						      JSON_C_TO_STRING_PLAIN |
						      JSON_C_TO_STRING_NOSLASHESCAPE);
	if (text) {
		append(client, text, strlen(text));
		append(client, "\n", 1);
	} else {
		client->doom = strerror(ENOMEM);
	}
	json_object_put(object);
}

void monitor_client_tell(struct monitor_client *client, const char *line,
			 size_t len)
{
	if (monitor_client_queued(client) + len >
	    client->monitor->settings->queue)
		monitor_fall_behind(client);
	else
		append(client, line, len);
}

/* Nothing was read for too long. */
static int on_stall(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	monitor_client_close(data, "does not read");
	return 0;
}

static void watch_stall(struct monitor_client *client, bool progress)
{
	int enabled = SD_EVENT_OFF;

	if (!monitor_client_queued(client)) {
		sd_event_source_set_enabled(client->stall, SD_EVENT_OFF);
		return;
	}
	sd_event_source_get_enabled(client->stall, &enabled);
	if (!progress && enabled != SD_EVENT_OFF)
		return;
	sd_event_source_set_time_relative(client->stall,
					  client->monitor->settings->stall_time);
	sd_event_source_set_enabled(client->stall, SD_EVENT_ONESHOT);
}

/* What it takes to listen to a client and be heard by it */
static void set_interest(struct monitor_client *client)
{
	size_t queued = monitor_client_queued(client);

	sd_event_source_set_io_events(client->io,
				      (queued < ENOUGH ? EPOLLIN : 0) |
				      (queued || monitor_is_behind(client) ?
				       EPOLLOUT : 0));
}

static bool transmit(struct monitor_client *client)
{
	ssize_t sent = send(client->fd, client->out + client->out_begin,
			    monitor_client_queued(client),
			    MSG_DONTWAIT | MSG_NOSIGNAL);

	if (sent < 0) {
		if (errno != EAGAIN && errno != EINTR)
			monitor_client_close(client, NULL);
		return false;
	}
	client->out_begin += sent;
	if (client->out_begin == client->out_used) {
		client->out_begin = 0;
		client->out_used = 0;
		/* what a list once took is given back */
		if (client->out_room > ENOUGH) {
			free(client->out);
			client->out = NULL;
			client->out_room = 0;
		}
	}
	return sent > 0;
}

void monitor_client_flush(struct monitor_client *client)
{
	bool progress = false;

	monitor_catch_up(client);
	if (client->doom)
		monitor_client_close(client, client->doom);
	while (!client->closed && monitor_client_queued(client) &&
	       transmit(client))
		progress = true;
	if (client->closed)
		return;
	watch_stall(client, progress);
	set_interest(client);
}

/* ---- in ---- */

static void say_wrong(struct monitor_client *client, struct json_object *object,
		      const char *wrong)
{
	static const char * const echoed[] = { "cmd", "session" };
	struct json_object *answer = json_object_new_object(), *member;

	for (int i = 0; i < 2; i++) {
		member = json_object_object_get(object, echoed[i]);
		/* only what is sure to be UTF-8 */
		if (json_object_is_type(member, json_type_string)) {
			const char *c = json_object_get_string(member);

			while (*c > 0 && *c < 0x7f)
				c++;
			if (!*c)
				json_object_object_add(answer, echoed[i],
						       json_object_get(member));
		}
	}
	json_object_object_add(answer, "error", json_object_new_string(wrong));
	monitor_client_say(client, answer);
}

static void say_list(struct monitor_client *client)
{
	struct json_object *answer = json_object_new_object();
	struct json_object *list = json_object_new_array();
	struct agent *agent = client->monitor->agent;
	struct agent_session *session;
	char id[SESSION_ID_LEN];

	for (__u32 n = 0; (session = agent_session_next(agent, n));
	     n = agent_session_id(session)) {
		session_id_format(agent_session_fields(session), id);
		json_object_array_add(list, json_object_new_string(id));
	}
	json_object_object_add(answer, "cmd", json_object_new_string("list"));
	json_object_object_add(answer, "sessions", list);
	monitor_client_say(client, answer);
}

static void obey(struct monitor_client *client, struct json_object *object)
{
	struct monitor_request request;
	char wrong[160];

	if (!monitor_request_read(object, &request, wrong, sizeof(wrong)))
		say_wrong(client, object, wrong);
	else if (request.command == MONITOR_LIST)
		say_list(client);
	else if (request.command == MONITOR_SUBSCRIBE)
		monitor_subscribe(client, &request);
	else
		monitor_unsubscribe(client, &request);
	monitor_request_end(&request);
}

/*
 * Return: how much was used. A request of some bytes may have an answer of a
 * million: the next one has to wait until there is room.
 */
static size_t handle_input(struct monitor_client *client, const char *data,
			   size_t len)
{
	const size_t all = len;
	struct json_object *object;
	const char *wrong;

	while (len && !client->closed &&
	       monitor_client_queued(client) < ENOUGH) {
		size_t n = monitor_input_feed(&client->input, data, len,
					      &object, &wrong);

		data += n;
		len -= n;
		if (wrong)
			say_wrong(client, NULL, wrong);
		else if (object)
			obey(client, object);
		json_object_put(object);
	}
	return all - len;
}

/* What is not used stays in the socket, and the client's buffer fills. */
static void take_input(struct monitor_client *client)
{
	char buffer[INPUT];
	ssize_t got;

	got = recv(client->fd, buffer, sizeof(buffer), MSG_DONTWAIT | MSG_PEEK);
	if (got > 0) {
		size_t used = handle_input(client, buffer, got);

		recv(client->fd, buffer, used, MSG_DONTWAIT);
	} else if (!got || (errno != EAGAIN && errno != EINTR)) {
		monitor_client_close(client, NULL);
	}
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	struct monitor_client *client = data;

	(void)source;
	(void)fd;
	if (client->closed)
		return 0;
	if (revents & EPOLLIN)
		take_input(client);
	else if (revents & (EPOLLHUP | EPOLLERR))
		monitor_client_close(client, NULL);
	if (!client->closed)
		monitor_client_flush(client);
	return 0;
}

/* ---- begin and end ---- */

void monitor_client_close(struct monitor_client *client, const char *why)
{
	if (client->closed)
		return;
	client->closed = true;
	client->monitor->count--;
	if (why)
		agent_log(LOG_WARNING, "monitor: %s: %s: connection closed",
			  client->name, why);
	sd_event_source_set_enabled(client->io, SD_EVENT_OFF);
	monitor_unsubscribe_all(client);
	monitor_flush_soon(client->monitor);
}

void monitor_client_free(struct monitor_client *client)
{
	TAILQ_REMOVE(&client->monitor->clients, client, link);
	sd_event_source_disable_unref(client->io);
	sd_event_source_disable_unref(client->stall);
	close(client->fd);
	monitor_input_end(&client->input);
	free(client->out);
	free(client);
}

static int add_sources(struct monitor_client *client)
{
	sd_event *loop = agent_loop(client->monitor->agent);
	int ret;

	ret = sd_event_add_io(loop, &client->io, client->fd, EPOLLIN, on_io,
			      client);
	if (ret >= 0)
		ret = sd_event_add_time_relative(loop, &client->stall,
						 CLOCK_MONOTONIC, 0, 0,
						 on_stall, client);
	if (ret >= 0)
		ret = sd_event_source_set_enabled(client->stall, SD_EVENT_OFF);
	return ret < 0 ? ret : monitor_input_init(&client->input);
}

void monitor_client_new(struct monitor *monitor, int fd, const char *name)
{
	struct monitor_client *client = calloc(1, sizeof(*client));

	if (!client) {
		close(fd);
		return;
	}
	client->monitor = monitor;
	client->fd = fd;
	TAILQ_INIT(&client->subscriptions);
	strncpy(client->name, name, sizeof(client->name) - 1);
	/* nor a client, whose machine has died, its sessions */
	agent_keepalive(fd, 60, 10, 6);
	TAILQ_INSERT_TAIL(&monitor->clients, client, link);
	monitor->count++;
	if (add_sources(client))
		monitor_client_close(client, strerror(ENOMEM));
}
