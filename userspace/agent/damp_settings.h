/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Dampening: which session is damped how.
 */
#ifndef BFDAGENT_DAMP_SETTINGS_H
#define BFDAGENT_DAMP_SETTINGS_H

#include "penalty.h"
#include "problems.h"
#include "vector.h"

struct bfdnl_session;

/**
 * struct damp_settings - group "dampening"
 * @damping: of all sessions but
 * @exceptions: struct damp_exception, by destination; the first that fits
 *	counts
 */
struct damp_settings {
	struct damping damping;
	struct vector exceptions;
};

struct damp_settings *damp_settings_parse(const config_setting_t *group,
					  struct problems *problems);
void damp_settings_free(struct damp_settings *settings);

/**
 * damp_settings_find() - how a session is damped
 * @settings: the settings
 * @session: the session
 *
 * Return: the damping, which may be off.
 */
const struct damping *damp_settings_find(const struct damp_settings *settings,
					 const struct bfdnl_session *session);

#endif /* BFDAGENT_DAMP_SETTINGS_H */
