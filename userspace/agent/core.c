// SPDX-License-Identifier: GPL-2.0
/*
 * Begin and end of the core.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include "core.h"

static int open_ledger(struct agent *agent, const char *path)
{
	char own[128];
	int ret;

	if (!path) {
		ret = ledger_path(agent->netns, own, sizeof(own));
		if (ret) {
			agent_log(LOG_ERR, "network namespace %s: %s",
				  agent->netns, strerror(-ret));
			return ret;
		}
		path = own;
	}
	ret = ledger_open(path, false, &agent->ledger);
	if (ret)
		agent_log(LOG_ERR, "%s: %s", path, strerror(-ret));
	return ret;
}

int agent_state_file(const struct agent *agent, const char *frontend, char *path,
		     size_t room)
{
	const char *ledger = ledger_name(agent->ledger);
	size_t len = strlen(ledger), end = strlen(".ledger");

	if (len > end && !strcmp(ledger + len - end, ".ledger"))
		len -= end;
	if ((size_t)snprintf(path, room, "%.*s.%s", (int)len, ledger,
			     frontend) >= room)
		return -ENAMETOOLONG;
	return 0;
}

static bool in_mirror(__u32 discriminator, const struct bfdnl_addr *dest,
		      void *data)
{
	struct agent_session *session;

	session = agent_session_by_discriminator(data, discriminator);
	return session &&
	       bfdnl_addr_equal(bfdnl_session_addr(session->fields, BFDNL_DEST_ADDR),
				dest);
}

/* Nobody else makes sessions as long as the ledger is locked. */
static int tidy_ledger(struct agent *agent)
{
	int ret = ledger_lock(agent->ledger, true);

	if (ret)
		return ret;
	mirror_drain(agent);
	ret = ledger_prune(agent->ledger, in_mirror, agent);
	ledger_unlock(agent->ledger);
	return ret;
}

int core_start(struct agent *agent, const char *netns, const char *ledger)
{
	int ret;

	*agent = (struct agent){ .netns = netns };
	TAILQ_INIT(&agent->observers);
	TAILQ_INIT(&agent->lost);
	TAILQ_INIT(&agent->pending);
	STAILQ_INIT(&agent->jobs);
	ret = sd_event_default(&agent->loop);
	if (ret >= 0)
		ret = open_ledger(agent, ledger);
	if (ret >= 0)
		ret = mirror_start(agent);
	if (ret >= 0)
		ret = tidy_ledger(agent);
	if (ret >= 0)
		ret = jobs_start(agent);
	return ret < 0 ? ret : 0;
}

void core_end(struct agent *agent)
{
	jobs_clear(agent);
	claims_clear(agent);
	observers_clear(agent);
	mirror_stop(agent);
	ledger_close(agent->ledger);
	sd_event_source_unref(agent->orphan_timer);
	sd_event_unref(agent->loop);
}
