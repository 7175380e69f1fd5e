/* SPDX-License-Identifier: GPL-2.0 */
/*
 * FreeBFD's monitor protocol: what its files share.
 *
 * A client has subscriptions. One of a single session holds a claim; that of
 * all sessions holds nothing. Whatever is to be told of a state is told in one
 * of two ways: a change, as it happens, to those who were told the state
 * before; or the state, to those who are behind: because they have just
 * subscribed, or did not read and lost changes.
 */
#ifndef BFDAGENT_MONITOR_H
#define BFDAGENT_MONITOR_H

#include <sys/queue.h>
#include <json-c/json.h>
#include "agent.h"
#include "monitor_request.h"
#include "vector.h"

/**
 * struct monitor_settings - group "monitor"
 * @listen: address
 * @clients: how many there may be
 * @subscriptions: how many each of them may have
 * @queue: bytes that wait for a client before it loses changes
 * @stall_time: how long a client may read nothing of what waits, us
 * @create: subscribing makes sessions
 * @damped: leave it to dampening what is told
 * @tx: desired-min-tx-interval of sessions that are made, 0: the kernel's
 * @rx: required-min-rx-interval
 * @multiplier: local-multiplier
 */
struct monitor_settings {
	char *listen;
	__u64 clients;
	__u64 subscriptions;
	__u64 queue;
	__u64 stall_time;
	bool create;
	bool damped;
	__u64 tx;
	__u64 rx;
	__u64 multiplier;
};

TAILQ_HEAD(monitor_client_list, monitor_client);
TAILQ_HEAD(monitor_subscription_list, monitor_subscription);

/**
 * struct monitor_subscription - one client, one session
 * @link: in client.subscriptions
 * @client: whose
 * @id: as the client wrote it
 * @claim: holds the session
 * @pending: the claim was not answered yet
 * @created: the session was made for it, and that is to be told
 * @told: the client knows the state
 */
struct monitor_subscription {
	TAILQ_ENTRY(monitor_subscription) link;
	struct monitor_client *client;
	char id[SESSION_ID_LEN];
	struct agent_claim *claim;
	bool pending;
	bool created;
	bool told;
};

/**
 * struct monitor_client - a connection
 * @link: in monitor.clients
 * @monitor: the front end
 * @fd: socket
 * @io: calls us when it is readable or writable
 * @stall: ends the connection if nothing is read
 * @name: for the log
 * @input: what comes in
 * @out: what waits to be sent
 * @out_begin: how much of it was sent
 * @out_used: how much there is, with what was sent
 * @out_room: how much there may be
 * @subscriptions: struct monitor_subscription
 * @count: how many
 * @untold: how many of them wait for a state; no less than there are
 * @all: wants to know of all sessions
 * @cursor: of all sessions, the state of those up to this id was told
 * @lost: changes that were not told
 * @doom: why it is to be closed, or NULL
 * @closed: nothing is to be done any more; freed soon
 */
struct monitor_client {
	TAILQ_ENTRY(monitor_client) link;
	struct monitor *monitor;
	int fd;
	sd_event_source *io;
	sd_event_source *stall;
	char name[64];
	struct monitor_input input;
	char *out;
	size_t out_begin;
	size_t out_used;
	size_t out_room;
	struct monitor_subscription_list subscriptions;
	size_t count;
	size_t untold;
	bool all;
	__u32 cursor;
	__u64 lost;
	const char *doom;
	bool closed;
};

/**
 * struct monitor - the front end
 * @agent: the daemon
 * @settings: how it is configured
 * @io: calls us when somebody connects
 * @resume: listens again after a lack of descriptors
 * @flush: sends what was said during one turn of the loop
 * @observer: of changes
 * @damped: @observer is a damped one
 * @clients: struct monitor_client
 * @count: how many
 * @refused: connections that were refused since the last line in the log
 * @by_dest: struct monitor_subscription of all clients, by destination
 * @exiting: claims are to survive
 */
struct monitor {
	struct agent *agent;
	struct monitor_settings *settings;
	sd_event_source *io;
	sd_event_source *resume;
	sd_event_source *flush;
	struct agent_observer *observer;
	struct agent_damped *damped;
	struct monitor_client_list clients;
	size_t count;
	__u64 refused;
	struct vector by_dest;
	bool exiting;
};

/* monitor.c */

/* Something is to be sent, or a client to be freed, before the loop sleeps. */
void monitor_flush_soon(struct monitor *monitor);
/* The state that clients are to know: enum bfd_state */
unsigned int monitor_state_of(const struct monitor *monitor,
			      const struct agent_session *session);

/* monitor_client.c */

/**
 * monitor_client_new() - serve a connection
 * @monitor: the front end
 * @fd: the connection, taken over also on failure
 * @name: for the log
 */
void monitor_client_new(struct monitor *monitor, int fd, const char *name);
/* End a connection; @why goes to the log unless it is NULL. */
void monitor_client_close(struct monitor_client *client, const char *why);
void monitor_client_free(struct monitor_client *client);
/* Send what waits, say what there is room for. */
void monitor_client_flush(struct monitor_client *client);
/* Append a line; takes over the object. */
void monitor_client_say(struct monitor_client *client,
			struct json_object *object);
/* Append a line that may be lost if the client does not read. */
void monitor_client_tell(struct monitor_client *client, const char *line,
			 size_t len);
size_t monitor_client_queued(const struct monitor_client *client);

/* monitor_watch.c */

/* Handle what a client asks for. */
void monitor_subscribe(struct monitor_client *client,
		       const struct monitor_request *request);
void monitor_unsubscribe(struct monitor_client *client,
			 const struct monitor_request *request);
void monitor_unsubscribe_all(struct monitor_client *client);
/* A change of a session */
void monitor_change(const struct agent_event *event, void *data);
/* Some changes were lost: the states are to be told again. */
void monitor_fall_behind(struct monitor_client *client);
/* Say states until the queue is long enough. */
bool monitor_is_behind(const struct monitor_client *client);
void monitor_catch_up(struct monitor_client *client);

#endif /* BFDAGENT_MONITOR_H */
