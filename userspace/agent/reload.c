// SPDX-License-Identifier: GPL-2.0
/*
 * From the configuration file to what is.
 *
 * The file is read and checked as a whole, then compared with the kernel, then
 * the difference is applied, some steps at a time. Only when that has succeeded
 * front ends are told of their settings. Meanwhile requests wait.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include "apply.h"
#include "frontend.h"
#include "reload.h"

/* How many steps are done before the loop looks at something else */
#define STEPS_AT_ONCE	32

#define LOCKED_US	5000
#define REFUSED_US	10000000

/**
 * struct reload - the configuration and its way into the kernel
 * @agent: the daemon
 * @file: its name
 * @again: it was asked for while it was being applied
 * @first: it was not applied yet
 * @settings: of front ends, not used yet
 * @conf: as it was read; NULL: nothing is going on
 * @plan: what is to be done
 * @apply: what is being done, NULL before
 * @source: does some of it
 * @timer: tries again what was locked or refused
 */
struct reload {
	struct agent *agent;
	char *file;
	bool again;
	bool first;
	struct agent_settings settings;
	struct conf *conf;
	struct plan plan;
	struct apply *apply;
	sd_event_source *source;
	sd_event_source *timer;
};

static void log_problems(struct problems *problems)
{
	for (size_t i = 0; i < problems->count && i < PROBLEMS_MAX; i++)
		agent_log(LOG_ERR, "%s", problems->at[i] ? problems->at[i] :
			  strerror(ENOMEM));
	if (problems->count > PROBLEMS_MAX)
		agent_log(LOG_ERR, "and %zu more",
			  problems->count - PROBLEMS_MAX);
	problems_free(problems);
}

/* Both parts are looked at, whatever is wrong with the first. */
static bool parse(const char *file, struct conf **conf,
		  struct agent_settings *settings)
{
	struct problems problems = { 0 };
	bool good;

	good = conf_read(file, conf, &problems);
	if (good && !agent_settings_parse((*conf)->agent, settings, &problems)) {
		conf_free(*conf);
		*conf = NULL;
		good = false;
	}
	log_problems(&problems);
	return good;
}

bool reload_test(const char *file)
{
	struct agent_settings settings;
	struct conf *conf;

	if (!parse(file, &conf, &settings))
		return false;
	agent_settings_discard(&settings);
	conf_free(conf);
	return true;
}

static void try_again(struct reload *r, uint64_t us)
{
	sd_event_source_set_time_relative(r->timer, us);
	sd_event_source_set_enabled(r->timer, SD_EVENT_ONESHOT);
}

static void forget(struct reload *r)
{
	if (ledger_is_locked(r->agent->ledger))
		ledger_unlock(r->agent->ledger);
	apply_end(r->apply);
	r->apply = NULL;
	plan_clear(&r->plan);
	conf_free(r->conf);
	r->conf = NULL;
}

/* Clients cannot come back before front ends begin. */
static void start_orphan_timer(struct reload *r)
{
	int ret = claims_start_orphan_timer(r->agent, r->settings.orphan_time);

	if (ret)
		agent_log(LOG_ERR, "orphan time: %s", strerror(-ret));
}

/* Refused: what there was goes on, and front ends at least begin. */
static void finish(struct reload *r, bool good)
{
	sd_event_source_set_enabled(r->source, SD_EVENT_OFF);
	if (good)
		agent_log(LOG_INFO, "%s: applied, with %zu changes", r->file,
			  plan_size(&r->plan));
	forget(r);
	jobs_pause(r->agent, false);
	if (r->first)
		start_orphan_timer(r);
	else if (good)
		claims_file_applied(r->agent);
	if (good || r->first)
		frontends_apply(r->agent, &r->settings);
	else
		agent_settings_discard(&r->settings);
	r->first = false;
	if (!good)
		try_again(r, REFUSED_US);
	sd_notifyf(0, "READY=1\nSTATUS=%s %s", r->file,
		   good ? "is applied" : "was refused; trying again");
	if (!r->again)
		return;
	r->again = false;
	reload_start(r->agent);
}

static bool begin(struct reload *r, struct problems *problems)
{
	struct agent *agent = r->agent;

	if (!plan_make(agent->h, r->conf, agent->ledger, &r->plan, problems))
		return false;
	r->apply = apply_begin(agent->h, agent->ledger, &r->plan);
	if (!r->apply)
		problem_at(problems, NULL, "%s", strerror(ENOMEM));
	return r->apply;
}

static int on_source(sd_event_source *source, void *data)
{
	struct problems problems = { 0 };
	struct reload *r = data;
	int ret;

	if (!r->apply) {
		ret = ledger_lock(r->agent->ledger, false);
		if (ret == -EWOULDBLOCK) {
			sd_event_source_set_enabled(source, SD_EVENT_OFF);
			try_again(r, LOCKED_US);
			return 0;
		}
		if (ret)
			problem_at(&problems, NULL, "ledger: %s",
				   strerror(-ret));
		else if (begin(r, &problems))
			ret = 1;
		else
			ret = -EINVAL;
	} else {
		ret = apply_some(r->apply, STEPS_AT_ONCE, &problems);
	}
	log_problems(&problems);
	if (ret <= 0)
		finish(r, !ret);
	return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	struct reload *r = data;

	(void)source;
	(void)usec;
	if (r->conf)
		sd_event_source_set_enabled(r->source, SD_EVENT_ON);
	else
		reload_start(r->agent);
	return 0;
}

static bool read_file(struct reload *r)
{
	if (!parse(r->file, &r->conf, &r->settings))
		return false;
	jobs_pause(r->agent, true);
	sd_event_source_set_enabled(r->source, SD_EVENT_ON);
	return true;
}

static int add_sources(struct reload *r)
{
	sd_event *loop = r->agent->loop;
	int ret;

	ret = sd_event_add_defer(loop, &r->source, on_source, r);
	if (ret >= 0)
		ret = sd_event_source_set_enabled(r->source, SD_EVENT_OFF);
	if (ret >= 0)
		ret = sd_event_add_time_relative(loop, &r->timer,
						 CLOCK_MONOTONIC, LOCKED_US,
						 1000, on_timer, r);
	if (ret >= 0)
		ret = sd_event_source_set_enabled(r->timer, SD_EVENT_OFF);
	return ret;
}

int reload_init(struct agent *agent, const char *file)
{
	struct reload *r = calloc(1, sizeof(*r));
	int ret;

	if (!r)
		return -ENOMEM;
	agent->reload = r;
	r->agent = agent;
	r->first = true;
	r->file = strdup(file);
	ret = r->file ? add_sources(r) : -ENOMEM;
	if (ret < 0)
		return ret;
	return read_file(r) ? 0 : -EINVAL;
}

static void notify_reloading(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu",
		   ts.tv_sec * 1000000ULL + ts.tv_nsec / 1000);
}

void reload_start(struct agent *agent)
{
	struct reload *r = agent->reload;

	if (r->conf) {
		r->again = true;
		return;
	}
	notify_reloading();
	sd_event_source_set_enabled(r->timer, SD_EVENT_OFF);
	if (!read_file(r))
		sd_notifyf(0, "READY=1\nSTATUS=%s has mistakes, see the log",
			   r->file);
}

void reload_end(struct agent *agent)
{
	struct reload *r = agent->reload;

	if (!r)
		return;
	if (r->conf)
		agent_settings_discard(&r->settings);
	forget(r);
	sd_event_source_unref(r->source);
	sd_event_source_unref(r->timer);
	free(r->file);
	free(r);
}
