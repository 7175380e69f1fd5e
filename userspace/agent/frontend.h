/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Start, reload and stop front ends.
 */
#ifndef BFDAGENT_FRONTEND_H
#define BFDAGENT_FRONTEND_H

#include "core.h"

#define FRONTENDS_MAX	16

/**
 * struct agent_settings - the agent's part of a configuration
 * @orphan_time: how long claims of the time before wait for their owner, us
 * @frontend: settings of each, by its place in agent_frontends; NULL: not asked
 *	for
 */
struct agent_settings {
	__u64 orphan_time;
	void *frontend[FRONTENDS_MAX];
};

/**
 * agent_settings_parse() - check and read the agent's part
 * @group: the group, or NULL
 * @settings: gets them; to be freed with agent_settings_discard() or used up
 *	with frontends_apply()
 * @problems: gets what is wrong
 *
 * Return: true if nothing was wrong.
 */
bool agent_settings_parse(const config_setting_t *group,
			  struct agent_settings *settings,
			  struct problems *problems);
void agent_settings_discard(struct agent_settings *settings);

/* Start, reload or stop each as the settings, which are used up, have it. */
void frontends_apply(struct agent *agent, struct agent_settings *settings);
void frontends_stop(struct agent *agent, bool exiting);

#endif /* BFDAGENT_FRONTEND_H */
