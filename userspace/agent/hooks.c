// SPDX-License-Identifier: GPL-2.0
/*
 * Hooks: a command, a D-Bus signal, or both, when the state of a session
 * changes.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include "damp.h"
#include "frontends.h"
#include "hooks.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Arguments that a command may have */
#define ARGUMENTS_MAX	64

static struct {
	struct agent *agent;
	struct hook_settings *settings;
	struct agent_observer *observer;
	struct agent_damped *damped;
	struct hook_sink run;
	struct hook_sink bus;
} hooks;

const char *hook_change_name(enum agent_change change)
{
	switch (change) {
	case AGENT_CREATED:
		return "created";
	case AGENT_DELETED:
		return "deleted";
	default:
		return "state";
	}
}

const char *hook_diagnostic(const struct hook_event *event)
{
	const char *name;

	name = bfdnl_diag_name(bfdnl_session_number(event->fields,
						    BFDNL_LOCAL_DIAGNOSTIC));
	return name ? name : "unknown";
}

/* ---- settings ---- */

/**
 * struct words - what the group says
 * @settings: numbers and so on
 * @run: the command, not read yet
 */
struct words {
	struct hook_settings settings;
	const config_setting_t *run;
};

#define AT(member)	offsetof(struct words, member)

static const struct setting table[] = {
	{ "run", SETTING_GROUP, AT(run), 0, 0 },
	{ "dbus", SETTING_TEXT, AT(settings.dbus), 0, 0 },
	{ "timeout", SETTING_TIME, AT(settings.timeout), 1000, 0 },
	{ "damped", SETTING_BOOL, AT(settings.damped), 0, 0 },
	{ "lifecycle", SETTING_BOOL, AT(settings.lifecycle), 0, 0 },
	{ "every-state", SETTING_BOOL, AT(settings.every_state), 0, 0 },
	{ "queue", SETTING_NUMBER, AT(settings.limits.queue), 1, 1000000 },
	{ "children", SETTING_NUMBER, AT(settings.limits.running), 1, 1000 },
	{ "burst", SETTING_NUMBER, AT(settings.limits.burst), 1, 1000000 },
	{ "interval", SETTING_TIME, AT(settings.limits.interval), 1, 0 },
	{ "session-burst", SETTING_NUMBER, AT(settings.limits.session_burst), 1, 1000000 },
	{ "session-interval", SETTING_TIME, AT(settings.limits.session_interval), 1, 0 },
};

static void discard(void *data)
{
	struct hook_settings *settings = data;

	for (char **word = settings->run; word && *word; word++)
		free(*word);
	free(settings->run);
	free(settings->dbus);
	free(settings);
}

static bool read_command(const config_setting_t *list,
			 struct hook_settings *settings,
			 struct problems *problems)
{
	int count = config_setting_length(list);

	if (count < 1 || count > ARGUMENTS_MAX) {
		problem_at(problems, list,
			   "run: from 1 to %d words in [ ] are wanted",
			   ARGUMENTS_MAX);
		return false;
	}
	settings->run = calloc(count + 1, sizeof(*settings->run));
	for (int i = 0; settings->run && i < count; i++) {
		const char *word = config_setting_get_string_elem(list, i);

		settings->run[i] = word ? strdup(word) : NULL;
		if (!settings->run[i])
			break;
	}
	if (!settings->run || !*settings->run || !settings->run[count - 1]) {
		problem_at(problems, list, "run: words in \"\" are wanted");
		return false;
	}
	if (*settings->run[0] != '/') {
		problem_at(problems, list,
			   "run: the command is to begin with /, and no shell looks for it");
		return false;
	}
	return true;
}

static bool check(const config_setting_t *group, const struct words *words,
		  struct hook_settings *settings, struct problems *problems)
{
	if (!words->run && !settings->dbus) {
		problem_at(problems, group, "hooks: run or dbus is wanted");
		return false;
	}
	return !words->run || read_command(words->run, settings, problems);
}

static void *parse(const config_setting_t *group, struct problems *problems)
{
	struct hook_settings *settings = malloc(sizeof(*settings));
	struct words words = {
		.settings = {
			.timeout = 10000000,
			.damped = true,
			.limits = {
				.queue = 4096,
				.running = 8,
				.burst = 100,
				.interval = 20000,
				.session_burst = 5,
				.session_interval = 1000000,
			},
		},
	};
	bool good;

	if (!settings) {
		problem_at(problems, group, "%s", strerror(ENOMEM));
		return NULL;
	}
	good = settings_read(group, table, ARRAY_SIZE(table), &words, problems);
	*settings = words.settings;
	if (good && check(group, &words, settings, problems))
		return settings;
	discard(settings);
	return NULL;
}

/* ---- sinks ---- */

static __u64 now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000ULL + ts.tv_nsec / 1000;
}

/* At once, but not from within what is going on */
static void wake(struct hook_sink *sink, __u64 when)
{
	sd_event_source_set_time(sink->timer, when);
	sd_event_source_set_enabled(sink->timer, SD_EVENT_ONESHOT);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	struct hook_sink *sink = data;
	struct hook_event *event;
	__u64 when;

	(void)source;
	(void)usec;
	event = hook_queue_take(&sink->queue, now_us(), &when);
	if (!event) {
		if (when != UINT64_MAX)
			wake(sink, when);
		return 0;
	}
	/* one at a time: kernel events come first */
	wake(sink, 0);
	sink->deliver(sink, event);
	return 0;
}

void hook_sink_done(struct hook_sink *sink, __u32 discriminator)
{
	hook_queue_done(&sink->queue, discriminator);
	if (sink->queue.count)
		wake(sink, 0);
}

static int sink_start(struct hook_sink *sink,
		      void (*deliver)(struct hook_sink *sink,
				      struct hook_event *event))
{
	int ret;

	*sink = (struct hook_sink){
		.loop = agent_loop(hooks.agent),
		.settings = hooks.settings,
		.deliver = deliver,
	};
	hook_queue_init(&sink->queue, &hooks.settings->limits);
	ret = sd_event_add_time(sink->loop, &sink->timer, CLOCK_MONOTONIC, 0,
				1000, on_timer, sink);
	if (ret >= 0)
		ret = sd_event_source_set_enabled(sink->timer, SD_EVENT_OFF);
	return ret < 0 ? ret : 0;
}

static void sink_stop(struct hook_sink *sink)
{
	if (sink->timer)
		hook_queue_end(&sink->queue);
	sink->timer = sd_event_source_disable_unref(sink->timer);
}

static void sink_push(struct hook_sink *sink, const struct agent_event *change)
{
	struct hook_event *event;

	if (!sink->timer)
		return;
	event = hook_event_new(change);
	if (event)
		hook_queue_push(&sink->queue, event, now_us());
	else
		sink->queue.dropped++;
	wake(sink, 0);
}

/* ---- changes ---- */

static bool is_wanted(const struct agent_event *event)
{
	const struct hook_settings *settings = hooks.settings;

	switch (event->change) {
	case AGENT_CREATED:
	case AGENT_DELETED:
		return settings->lifecycle;
	case AGENT_STATE:
		return settings->every_state ||
		       event->old_state == BFD_STATE_UP ||
		       event->new_state == BFD_STATE_UP;
	default:
		return false;
	}
}

static void on_change(const struct agent_event *event, void *data)
{
	(void)data;
	if (!is_wanted(event))
		return;
	sink_push(&hooks.run, event);
	sink_push(&hooks.bus, event);
}

/* ---- begin and end ---- */

static int observe(struct agent *agent)
{
	if (hooks.settings->damped)
		hooks.damped = agent_observe_damped(agent, on_change, NULL);
	else
		hooks.observer = agent_observe(agent, on_change, NULL);
	return hooks.damped || hooks.observer ? 0 : -ENOMEM;
}

static void stop(struct agent *agent, bool exiting)
{
	(void)agent;
	(void)exiting;
	agent_unobserve(hooks.observer);
	agent_unobserve_damped(hooks.damped);
	hooks.observer = NULL;
	hooks.damped = NULL;
	hook_run_stop();
	hook_bus_stop();
	sink_stop(&hooks.run);
	sink_stop(&hooks.bus);
	discard(hooks.settings);
	hooks.settings = NULL;
}

static int start(struct agent *agent, void *settings)
{
	sigset_t set;
	int ret = 0;

	/* without pidfds a child's end is told by this signal */
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	hooks.agent = agent;
	hooks.settings = settings;
	if (hooks.settings->run)
		ret = sink_start(&hooks.run, hook_run);
	if (!ret && hooks.settings->dbus)
		ret = sink_start(&hooks.bus, hook_bus);
	if (!ret)
		ret = observe(agent);
	if (ret)
		stop(agent, false);
	return ret;
}

const struct agent_frontend frontend_hooks = {
	.name = "hooks",
	.parse = parse,
	.discard = discard,
	.start = start,
	.stop = stop,
};
