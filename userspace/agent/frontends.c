// SPDX-License-Identifier: GPL-2.0
/*
 * All front ends there are, in the order in which they are started.
 */
#include "agent.h"
#include "frontends.h"

const struct agent_frontend * const agent_frontends[] = {
	&frontend_dampening,	/* what others are told goes through it */
	&frontend_monitor,
	&frontend_hooks,
	&rest_frontend,
	&frontend_frr,
	NULL
};
