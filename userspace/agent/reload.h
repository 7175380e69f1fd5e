/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From the configuration file to what is.
 */
#ifndef BFDAGENT_RELOAD_H
#define BFDAGENT_RELOAD_H

#include "core.h"

/**
 * reload_init() - apply the configuration for the first time
 * @agent: the daemon, everything else of which runs
 * @file: the configuration
 *
 * Return: 0 or a negative errno, which was logged.
 */
int reload_init(struct agent *agent, const char *file);

/* Apply the configuration again, soon and bit by bit. */
void reload_start(struct agent *agent);

void reload_end(struct agent *agent);

/* Check the configuration and say what is wrong. Return: true if nothing is. */
bool reload_test(const char *file);

#endif /* BFDAGENT_RELOAD_H */
