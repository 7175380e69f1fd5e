/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The REST front end: what its files share.
 *
 *	rest.c		settings, life cycle
 *	rest_http	libmicrohttpd in the event loop
 *	rest_client	whose connections stay
 *	rest_access	who may ask
 *	rest_route	from URL to function; answers
 *	rest_json	sessions <-> JSON
 *	rest_session	/v1/sessions
 *	rest_list	a list of them
 *	rest_stats	/v1/statistics, /v1/health
 *	rest_metrics	/metrics
 *	rest_event	what happened: long-poll and server-sent events
 *	rest_notify	/v1/notifications: whom to call
 *	rest_deliver	the calls, libcurl in the event loop
 *	rest_contrail	/Session, as Contrail has it
 *	rest_health	/v1/health-checks
 *	rest_page	what is served as it is
 *	rest_state	what survives us
 *
 * A request is answered at once or parked and answered later; whoever parks it
 * is told if its client goes away meanwhile.
 */
#ifndef BFDAGENT_REST_H
#define BFDAGENT_REST_H

#include <sys/queue.h>
#include <json-c/json.h>
#include <json-c/printbuf.h>
#include <microhttpd.h>
#include "agent.h"
#include "vector.h"

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#endif

#define REST_BODY_MAX	65536	/* of a request */
#define REST_PARTS	3	/* of a URL that differ */
#define REST_PAGE	500	/* sessions in one answer by default */
#define REST_PAGE_MAX	1000
#define REST_WAIT_MAX	60	/* seconds of a long poll */

/**
 * struct rest_settings - the group "rest"
 * @listen: where
 * @token_file: a file with the token that clients have to show, or NULL
 * @certificate: a file, PEM, or NULL: no TLS
 * @key: of the certificate
 * @connections: at most
 * @history: events that are kept for those who poll
 * @notifications: registrations at most
 * @queue: events that wait for one registration at most
 * @damped: leave it to dampening what is told
 */
struct rest_settings {
	char *listen;
	char *token_file;
	char *certificate;
	char *key;
	__u64 connections;
	__u64 history;
	__u64 notifications;
	__u64 queue;
	bool damped;
};

/**
 * enum rest_phase - how far a request is
 * @REST_READING: its body is not complete
 * @REST_PARKED: it is going to be answered
 * @REST_ANSWERED: there is an answer
 */
enum rest_phase {
	REST_READING,
	REST_PARKED,
	REST_ANSWERED,
};

struct rest_request;

/**
 * struct rest_request - a request
 * @link: in the list of all
 * @connection: of libmicrohttpd
 * @serial: never used again: for callbacks that may come when it is gone
 * @method: GET for HEAD, too
 * @path: of the URL
 * @part: what stands in the path for each * of the route's pattern
 * @parts: room for them
 * @body: what was sent, NUL behind it
 * @body_size: how much
 * @phase: enum rest_phase
 * @suspended: libmicrohttpd waits for the answer
 * @status: of the answer
 * @response: the answer
 * @gone: while parked: the client is gone, or we stop; @request is freed next
 * @data: of whoever parked it
 * @timer: of whoever parked it
 */
struct rest_request {
	TAILQ_ENTRY(rest_request) link;
	struct MHD_Connection *connection;
	__u64 serial;
	const char *method;
	char path[512];
	const char *part[REST_PARTS];
	char parts[512];
	char *body;
	size_t body_size;
	enum rest_phase phase;
	bool suspended;
	unsigned int status;
	struct MHD_Response *response;
	void (*gone)(struct rest_request *request);
	void *data;
	sd_event_source *timer;
};

TAILQ_HEAD(rest_request_list, rest_request);

/**
 * struct rest_route - what is behind a URL
 * @method: "GET", ...
 * @pattern: the path; a * stands for one part of it
 * @run: answers or parks the request
 */
struct rest_route {
	const char *method;
	const char *pattern;
	void (*run)(struct rest_request *request);
};

extern const struct rest_route rest_session_routes[], rest_stats_routes[],
	rest_event_routes[], rest_notify_routes[], rest_contrail_routes[],
	rest_health_routes[], rest_metrics_routes[], rest_page_routes[];

/* rest.c */

extern struct rest {
	struct agent *agent;
	struct rest_settings *settings;
	struct agent_observer *observer;
	struct agent_damped *damped;
} rest;

/* The state that clients are told of */
unsigned int rest_told_state(const struct agent_session *session);

/**
 * struct rest_counts - what goes on here
 * @requests: of clients, ever
 * @connections: of clients, now
 * @waiting: how many of them wait
 * @targets: URLs that are called
 * @queued: events that wait for them
 * @delivered: events that they were told, ever; also those that are no more
 * @lost: events that had no room, ever
 * @failed: calls that failed, ever
 */
struct rest_counts {
	__u64 requests;
	__u64 connections;
	__u64 waiting;
	__u64 targets;
	__u64 queued;
	__u64 delivered;
	__u64 lost;
	__u64 failed;
};

/* rest_http.c: Return: 0 or a negative errno, which was logged. */
int rest_http_start(void);
void rest_http_stop(void);
/* Is it what would be started with @settings? */
bool rest_http_is_as(const struct rest_settings *settings);
/* Something was done to a connection from outside: look at it soon. */
void rest_http_kick(void);
void rest_http_count(struct rest_counts *counts);
struct rest_request *rest_request_find(__u64 serial);

/* rest_client.c */

void rest_client_start(void);
/* libmicrohttpd tells of them. */
void rest_client_notify(void *data, struct MHD_Connection *connection,
			void **context, enum MHD_ConnectionNotificationCode code);
/* libmicrohttpd has had its turn: make room for others. */
void rest_client_turn(void);
/* It was of use; @served: its request was answered. */
void rest_client_touch(struct MHD_Connection *connection, bool served);
/* May one more wait? False: too many do already. */
bool rest_client_may_wait(void);
void rest_client_count(struct rest_counts *counts);
/* Until it is answered: call @gone, once or more, when the client hangs up. */
void rest_client_watch(struct MHD_Connection *connection,
		       void (*gone)(void *data), void *data);

/* rest_access.c */

int rest_access_load(const char *token_file);
/* Is the token what would be loaded? */
bool rest_access_is_as(const char *token_file);
void rest_access_forget(void);
/* Return: false: it was refused, and answered. */
bool rest_access_check(struct rest_request *request);

/* rest_route.c */

void rest_route(struct rest_request *request);
/* Answer later; @gone is called unless it was answered before. */
void rest_park(struct rest_request *request,
	       void (*gone)(struct rest_request *request), void *data);
/* The answer is @json, which is used up; NULL: no body. */
void rest_answer(struct rest_request *request, unsigned int status,
		 struct json_object *json);
/* The answer is @text, which is used up, of @size bytes. */
void rest_answer_text(struct rest_request *request, unsigned int status,
		      const char *type, char *text, size_t size);
void rest_answer_response(struct rest_request *request, unsigned int status,
			  struct MHD_Response *response);
/* @field: whose value is at fault, or NULL */
__printf(4, 5)
void rest_error(struct rest_request *request, unsigned int status,
		const char *field, const char *format, ...);
/* What the core said, as HTTP has it */
void rest_refuse(struct rest_request *request, const struct agent_result *result);
unsigned int rest_status_of(int code);
void rest_header(struct rest_request *request, const char *name,
		 const char *value);
const char *rest_query(struct rest_request *request, const char *name);
/* Return: false: it is no number from @min to @max, and was answered. */
bool rest_query_number(struct rest_request *request, const char *name,
		       __u64 min, __u64 max, __u64 *number);
/* The body as an object; NULL: it is none, and was answered. */
struct json_object *rest_body(struct rest_request *request);

/* rest_json.c */

/**
 * enum rest_use - what an object may contain
 * @REST_CREATE: what a session is made with
 * @REST_CHANGE: what may be changed
 * @REST_FILTER: anything
 */
enum rest_use {
	REST_CREATE,
	REST_CHANGE,
	REST_FILTER,
};

/**
 * struct rest_fault - what is wrong with an object
 * @field: which member
 * @text: why
 */
struct rest_fault {
	char field[64];
	char text[200];
};

/* Say what is wrong. Return: false. */
__printf(3, 4)
bool rest_wrong(struct rest_fault *fault, const char *field,
		const char *format, ...);

/* A session as "bfdnl -j" prints it */
struct json_object *rest_session_json(const struct bfdnl_session *session,
				      bool statistics);
void rest_session_tuple(struct json_object *to,
			const struct bfdnl_session *session);
void rest_add_field(struct json_object *to, const struct bfdnl_session *session,
		    enum bfdnl_field field);
void rest_add(struct json_object *to, const char *name,
	      struct json_object *value);
void rest_add_text(struct json_object *to, const char *name, const char *text);
void rest_add_number(struct json_object *to, const char *name, __u64 number);
void rest_add_drops(struct json_object *to, const char *name,
		    const struct bfdnl_drops *drops);

/**
 * struct rest_text - JSON that is written piece by piece, again and again
 * @buffer: what there is of it; its owner frees it
 * @failed: there was no memory for a piece
 */
struct rest_text {
	struct printbuf *buffer;
	bool failed;
};

/* Return: false without memory. */
bool rest_print_begin(struct rest_text *out);
void rest_print(struct rest_text *out, const char *text);
/*
 * A member, with the comma that goes before it. @name NULL: only the number;
 * @word: nothing in it has to be quoted.
 */
void rest_print_number(struct rest_text *out, const char *name, __u64 number);
void rest_print_word(struct rest_text *out, const char *name, const char *word);
void rest_print_field(struct rest_text *out,
		      const struct bfdnl_session *session,
		      enum bfdnl_field field);
void rest_print_tuple(struct rest_text *out,
		      const struct bfdnl_session *session);

const char *rest_state_name(unsigned int state);
char *rest_json_text(struct json_object *json, size_t *size);
/* Return: the fields, to be freed; NULL: see @fault. */
struct bfdnl_session *rest_session_parse(struct json_object *json,
					 enum rest_use use,
					 struct rest_fault *fault);
/* One field from text, as in a URL; Return: false: see @fault. */
bool rest_field_parse(struct bfdnl_session *to, const char *name,
		      const char *text, struct rest_fault *fault);
/* A whole decimal number of a URL; Return: false if it is none. */
bool rest_number(const char *text, __u64 max, __u64 *number);
/* Parse without trust; @size bytes. Return: NULL: see @why. */
struct json_object *rest_json_parse(const char *text, size_t size,
				    const char **why);

/* rest_session.c */

void rest_session_recall(void);
void rest_session_stop(bool exiting);
void rest_session_event(const struct agent_event *event);
struct json_object *rest_session_shown(const struct agent_session *session);

/* rest_list.c */

void rest_list(struct rest_request *request);

/* rest_event.c */

/**
 * struct rest_event - one change, ready to be sent
 * @refs: who has it
 * @position: in our order, which goes on after a restart
 * @change: enum agent_change
 * @discriminator: whose
 * @state: after the change
 * @time: ns, CLOCK_REALTIME
 * @dest: address of the peer
 * @text: JSON
 * @size: bytes of @text
 */
struct rest_event {
	unsigned int refs;
	__u64 position;
	enum agent_change change;
	__u32 discriminator;
	unsigned int state;
	__u64 time;
	struct bfdnl_addr dest;
	size_t size;
	char text[];
};

int rest_event_start(void);
int rest_event_resize(void);
void rest_event_stop(void);
void rest_event_end_streams(void);
/* Return: the event if it is one that is told of, or NULL; to be unref'ed. */
struct rest_event *rest_event_add(const struct agent_event *event);
/* A session as it is now, for those who have missed what happened */
struct rest_event *rest_event_snapshot(const struct agent_session *session);
void rest_event_unref(struct rest_event *event);
__u64 rest_event_position(void);
const char *rest_change_name(enum agent_change change);

/* rest_notify.c, rest_deliver.c */

struct rest_target;

/**
 * struct rest_target_kind - what a target is told, and of what
 * @wants: is this change of its business?
 * @body: the event as its body, to be freed by the caller; NULL: as it is
 */
struct rest_target_kind {
	bool (*wants)(const struct rest_target *target,
		      const struct agent_event *event);
	char *(*body)(const struct rest_target *target,
		      const struct rest_event *event);
};

TAILQ_HEAD(rest_target_list, rest_target);

/**
 * struct rest_target - a URL that is called
 * @link: in the list of all
 * @id: its number
 * @url: where to
 * @token: to be shown there, or NULL
 * @filter: which sessions, or NULL for all
 * @kind: what it is told
 * @owner: number of the client or health check it belongs to, or 0
 * @changes: bit set of enum agent_change
 * @batch: events in one call at most; 0: one, not in an array
 * @queue: what is to be told, oldest first; a ring
 * @queue_room: how many it can hold
 * @head: index of the oldest
 * @count: how many
 * @sending: how many of them are being sent
 * @lost: how many did not fit since the last one that did
 * @lost_sending: how many of these are being told now
 * @delivered: events
 * @dropped: events, ever
 * @failures: calls, one after the other
 * @error: why the last one failed
 * @call: struct rest_call: libcurl's
 */
struct rest_target {
	TAILQ_ENTRY(rest_target) link;
	__u64 id;
	char *url;
	char *token;
	struct bfdnl_session *filter;
	const struct rest_target_kind *kind;
	__u64 owner;
	unsigned int changes;
	__u64 batch;
	struct rest_event **queue;
	size_t queue_room;
	size_t head;
	size_t count;
	size_t sending;
	__u64 lost;
	__u64 lost_sending;
	__u64 delivered;
	__u64 dropped;
	unsigned int failures;
	char error[160];
	struct rest_call *call;
};

/* A registration that survived */
void rest_notify_recall(__u64 id, struct json_object *value);
void rest_notify_stop(void);
void rest_notify_count(struct rest_counts *counts);
void rest_notify_event(const struct agent_event *event,
		       struct rest_event *ready);
/* Tell everybody how things are: we were away. */
void rest_notify_catch_up(void);
/* Return: NULL: no memory, or too many: errno. Takes over nothing. */
struct rest_target *rest_target_new(const char *url);
void rest_target_free(struct rest_target *target);
void rest_target_push(struct rest_target *target, struct rest_event *event);
/* What was being sent has arrived. */
void rest_target_done(struct rest_target *target);
/* A call has failed. */
void rest_target_failed(struct rest_target *target);
bool rest_url_is_good(const char *url);

int rest_deliver_start(void);
void rest_deliver_stop(void);
/* There is something to be told. */
void rest_deliver(struct rest_target *target);
void rest_deliver_forget(struct rest_target *target);

/* rest_page.c: begin and end of the files that are part of the program */
extern const char rest_openapi[], rest_openapi_end[];
extern const char rest_status_html[], rest_status_html_end[];
extern const char rest_status_css[], rest_status_css_end[];
extern const char rest_status_js[], rest_status_js_end[];

/* Is it for everybody, with or without a token? */
bool rest_page_is_public(const char *path);

/* rest_metrics.c */

void rest_metrics_stop(void);

/* rest_contrail.c */

void rest_contrail_event(const struct agent_event *event);
void rest_contrail_recall(const char *kind, __u64 id, struct json_object *value);
void rest_contrail_stop(bool exiting);

/* rest_health.c */

void rest_health_recall(__u64 id, struct json_object *value);
void rest_health_stop(bool exiting);

/* rest_state.c */

/**
 * rest_state_open() - read what a predecessor wrote
 * @path: the file; need not exist
 * @fn: is called for each object: its kind, its number, its members
 *
 * Return: 0 or a negative errno.
 */
int rest_state_open(const char *path,
		    void (*fn)(const char *kind, __u64 id,
			       struct json_object *value));
void rest_state_close(void);
/* Write an object down, NULL: it is no more. Return: 0 or a negative errno. */
int rest_state_put(const char *kind, __u64 id, struct json_object *value);
/* Nothing is to survive. */
void rest_state_remove(void);

#endif /* BFDAGENT_REST_H */
