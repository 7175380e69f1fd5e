/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A front end of bfdagentd before a fake kernel, configured as in a file.
 */
#ifndef TEST_FRONTEND_H
#define TEST_FRONTEND_H

#include "test_agent.h"
#include "frontends.h"

/* The settings that a text gives, or NULL; what is wrong goes to @wrong. */
static char wrong[1000];

static inline void *settings_of(const struct agent_frontend *frontend,
				const char *text)
{
	struct problems problems = { 0 };
	void *settings = NULL;
	config_t config;

	*wrong = '\0';
	config_init(&config);
	if (CHECK(config_read_string(&config, text)))
		settings = frontend->parse(config_lookup(&config,
							 frontend->name),
					   &problems);
	for (size_t i = 0; i < problems.count; i++)
		snprintf(wrong + strlen(wrong), sizeof(wrong) - strlen(wrong),
			 "%s\n", problems.at[i]);
	problems_free(&problems);
	config_destroy(&config);
	return settings;
}

static inline bool frontend_start(const struct agent_frontend *frontend,
				  const char *text)
{
	void *settings = settings_of(frontend, text);

	return CHECK(settings) && !frontend->start(&agent, settings);
}

static inline bool is_refused(const struct agent_frontend *frontend,
			      const char *text, const char *why)
{
	void *settings = settings_of(frontend, text);
	bool refused = !settings && strstr(wrong, why);

	if (settings)
		frontend->discard(settings);
	if (!refused)
		printf("# %s: \"%s\"\n", text, wrong);
	return refused;
}

#endif /* TEST_FRONTEND_H */
