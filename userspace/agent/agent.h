/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bfdagentd: what a front end sees of the core.
 *
 * One thread, one sd-event loop. The core keeps a mirror of the kernel's
 * sessions, tells observers of every change exactly once and in order, and
 * makes and deletes sessions on behalf of whoever claims them. A front end
 * translates between that and a protocol of its own. No function here waits
 * for anything but the kernel's answer to a netlink request, which is there as
 * soon as the request is sent.
 *
 * Documentation/design/agent.md tells how it is put together.
 */
#ifndef BFDAGENT_AGENT_H
#define BFDAGENT_AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <libconfig.h>
#include <systemd/sd-event.h>
#include <bfdnl/bfdnl.h>
#include "problems.h"

struct agent;
struct agent_session;
struct agent_observer;
struct agent_claim;

/* ---- front ends ---- */

/**
 * struct agent_frontend - one protocol
 * @name: of its group in the agent's part of the configuration: letters and
 *	digits; it runs as long as that group is there
 * @parse: check and read that group; called before anything of a new
 *	configuration is applied. Returns settings, to be freed by @discard, or
 *	NULL when it has added to @problems. Must not touch what is running.
 * @discard: free settings that are not going to be used
 * @start: begin to serve; takes over the settings, also on failure. Called
 *	once the mirror is complete. A negative errno, logged by the front end,
 *	means that it does not run; the next reload tries again.
 * @reload: take over new settings while running; NULL: it is stopped and
 *	started instead
 * @stop: close connections, give back claims and observers, free everything
 *	@exiting: the agent ends, and what is claimed is to survive it: do not
 *	release claims (the core frees them)
 */
struct agent_frontend {
	const char *name;
	void *(*parse)(const config_setting_t *group,
		       struct problems *problems);
	void (*discard)(void *settings);
	int (*start)(struct agent *agent, void *settings);
	int (*reload)(struct agent *agent, void *settings);
	void (*stop)(struct agent *agent, bool exiting);
};

/* frontends.c: all there are, NULL at the end */
extern const struct agent_frontend * const agent_frontends[];

/**
 * agent_loop() - the event loop
 * @agent: the daemon
 *
 * Kernel events are handled at priority SD_EVENT_PRIORITY_IMPORTANT, requests
 * at SD_EVENT_PRIORITY_NORMAL. Front ends use the normal priority, and
 * SD_EVENT_PRIORITY_IDLE for what may wait.
 *
 * Return: the loop; not a new reference.
 */
sd_event *agent_loop(struct agent *agent);

/* ---- sessions ---- */

/**
 * enum agent_origin - who answers for a session
 * @AGENT_ORIGIN_FOREIGN: neither the configuration nor the agent: never
 *	changed, never deleted
 * @AGENT_ORIGIN_CONFIG: the configuration: claims do not change or delete it
 * @AGENT_ORIGIN_CLAIMED: the agent made it for a claim
 */
enum agent_origin {
	AGENT_ORIGIN_FOREIGN,
	AGENT_ORIGIN_CONFIG,
	AGENT_ORIGIN_CLAIMED,
};

/**
 * agent_session_by_id() - find a session by the kernel's number
 * @agent: the daemon
 * @id: BFDNL_ID; numbers of deleted sessions are used again
 *
 * Return: the session, valid until its AGENT_DELETED was delivered, or NULL.
 */
struct agent_session *agent_session_by_id(struct agent *agent, __u32 id);

/**
 * agent_session_by_discriminator() - find a session by My Discriminator
 * @agent: the daemon
 * @discriminator: BFDNL_LOCAL_DISCRIMINATOR, random for each session
 *
 * Return: as agent_session_by_id().
 */
struct agent_session *agent_session_by_discriminator(struct agent *agent,
						     __u32 discriminator);

/**
 * agent_session_find() - find a session by what names it to people
 * @agent: the daemon
 * @identity: BFDNL_DEST_ADDR, and BFDNL_SOURCE_ADDR, BFDNL_INTERFACE,
 *	BFDNL_VRF, BFDNL_PATH_TYPE, BFDNL_UNAFFILIATED_ECHO; without a path type
 *	it is single-hop, without a VRF in none; without a source address or an
 *	interface any will do
 *
 * Return: the session with which another one of this identity would clash, or
 * NULL; the first by id if there are several.
 */
struct agent_session *agent_session_find(struct agent *agent,
					 const struct bfdnl_session *identity);

/**
 * agent_session_next() - walk through all sessions in the order of their ids
 * @agent: the daemon
 * @id: the id of the one before; 0 for the first
 *
 * Sessions may come and go between the calls.
 *
 * Return: the session with the next greater id, or NULL.
 */
struct agent_session *agent_session_next(struct agent *agent, __u32 id);

/**
 * agent_session_count() - how many sessions there are
 * @agent: the daemon
 *
 * Return: the number of sessions in the mirror.
 */
size_t agent_session_count(const struct agent *agent);

/**
 * agent_session_fields() - all that is known of a session
 * @session: the session
 *
 * Return: the fields, valid until the next event; counters are those of the
 * last report, see agent_session_read() for fresh ones.
 */
const struct bfdnl_session *
agent_session_fields(const struct agent_session *session);

/**
 * agent_session_id() - the kernel's number of a session
 * @session: the session
 *
 * Return: BFDNL_ID.
 */
__u32 agent_session_id(const struct agent_session *session);

/**
 * agent_session_state() - the state of a session
 * @session: the session
 *
 * Return: enum bfd_state.
 */
unsigned int agent_session_state(const struct agent_session *session);

/**
 * agent_session_origin() - who answers for a session
 * @session: the session
 *
 * Return: enum agent_origin.
 */
enum agent_origin agent_session_origin(const struct agent_session *session);

/**
 * agent_session_read() - ask the kernel for a session with its counters
 * @agent: the daemon
 * @session: the session
 * @fields: gets it, to be freed with bfdnl_session_free()
 *
 * Return: 0; -ENOENT if it was deleted meanwhile; another negative errno.
 */
int agent_session_read(struct agent *agent, const struct agent_session *session,
		       struct bfdnl_session **fields);

/**
 * agent_stats_read() - ask the kernel for its statistics
 * @agent: the daemon
 * @stats: gets them, to be freed with bfdnl_stats_free()
 *
 * Return: 0 or a negative errno.
 */
int agent_stats_read(struct agent *agent, struct bfdnl_stats **stats);

/* ---- changes ---- */

/**
 * enum agent_change - what happened to a session
 * @AGENT_CREATED: it is there
 * @AGENT_STATE: its state changed
 * @AGENT_PARAMETERS: configured or negotiated parameters changed
 * @AGENT_DELETED: it is gone
 */
enum agent_change {
	AGENT_CREATED,
	AGENT_STATE,
	AGENT_PARAMETERS,
	AGENT_DELETED,
};

/**
 * struct agent_event - one change of one session
 * @change: what happened
 * @session: to which one; still found by id, also when @change is AGENT_DELETED
 * @now: its fields after the change (the last known ones if deleted)
 * @before: its fields before; NULL if created. Does not change meanwhile.
 * @old_state: enum bfd_state before; equals @new_state unless AGENT_STATE
 * @new_state: enum bfd_state after
 * @time: when, CLOCK_REALTIME, ns, by the kernel
 * @monotonic: when, CLOCK_MONOTONIC, ns, by the kernel
 * @sequence: the kernel's number of the event
 * @derived: events were lost: this is the difference that they made, several
 *	changes may have become one, and the times are those of the discovery
 * @receive_times: when @old_state was Up: CLOCK_MONOTONIC of the last packets,
 *	newest first
 * @receive_times_size: how many
 */
struct agent_event {
	enum agent_change change;
	struct agent_session *session;
	const struct bfdnl_session *now;
	const struct bfdnl_session *before;
	unsigned int old_state;
	unsigned int new_state;
	__u64 time;
	__u64 monotonic;
	__u32 sequence;
	bool derived;
	const __u64 *receive_times;
	size_t receive_times_size;
};

/**
 * typedef agent_observer_fn - is told of changes
 * @event: the change; valid until the function returns
 * @data: as given to agent_observe()
 *
 * May observe, unobserve, claim and release; must not run the loop.
 */
typedef void (*agent_observer_fn)(const struct agent_event *event, void *data);

/**
 * agent_observe() - be told of every change of every session from now on
 * @agent: the daemon
 * @fn: is called for each change, in their order, after the mirror was changed
 * @data: handed to @fn
 *
 * Together with agent_session_next() at the same time nothing is missed.
 *
 * Return: the observer, or NULL without memory.
 */
struct agent_observer *agent_observe(struct agent *agent, agent_observer_fn fn,
				     void *data);

/**
 * agent_unobserve() - do not be told any more
 * @observer: the observer or NULL; not called again, not even for the event
 *	that is being delivered
 */
void agent_unobserve(struct agent_observer *observer);

/* ---- claims ---- */

/**
 * struct agent_result - how a request ended
 * @code: 0 or a negative errno
 * @text: for a person: the kernel's words, or ours; empty if @code is 0
 * @attribute: the field at fault, such as "local-multiplier", or NULL
 */
struct agent_result {
	int code;
	const char *text;
	const char *attribute;
};

/**
 * typedef agent_result_fn - is told how a request ended
 * @claim: what the request was about
 * @result: the end; valid until the function returns
 * @data: as given with the request
 *
 * Never called from within the request itself. When a claim failed, it is
 * still to be released.
 */
typedef void (*agent_result_fn)(struct agent_claim *claim,
				const struct agent_result *result, void *data);

/**
 * agent_claim() - want a session to exist
 * @agent: the daemon
 * @name: under which the claim survives the end of the agent:
 *	"FRONTEND/WHATEVER", without white space and commas, at most
 *	AGENT_CLAIM_NAME_MAX bytes, unique for the session; NULL: it does not,
 *	and somebody has to claim the session anew within the orphan time after
 *	a restart
 * @wanted: identity as for agent_session_find(), and the parameters that the
 *	session is made with if there is none; BFDNL_OWNER_EXIT is ignored
 * @fn: is called once with the result, unless the claim is released before;
 *	may be NULL
 * @data: handed to @fn
 *
 * If a session of this identity exists, whoever made it, it is claimed as it
 * is: compare agent_session_fields() if it matters. A session that disappears
 * by somebody else's hand leaves its claims without a session; when one of
 * their identity comes to be again, however that is, they hold that.
 *
 * Return: the claim, to be released; NULL with errno ENOMEM, EINVAL for a
 * malformed @wanted or @name, or ENOBUFS with too many claims or requests.
 */
struct agent_claim *agent_claim(struct agent *agent, const char *name,
				const struct bfdnl_session *wanted,
				agent_result_fn fn, void *data);

#define AGENT_CLAIM_NAME_MAX	63

/**
 * agent_claim_change() - change the parameters of the claimed session
 * @claim: the claim
 * @changes: the parameters to change
 * @fn: is called once with the result unless the claim is released before; may
 *	be NULL
 * @data: handed to @fn
 *
 * Requests about one claim are done in the order in which they were made. The
 * result is -EBUSY if the session is not AGENT_ORIGIN_CLAIMED: those are not
 * changed by claims. Among claims the last one decides.
 *
 * Return: 0, -ENOMEM or -ENOBUFS: then nothing happens.
 */
int agent_claim_change(struct agent_claim *claim,
		       const struct bfdnl_session *changes,
		       agent_result_fn fn, void *data);

/**
 * agent_claim_release() - do not want the session any more
 * @claim: the claim or NULL; must not be used again
 *
 * The last claim of an AGENT_ORIGIN_CLAIMED session deletes it, soon. Requests
 * that were not done yet are forgotten, and their results not told.
 */
void agent_claim_release(struct agent_claim *claim);

/**
 * agent_claim_session() - the session that a claim holds
 * @claim: the claim
 *
 * Return: the session; NULL before it was made and after it was deleted.
 */
struct agent_session *agent_claim_session(const struct agent_claim *claim);

/**
 * agent_claim_wanted() - what was claimed
 * @claim: the claim
 *
 * Return: the identity and parameters as they were given.
 */
const struct bfdnl_session *agent_claim_wanted(const struct agent_claim *claim);

/**
 * typedef agent_recorded_fn - is told of a claim that survived
 * @name: its name
 * @session: what it holds
 * @data: as given to agent_claims_recorded()
 *
 * If the front end still wants it, it has to agent_claim() it again with the
 * same name; otherwise the claim is dropped after the orphan time.
 */
typedef void (*agent_recorded_fn)(const char *name,
				  struct agent_session *session, void *data);

/**
 * agent_claims_recorded() - claims with names that survived a restart
 * @agent: the daemon
 * @frontend: whose: what stands before the / of their names
 * @fn: is called for each that is not claimed again yet
 * @data: handed to @fn
 */
void agent_claims_recorded(struct agent *agent, const char *frontend,
			   agent_recorded_fn fn, void *data);

/**
 * typedef agent_done_fn - is told that requests are done
 * @data: as given to agent_when_done()
 */
typedef void (*agent_done_fn)(void *data);

/**
 * agent_when_done() - be told when all that was asked for so far is done
 * @agent: the daemon
 * @fn: is called once, not from within this function, unless the agent ends
 * @data: handed to @fn
 *
 * For releases above all, whose results are not told.
 *
 * Return: 0, or -ENOMEM: then nothing happens.
 */
int agent_when_done(struct agent *agent, agent_done_fn fn, void *data);

/* ---- files ---- */

/**
 * agent_state_file() - where a front end may keep what is to survive the agent
 * @agent: the daemon
 * @frontend: its name
 * @path: gets the path of a file beside the ledger, which need not exist; like
 *	that, it lives no longer than the kernel's sessions do
 * @room: bytes of @path
 *
 * Return: 0, or -ENAMETOOLONG.
 */
int agent_state_file(const struct agent *agent, const char *frontend, char *path,
		     size_t room);

/* ---- listening ---- */

/**
 * agent_listen() - a listening stream socket
 * @agent: the daemon
 * @name: of the front end: a socket that systemd passed with this
 *	FileDescriptorName= is used in place of @address
 * @address: "unix:/run/x", "127.0.0.1:5643", "[::1]:5643"
 * @problem: gets words for a person on failure
 * @room: bytes of @problem
 *
 * Return: a non-blocking, close-on-exec descriptor of the caller's own, or a
 * negative errno.
 */
int agent_listen(struct agent *agent, const char *name, const char *address,
		 char *problem, size_t room);

/**
 * agent_serve() - listen, and be called when somebody connects
 * @agent: the daemon
 * @name: as for agent_listen(); begins what is logged, too
 * @address: as for agent_listen()
 * @fn: called with the listening socket
 * @data: for @fn
 * @source: calls @fn and owns the socket; the one that was there before ends
 *	when there is a new one
 *
 * Return: 0 or a negative errno, which is logged.
 */
int agent_serve(struct agent *agent, const char *name, const char *address,
		sd_event_io_handler_t fn, void *data, sd_event_source **source);

/**
 * agent_kept() - a connection that systemd has kept since an agent before us
 *	put it into its store (sd_pid_notify_with_fds(3))
 * @prefix: how its name begins
 * @name: gets its name
 * @room: bytes of @name
 *
 * What was not taken when front ends have started is closed.
 *
 * Return: the descriptor, the caller's own from now on; -ENOENT: there is none.
 */
int agent_kept(const char *prefix, char *name, size_t room);

/**
 * agent_address_check() - could agent_listen() and agent_connect() use it?
 * @group: the settings
 * @name: of the one that has the address
 * @address: the address, or NULL: none
 * @problems: is told if they could not
 *
 * Return: true if they could.
 */
bool agent_address_check(const config_setting_t *group, const char *name,
			 const char *address, struct problems *problems);

/**
 * agent_connect() - a stream socket that is connected, or about to be
 * @address: as for agent_listen()
 * @problem: gets words for a person on failure
 * @room: bytes of @problem
 *
 * When the socket becomes writable, SO_ERROR tells whether it is connected.
 *
 * Return: a non-blocking, close-on-exec descriptor, or a negative errno.
 */
int agent_connect(const char *address, char *problem, size_t room);

/**
 * agent_keepalive() - find out when a peer's machine has died; send at once
 * @fd: a connected stream socket of any kind
 * @idle: seconds of silence before the first question
 * @interval: seconds between questions
 * @count: questions without an answer that end the connection
 */
void agent_keepalive(int fd, int idle, int interval, int count);

/* ---- log ---- */

/**
 * agent_log() - tell the operator
 * @priority: LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG of <syslog.h>
 * @format: as for printf(), one line without its newline
 */
__printf(2, 3)
void agent_log(int priority, const char *format, ...);

#endif /* BFDAGENT_AGENT_H */
