// SPDX-License-Identifier: GPL-2.0
/*
 * The sessions of a configuration. What a session does not say is taken from
 * its profile, then from the defaults of the file, then from the kernel's.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "conf.h"
#include "identity.h"

void conf_session_free(void *item)
{
	struct conf_session *session = item;

	bfdnl_session_free(session->fields);
	free(session);
}

static __u64 number(const struct bfdnl_session *s, enum bfdnl_field field)
{
	return bfdnl_session_number(s, field);
}

/* ---- profiles and defaults ---- */

static bool check_params(const config_setting_t *group,
			 struct problems *problems)
{
	struct bfdnl_session *scratch = bfdnl_session_new();
	bool good = scratch;

	if (!config_setting_is_group(group)) {
		problem_at(problems, group, "%s: a group { } is wanted",
			   config_setting_name(group));
		good = false;
	}
	for (int i = 0; good && i < config_setting_length(group); i++) {
		const config_setting_t *s = config_setting_get_elem(group, i);
		const struct param *param = param_find(config_setting_name(s));

		if (!param)
			problem_at(problems, s, "%s: unknown word",
				   config_setting_name(s));
		good = param && param_read(param, s, scratch, problems);
	}
	bfdnl_session_free(scratch);
	return good;
}

bool conf_check_profiles(struct conf *conf, struct problems *problems)
{
	bool good = !conf->defaults || check_params(conf->defaults, problems);

	if (!conf->profiles)
		return good;
	if (!config_setting_is_group(conf->profiles)) {
		problem_at(problems, conf->profiles,
			   "profiles: a group { } is wanted");
		return false;
	}
	for (int i = 0; i < config_setting_length(conf->profiles); i++)
		if (!check_params(config_setting_get_elem(conf->profiles, i),
				  problems))
			good = false;
	return good;
}

/* Take from @group what nobody has said before. It was checked already. */
static void fill_from(const config_setting_t *group, struct bfdnl_session *to)
{
	struct problems none = { 0 };

	for (int i = 0; group && i < config_setting_length(group); i++) {
		const config_setting_t *s = config_setting_get_elem(group, i);
		const struct param *param = param_find(config_setting_name(s));

		if (param && !bfdnl_session_has(to, param->field))
			param_read(param, s, to, &none);
	}
	problems_free(&none);
}

static void fill_defaults(struct bfdnl_session *to)
{
	for (size_t i = 0; i < conf_params_size; i++)
		if (!bfdnl_session_has(to, conf_params[i].field))
			bfdnl_session_set_number(to, conf_params[i].field,
						 param_default(&conf_params[i], to));
}

/* RFC 9747: one interval says it all; the kernel reports it in all places. */
static void settle_unaffiliated(struct bfdnl_session *to, bool echo_tx)
{
	__u64 interval = bfdnl_session_number(to, echo_tx ?
					      BFDNL_DESIRED_MIN_ECHO_TX_INTERVAL :
					      BFDNL_DESIRED_MIN_TX_INTERVAL);

	bfdnl_session_set_number(to, BFDNL_DESIRED_MIN_TX_INTERVAL, interval);
	bfdnl_session_set_number(to, BFDNL_REQUIRED_MIN_RX_INTERVAL, interval);
	bfdnl_session_set_number(to, BFDNL_DESIRED_MIN_ECHO_TX_INTERVAL,
				 interval);
}

/* ---- the words of a session ---- */

static bool read_addr(const config_setting_t *setting, enum bfdnl_field field,
		      struct bfdnl_session *to, struct problems *problems)
{
	const char *text = config_setting_get_string(setting);
	struct bfdnl_addr addr;

	if (!text || bfdnl_addr_parse(&addr, text)) {
		problem_at(problems, setting,
			   "%s: it is not an IPv4 or IPv6 address in \"\"",
			   config_setting_name(setting));
		return false;
	}
	bfdnl_session_set_addr(to, field, &addr);
	return true;
}

static bool read_text(const config_setting_t *setting, enum bfdnl_field field,
		      struct bfdnl_session *to, struct problems *problems)
{
	const char *text = config_setting_get_string(setting);

	if (text && !bfdnl_session_set_text(to, field, text))
		return true;
	problem_at(problems, setting,
		   "%s: it is not the name of an interface in \"\"",
		   config_setting_name(setting));
	return false;
}

static bool read_flag(const config_setting_t *setting, bool *flag,
		      struct problems *problems)
{
	if (config_setting_type(setting) == CONFIG_TYPE_BOOL) {
		*flag = config_setting_get_bool(setting);
		return true;
	}
	problem_at(problems, setting, "%s: true or false is wanted",
		   config_setting_name(setting));
	return false;
}

static bool read_identity(const config_setting_t *setting,
			  struct bfdnl_session *to, struct problems *problems,
			  bool *known)
{
	const char *name = config_setting_name(setting);
	bool flag = false;

	*known = true;
	if (!strcmp(name, "dest-addr"))
		return read_addr(setting, BFDNL_DEST_ADDR, to, problems);
	if (!strcmp(name, "source-addr"))
		return read_addr(setting, BFDNL_SOURCE_ADDR, to, problems);
	if (!strcmp(name, "interface"))
		return read_text(setting, BFDNL_INTERFACE, to, problems);
	if (!strcmp(name, "vrf"))
		return read_text(setting, BFDNL_VRF, to, problems);
	if (!strcmp(name, "multihop")) {
		if (!read_flag(setting, &flag, problems))
			return false;
		bfdnl_session_set_number(to, BFDNL_PATH_TYPE, flag ?
					 BFD_PATH_IP_MH : BFD_PATH_IP_SH);
		return true;
	}
	if (!strcmp(name, "unaffiliated-echo")) {
		if (read_flag(setting, &flag, problems) && flag)
			bfdnl_session_set_number(to, BFDNL_UNAFFILIATED_ECHO,
						 1);
		return true;
	}
	*known = false;
	return true;
}

static bool read_discriminator(const config_setting_t *setting,
			       struct bfdnl_session *to,
			       struct problems *problems)
{
	__u64 value;

	if (!setting_number(setting, UINT32_MAX, &value, problems))
		return false;
	if (!value) {
		problem_at(problems, setting,
			   "local-discriminator: it is from 1");
		return false;
	}
	bfdnl_session_set_number(to, BFDNL_LOCAL_DISCRIMINATOR, value);
	return true;
}

static bool find_profile(const struct conf *conf,
			 const config_setting_t *setting,
			 const config_setting_t **profile,
			 struct problems *problems)
{
	const char *name = config_setting_get_string(setting);

	*profile = name && conf->profiles ?
		   config_setting_get_member(conf->profiles, name) : NULL;
	if (*profile)
		return true;
	problem_at(problems, setting, "profile: there is no profile %s",
		   name ? name : "without a name in \"\"");
	return false;
}

static bool read_word(const struct conf *conf, const config_setting_t *setting,
		      struct bfdnl_session *to,
		      const config_setting_t **profile,
		      struct problems *problems)
{
	const char *name = config_setting_name(setting);
	const struct param *param = param_find(name);
	bool good, known;

	if (param)
		return param_read(param, setting, to, problems);
	if (!strcmp(name, "profile"))
		return find_profile(conf, setting, profile, problems);
	if (!strcmp(name, "local-discriminator"))
		return read_discriminator(setting, to, problems);
	good = read_identity(setting, to, problems, &known);
	if (!known)
		problem_at(problems, setting, "%s: unknown word", name);
	return good && known;
}

/* ---- what the kernel would refuse ---- */

static const char *bad_interval(const struct bfdnl_session *s)
{
	static const enum bfdnl_field zero_or_more[] = {
		BFDNL_REQUIRED_MIN_RX_INTERVAL, BFDNL_DEMAND_POLL_INTERVAL,
		BFDNL_DESIRED_MIN_ECHO_TX_INTERVAL,
		BFDNL_REQUIRED_MIN_ECHO_RX_INTERVAL,
	};

	if (number(s, BFDNL_DESIRED_MIN_TX_INTERVAL) < 1000)
		return "desired-min-tx-interval: it is at least 1ms";
	for (size_t i = 0; i < sizeof(zero_or_more) / sizeof(*zero_or_more); i++)
		if (number(s, zero_or_more[i]) &&
		    number(s, zero_or_more[i]) < 1000)
			return "an interval is 0 or at least 1ms";
	return NULL;
}

static const char *bad_addrs(const struct bfdnl_session *s)
{
	const struct bfdnl_addr *dest = bfdnl_session_addr(s, BFDNL_DEST_ADDR);
	const struct bfdnl_addr *source;

	source = bfdnl_session_addr(s, BFDNL_SOURCE_ADDR);
	if (!dest)
		return "dest-addr is missing: whom to talk to?";
	if (source && source->family != dest->family)
		return "source-addr and dest-addr: one is IPv4, the other IPv6";
	if (!source && number(s, BFDNL_PATH_TYPE) == BFD_PATH_IP_MH)
		return "source-addr is missing: a multihop session needs one";
	if (bfdnl_addr_is_link_local(dest) &&
	    !bfdnl_session_has(s, BFDNL_INTERFACE))
		return "dest-addr is link-local: an interface is missing";
	return NULL;
}

static const char *bad_echo(const struct bfdnl_session *s)
{
	bool unaffiliated = number(s, BFDNL_UNAFFILIATED_ECHO);
	bool echo = number(s, BFDNL_ECHO_ENABLED) ||
		    number(s, BFDNL_REQUIRED_MIN_ECHO_RX_INTERVAL);

	if (echo && number(s, BFDNL_PATH_TYPE) == BFD_PATH_IP_MH)
		return "the echo function cannot be used over multiple hops";
	if (echo && !bfdnl_session_has(s, BFDNL_INTERFACE))
		return "echoes need a session with an interface";
	if (number(s, BFDNL_ECHO_ENABLED) &&
	    !number(s, BFDNL_DESIRED_MIN_ECHO_TX_INTERVAL))
		return "desired-min-echo-tx-interval: 0 means no echoes, but echoes are enabled";
	if (unaffiliated &&
	    (number(s, BFDNL_ADMIN_DOWN) || number(s, BFDNL_PASSIVE) ||
	     number(s, BFDNL_DEMAND_ENABLED) ||
	     number(s, BFDNL_PATH_DIAGNOSTIC) || number(s, BFDNL_AUTH_KEY) ||
	     number(s, BFDNL_REQUIRED_MIN_ECHO_RX_INTERVAL) ||
	     !number(s, BFDNL_ECHO_ENABLED)))
		return "an unaffiliated echo session has but an interval and a multiplier";
	return NULL;
}

static const char *bad_express(const struct bfdnl_session *s)
{
	if (!number(s, BFDNL_EXPRESS))
		return NULL;
	if (number(s, BFDNL_UNAFFILIATED_ECHO))
		return "express: unaffiliated echoes do not go through IP anyway";
	if (number(s, BFDNL_PATH_TYPE) == BFD_PATH_IP_MH)
		return "express: a multihop session needs IP";
	if (!bfdnl_session_has(s, BFDNL_INTERFACE))
		return "express needs a session with an interface";
	return NULL;
}

static const char *bad_rest(const struct bfdnl_session *s)
{
	if (!number(s, BFDNL_LOCAL_MULTIPLIER))
		return "local-multiplier: it is from 1 to 255";
	if (number(s, BFDNL_DSCP) > 63)
		return "dscp: it is from 0 to 63";
	if (!number(s, BFDNL_TX_TTL) || !number(s, BFDNL_RX_TTL))
		return "tx-ttl, rx-ttl: from 1 to 255";
	if (number(s, BFDNL_PATH_TYPE) != BFD_PATH_IP_MH &&
	    (number(s, BFDNL_TX_TTL) != 255 || number(s, BFDNL_RX_TTL) != 255))
		return "tx-ttl, rx-ttl: a single-hop session sends and accepts nothing but 255";
	return NULL;
}

static bool check_session(const struct conf_session *session, bool key_id,
			  struct problems *problems)
{
	const struct bfdnl_session *s = session->fields;
	const char *bad = bad_addrs(s);

	if (!bad)
		bad = bad_interval(s);
	if (!bad)
		bad = bad_echo(s);
	if (!bad)
		bad = bad_express(s);
	if (!bad)
		bad = bad_rest(s);
	if (!bad && !number(s, BFDNL_AUTH_KEY) != !key_id)
		bad = "key and key-id go together";
	if (bad)
		problem_at(problems, session->where, "%s", bad);
	return !bad;
}

/* ---- one session ---- */

static bool read_session(const struct conf *conf, struct conf_session *session,
			 struct problems *problems)
{
	const config_setting_t *profile = NULL;
	struct bfdnl_session *to = session->fields;
	bool good = true, key_id, echo_tx;

	if (!config_setting_is_group(session->where)) {
		problem_at(problems, session->where,
			   "a session is a group { }");
		return false;
	}
	bfdnl_session_set_number(to, BFDNL_PATH_TYPE, BFD_PATH_IP_SH);
	for (int i = 0; i < config_setting_length(session->where); i++)
		if (!read_word(conf, config_setting_get_elem(session->where, i),
			       to, &profile, problems))
			good = false;
	if (!good)
		return false;
	fill_from(profile, to);
	fill_from(conf->defaults, to);
	key_id = bfdnl_session_has(to, BFDNL_AUTH_KEY_ID);
	echo_tx = bfdnl_session_has(to, BFDNL_DESIRED_MIN_ECHO_TX_INTERVAL);
	fill_defaults(to);
	if (number(to, BFDNL_UNAFFILIATED_ECHO))
		settle_unaffiliated(to, echo_tx);
	return check_session(session, key_id, problems);
}

/* ---- all sessions ---- */

static int compare(const void *a, const void *b)
{
	const struct conf_session *x = *(const struct conf_session * const *)a;
	const struct conf_session *y = *(const struct conf_session * const *)b;

	return identity_compare_dest(x->fields, y->fields);
}

/* Those with the same destination stand side by side. */
static bool check_clashes(const struct conf *conf, struct problems *problems)
{
	const struct vector *v = &conf->sessions;
	bool good = true;

	for (size_t i = 0; i < v->size; i++)
		for (size_t j = i + 1; j < v->size; j++) {
			const struct conf_session *a = v->at[i], *b = v->at[j];

			if (identity_compare_dest(a->fields, b->fields))
				break;
			if (!identity_clashes(a->fields, b->fields))
				continue;
			problem_at(problems, b->where,
				   "line %u has a session with this peer: interface or source-addr must differ",
				   config_setting_source_line(a->where));
			good = false;
		}
	return good;
}

static int compare_discriminators(const void *a, const void *b)
{
	__u32 x = *(const __u32 *)a, y = *(const __u32 *)b;

	return x < y ? -1 : x > y;
}

static bool check_discriminators(const struct conf *conf,
				 const config_setting_t *list,
				 struct problems *problems)
{
	__u32 *all = calloc(conf->sessions.size + 1, sizeof(*all));
	bool good = all;
	size_t n = 0;

	for (size_t i = 0; all && i < conf->sessions.size; i++) {
		const struct conf_session *s = conf->sessions.at[i];

		all[n] = number(s->fields, BFDNL_LOCAL_DISCRIMINATOR);
		n += !!all[n];
	}
	if (n)
		qsort(all, n, sizeof(*all), compare_discriminators);
	for (size_t i = 1; i < n; i++)
		if (all[i] == all[i - 1]) {
			problem_at(problems, list,
				   "two sessions have the local-discriminator %u",
				   all[i]);
			good = false;
		}
	free(all);
	return good;
}

static bool append(struct conf *conf, const config_setting_t *where,
		   struct conf_session **session)
{
	struct conf_session *s = calloc(1, sizeof(*s));

	if (!s)
		return false;
	s->where = where;
	s->fields = bfdnl_session_new();
	if (!s->fields || vector_append(&conf->sessions, s)) {
		conf_session_free(s);
		return false;
	}
	*session = s;
	return true;
}

bool conf_read_sessions(struct conf *conf, const config_setting_t *list,
			struct problems *problems)
{
	struct conf_session *session;
	bool good = true;

	if (!config_setting_is_list(list)) {
		problem_at(problems, list, "sessions: a list ( ) is wanted");
		return false;
	}
	for (int i = 0; i < config_setting_length(list); i++) {
		if (!append(conf, config_setting_get_elem(list, i), &session)) {
			problem_at(problems, NULL, "%s", strerror(ENOMEM));
			return false;
		}
		if (!read_session(conf, session, problems))
			good = false;
	}
	if (!good)
		return false;
	if (conf->sessions.size)
		qsort(conf->sessions.at, conf->sessions.size,
		      sizeof(*conf->sessions.at), compare);
	good = check_clashes(conf, problems);
	return check_discriminators(conf, list, problems) && good;
}
