// SPDX-License-Identifier: GPL-2.0
/*
 * Dampening: which session is damped how.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <bfdnl/bfdnl.h>
#include "damp_settings.h"
#include "identity.h"
#include "session_id.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

struct damp_exception {
	struct bfdnl_session *session;
	struct damping damping;
};

/**
 * struct words - what a group says
 * @damping: how to damp
 * @exceptions: a list, of the outer group only
 * @session: an id, of exceptions only
 * @profile: a name, of exceptions only
 */
struct words {
	struct damping damping;
	const config_setting_t *exceptions;
	char *session;
	char *profile;
};

#define AT(member)	offsetof(struct words, member)

static const struct setting table[] = {
	{ "enabled", SETTING_BOOL, AT(damping.on), 0, 0 },
	{ "half-life", SETTING_TIME, AT(damping.half_life), 1000, 0 },
	{ "suppress", SETTING_NUMBER, AT(damping.suppress), 1, 1000000 },
	{ "reuse", SETTING_NUMBER, AT(damping.reuse), 1, 1000000 },
	{ "max-suppress", SETTING_TIME, AT(damping.max_suppress), 1000, 0 },
	{ "exceptions", SETTING_GROUP, AT(exceptions), 0, 0 },
}, exception_table[] = {
	{ "enabled", SETTING_BOOL, AT(damping.on), 0, 0 },
	{ "half-life", SETTING_TIME, AT(damping.half_life), 1000, 0 },
	{ "suppress", SETTING_NUMBER, AT(damping.suppress), 1, 1000000 },
	{ "reuse", SETTING_NUMBER, AT(damping.reuse), 1, 1000000 },
	{ "max-suppress", SETTING_TIME, AT(damping.max_suppress), 1000, 0 },
	{ "session", SETTING_TEXT, AT(session), 0, 0 },
	{ "profile", SETTING_TEXT, AT(profile), 0, 0 },
};

/* ---- the list of exceptions ---- */

static int compare_dest(const void *item, const void *key)
{
	const struct damp_exception *exception = item;
	const struct bfdnl_addr *a, *b = key;
	int ret;

	a = bfdnl_session_addr(exception->session, BFDNL_DEST_ADDR);
	ret = (int)a->len - (int)b->len;
	return ret ? ret : memcmp(a->bytes, b->bytes, a->len);
}

static void free_exception(void *item)
{
	struct damp_exception *exception = item;

	bfdnl_session_free(exception->session);
	free(exception);
}

/* Before those of the same destination; takes over the session. */
static bool insert(struct damp_settings *settings,
		   struct bfdnl_session *session, const struct damping *damping)
{
	const void *dest = bfdnl_session_addr(session, BFDNL_DEST_ADDR);
	struct damp_exception *exception = malloc(sizeof(*exception));
	struct vector *v = &settings->exceptions;

	if (!exception) {
		bfdnl_session_free(session);
		return false;
	}
	exception->session = session;
	exception->damping = *damping;
	if (!vector_insert(v, vector_find(v, compare_dest, dest), exception))
		return true;
	free_exception(exception);
	return false;
}

const struct damping *damp_settings_find(const struct damp_settings *settings,
					 const struct bfdnl_session *session)
{
	const void *dest = bfdnl_session_addr(session, BFDNL_DEST_ADDR);
	const struct vector *v = &settings->exceptions;

	for (size_t i = vector_find(v, compare_dest, dest); i < v->size; i++) {
		const struct damp_exception *exception = v->at[i];

		if (compare_dest(exception, dest))
			break;
		if (identity_clashes(session, exception->session))
			return &exception->damping;
	}
	return &settings->damping;
}

/* ---- sessions with a profile ---- */

static bool is_true(const config_setting_t *group, const char *name)
{
	int value = 0;

	return config_setting_lookup_bool(group, name, &value) && value;
}

static void take_addr(const config_setting_t *group, const char *name,
		      struct bfdnl_session *to, enum bfdnl_field field)
{
	struct bfdnl_addr addr;
	const char *text;

	if (config_setting_lookup_string(group, name, &text) &&
	    !bfdnl_addr_parse(&addr, text))
		bfdnl_session_set_addr(to, field, &addr);
}

static void take_text(const config_setting_t *group, const char *name,
		      struct bfdnl_session *to, enum bfdnl_field field)
{
	const char *text;

	if (config_setting_lookup_string(group, name, &text))
		bfdnl_session_set_text(to, field, text);
}

/* What is wrong with a session, the reader of sessions tells. */
static struct bfdnl_session *identity_of(const config_setting_t *group)
{
	struct bfdnl_session *to = bfdnl_session_new();

	if (!to)
		return NULL;
	take_addr(group, "dest-addr", to, BFDNL_DEST_ADDR);
	take_addr(group, "source-addr", to, BFDNL_SOURCE_ADDR);
	take_text(group, "interface", to, BFDNL_INTERFACE);
	take_text(group, "vrf", to, BFDNL_VRF);
	bfdnl_session_set_number(to, BFDNL_PATH_TYPE,
				 is_true(group, "multihop") ? BFD_PATH_IP_MH :
							      BFD_PATH_IP_SH);
	if (is_true(group, "unaffiliated-echo"))
		bfdnl_session_set_number(to, BFDNL_UNAFFILIATED_ECHO, 1);
	return to;
}

static bool add_profile(struct damp_settings *settings,
			const config_setting_t *root, const char *profile,
			const struct damping *damping)
{
	const config_setting_t *list = config_setting_get_member(root,
								 "sessions");
	const char *name;

	for (int i = 0; list && i < config_setting_length(list); i++) {
		const config_setting_t *group = config_setting_get_elem(list, i);
		struct bfdnl_session *session;

		if (!config_setting_is_group(group) ||
		    !config_setting_lookup_string(group, "profile", &name) ||
		    strcmp(name, profile))
			continue;
		session = identity_of(group);
		if (!session)
			return false;
		if (!bfdnl_session_has(session, BFDNL_DEST_ADDR))
			bfdnl_session_free(session);
		else if (!insert(settings, session, damping))
			return false;
	}
	return true;
}

/* ---- reading ---- */

static bool check(const config_setting_t *group, const struct damping *damping,
		  struct problems *problems)
{
	const char *wrong = damping->on ? damping_wrong(damping) : NULL;

	if (wrong)
		problem_at(problems, group, "%s", wrong);
	return !wrong;
}

static bool add_session(struct damp_settings *settings,
			const config_setting_t *group, const char *id,
			const struct damping *damping,
			struct problems *problems)
{
	struct bfdnl_session *session = bfdnl_session_new();
	const char *wrong;

	wrong = session ? session_id_parse(id, session) : strerror(ENOMEM);
	if (wrong) {
		problem_at(problems, group, "session: %s", wrong);
		bfdnl_session_free(session);
		return false;
	}
	if (insert(settings, session, damping))
		return true;
	problem_at(problems, group, "%s", strerror(ENOMEM));
	return false;
}

static bool add_exception(struct damp_settings *settings,
			  const config_setting_t *group,
			  const struct words *words, struct problems *problems)
{
	const config_setting_t *root = config_root_setting(group->config);
	const config_setting_t *profiles;

	if (!words->session == !words->profile) {
		problem_at(problems, group,
			   "an exception is for a session or for a profile");
		return false;
	}
	if (words->session)
		return add_session(settings, group, words->session,
				   &words->damping, problems);
	profiles = config_setting_get_member(root, "profiles");
	if (!profiles || !config_setting_get_member(profiles, words->profile)) {
		problem_at(problems, group, "profile: there is no profile %s",
			   words->profile);
		return false;
	}
	if (add_profile(settings, root, words->profile, &words->damping))
		return true;
	problem_at(problems, group, "%s", strerror(ENOMEM));
	return false;
}

static bool read_exception(struct damp_settings *settings,
			   const config_setting_t *group,
			   struct problems *problems)
{
	struct words words = { .damping = settings->damping };
	bool good;

	words.damping.on = true;
	good = settings_read(group, exception_table,
			     ARRAY_SIZE(exception_table), &words, problems) &&
	       check(group, &words.damping, problems) &&
	       add_exception(settings, group, &words, problems);
	free(words.session);
	free(words.profile);
	return good;
}

/* From the last to the first: each is put before the others. */
static bool read_exceptions(struct damp_settings *settings,
			    const config_setting_t *list,
			    struct problems *problems)
{
	bool good = true;

	if (list && !config_setting_is_list(list)) {
		problem_at(problems, list, "exceptions: a list ( ) is wanted");
		return false;
	}
	for (int i = list ? config_setting_length(list) : 0; i-- > 0;)
		if (!read_exception(settings, config_setting_get_elem(list, i),
				    problems))
			good = false;
	return good;
}

struct damp_settings *damp_settings_parse(const config_setting_t *group,
					  struct problems *problems)
{
	struct damp_settings *settings = calloc(1, sizeof(*settings));
	struct words words = {
		.damping = {
			.on = true,
			.half_life = 5000000,
			.suppress = 2000,
			.reuse = 1000,
			.max_suppress = 20000000,
		},
	};

	if (!settings) {
		problem_at(problems, group, "%s", strerror(ENOMEM));
		return NULL;
	}
	if (settings_read(group, table, ARRAY_SIZE(table), &words, problems) &&
	    check(group, &words.damping, problems)) {
		settings->damping = words.damping;
		if (read_exceptions(settings, words.exceptions, problems))
			return settings;
	}
	damp_settings_free(settings);
	return NULL;
}

void damp_settings_free(struct damp_settings *settings)
{
	if (!settings)
		return;
	vector_clear(&settings->exceptions, free_exception);
	free(settings);
}
