// SPDX-License-Identifier: GPL-2.0
/*
 * /v1/events: what happened, in order, kept for a while in a ring. Whoever
 * asks has nothing but a position in it, so that the slow cost as much as the
 * fast, and are told how much they have missed.
 *
 * Positions go on from the clock when the agent starts: those of the time
 * before are never given again, and are known to be of the time before.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "rest.h"

#define POLL_MAX	1000	/* events in one answer */
#define POLL_BYTES	65536	/* the last of them begins before that */
#define STREAM_BYTES	4096	/* formatted at a time, more for a long event */
#define HEARTBEAT_US	15000000

/**
 * struct poller - a long poll
 * @link: in the list of all
 * @request: the request, parked
 * @after: the position
 * @limit: events in the answer
 */
struct poller {
	TAILQ_ENTRY(poller) link;
	struct rest_request *request;
	__u64 after;
	__u64 limit;
};

/**
 * struct stream - server-sent events
 * @link: in the list of all
 * @connection: whose
 * @after: the position
 * @text: what is being sent
 * @size: how much there is
 * @sent: how much of it was sent
 * @suspended: there was nothing to send
 * @ended: the client is gone
 * @beat: it is time to show that we are alive
 */
struct stream {
	TAILQ_ENTRY(stream) link;
	struct MHD_Connection *connection;
	__u64 after;
	char *text;
	size_t size;
	size_t sent;
	bool suspended;
	bool ended;
	bool beat;
};

TAILQ_HEAD(poller_list, poller);
TAILQ_HEAD(stream_list, stream);

static struct {
	struct rest_event **ring;
	__u64 room;
	__u64 start;		/* the first position ever */
	__u64 first;		/* the first that is still there */
	__u64 next;		/* of the next event */
	struct poller_list pollers;
	struct stream_list streams;
	sd_event_source *soon;
	sd_event_source *heartbeat;
	struct rest_text text;	/* the next one's */
} events;

/* ---- the ring ---- */

static struct rest_event **slot(__u64 position)
{
	return &events.ring[position % events.room];
}

__u64 rest_event_position(void)
{
	return events.next - 1;
}

void rest_event_unref(struct rest_event *event)
{
	if (event && !--event->refs)
		free(event);
}

const char *rest_change_name(enum agent_change change)
{
	static const char * const names[] = {
		"created", "state", "parameters", "deleted",
	};

	return names[change];
}

static void drop_oldest(void)
{
	rest_event_unref(*slot(events.first));
	*slot(events.first) = NULL;
	events.first++;
}

static void keep(struct rest_event *event)
{
	if (events.next - events.first == events.room)
		drop_oldest();
	event->refs++;
	*slot(events.next++) = event;
	sd_event_source_set_enabled(events.soon, SD_EVENT_ONESHOT);
}

static void print_receive_times(struct rest_text *out,
				const struct agent_event *event)
{
	if (!event->receive_times_size)
		return;
	rest_print(out, ",\"last-receive-times\":");
	for (size_t i = 0; i < event->receive_times_size; i++) {
		rest_print(out, i ? "," : "[");
		rest_print_number(out, NULL, event->receive_times[i]);
	}
	rest_print(out, "]");
}

static void print_begin(struct rest_text *out, const char *what,
			__u64 position, const struct bfdnl_session *session)
{
	rest_print(out, "{\"event\":\"");
	rest_print(out, what);
	rest_print(out, "\"");
	rest_print_number(out, "position", position);
	rest_print_tuple(out, session);
}

static void print_event(struct rest_text *out, const struct agent_event *event)
{
	print_begin(out, rest_change_name(event->change), events.next,
		    event->now);
	if (event->change == AGENT_STATE)
		rest_print_word(out, "old-state",
				rest_state_name(event->old_state));
	rest_print_word(out, "new-state", rest_state_name(event->new_state));
	rest_print_field(out, event->now, BFDNL_REMOTE_STATE);
	rest_print_field(out, event->now, BFDNL_LOCAL_DIAGNOSTIC);
	rest_print_field(out, event->now, BFDNL_REMOTE_DIAGNOSTIC);
	print_receive_times(out, event);
	if (event->derived)
		rest_print(out, ",\"derived\":true");
	rest_print_number(out, "sequence", event->sequence);
	rest_print_number(out, "time", event->time);
	rest_print_number(out, "monotonic", event->monotonic);
	rest_print(out, "}");
}

/* Return: NULL without memory. */
static struct rest_event *event_new(const struct rest_text *text,
				    const struct bfdnl_session *session)
{
	struct rest_event *event = NULL;
	const struct bfdnl_addr *dest;
	size_t size = text->buffer->bpos;

	if (!text->failed)
		event = malloc(sizeof(*event) + size + 1);
	if (!event)
		return NULL;
	*event = (struct rest_event){
		.refs = 1,
		.position = events.next,
		.discriminator =
			bfdnl_session_number(session, BFDNL_LOCAL_DISCRIMINATOR),
		.size = size,
	};
	dest = bfdnl_session_addr(session, BFDNL_DEST_ADDR);
	if (dest)
		event->dest = *dest;
	memcpy(event->text, text->buffer->buf, size + 1);
	return event;
}

/* What the peer may change at will is not kept: it would push out the rest. */
struct rest_event *rest_event_add(const struct agent_event *event)
{
	struct rest_event *ready;

	if (event->change == AGENT_PARAMETERS ||
	    !rest_print_begin(&events.text))
		return NULL;
	print_event(&events.text, event);
	ready = event_new(&events.text, event->now);
	if (!ready)
		return NULL;
	ready->change = event->change;
	ready->state = event->new_state;
	ready->time = event->time;
	keep(ready);
	return ready;
}

struct rest_event *rest_event_snapshot(const struct agent_session *session)
{
	const struct bfdnl_session *fields = agent_session_fields(session);
	struct rest_text *text = &events.text;
	struct rest_event *event;
	struct timespec ts;
	__u64 time;

	clock_gettime(CLOCK_REALTIME, &ts);
	time = ts.tv_sec * 1000000000ULL + ts.tv_nsec;
	if (!rest_print_begin(text))
		return NULL;
	print_begin(text, "snapshot", rest_event_position(), fields);
	rest_print_word(text, "new-state",
			rest_state_name(rest_told_state(session)));
	rest_print_field(text, fields, BFDNL_REMOTE_STATE);
	rest_print_field(text, fields, BFDNL_LOCAL_DIAGNOSTIC);
	rest_print_number(text, "time", time);
	rest_print(text, "}");
	event = event_new(text, fields);
	if (!event)
		return NULL;
	event->position = rest_event_position();
	event->change = AGENT_STATE;
	event->state = rest_told_state(session);
	event->time = time;
	return event;
}

/**
 * struct gap - what somebody at a position has missed
 * @lost: so many events
 * @restarted: nobody knows how many: the position is of the time before
 */
struct gap {
	__u64 lost;
	bool restarted;
};

/* Move @after to where it can go on. */
static struct gap catch_up(__u64 *after)
{
	struct gap gap = { 0 };

	if (*after >= events.next || *after + 1 < events.start)
		gap.restarted = true;
	else if (*after + 1 < events.first)
		gap.lost = events.first - 1 - *after;
	if (gap.restarted || gap.lost)
		*after = events.first - 1;
	return gap;
}

/* ---- long poll ---- */

static void answer_events(struct rest_request *request, __u64 after, __u64 limit)
{
	struct gap gap = catch_up(&after);
	size_t size = 0;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);

	if (!out) {
		rest_error(request, MHD_HTTP_SERVICE_UNAVAILABLE, NULL, "%s",
			   strerror(ENOMEM));
		return;
	}
	fputs("{\"events\":[", out);
	for (__u64 i = 0; i < limit && after + 1 < events.next &&
	     ftell(out) < POLL_BYTES; i++)
		fprintf(out, "%s%s", i ? "," : "", (*slot(++after))->text);
	fprintf(out, "],\"next\":%llu", (unsigned long long)after);
	if (gap.lost)
		fprintf(out, ",\"lost\":%llu", (unsigned long long)gap.lost);
	if (gap.restarted)
		fputs(",\"restarted\":true", out);
	fputc('}', out);
	if (fclose(out)) {
		free(text);
		text = NULL;
	}
	rest_answer_text(request, MHD_HTTP_OK, "application/json", text, size);
}

static void poller_free(struct poller *poller)
{
	TAILQ_REMOVE(&events.pollers, poller, link);
	free(poller);
}

static void on_poller_gone(struct rest_request *request)
{
	poller_free(request->data);
}

static void answer_poller(struct poller *poller)
{
	struct rest_request *request = poller->request;
	__u64 after = poller->after, limit = poller->limit;

	poller_free(poller);
	answer_events(request, after, limit);
}

static int on_poll_timeout(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	answer_poller(data);
	return 0;
}

static void wait_for_events(struct rest_request *request, __u64 after,
			    __u64 limit, __u64 wait)
{
	struct poller *poller = calloc(1, sizeof(*poller));

	if (!poller || !rest_client_may_wait() ||
	    sd_event_add_time_relative(agent_loop(rest.agent), &request->timer,
				       CLOCK_MONOTONIC, wait * 1000000, 10000,
				       on_poll_timeout, poller) < 0) {
		free(poller);
		rest_error(request, MHD_HTTP_SERVICE_UNAVAILABLE, NULL,
			   "too many wait already");
		return;
	}
	poller->request = request;
	poller->after = after;
	poller->limit = limit;
	TAILQ_INSERT_TAIL(&events.pollers, poller, link);
	rest_park(request, on_poller_gone, poller);
}

/* ---- server-sent events ---- */

static void stream_free(void *data)
{
	struct stream *stream = data;

	TAILQ_REMOVE(&events.streams, stream, link);
	free(stream->text);
	free(stream);
}

static void stream_resume(struct stream *stream)
{
	if (!stream->suspended)
		return;
	stream->suspended = false;
	MHD_resume_connection(stream->connection);
	rest_http_kick();
}

static void write_events(struct stream *stream, FILE *out)
{
	struct gap gap = catch_up(&stream->after);

	if (gap.restarted)
		fprintf(out, "id: %llu\nevent: restarted\ndata: {\"next\":%llu}\n\n",
			(unsigned long long)stream->after,
			(unsigned long long)stream->after);
	if (gap.lost)
		fprintf(out, "id: %llu\nevent: lost\ndata: {\"lost\":%llu}\n\n",
			(unsigned long long)stream->after,
			(unsigned long long)gap.lost);
	while (stream->after + 1 < events.next && ftell(out) < STREAM_BYTES) {
		const struct rest_event *event = *slot(++stream->after);

		fprintf(out, "id: %llu\nevent: %s\ndata: %s\n\n",
			(unsigned long long)event->position,
			rest_change_name(event->change), event->text);
	}
	if (stream->beat && !ftell(out))
		fputs(":\n\n", out);
	stream->beat = false;
}

/* Return: false without memory. */
static bool stream_fill(struct stream *stream)
{
	FILE *out;

	free(stream->text);
	stream->text = NULL;
	stream->size = 0;
	stream->sent = 0;
	out = open_memstream(&stream->text, &stream->size);
	if (!out)
		return false;
	write_events(stream, out);
	return !fclose(out);
}

static ssize_t stream_read(void *data, uint64_t position, char *to, size_t room)
{
	struct stream *stream = data;
	size_t size;

	(void)position;
	if (stream->ended)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (stream->sent == stream->size && !stream_fill(stream))
		return MHD_CONTENT_READER_END_WITH_ERROR;
	size = stream->size - stream->sent;
	if (!size) {
		stream->suspended = true;
		MHD_suspend_connection(stream->connection);
		return 0;
	}
	if (size > room)
		size = room;
	memcpy(to, stream->text + stream->sent, size);
	stream->sent += size;
	return size;
}

static void stream_end(void *data)
{
	struct stream *stream = data;

	stream->ended = true;
	stream_resume(stream);
}

static void start_stream(struct rest_request *request, __u64 after)
{
	struct MHD_Response *response;
	struct stream *stream;

	stream = rest_client_may_wait() ? calloc(1, sizeof(*stream)) : NULL;
	if (!stream) {
		rest_error(request, MHD_HTTP_SERVICE_UNAVAILABLE, NULL,
			   "too many wait already");
		return;
	}
	stream->connection = request->connection;
	stream->after = after;
	/* so that the client sees that it is there */
	stream->beat = true;
	TAILQ_INSERT_TAIL(&events.streams, stream, link);
	response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN,
						     STREAM_BYTES, stream_read,
						     stream, stream_free);
	if (!response) {
		stream_free(stream);
		rest_error(request, MHD_HTTP_SERVICE_UNAVAILABLE, NULL, "%s",
			   strerror(ENOMEM));
		return;
	}
	rest_client_watch(request->connection, stream_end, stream);
	rest_answer_response(request, MHD_HTTP_OK, response);
	rest_header(request, "Content-Type", "text/event-stream");
	rest_header(request, "Cache-Control", "no-store");
}

/* ---- requests ---- */

static bool wants_stream(struct rest_request *request)
{
	const char *accept;

	accept = MHD_lookup_connection_value(request->connection,
					     MHD_HEADER_KIND, "Accept");
	return accept && strstr(accept, "text/event-stream");
}

static __u64 last_seen(struct rest_request *request)
{
	const char *text;
	__u64 position;

	text = MHD_lookup_connection_value(request->connection,
					   MHD_HEADER_KIND, "Last-Event-ID");
	if (text && rest_number(text, INT64_MAX, &position))
		return position;
	return rest_event_position();
}

static void get_events(struct rest_request *request)
{
	__u64 after = last_seen(request), limit = POLL_MAX, wait = 0;

	if (!rest_query_number(request, "after", 0, INT64_MAX, &after) ||
	    !rest_query_number(request, "limit", 1, POLL_MAX, &limit) ||
	    !rest_query_number(request, "wait", 0, REST_WAIT_MAX, &wait))
		return;
	if (wants_stream(request))
		start_stream(request, after);
	else if (wait && after + 1 == events.next)
		wait_for_events(request, after, limit, wait);
	else
		answer_events(request, after, limit);
}

/* ---- life cycle ---- */

static int on_soon(sd_event_source *source, void *data)
{
	struct poller *poller;
	struct stream *stream;

	(void)source;
	(void)data;
	while ((poller = TAILQ_FIRST(&events.pollers)))
		answer_poller(poller);
	TAILQ_FOREACH(stream, &events.streams, link)
		stream_resume(stream);
	return 0;
}

static int on_heartbeat(sd_event_source *source, uint64_t usec, void *data)
{
	struct stream *stream;

	(void)usec;
	(void)data;
	TAILQ_FOREACH(stream, &events.streams, link) {
		stream->beat = true;
		stream_resume(stream);
	}
	sd_event_source_set_time_relative(source, HEARTBEAT_US);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* Before the connections are closed */
void rest_event_end_streams(void)
{
	struct stream *stream;

	TAILQ_FOREACH(stream, &events.streams, link)
		stream_end(stream);
}

/* The newest stay. */
int rest_event_resize(void)
{
	__u64 room = rest.settings->history;
	struct rest_event **ring = calloc(room, sizeof(*ring));

	if (!ring)
		return -ENOMEM;
	while (events.next - events.first > room)
		drop_oldest();
	for (__u64 i = events.first; i < events.next; i++)
		ring[i % room] = *slot(i);
	free(events.ring);
	events.ring = ring;
	events.room = room;
	return 0;
}

int rest_event_start(void)
{
	sd_event *loop = agent_loop(rest.agent);
	struct timespec ts;
	int ret;

	TAILQ_INIT(&events.pollers);
	TAILQ_INIT(&events.streams);
	clock_gettime(CLOCK_REALTIME, &ts);
	events.start = ts.tv_sec * 1000000ULL + ts.tv_nsec / 1000;
	events.first = events.start;
	events.next = events.start;
	ret = rest_event_resize();
	if (!ret)
		ret = sd_event_add_defer(loop, &events.soon, on_soon, NULL);
	if (ret >= 0)
		ret = sd_event_source_set_enabled(events.soon, SD_EVENT_OFF);
	if (ret >= 0)
		ret = sd_event_add_time_relative(loop, &events.heartbeat,
						 CLOCK_MONOTONIC, HEARTBEAT_US,
						 1000000, on_heartbeat, NULL);
	return ret < 0 ? ret : 0;
}

void rest_event_stop(void)
{
	while (events.first < events.next)
		drop_oldest();
	free(events.ring);
	sd_event_source_disable_unref(events.soon);
	sd_event_source_disable_unref(events.heartbeat);
	if (events.text.buffer)
		printbuf_free(events.text.buffer);
	memset(&events, 0, sizeof(events));
}

const struct rest_route rest_event_routes[] = {
	{ "GET", "/v1/events", get_events },
	{ NULL, NULL, NULL },
};
