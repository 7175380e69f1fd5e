/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Dampening: a filter between the mirror and those front ends that want one.
 *
 * A session that goes up and down all the time is held down for them: that it
 * fails is always told at once, that it is Up again only when it has been quiet
 * for long enough. The protocol, the mirror and other front ends know nothing
 * of it.
 */
#ifndef BFDAGENT_DAMP_H
#define BFDAGENT_DAMP_H

#include "agent.h"

struct agent_damped;

/**
 * agent_observe_damped() - as agent_observe(), without the flapping
 * @agent: the daemon
 * @fn: is called for each change. While a session is held down: neither for
 *	changes between Down, Init and Up, nor with another state than Down in
 *	@event->now; afterwards with an AGENT_STATE if it is not Down by then,
 *	whose times are those of the release
 * @data: handed to @fn
 *
 * Without dampening in the configuration everything is told.
 *
 * Return: the observer, or NULL without memory.
 */
struct agent_damped *agent_observe_damped(struct agent *agent,
					  agent_observer_fn fn, void *data);

/**
 * agent_unobserve_damped() - do not be told any more
 * @observer: the observer or NULL; not called again
 */
void agent_unobserve_damped(struct agent_damped *observer);

/**
 * agent_damped_state() - the state that damped observers know of
 * @session: the session
 *
 * Return: enum bfd_state.
 */
unsigned int agent_damped_state(const struct agent_session *session);

/**
 * agent_damped_withheld() - how much a damped observer has not been told
 * @session: the session
 *
 * Return: the number of changes of its state since it is held down.
 */
__u64 agent_damped_withheld(const struct agent_session *session);

#endif /* BFDAGENT_DAMP_H */
