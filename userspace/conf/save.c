// SPDX-License-Identifier: GPL-2.0
/*
 * Write down what the kernel has. libconfig knows how to quote.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "conf.h"
#include "identity.h"
#include "save.h"

struct saving {
	const struct ledger *ledger;
	config_setting_t *sessions;
	config_setting_t *keys;
};

static int set_text(config_setting_t *group, const char *name, const char *text)
{
	config_setting_t *s;

	s = config_setting_add(group, name, CONFIG_TYPE_STRING);
	return s && config_setting_set_string(s, text) ? 0 : -ENOMEM;
}

static int set_bool(config_setting_t *group, const char *name)
{
	config_setting_t *s;

	s = config_setting_add(group, name, CONFIG_TYPE_BOOL);
	return s && config_setting_set_bool(s, 1) ? 0 : -ENOMEM;
}

static int set_number(config_setting_t *group, const char *name, __u64 value)
{
	config_setting_t *s;
	bool wide = value > INT32_MAX;

	s = config_setting_add(group, name, wide ? CONFIG_TYPE_INT64 :
						   CONFIG_TYPE_INT);
	if (!s)
		return -ENOMEM;
	return (wide ? config_setting_set_int64(s, value) :
		       config_setting_set_int(s, value)) ? 0 : -ENOMEM;
}

static int save_identity(config_setting_t *group,
			 const struct bfdnl_session *session)
{
	static const enum bfdnl_field fields[] = {
		BFDNL_DEST_ADDR, BFDNL_SOURCE_ADDR, BFDNL_INTERFACE, BFDNL_VRF,
	};
	char text[BFDNL_ADDR_STRLEN];
	int ret = 0;

	for (size_t i = 0; !ret && i < sizeof(fields) / sizeof(*fields); i++) {
		const struct bfdnl_addr *addr;

		if (!bfdnl_session_has(session, fields[i]))
			continue;
		addr = bfdnl_session_addr(session, fields[i]);
		ret = set_text(group, bfdnl_field_name(fields[i]), addr ?
			       bfdnl_addr_format(addr, text) :
			       bfdnl_session_text(session, fields[i]));
	}
	if (!ret && bfdnl_session_number(session, BFDNL_PATH_TYPE) ==
		    BFD_PATH_IP_MH)
		ret = set_bool(group, "multihop");
	if (!ret && bfdnl_session_number(session, BFDNL_UNAFFILIATED_ECHO))
		ret = set_bool(group, "unaffiliated-echo");
	return ret;
}

static int save_param(config_setting_t *group, const struct param *param,
		      __u64 value)
{
	char text[PARAM_LEN];

	switch (param->kind) {
	case PARAM_BOOL:
		return set_bool(group, param->name);
	case PARAM_TIME:
	case PARAM_DIAGNOSTIC:
		return set_text(group, param->name,
				param_format(param, value, text));
	default:
		return set_number(group, param->name, value);
	}
}

/* The default depends on what was said before, in this order. */
static int save_params(config_setting_t *group,
		       const struct bfdnl_session *session)
{
	bool key = bfdnl_session_number(session, BFDNL_AUTH_KEY);
	int ret = 0;

	for (size_t i = 0; !ret && i < conf_params_size; i++) {
		const struct param *param = &conf_params[i];
		__u64 value = bfdnl_session_number(session, param->field);
		bool is_key_id = param->field == BFDNL_AUTH_KEY_ID;

		if (is_key_id ? !key : value == param_default(param, session))
			continue;
		/* one interval says it all */
		if (bfdnl_session_number(session, BFDNL_UNAFFILIATED_ECHO) &&
		    (param->field == BFDNL_REQUIRED_MIN_RX_INTERVAL ||
		     param->field == BFDNL_DESIRED_MIN_ECHO_TX_INTERVAL))
			continue;
		ret = save_param(group, param, value);
	}
	return ret;
}

static bool is_to_be_saved(const struct saving *saving,
			   const struct bfdnl_session *session)
{
	const struct ledger_entry *entry;

	entry = saving->ledger ? ledger_find(saving->ledger, session) : NULL;
	return bfdnl_session_number(session, BFDNL_OWNER_EXIT) ==
	       BFD_OWNER_EXIT_KEEP &&
	       (!entry || ledger_owned_by(entry, LEDGER_CONFIG));
}

static int save_session(const struct bfdnl_session *session, void *data)
{
	struct saving *saving = data;
	config_setting_t *group;
	int ret;

	if (!is_to_be_saved(saving, session))
		return 0;
	group = config_setting_add(saving->sessions, NULL, CONFIG_TYPE_GROUP);
	if (!group)
		return -ENOMEM;
	ret = save_identity(group, session);
	return ret ? ret : save_params(group, session);
}

static int save_key(const struct bfdnl_key *key, void *data)
{
	struct saving *saving = data;
	config_setting_t *group;
	const char *type;
	int ret;

	group = config_setting_add(saving->keys, NULL, CONFIG_TYPE_GROUP);
	if (!group)
		return -ENOMEM;
	ret = set_number(group, "key", bfdnl_key_number(key));
	type = bfdnl_auth_type_name(bfdnl_key_type(key));
	return ret ? ret : set_text(group, "type", type ? type : "");
}

static int save_echo_source(struct bfdnl *h, config_setting_t *root)
{
	struct bfdnl_echo_source *source;
	const char *interface;
	int ret;

	ret = bfdnl_get_echo_source(h, &source);
	if (ret)
		return ret;
	interface = bfdnl_echo_source_interface(source);
	if (interface)
		ret = set_text(root, "echo-source", interface);
	bfdnl_echo_source_free(source);
	return ret;
}

static int fill(struct bfdnl *h, struct saving *saving, config_t *config)
{
	config_setting_t *root = config_root_setting(config);
	int ret;

	ret = save_echo_source(h, root);
	if (ret)
		return ret;
	saving->keys = config_setting_add(root, "keys", CONFIG_TYPE_LIST);
	saving->sessions = config_setting_add(root, "sessions",
					      CONFIG_TYPE_LIST);
	if (!saving->keys || !saving->sessions)
		return -ENOMEM;
	ret = bfdnl_dump_keys(h, save_key, saving);
	return ret ? ret : bfdnl_dump(h, save_session, saving);
}

int save_write(struct bfdnl *h, const struct ledger *ledger, FILE *out)
{
	struct saving saving = { .ledger = ledger };
	config_t config;
	int ret;

	config_init(&config);
	ret = fill(h, &saving, &config);
	if (!ret) {
		fputs("# Written by bfdnl save; see bfdnl.conf(5).\n", out);
		if (config_setting_length(saving.keys))
			fputs("# The kernel tells no secrets: add one to each key.\n",
			      out);
		config_write(&config, out);
		ret = fflush(out) || ferror(out) ? -EIO : 0;
	}
	config_destroy(&config);
	return ret;
}
