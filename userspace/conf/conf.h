/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The configuration file (bfdnl.conf(5)): what is wanted of the kernel.
 */
#ifndef BFDCONF_CONF_H
#define BFDCONF_CONF_H

#include <libconfig.h>
#include <bfdnl/bfdnl.h>
#include "problems.h"
#include "vector.h"

#define CONF_SECRET_MAX	20

/**
 * struct conf_session - a session that the file describes
 * @where: its place
 * @fields: identity and every parameter, the default where the file is silent
 */
struct conf_session {
	const config_setting_t *where;
	struct bfdnl_session *fields;
};

/**
 * struct conf_key - a key that the file describes
 * @where: its place
 * @number: which one
 * @type: enum bfd_auth_type
 * @secret: its secret
 * @len: bytes of it; 0: not told, the key is to be there already
 */
struct conf_key {
	const config_setting_t *where;
	__u32 number;
	unsigned int type;
	unsigned char secret[CONF_SECRET_MAX];
	size_t len;
};

/**
 * struct conf - a configuration that was read and checked
 * @config: the file as it is
 * @root: what is in it
 * @sessions: struct conf_session, by destination
 * @keys: struct conf_key, by number
 * @echo_source: an interface, or NULL
 * @echo_where: its place
 * @defaults: group of parameters, or NULL
 * @profiles: group of groups of parameters, or NULL
 * @agent: group, the part of bfdagentd, or NULL
 */
struct conf {
	config_t config;
	const config_setting_t *root;
	struct vector sessions;
	struct vector keys;
	const char *echo_source;
	const config_setting_t *echo_where;
	const config_setting_t *defaults;
	const config_setting_t *profiles;
	const config_setting_t *agent;
};

/**
 * conf_read() - read a configuration and check all that can be checked in it
 * @file: its name
 * @conf: gets it, to be freed with conf_free()
 * @problems: gets what is wrong
 *
 * Return: true if nothing was wrong; else there is no configuration.
 */
bool conf_read(const char *file, struct conf **conf, struct problems *problems);
void conf_free(struct conf *conf);

/* ---- for the parts of the reader ---- */

/* conf_key.c */
bool conf_read_keys(struct conf *conf, const config_setting_t *list,
		    struct problems *problems);
struct conf_key *conf_find_key(const struct conf *conf, __u32 number);
void conf_key_free(void *item);

/* conf_session.c */
bool conf_read_sessions(struct conf *conf, const config_setting_t *list,
			struct problems *problems);
bool conf_check_profiles(struct conf *conf, struct problems *problems);
void conf_session_free(void *item);

/* conf_param.c: the words that sessions and profiles are made of */

enum param_kind {
	PARAM_BOOL,
	PARAM_NUMBER,
	PARAM_TIME,
	PARAM_DIAGNOSTIC,
};

struct param {
	const char *name;
	enum bfdnl_field field;
	enum param_kind kind;
	__u64 value;		/* if the file is silent */
};

extern const struct param conf_params[];
extern const size_t conf_params_size;

/**
 * param_default() - what a parameter is when nobody speaks of it
 * @param: the parameter
 * @session: of this session, whose identity counts
 *
 * Return: the kernel's default.
 */
__u64 param_default(const struct param *param,
		    const struct bfdnl_session *session);
const struct param *param_find(const char *name);
bool param_read(const struct param *param, const config_setting_t *setting,
		struct bfdnl_session *to, struct problems *problems);

/* Room for param_format() */
#define PARAM_LEN	48
const char *param_format(const struct param *param, __u64 value, char *text);

#endif /* BFDCONF_CONF_H */
