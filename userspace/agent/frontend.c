// SPDX-License-Identifier: GPL-2.0
/*
 * Start, reload and stop front ends.
 */
#include <errno.h>
#include <string.h>
#include <syslog.h>
#include "frontend.h"

#define ORPHAN_TIME_US	60000000

static bool running[FRONTENDS_MAX];

static int frontend_index(const char *name)
{
	for (int i = 0; i < FRONTENDS_MAX && agent_frontends[i]; i++)
		if (!strcmp(agent_frontends[i]->name, name))
			return i;
	return -1;
}

static bool parse_member(const config_setting_t *member,
			 struct agent_settings *settings,
			 struct problems *problems)
{
	int index = frontend_index(config_setting_name(member));

	if (!strcmp(config_setting_name(member), "orphan-time"))
		return setting_time(member, &settings->orphan_time, problems);
	if (index < 0) {
		problem_at(problems, member, "%s: unknown word",
			   config_setting_name(member));
		return false;
	}
	if (!config_setting_is_group(member)) {
		problem_at(problems, member, "%s: a group { } is wanted",
			   agent_frontends[index]->name);
		return false;
	}
	settings->frontend[index] = agent_frontends[index]->parse(member,
								  problems);
	return settings->frontend[index];
}

bool agent_settings_parse(const config_setting_t *group,
			  struct agent_settings *settings,
			  struct problems *problems)
{
	bool good = true;

	*settings = (struct agent_settings){ .orphan_time = ORPHAN_TIME_US };
	if (!group)
		return true;
	if (!config_setting_is_group(group)) {
		problem_at(problems, group, "agent: a group { } is wanted");
		return false;
	}
	for (int i = 0; i < config_setting_length(group); i++)
		if (!parse_member(config_setting_get_elem(group, i), settings,
				  problems))
			good = false;
	if (!good)
		agent_settings_discard(settings);
	return good;
}

void agent_settings_discard(struct agent_settings *settings)
{
	for (int i = 0; i < FRONTENDS_MAX && agent_frontends[i]; i++) {
		if (settings->frontend[i])
			agent_frontends[i]->discard(settings->frontend[i]);
		settings->frontend[i] = NULL;
	}
}

static void stop(struct agent *agent, int index, bool exiting)
{
	if (running[index])
		agent_frontends[index]->stop(agent, exiting);
	running[index] = false;
}

static void apply(struct agent *agent, int index, void *settings)
{
	const struct agent_frontend *frontend = agent_frontends[index];
	int ret;

	if (running[index] && settings && frontend->reload) {
		ret = frontend->reload(agent, settings);
	} else {
		stop(agent, index, false);
		ret = settings ? frontend->start(agent, settings) : 0;
		running[index] = settings && !ret;
	}
	if (ret)
		agent_log(LOG_ERR, "%s: %s", frontend->name, strerror(-ret));
}

void frontends_apply(struct agent *agent, struct agent_settings *settings)
{
	for (int i = 0; i < FRONTENDS_MAX && agent_frontends[i]; i++) {
		void *own = settings->frontend[i];

		settings->frontend[i] = NULL;
		apply(agent, i, own);
	}
	/* who is at the other end shall know that nobody serves him */
	kept_end();
}

void frontends_stop(struct agent *agent, bool exiting)
{
	for (int i = 0; i < FRONTENDS_MAX && agent_frontends[i]; i++)
		stop(agent, i, exiting);
}
