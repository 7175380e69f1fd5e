// SPDX-License-Identifier: GPL-2.0
/*
 * Read a configuration file.
 */
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include "conf.h"

void conf_free(struct conf *conf)
{
	if (!conf)
		return;
	vector_clear(&conf->sessions, conf_session_free);
	vector_clear(&conf->keys, conf_key_free);
	config_destroy(&conf->config);
	free(conf);
}

/* Files that are included are looked for beside the file. */
static void set_include_dir(struct conf *conf, const char *file)
{
	const char *slash = strrchr(file, '/');
	char *dir = slash ? strndup(file, slash - file + !(slash - file)) : NULL;

	if (dir)
		config_set_include_dir(&conf->config, dir);
	free(dir);
}

static bool read_echo_source(struct conf *conf, const config_setting_t *setting,
			     struct problems *problems)
{
	const char *name = config_setting_get_string(setting);

	if (!name || !*name || strlen(name) >= IFNAMSIZ) {
		problem_at(problems, setting,
			   "echo-source: it is not the name of an interface in \"\"");
		return false;
	}
	conf->echo_source = name;
	conf->echo_where = setting;
	return true;
}

/* What others refer to comes first, wherever it stands in the file. */
static bool read_parts(struct conf *conf, struct problems *problems)
{
	const config_setting_t *keys = NULL, *sessions = NULL;
	bool good = true;

	for (int i = 0; i < config_setting_length(conf->root); i++) {
		const config_setting_t *s = config_setting_get_elem(conf->root, i);
		const char *name = config_setting_name(s);

		if (!strcmp(name, "defaults")) {
			conf->defaults = s;
		} else if (!strcmp(name, "profiles")) {
			conf->profiles = s;
		} else if (!strcmp(name, "keys")) {
			keys = s;
		} else if (!strcmp(name, "sessions")) {
			sessions = s;
		} else if (!strcmp(name, "agent")) {
			conf->agent = s;
		} else if (!strcmp(name, "echo-source")) {
			good = read_echo_source(conf, s, problems) && good;
		} else {
			problem_at(problems, s, "%s: unknown word", name);
			good = false;
		}
	}
	if (!conf_check_profiles(conf, problems))
		good = false;
	if (keys && !conf_read_keys(conf, keys, problems))
		good = false;
	/* a bad profile would be a problem of each session that has it */
	return good &&
	       (!sessions || conf_read_sessions(conf, sessions, problems));
}

static void syntax_problem(const struct conf *conf, const char *file,
			   struct problems *problems)
{
	const char *at = config_error_file(&conf->config);

	if (config_error_type(&conf->config) == CONFIG_ERR_FILE_IO)
		problem_in(problems, file, 0, "%s", strerror(errno ? errno : EIO));
	else
		problem_in(problems, at ? at : file,
			   config_error_line(&conf->config), "%s",
			   config_error_text(&conf->config));
}

bool conf_read(const char *file, struct conf **conf, struct problems *problems)
{
	struct conf *c = calloc(1, sizeof(*c));
	bool good = false;

	*conf = NULL;
	if (!c) {
		problem_at(problems, NULL, "%s", strerror(ENOMEM));
		return false;
	}
	config_init(&c->config);
	set_include_dir(c, file);
	errno = 0;
	if (config_read_file(&c->config, file)) {
		c->root = config_root_setting(&c->config);
		good = read_parts(c, problems);
	} else {
		syntax_problem(c, file, problems);
	}
	if (good)
		*conf = c;
	else
		conf_free(c);
	return good;
}
