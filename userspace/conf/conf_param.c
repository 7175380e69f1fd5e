// SPDX-License-Identifier: GPL-2.0
/*
 * The parameters of a session: their names, defaults and texts.
 */
#include <stdio.h>
#include <string.h>
#include "conf.h"

#define PARAM(n, f, k, v)	{ n, BFDNL_##f, PARAM_##k, v }

/* Defaults are the kernel's: kmod/netlink.c, get_new_params(). */
const struct param conf_params[] = {
	PARAM("desired-min-tx-interval", DESIRED_MIN_TX_INTERVAL, TIME, 300000),
	PARAM("required-min-rx-interval", REQUIRED_MIN_RX_INTERVAL, TIME,
	      300000),
	PARAM("local-multiplier", LOCAL_MULTIPLIER, NUMBER, 3),
	PARAM("echo", ECHO_ENABLED, BOOL, 0),
	PARAM("desired-min-echo-tx-interval", DESIRED_MIN_ECHO_TX_INTERVAL,
	      TIME, 0),
	PARAM("required-min-echo-rx-interval", REQUIRED_MIN_ECHO_RX_INTERVAL,
	      TIME, 0),
	PARAM("demand-enabled", DEMAND_ENABLED, BOOL, 0),
	PARAM("demand-poll-interval", DEMAND_POLL_INTERVAL, TIME, 0),
	PARAM("passive", PASSIVE, BOOL, 0),
	PARAM("admin-down", ADMIN_DOWN, BOOL, 0),
	PARAM("path-diagnostic", PATH_DIAGNOSTIC, DIAGNOSTIC, BFD_DIAG_NONE),
	PARAM("tx-ttl", TX_TTL, NUMBER, 255),
	PARAM("rx-ttl", RX_TTL, NUMBER, 255),
	PARAM("dscp", DSCP, NUMBER, 48),
	PARAM("express", EXPRESS, BOOL, 0),
	PARAM("key", AUTH_KEY, NUMBER, 0),
	PARAM("key-id", AUTH_KEY_ID, NUMBER, 0),
};

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

const size_t conf_params_size = ARRAY_SIZE(conf_params);

__u64 param_default(const struct param *param,
		    const struct bfdnl_session *session)
{
	bool multihop = bfdnl_session_number(session, BFDNL_PATH_TYPE) ==
			BFD_PATH_IP_MH;
	bool unaffiliated = bfdnl_session_number(session,
						 BFDNL_UNAFFILIATED_ECHO);

	switch (param->field) {
	case BFDNL_RX_TTL:
		return multihop ? 1 : param->value;
	case BFDNL_ECHO_ENABLED:
		return unaffiliated;
	case BFDNL_DESIRED_MIN_ECHO_TX_INTERVAL:
		return bfdnl_session_number(session, BFDNL_ECHO_ENABLED) ?
		       bfdnl_session_number(session,
					    BFDNL_DESIRED_MIN_TX_INTERVAL) : 0;
	default:
		return param->value;
	}
}

const struct param *param_find(const char *name)
{
	for (size_t i = 0; i < conf_params_size; i++)
		if (!strcmp(conf_params[i].name, name))
			return &conf_params[i];
	return NULL;
}

static bool read_bool(const config_setting_t *setting, __u64 *value,
		      struct problems *problems)
{
	if (config_setting_type(setting) != CONFIG_TYPE_BOOL) {
		problem_at(problems, setting, "%s: true or false is wanted",
			   config_setting_name(setting));
		return false;
	}
	*value = !!config_setting_get_bool(setting);
	return true;
}

/* RFC 5880, 6.8.17: of all diagnostics only these are for others to set. */
static bool read_diagnostic(const config_setting_t *setting, __u64 *value,
			    struct problems *problems)
{
	const char *text = config_setting_get_string(setting);
	int diag = text ? bfdnl_diag_parse(text) : -1;

	if (diag != BFD_DIAG_NONE && diag != BFD_DIAG_CONCATENATED_PATH_DOWN &&
	    diag != BFD_DIAG_REVERSE_CONCATENATED_PATH_DOWN) {
		problem_at(problems, setting,
			   "%s: it is none of \"none\", \"concatenated-path-down\", \"reverse-concatenated-path-down\"",
			   config_setting_name(setting));
		return false;
	}
	*value = diag;
	return true;
}

bool param_read(const struct param *param, const config_setting_t *setting,
		struct bfdnl_session *to, struct problems *problems)
{
	__u64 value;
	bool good;

	switch (param->kind) {
	case PARAM_BOOL:
		good = read_bool(setting, &value, problems);
		break;
	case PARAM_TIME:
		good = setting_time(setting, &value, problems);
		break;
	case PARAM_DIAGNOSTIC:
		good = read_diagnostic(setting, &value, problems);
		break;
	default:
		good = setting_number(setting, bfdnl_field_max(param->field),
				      &value, problems);
		break;
	}
	if (good)
		bfdnl_session_set_number(to, param->field, value);
	return good;
}

const char *param_format(const struct param *param, __u64 value, char *text)
{
	static const struct {
		const char *name;
		__u64 us;
	} units[] = { { "s", 1000000 }, { "ms", 1000 }, { "us", 1 } };
	const char *name;
	int i = 0;

	switch (param->kind) {
	case PARAM_BOOL:
		snprintf(text, PARAM_LEN, "%s", value ? "true" : "false");
		break;
	case PARAM_TIME:
		while (value % units[i].us)
			i++;
		snprintf(text, PARAM_LEN, "%llu%s", value / units[i].us,
			 value ? units[i].name : "");
		break;
	case PARAM_DIAGNOSTIC:
		name = bfdnl_diag_name(value);
		snprintf(text, PARAM_LEN, "%s", name ? name : "unknown");
		break;
	default:
		snprintf(text, PARAM_LEN, "%llu", value);
		break;
	}
	return text;
}
