/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The core of bfdagentd before a fake kernel.
 */
#ifndef TEST_AGENT_H
#define TEST_AGENT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>
#include "tap.h"
#include "test_lib_fake.h"
#undef ARRAY_SIZE
#include "core.h"

static struct agent agent;
static char ledger_file[64];

/* What an observer was told: "created:1 state:1:down>up +deleted:1" */
static char told[4096];

static inline void tell(const struct agent_event *event, void *data)
{
	static const char * const names[] = {
		"created", "state", "parameters", "deleted",
	};
	size_t len = strlen(told);

	(void)data;
	if (len > sizeof(told) - 100)
		return;
	len += snprintf(told + len, sizeof(told) - len, "%s%s%s:%u",
			len ? " " : "", event->derived ? "+" : "",
			names[event->change], agent_session_id(event->session));
	if (event->change == AGENT_STATE)
		snprintf(told + len, sizeof(told) - len, ":%s>%s",
			 bfdnl_state_name(event->old_state),
			 bfdnl_state_name(event->new_state));
}

static inline bool was_told(const char *text)
{
	bool same = !strcmp(told, text);

	if (!same)
		printf("# told: %s\n# not:  %s\n", told, text);
	*told = '\0';
	return same;
}

/* Until there is nothing to do for a moment */
static inline void run(void)
{
	while (sd_event_run(agent.loop, 20000) > 0)
		;
}

static inline void agent_begin(void)
{
	if (!*ledger_file)
		snprintf(ledger_file, sizeof(ledger_file),
			 "/tmp/test_agent.%d.ledger", getpid());
	log_init(LOG_ERR);
	EQ(core_start(&agent, NULL, ledger_file), 0);
	agent_observe(&agent, tell, NULL);
	*told = '\0';
}

/* As kill -9 would end it: nothing is said to anybody */
static inline void agent_dies(void)
{
	core_end(&agent);
}

static inline void agent_finish(void)
{
	char lock[80];

	agent_dies();
	snprintf(lock, sizeof(lock), "%s.lock", ledger_file);
	unlink(ledger_file);
	unlink(lock);
	fake_reset();
}

/* A session object with a destination and nothing else */
static inline struct bfdnl_session *wanted(const char *dest)
{
	struct bfdnl_session *session = bfdnl_session_new();
	struct bfdnl_addr addr;

	bfdnl_addr_parse(&addr, dest);
	bfdnl_session_set_addr(session, BFDNL_DEST_ADDR, &addr);
	return session;
}

#endif /* TEST_AGENT_H */
