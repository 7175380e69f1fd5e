// SPDX-License-Identifier: GPL-2.0
/*
 * Who is told of changes.
 */
#include <stdlib.h>
#include "core.h"

struct agent_observer *agent_observe(struct agent *agent, agent_observer_fn fn,
				     void *data)
{
	struct agent_observer *observer = calloc(1, sizeof(*observer));

	if (!observer)
		return NULL;
	observer->agent = agent;
	observer->fn = fn;
	observer->data = data;
	TAILQ_INSERT_TAIL(&agent->observers, observer, link);
	return observer;
}

static void take_out(struct agent *agent, struct agent_observer *observer)
{
	TAILQ_REMOVE(&agent->observers, observer, link);
	free(observer);
}

/* The list must not change under the feet of observers_tell(). */
void agent_unobserve(struct agent_observer *observer)
{
	if (!observer)
		return;
	observer->fn = NULL;
	if (!observer->agent->telling)
		take_out(observer->agent, observer);
}

static struct agent_observer *find_dead(const struct agent *agent)
{
	struct agent_observer *observer;

	TAILQ_FOREACH(observer, &agent->observers, link)
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): what is freed is not in it */
		if (!observer->fn)
			return observer;
	return NULL;
}

static void reap(struct agent *agent)
{
	struct agent_observer *observer;

	while ((observer = find_dead(agent)))
		take_out(agent, observer);
}

/* Those who begin to observe meanwhile know the change from the mirror. */
void observers_tell(struct agent *agent, const struct agent_event *event)
{
	struct agent_observer *observer, *last;

	last = TAILQ_LAST(&agent->observers, observer_list);
	agent->telling = true;
	for (observer = TAILQ_FIRST(&agent->observers); observer;
	     observer = TAILQ_NEXT(observer, link)) {
		if (observer->fn)
			observer->fn(event, observer->data);
		if (observer == last)
			break;
	}
	agent->telling = false;
	reap(agent);
}

void observers_clear(struct agent *agent)
{
	struct agent_observer *observer;

	while ((observer = TAILQ_FIRST(&agent->observers)))
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): it is another one */
		take_out(agent, observer);
}
