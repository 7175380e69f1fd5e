// SPDX-License-Identifier: GPL-2.0
/*
 * Requests wait in a queue and are done some at a time: nobody who asks for
 * ten thousand sessions at once keeps events from being handled.
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include "core.h"

/* How many jobs are done before the loop looks at something else */
#define JOBS_AT_ONCE	32

/* When to try again what another process has locked */
#define LOCKED_US	5000

struct job *job_new(enum job_kind kind)
{
	struct job *job = calloc(1, sizeof(*job));

	if (job)
		job->kind = kind;
	return job;
}

void job_free(struct job *job)
{
	if (!job)
		return;
	bfdnl_session_free(job->fields);
	free(job);
}

static void wake(struct agent *agent)
{
	if (!agent->jobs_paused && !STAILQ_EMPTY(&agent->jobs))
		sd_event_source_set_enabled(agent->jobs_source, SD_EVENT_ON);
}

void jobs_add(struct agent *agent, struct job *job)
{
	STAILQ_INSERT_TAIL(&agent->jobs, job, link);
	agent->job_count++;
	wake(agent);
}

int agent_when_done(struct agent *agent, agent_done_fn fn, void *data)
{
	struct job *job = job_new(JOB_TELL);

	if (!job)
		return -ENOMEM;
	job->done = fn;
	job->data = data;
	jobs_add(agent, job);
	return 0;
}

/* The claim is given back: what it asked for is of no interest any more. */
void jobs_forget_claim(struct agent *agent, struct agent_claim *claim)
{
	struct job *job = STAILQ_FIRST(&agent->jobs);

	while (job) {
		struct job *next = STAILQ_NEXT(job, link);

		if (job->claim == claim) {
			STAILQ_REMOVE(&agent->jobs, job, job, link);
			agent->job_count--;
			claim->jobs--;
			job_free(job);
		}
		job = next;
	}
}

static void sleep_while_locked(struct agent *agent)
{
	sd_event_source_set_enabled(agent->jobs_source, SD_EVENT_OFF);
	sd_event_source_set_time_relative(agent->jobs_timer, LOCKED_US);
	sd_event_source_set_enabled(agent->jobs_timer, SD_EVENT_ONESHOT);
}

static void put_back(struct agent *agent, struct job *job)
{
	STAILQ_INSERT_HEAD(&agent->jobs, job, link);
	if (job->claim)
		job->claim->jobs++;
}

static int on_jobs(sd_event_source *source, void *data)
{
	struct agent *agent = data;

	for (int i = 0; i < JOBS_AT_ONCE; i++) {
		struct job *job = STAILQ_FIRST(&agent->jobs);

		if (!job || agent->jobs_paused) {
			sd_event_source_set_enabled(source, SD_EVENT_OFF);
			return 0;
		}
		STAILQ_REMOVE_HEAD(&agent->jobs, link);
		if (job->claim)
			job->claim->jobs--;
		if (!job_run(agent, job)) {
			put_back(agent, job);
			sleep_while_locked(agent);
			return 0;
		}
		agent->job_count--;
		job_free(job);
	}
	return 0;
}

static int on_jobs_timer(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	wake(data);
	return 0;
}

void jobs_pause(struct agent *agent, bool pause)
{
	agent->jobs_paused = pause;
	wake(agent);
}

int jobs_start(struct agent *agent)
{
	int ret;

	ret = sd_event_add_defer(agent->loop, &agent->jobs_source, on_jobs,
				 agent);
	if (ret >= 0)
		ret = sd_event_source_set_enabled(agent->jobs_source,
						  SD_EVENT_OFF);
	if (ret >= 0)
		ret = sd_event_add_time_relative(agent->loop,
						 &agent->jobs_timer,
						 CLOCK_MONOTONIC, LOCKED_US,
						 1000, on_jobs_timer, agent);
	if (ret >= 0)
		wake(agent);
	return ret < 0 ? ret : 0;
}

/* Jobs of claims that are gone already may be among them. */
void jobs_clear(struct agent *agent)
{
	while (!STAILQ_EMPTY(&agent->jobs)) {
		struct job *job = STAILQ_FIRST(&agent->jobs);

		STAILQ_REMOVE_HEAD(&agent->jobs, link);
		job_free(job);
	}
	agent->job_count = 0;
	sd_event_source_unref(agent->jobs_source);
	sd_event_source_unref(agent->jobs_timer);
}
