/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The front ends, each in a file of its name.
 */
#ifndef BFDAGENT_FRONTENDS_H
#define BFDAGENT_FRONTENDS_H

#include "agent.h"

extern const struct agent_frontend frontend_dampening;
extern const struct agent_frontend frontend_monitor;
extern const struct agent_frontend frontend_hooks;
extern const struct agent_frontend rest_frontend;
extern const struct agent_frontend frontend_frr;

#endif /* BFDAGENT_FRONTENDS_H */
