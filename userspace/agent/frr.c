// SPDX-License-Identifier: GPL-2.0
/*
 * FRR's data plane protocol: settings, connecting and listening, begin and end.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>
#include "frontends.h"
#include "damp.h"
#include "frr.h"

#define NAME		"frr"

/* Times, us */
#define SECOND		1000000ULL
#define DIAL_FIRST	100000
#define DIAL_MAX	SECOND
#define SILENCE		(30 * SECOND)

/* Every so many ticks of a second */
#define RETRY_TICKS	5
#define PROBE_TICKS	30

/* So many sessions fit into the buffer of bfdd. */
#define BURST		58

static struct frr *frr;

__u64 frr_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (__u64)now.tv_sec * SECOND + now.tv_nsec / 1000;
}

/* ---- settings ---- */

#define AT(member)	offsetof(struct frr_settings, member)

static const struct setting table[] = {
	{ "connect", SETTING_TEXT, AT(connect), 0, 0 },
	{ "listen", SETTING_TEXT, AT(listen), 0, 0 },
	{ "connections", SETTING_NUMBER, AT(connections), 1, 1024 },
	{ "sessions", SETTING_NUMBER, AT(sessions), 1, 32768 },
	{ "grace-time", SETTING_TIME, AT(grace_time), 0, 0 },
	{ "damped", SETTING_BOOL, AT(damped), 0, 0 },
};

static void discard(void *data)
{
	struct frr_settings *settings = data;

	free(settings->connect);
	free(settings->listen);
	free(settings);
}

static bool check(const config_setting_t *group,
		  const struct frr_settings *settings,
		  struct problems *problems)
{
	if (!settings->connect && !settings->listen) {
		problem_at(problems, group,
			   NAME ": connect or listen is missing: where bfdd is");
		return false;
	}
	return agent_address_check(group, "connect", settings->connect, problems) &&
	       agent_address_check(group, "listen", settings->listen, problems);
}

static void *parse(const config_setting_t *group, struct problems *problems)
{
	struct frr_settings *settings = malloc(sizeof(*settings));

	if (!settings) {
		problem_at(problems, group, "%s", strerror(ENOMEM));
		return NULL;
	}
	*settings = (struct frr_settings){
		.connections = 128,
		.sessions = 4096,
		.grace_time = 60 * SECOND,
		.damped = true,
	};
	if (settings_read(group, table, sizeof(table) / sizeof(*table),
			  settings, problems) &&
	    check(group, settings, problems))
		return settings;
	discard(settings);
	return NULL;
}

/* ---- connecting ---- */

static void dial_in(struct frr *f, __u64 us)
{
	if (!f->settings->connect)
		return;
	sd_event_source_set_time_relative(f->dial, us);
	sd_event_source_set_enabled(f->dial, SD_EVENT_ONESHOT);
}

static void dial_later(struct frr *f)
{
	dial_in(f, f->backoff);
	f->backoff *= 2;
	if (f->backoff > DIAL_MAX)
		f->backoff = DIAL_MAX;
}

static void complain(struct frr *f, const char *why)
{
	agent_log(f->complained ? LOG_DEBUG : LOG_WARNING,
		  NAME ": no bfdd at %s: %s", f->settings->connect, why);
	f->complained = true;
}

/* Is there one of ours that bfdd has not answered yet? */
static bool is_dialing(const struct frr *f)
{
	const struct frr_link *link;

	TAILQ_FOREACH(link, &f->links, link)
		if (!link->dead && link->ours && !link->registered)
			return true;
	return false;
}

static int on_dial(sd_event_source *source, uint64_t usec, void *data)
{
	struct frr *f = data;
	char problem[200];
	int fd;

	(void)source;
	(void)usec;
	if (is_dialing(f) || f->link_count >= f->settings->connections)
		return 0;
	fd = agent_connect(f->settings->connect, problem, sizeof(problem));
	if (fd < 0) {
		complain(f, problem);
		dial_later(f);
	} else if (!frr_link_new(f, fd, true)) {
		dial_later(f);
	}
	return 0;
}

static bool has_other(const struct frr *f, const struct frr_link *one)
{
	const struct frr_link *link;

	TAILQ_FOREACH(link, &f->links, link)
		if (!link->dead && link->ours && link != one)
			return true;
	return false;
}

/* bfdd has told what it had to tell, or what its buffer could hold of it. */
static void dialed(struct frr *f, struct frr_link *link)
{
	f->backoff = DIAL_FIRST;
	if (f->complained || !has_other(f, link))
		agent_log(LOG_NOTICE, NAME ": bfdd is at %s, with %zu sessions",
			  f->settings->connect, link->added);
	f->complained = false;
	if (link->added)
		dial_in(f, 0);
	else if (has_other(f, link))
		frr_link_end(link);
}

void frr_registered(struct frr_link *link)
{
	if (link->ours) {
		dialed(link->frr, link);
		return;
	}
	agent_log(LOG_NOTICE, NAME ": bfdd has come, with %zu sessions",
		  link->added);
	if (link->added < BURST)
		return;
	agent_log(LOG_WARNING,
		  NAME ": bfdd up to 10.7 loses what it has beyond %u sessions",
		  BURST);
	/* the same bfdd as before: it still has what it had */
	if (link->known)
		frr_entries_presume(link);
}

void frr_link_lost(struct frr_link *link)
{
	struct frr *f = link->frr;

	if (!f->settings->connect)
		return;
	if (link->connecting)
		complain(f, "it does not answer");
	dial_later(f);
}

/* ---- listening ---- */

static int on_connection(sd_event_source *source, int fd, uint32_t revents,
			 void *data)
{
	struct frr *f = data;
	int own = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)revents;
	if (own < 0) {
		/* the next tick listens again */
		if (errno != EAGAIN && errno != EINTR)
			sd_event_source_set_enabled(source, SD_EVENT_OFF);
		return 0;
	}
	if (f->link_count < f->settings->connections) {
		frr_link_new(f, own, false);
		return 0;
	}
	agent_log(LOG_WARNING, NAME ": there are %zu connections: one is refused",
		  f->link_count);
	close(own);
	sd_event_source_set_enabled(source, SD_EVENT_OFF);
	return 0;
}

static int listen_at(struct frr *f, const char *address)
{
	return agent_serve(f->agent, NAME, address, on_connection, f,
			   &f->listening);
}

/* ---- time ---- */

static void tick_links(struct frr *f)
{
	__u64 now = frr_now();
	struct frr_link *link, *next;

	for (link = TAILQ_FIRST(&f->links); link; link = next) {
		next = TAILQ_NEXT(link, link);
		if (link->dead)
			continue;
		if (!link->proven && now - link->since > SILENCE) {
			frr_link_close(link, "it says nothing");
			continue;
		}
		frr_keep(link);
		/* what bfdd reads before an answer it takes for the answer */
		if (now - link->counted > SECOND / 5)
			frr_link_ask_echo(link);
	}
}

/* Does bfdd have anything that it could not tell, in its haste perhaps? */
static void probe(struct frr *f)
{
	f->news = false;
	if (has_other(f, NULL) && !is_dialing(f))
		dial_in(f, 0);
}

static int on_tick(sd_event_source *source, uint64_t usec, void *data)
{
	struct frr *f = data;

	(void)usec;
	f->ticks++;
	tick_links(f);
	frr_entries_sweep(f);
	if (f->ticks % RETRY_TICKS == 0)
		frr_entries_retry(f);
	if (f->news || f->ticks % PROBE_TICKS == 0)
		probe(f);
	if (f->listening)
		sd_event_source_set_enabled(f->listening, SD_EVENT_ON);
	sd_event_source_set_time_relative(source, SECOND);
	sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	return 0;
}

static void reap(struct frr *f)
{
	struct frr_link *link, *next;

	for (link = TAILQ_FIRST(&f->links); link; link = next) {
		next = TAILQ_NEXT(link, link);
		if (link->dead)
			frr_link_free(link);
	}
}

static int on_reap(sd_event_source *source, void *data)
{
	sd_event_source_set_enabled(source, SD_EVENT_OFF);
	reap(data);
	return 0;
}

/* ---- begin and end ---- */

static int add_sources(struct frr *f)
{
	sd_event *loop = agent_loop(f->agent);
	int ret;

	ret = sd_event_add_defer(loop, &f->reap, on_reap, f);
	if (ret >= 0)
		ret = sd_event_source_set_enabled(f->reap, SD_EVENT_OFF);
	if (ret >= 0)
		ret = sd_event_add_time_relative(loop, &f->tick, CLOCK_MONOTONIC,
						 SECOND, 0, on_tick, f);
	if (ret >= 0)
		ret = sd_event_add_time_relative(loop, &f->dial, CLOCK_MONOTONIC,
						 0, 1000, on_dial, f);
	if (ret >= 0 && !f->settings->connect)
		ret = sd_event_source_set_enabled(f->dial, SD_EVENT_OFF);
	return ret < 0 ? ret : 0;
}

static void close_links(struct frr *f)
{
	struct frr_link *link;

	for (link = TAILQ_FIRST(&f->links); link; link = TAILQ_NEXT(link, link))
		frr_link_end(link);
}

static void unobserve(struct frr *f)
{
	agent_unobserve(f->observer);
	agent_unobserve_damped(f->damped);
	f->observer = NULL;
	f->damped = NULL;
}

static int observe(struct frr *f)
{
	unobserve(f);
	if (f->settings->damped)
		f->damped = agent_observe_damped(f->agent, frr_entry_change, f);
	else
		f->observer = agent_observe(f->agent, frr_entry_change, f);
	return f->damped || f->observer ? 0 : -ENOMEM;
}

static void stop(struct agent *agent, bool exiting)
{
	struct frr *f = frr;

	(void)agent;
	f->exiting = exiting;
	close_links(f);
	reap(f);
	frr_entries_clear(f);
	unobserve(f);
	sd_event_source_disable_unref(f->listening);
	sd_event_source_disable_unref(f->dial);
	sd_event_source_disable_unref(f->tick);
	sd_event_source_disable_unref(f->reap);
	discard(f->settings);
	free(f);
	frr = NULL;
}

static int start(struct agent *agent, void *settings)
{
	struct frr *f = calloc(1, sizeof(*f));
	int ret;

	if (!f) {
		discard(settings);
		return -ENOMEM;
	}
	f->agent = agent;
	f->settings = settings;
	f->backoff = DIAL_FIRST;
	TAILQ_INIT(&f->links);
	frr = f;
	ret = observe(f);
	if (!ret)
		ret = add_sources(f);
	if (!ret && f->settings->listen)
		ret = listen_at(f, f->settings->listen);
	if (ret) {
		stop(agent, false);
		return ret;
	}
	frr_entries_recall(f);
	frr_keep_resume(f);
	return 0;
}

static bool same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* Sessions are kept: bfdd will come again, or be found elsewhere. */
static int reload(struct agent *agent, void *data)
{
	struct frr_settings *settings = data, *before = frr->settings;
	bool moved = !same(settings->connect, before->connect);
	bool was_damped = before->damped;
	int ret = 0;

	(void)agent;
	if (!same(settings->listen, before->listen)) {
		if (settings->listen)
			ret = listen_at(frr, settings->listen);
		else
			frr->listening =
				sd_event_source_disable_unref(frr->listening);
		moved = true;
	}
	frr->settings = settings;
	discard(before);
	if (!ret && settings->damped != was_damped)
		ret = observe(frr);
	if (!moved)
		return ret;
	close_links(frr);
	dial_in(frr, 0);
	return ret;
}

const struct agent_frontend frontend_frr = {
	.name = NAME,
	.parse = parse,
	.discard = discard,
	.start = start,
	.reload = reload,
	.stop = stop,
};
