/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bfdagentd: what the files of the core share, and front ends do not see.
 */
#ifndef BFDAGENT_CORE_H
#define BFDAGENT_CORE_H

#include <sys/queue.h>
#include "agent.h"
#include "ledger.h"
#include "vector.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Claims, and requests not done yet, of all front ends together */
#define CLAIMS_MAX	65536
#define JOBS_MAX	65536

TAILQ_HEAD(claim_list, agent_claim);
TAILQ_HEAD(observer_list, agent_observer);
STAILQ_HEAD(job_list, job);

/**
 * struct agent_session - a session of the kernel
 * @agent: the daemon
 * @id: the kernel's number
 * @fields: what is known of it
 * @claims: of front ends
 */
struct agent_session {
	struct agent *agent;
	__u32 id;
	struct bfdnl_session *fields;
	struct claim_list claims;
};

struct agent_observer {
	TAILQ_ENTRY(agent_observer) link;
	struct agent *agent;
	agent_observer_fn fn;	/* NULL: to be freed */
	void *data;
};

enum job_kind {
	JOB_CLAIM,		/* find or make the session */
	JOB_OWN,		/* note the claim in the ledger */
	JOB_CHANGE,
	JOB_RELEASE,		/* the owner does not want the session any more */
	JOB_FORGET,		/* the session is gone: so shall its entry be */
	JOB_TELL,		/* all before it are done */
};

/**
 * struct job - something to be done about a session
 * @link: in agent.jobs
 * @kind: what
 * @claim: whose request; NULL for the last three kinds
 * @fields: of JOB_CHANGE the changes; of JOB_RELEASE and JOB_FORGET the
 *	identity with the local discriminator
 * @owner: of JOB_RELEASE: who does not want it
 * @fn: is told the result
 * @done: of JOB_TELL: is called
 * @data: handed to @fn or @done
 */
struct job {
	STAILQ_ENTRY(job) link;
	enum job_kind kind;
	struct agent_claim *claim;
	struct bfdnl_session *fields;
	char owner[LEDGER_OWNER_MAX + 1];
	agent_result_fn fn;
	agent_done_fn done;
	void *data;
};

/**
 * struct agent_claim - a session is wanted
 * @link: in @list
 * @list: agent_session.claims, agent.lost, or agent.pending until JOB_CLAIM ran
 * @agent: the daemon
 * @session: the session, if it holds one
 * @jobs: how many of the queue are about it
 * @dead: released by a callback while a job about it runs, which frees it
 * @wanted: identity and parameters
 * @owner: its name, LEDGER_AGENT without one
 * @release: allocated beforehand: letting go must not fail
 */
struct agent_claim {
	TAILQ_ENTRY(agent_claim) link;
	struct claim_list *list;
	struct agent *agent;
	struct agent_session *session;
	unsigned int jobs;
	bool dead;
	struct bfdnl_session *wanted;
	char owner[LEDGER_OWNER_MAX + 1];
	struct job *release;
};

/**
 * struct agent - the daemon
 * @loop: the event loop
 * @netns: network namespace, NULL for our own
 * @h: for requests and dumps
 * @monitor: events; NULL while the module is not there
 * @monitor_source: calls us when there are events
 * @retry: tries again to connect, or to read the sessions
 * @resync: the mirror cannot be trusted
 * @caught_up: sequence of the last event whose effect a dump may have shown
 * @by_id: struct agent_session
 * @by_discriminator: the same
 * @by_dest: the same, by destination, then id
 * @observers: who is told of changes
 * @telling: observers are being called
 * @ledger: which sessions are ours
 * @claims: how many there are
 * @lost: claims whose session is gone, or could not be made
 * @pending: claims that were not looked at yet
 * @running: the claim that the running job is about
 * @jobs: what is to be done
 * @job_count: how many of them
 * @jobs_source: does some of them
 * @jobs_timer: tries again when the ledger was locked
 * @jobs_paused: the configuration is being applied
 * @orphan_timer: ends the wait for claims of the time before
 * @reload: the configuration
 */
struct agent {
	sd_event *loop;
	const char *netns;
	struct bfdnl *h;
	struct bfdnl_monitor *monitor;
	sd_event_source *monitor_source;
	sd_event_source *retry;
	bool resync;
	__u32 caught_up;
	struct vector by_id;
	struct vector by_discriminator;
	struct vector by_dest;
	struct observer_list observers;
	bool telling;
	struct ledger *ledger;
	size_t claims;
	struct claim_list lost;
	struct claim_list pending;
	struct agent_claim *running;
	struct job_list jobs;
	size_t job_count;
	sd_event_source *jobs_source;
	sd_event_source *jobs_timer;
	bool jobs_paused;
	sd_event_source *orphan_timer;
	struct reload *reload;
};

/* core.c */

/**
 * core_start() - all of the core but configuration and front ends
 * @agent: to be filled in
 * @netns: which network namespace to serve; NULL: our own
 * @ledger: path of the ledger, NULL for the default
 *
 * Return: 0 or a negative errno, which was logged; core_end() either way.
 */
int core_start(struct agent *agent, const char *netns, const char *ledger);
void core_end(struct agent *agent);

/* mirror.c */

/**
 * mirror_start() - read the sessions and follow them
 * @agent: the daemon, with its loop
 *
 * Return: 0 or a negative errno, which was logged.
 */
int mirror_start(struct agent *agent);
void mirror_stop(struct agent *agent);

/**
 * mirror_drain() - handle the events that are there already
 * @agent: the daemon
 *
 * The kernel sends the event of a request before it answers: after this the
 * mirror knows what the last request did.
 */
void mirror_drain(struct agent *agent);

/**
 * mirror_ensure() - enter a session, unless its event has done so
 * @agent: the daemon
 * @fields: as the kernel reported it
 *
 * Return: the session, or NULL without memory.
 */
struct agent_session *mirror_ensure(struct agent *agent,
				    const struct bfdnl_session *fields);

/* sessions.c */

struct agent_session *sessions_add(struct agent *agent,
				   struct bfdnl_session *fields);
void sessions_remove(struct agent *agent, struct agent_session *session);
void sessions_clear(struct agent *agent);

/* observe.c */

void observers_tell(struct agent *agent, const struct agent_event *event);
void observers_clear(struct agent *agent);

/* claim.c */

void claims_session_created(struct agent_session *session);
void claims_session_deleted(struct agent_session *session);
bool claims_hold(const struct agent_session *session, const char *owner);
void claim_move(struct agent_claim *claim, struct agent_session *session);
void claim_bury(struct agent_claim *claim);
void claims_clear(struct agent *agent);
/* Let the claims of the time before go that nobody has made again. */
int claims_start_orphan_timer(struct agent *agent, __u64 us);
/*
 * A session that was made anew has the owners of the one before, which may have
 * been given up with that.
 */
void claims_file_applied(struct agent *agent);
__u32 claims_random_discriminator(void);

/* job.c */

int jobs_start(struct agent *agent);
void jobs_add(struct agent *agent, struct job *job);
struct job *job_new(enum job_kind kind);
void job_free(struct job *job);
void jobs_forget_claim(struct agent *agent, struct agent_claim *claim);
void jobs_pause(struct agent *agent, bool pause);
void jobs_clear(struct agent *agent);

/* job_run.c: Return: false if it has to be tried again later. */
bool job_run(struct agent *agent, struct job *job);

/* listen.c: close the kept connections that no front end has taken */
void kept_end(void);

/* log.c: @least: what is less important than this is not logged */
void log_init(int least);

#endif /* BFDAGENT_CORE_H */
