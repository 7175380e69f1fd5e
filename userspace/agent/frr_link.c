// SPDX-License-Identifier: GPL-2.0
/*
 * FRR's data plane protocol: a connection. bfdd waits for some answers without
 * doing anything else, so they are sent at once, and whole.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>
#include "frr.h"

/* So many bytes may wait; what is told beyond is told later. */
#define OUT_MAX		1048576

/* With so many, nothing more is read. */
#define OUT_ENOUGH	65536

/* ---- out ---- */

static bool make_room(struct frr_link *link, size_t len)
{
	size_t room = link->out_room ? link->out_room : 4096;
	__u8 *out;

	while (room < link->out_used + len)
		room *= 2;
	if (room == link->out_room)
		return true;
	out = realloc(link->out, room);
	if (!out)
		return false;
	link->out = out;
	link->out_room = room;
	return true;
}

static void set_interest(struct frr_link *link)
{
	__u32 events = 0;

	if (link->connecting || link->out_used)
		events |= EPOLLOUT;
	if (!link->connecting && link->out_used < OUT_ENOUGH)
		events |= EPOLLIN;
	sd_event_source_set_io_events(link->io, events);
}

static void flush(struct frr_link *link)
{
	ssize_t sent;

	while (link->out_used && !link->dead && !link->connecting) {
		sent = send(link->fd, link->out, link->out_used,
			    MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent < 0) {
			if (errno == EAGAIN || errno == EINTR)
				break;
			frr_link_close(link, strerror(errno));
			return;
		}
		memmove(link->out, link->out + sent, link->out_used - sent);
		link->out_used -= sent;
	}
	if (!link->dead)
		set_interest(link);
}

bool frr_link_send(struct frr_link *link, const __u8 *data, size_t len,
		   bool losable)
{
	if (link->dead || link->connecting ||
	    (losable && link->out_used + len > OUT_MAX))
		return false;
	if (!make_room(link, len)) {
		frr_link_close(link, strerror(ENOMEM));
		return false;
	}
	memcpy(link->out + link->out_used, data, len);
	link->out_used += len;
	flush(link);
	return !link->dead;
}

void frr_link_ask_echo(struct frr_link *link)
{
	__u8 echo[FRR_ECHO];

	frr_wire_put_echo(echo, link->version, FRR_ECHO_REQUEST, frr_now(), 0);
	frr_link_send(link, echo, sizeof(echo), true);
}

static void answer_echo(struct frr_link *link, const struct frr_message *m)
{
	__u8 echo[FRR_ECHO];

	frr_wire_put_echo(echo, link->version, FRR_ECHO_REPLY, frr_now(),
			  m->bfdd_time);
	frr_link_send(link, echo, sizeof(echo), true);
}

/* ---- in ---- */

static void handle(struct frr_link *link, const struct frr_message *m)
{
	link->version = m->version;
	link->proven = true;
	if (m->type == FRR_ADD_SESSION || m->type == FRR_DELETE_SESSION)
		frr_keep_not(link);
	switch (m->type) {
	case FRR_ECHO_REQUEST:
		answer_echo(link, m);
		break;
	case FRR_ECHO_REPLY:
		if (!link->registered) {
			link->registered = true;
			frr_registered(link);
		}
		break;
	case FRR_ADD_SESSION:
		frr_entry_want(link, &m->session);
		break;
	case FRR_DELETE_SESSION:
		frr_entry_unwant(link->frr, m->session.lid);
		break;
	case FRR_REQUEST_COUNTERS:
		frr_entry_count(link, m->id, m->lid);
		break;
	default:
		agent_log(LOG_DEBUG, "frr: a message of type %u", m->type);
		break;
	}
}

static void handle_input(struct frr_link *link)
{
	struct frr_message message;
	const char *wrong = NULL;
	size_t at = 0;
	int took = 0;

	while (!link->dead) {
		took = frr_wire_parse(link->in + at, link->in_used - at,
				      &message, &wrong);
		if (took <= 0)
			break;
		at += took;
		handle(link, &message);
	}
	if (took < 0)
		frr_link_close(link, wrong);
	memmove(link->in, link->in + at, link->in_used - at);
	link->in_used -= at;
}

static void receive(struct frr_link *link)
{
	ssize_t got = recv(link->fd, link->in + link->in_used,
			   sizeof(link->in) - link->in_used, MSG_DONTWAIT);

	if (got > 0) {
		link->in_used += got;
		handle_input(link);
	} else if (!got) {
		frr_link_close(link, link->entries ? "bfdd has closed it" : NULL);
	} else if (errno != EAGAIN && errno != EINTR) {
		frr_link_close(link, strerror(errno));
	}
}

/* ---- begin and end ---- */

static void begin(struct frr_link *link)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(link->fd, SOL_SOCKET, SO_ERROR, &error, &len))
		error = errno;
	if (error) {
		frr_link_close(link, strerror(error));
		return;
	}
	link->connecting = false;
	frr_link_ask_echo(link);
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	struct frr_link *link = data;

	(void)source;
	(void)fd;
	if (link->dead)
		return 0;
	if (link->connecting)
		begin(link);
	else if (revents & (EPOLLIN | EPOLLHUP | EPOLLERR))
		receive(link);
	if (link->dead)
		return 0;
	flush(link);
	if (!link->dead && link->behind && link->out_used < OUT_ENOUGH)
		frr_entries_catch_up(link);
	return 0;
}

struct frr_link *frr_link_new(struct frr *frr, int fd, bool ours)
{
	struct frr_link *link = calloc(1, sizeof(*link));

	if (!link || sd_event_add_io(agent_loop(frr->agent), &link->io, fd,
				     EPOLLOUT, on_io, link) < 0) {
		free(link);
		close(fd);
		return NULL;
	}
	/* a machine that has died shall not keep its place for ever */
	agent_keepalive(fd, 10, 5, 4);
	link->frr = frr;
	link->fd = fd;
	link->ours = ours;
	link->connecting = true;
	link->version = 1;
	link->since = frr_now();
	TAILQ_INSERT_TAIL(&frr->links, link, link);
	frr->link_count++;
	return link;
}

void frr_link_end(struct frr_link *link)
{
	if (link->dead)
		return;
	link->dead = true;
	if (!link->frr->exiting)
		frr_keep_not(link);
	link->frr->link_count--;
	sd_event_source_set_enabled(link->io, SD_EVENT_OFF);
	sd_event_source_set_enabled(link->frr->reap, SD_EVENT_ON);
	frr_entries_orphan(link);
}

void frr_link_close(struct frr_link *link, const char *why)
{
	if (link->dead)
		return;
	frr_link_end(link);
	/* that nobody listens is told by who wanted to connect */
	if (why && !link->connecting)
		agent_log(LOG_WARNING, "frr: %s: connection closed", why);
	if (link->ours)
		frr_link_lost(link);
}

void frr_link_free(struct frr_link *link)
{
	TAILQ_REMOVE(&link->frr->links, link, link);
	sd_event_source_disable_unref(link->io);
	close(link->fd);
	free(link->out);
	free(link);
}
