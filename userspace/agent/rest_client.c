// SPDX-License-Identifier: GPL-2.0
/*
 * The connections of those who ask us.
 *
 * They are limited. When nearly all are taken, the one that has been of no use
 * for longest is closed: of those that never were, while these have more than an
 * eighth, so that whoever opens thousands and is silent loses them again, and
 * nobody else notices. Otherwise of those that were: who is new finds a place.
 * Who waits for an answer is not closed; of those only half as many are let in.
 */
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include "rest.h"

/**
 * struct client - a connection
 * @link: in the order in which they were last of use
 * @fd: its socket
 * @hangup: tells that nothing more will come
 * @gone: who wants to know that, with @data
 * @data: of @gone
 * @turn: in which it came
 * @waiting: has a parked request or a stream
 * @served: a request of it was answered
 * @ended: nothing more will come
 * @closing: was shut down
 */
struct client {
	TAILQ_ENTRY(client) link;
	int fd;
	sd_event_source *hangup;
	void (*gone)(void *data);
	void *data;
	__u64 turn;
	bool waiting;
	bool served;
	bool ended;
	bool closing;
};

TAILQ_HEAD(client_list, client);

static struct {
	struct client_list list;
	unsigned int count;
	__u64 turn;		/* of libmicrohttpd */
} clients;

void rest_client_start(void)
{
	TAILQ_INIT(&clients.list);
	clients.count = 0;
}

/*
 * Who came in this turn was not listened to yet. There is another turn soon, also
 * if all are taken now: libmicrohttpd sees that it can write to who is new.
 */
static struct client *find_idlest(bool served)
{
	struct client *client;

	TAILQ_FOREACH(client, &clients.list, link)
		if (!client->closing && !client->waiting &&
		    client->served == served && client->turn != clients.turn)
			return client;
	return NULL;
}

/* Return: how many are open; @silent: of these, how many were of no use yet */
static __u64 count_open(__u64 *silent)
{
	struct client *client;
	__u64 open = 0;

	TAILQ_FOREACH(client, &clients.list, link) {
		if (client->closing)
			continue;
		open++;
		*silent += !client->waiting && !client->served;
	}
	return open;
}

static void close_idlest(void)
{
	const __u64 connections = rest.settings->connections;
	__u64 silent = 0, open = count_open(&silent);
	struct client *client;

	for (; open > connections * 7 / 8; open--) {
		client = silent > connections / 8 ? NULL : find_idlest(true);
		if (!client)
			client = find_idlest(false);
		if (!client)
			break;
		silent -= !client->served;
		client->closing = true;
		shutdown(client->fd, SHUT_RDWR);
	}
}

void rest_client_turn(void)
{
	if (clients.count > rest.settings->connections * 7 / 8)
		close_idlest();
	clients.turn++;
}

/*
 * libmicrohttpd does not notice an end that came before it had read the last
 * bytes: after a short read it waits for the next edge, and there is none, so
 * that the connection stays until it has been idle for long. Shut down, there is,
 * for us as well: once is enough, what is written may take long to be read.
 */
static int on_hangup(sd_event_source *source, int fd, uint32_t events,
		     void *data)
{
	struct client *client = data;

	(void)source;
	(void)events;
	if (client->gone)
		client->gone(client->data);
	if (client->ended)
		return 0;
	client->ended = true;
	shutdown(fd, SHUT_RD);
	return 0;
}

static void client_free(struct client *client)
{
	if (!client)
		return;
	TAILQ_REMOVE(&clients.list, client, link);
	clients.count--;
	sd_event_source_disable_unref(client->hangup);
	free(client);
}

static struct client *client_new(int fd)
{
	struct client *client = calloc(1, sizeof(*client));

	if (!client)
		return NULL;
	client->fd = fd;
	client->turn = clients.turn;
	TAILQ_INSERT_TAIL(&clients.list, client, link);
	clients.count++;
	/* without memory: it is closed when it is idle */
	sd_event_add_io(agent_loop(rest.agent), &client->hangup, fd,
			EPOLLRDHUP | EPOLLET, on_hangup, client);
	return client;
}

void rest_client_notify(void *data, struct MHD_Connection *connection,
			void **context, enum MHD_ConnectionNotificationCode code)
{
	const union MHD_ConnectionInfo *info;

	(void)data;
	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		client_free(*context);
		*context = NULL;
		/* at its limit it only listens again when it is called again */
		rest_http_kick();
		return;
	}
	info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	*context = info ? client_new(info->connect_fd) : NULL;
}

static struct client *client_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info;

	info = MHD_get_connection_info(connection,
				       MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	return info ? info->socket_context : NULL;
}

void rest_client_touch(struct MHD_Connection *connection, bool served)
{
	struct client *client = client_of(connection);

	if (!client)
		return;
	client->waiting = false;
	client->served |= served;
	client->gone = NULL;
	TAILQ_REMOVE(&clients.list, client, link);
	TAILQ_INSERT_TAIL(&clients.list, client, link);
}

static __u64 count_waiting(void)
{
	struct client *client;
	__u64 waiting = 0;

	TAILQ_FOREACH(client, &clients.list, link)
		waiting += client->waiting;
	return waiting;
}

bool rest_client_may_wait(void)
{
	return count_waiting() < rest.settings->connections / 2;
}

void rest_client_count(struct rest_counts *counts)
{
	counts->connections = clients.count;
	counts->waiting = count_waiting();
}

void rest_client_watch(struct MHD_Connection *connection,
		       void (*gone)(void *data), void *data)
{
	struct client *client = client_of(connection);

	if (!client)
		return;
	client->waiting = true;
	client->gone = gone;
	client->data = data;
	/* also if it has hung up already: to set them again begins anew */
	sd_event_source_set_io_events(client->hangup, EPOLLRDHUP | EPOLLET);
}
