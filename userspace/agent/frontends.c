// SPDX-License-Identifier: GPL-2.0
/*
 * All front ends there are, in the order in which they are started.
 */
#include "agent.h"

extern const struct agent_frontend rest_frontend;

const struct agent_frontend * const agent_frontends[] = {
	&rest_frontend,
	NULL
};
