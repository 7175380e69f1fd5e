/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hooks: what their files share.
 */
#ifndef BFDAGENT_HOOKS_H
#define BFDAGENT_HOOKS_H

#include "hook_queue.h"

struct hook_sink;

/**
 * struct hook_settings - group "hooks"
 * @limits: how much, how fast
 * @timeout: so long may a command run, us
 * @damped: leave it to dampening what is told
 * @lifecycle: creation and deletion as well
 * @every_state: not only to and from Up
 * @run: a command and its arguments, NULL at the end; NULL: none
 * @dbus: "system" or the address of a bus; NULL: none
 */
struct hook_settings {
	struct hook_limits limits;
	__u64 timeout;
	bool damped;
	bool lifecycle;
	bool every_state;
	char **run;
	char *dbus;
};

/**
 * struct hook_sink - a way to tell, with a queue before it
 * @queue: what waits
 * @timer: when there may be more
 * @loop: the event loop
 * @settings: how it is configured
 * @deliver: tell an event, which it takes over; hook_sink_done() in the end
 */
struct hook_sink {
	struct hook_queue queue;
	sd_event_source *timer;
	sd_event *loop;
	const struct hook_settings *settings;
	void (*deliver)(struct hook_sink *sink, struct hook_event *event);
};

/* hooks.c: an event is done with, the next one may follow */
void hook_sink_done(struct hook_sink *sink, __u32 discriminator);
const char *hook_change_name(enum agent_change change);
const char *hook_diagnostic(const struct hook_event *event);

/* hook_run.c: by a command */
void hook_run(struct hook_sink *sink, struct hook_event *event);
void hook_run_stop(void);

/* hook_bus.c: by a D-Bus signal */
void hook_bus(struct hook_sink *sink, struct hook_event *event);
void hook_bus_stop(void);

#endif /* BFDAGENT_HOOKS_H */
