// SPDX-License-Identifier: GPL-2.0
/*
 * From the configuration file to what is: front ends.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>
#include "frontend.h"
#include "reload.h"

struct reload {
	char *file;
};

static void log_problems(struct problems *problems)
{
	for (size_t i = 0; i < problems->count && i < PROBLEMS_MAX; i++)
		agent_log(LOG_ERR, "%s", problems->at[i]);
	if (problems->count > PROBLEMS_MAX)
		agent_log(LOG_ERR, "and %zu more", problems->count - PROBLEMS_MAX);
	problems_free(problems);
}

static bool parse(const char *file, struct agent_settings *settings)
{
	struct problems problems = { 0 };
	const char *at;
	config_t config;
	bool good;

	config_init(&config);
	good = config_read_file(&config, file);
	if (good) {
		good = agent_settings_parse(config_lookup(&config, "agent"),
					    settings, &problems);
	} else {
		at = config_error_file(&config);
		problem_in(&problems, at ? at : file, config_error_line(&config),
			   "%s", config_error_text(&config));
	}
	log_problems(&problems);
	config_destroy(&config);
	return good;
}

bool reload_test(const char *file)
{
	struct agent_settings settings;

	if (!parse(file, &settings))
		return false;
	agent_settings_discard(&settings);
	return true;
}

int reload_init(struct agent *agent, const char *file)
{
	struct agent_settings settings;
	int ret;

	agent->reload = calloc(1, sizeof(*agent->reload));
	if (!agent->reload)
		return -ENOMEM;
	agent->reload->file = strdup(file);
	if (!agent->reload->file || !parse(file, &settings))
		return -EINVAL;
	ret = claims_start_orphan_timer(agent, settings.orphan_time);
	frontends_apply(agent, &settings);
	sd_notify(0, "READY=1");
	return ret;
}

void reload_start(struct agent *agent)
{
	struct agent_settings settings;

	sd_notify(0, "RELOADING=1");
	if (parse(agent->reload->file, &settings))
		frontends_apply(agent, &settings);
	sd_notify(0, "READY=1");
}

void reload_end(struct agent *agent)
{
	if (!agent->reload)
		return;
	free(agent->reload->file);
	free(agent->reload);
}
