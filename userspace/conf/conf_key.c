// SPDX-License-Identifier: GPL-2.0
/*
 * The keys of a configuration. Secrets are in the file itself or in files of
 * their own; either way nobody else may read them.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "conf.h"

/* More than any secret takes, in hexadecimal digits */
#define LINE_MAX_LEN	256

void conf_key_free(void *item)
{
	struct conf_key *key = item;

	explicit_bzero(key->secret, sizeof(key->secret));
	free(key);
}

static int compare(const void *item, const void *key)
{
	const struct conf_key *k = item;
	__u32 number = *(const __u32 *)key;

	return k->number < number ? -1 : k->number > number;
}

struct conf_key *conf_find_key(const struct conf *conf, __u32 number)
{
	return vector_get(&conf->keys, compare, &number);
}

/* ---- secrets ---- */

static bool is_private(const config_setting_t *where, const char *file,
		       const struct stat *st, struct problems *problems)
{
	if (!S_ISREG(st->st_mode)) {
		problem_at(problems, where, "%s is not a file", file);
		return false;
	}
	if (!(st->st_mode & 077) && (!st->st_uid || st->st_uid == geteuid()))
		return true;
	problem_at(problems, where,
		   "%s holds a secret, and others may read or change it: chmod 600, chown root",
		   file);
	return false;
}

/* The first line of @fd. Return: 0 or a negative errno. */
static int read_line(int fd, char *line, size_t room)
{
	ssize_t len = read(fd, line, room - 1);

	if (len < 0)
		return -errno;
	line[len] = '\0';
	line[strcspn(line, "\r\n")] = '\0';
	return 0;
}

/* A name without a directory is where the configuration is. */
static char *full_name(const config_setting_t *where, const char *name)
{
	const char *own = config_setting_source_file(where);
	const char *slash = own ? strrchr(own, '/') : NULL;
	char *full;

	if (*name == '/' || !slash)
		return strdup(name);
	if (asprintf(&full, "%.*s/%s", (int)(slash - own), own, name) < 0)
		return NULL;
	return full;
}

static bool read_file(const config_setting_t *where, const char *file,
		      char *line, struct problems *problems)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	bool good = false;
	struct stat st;

	if (fd < 0 || fstat(fd, &st)) {
		problem_at(problems, where, "%s: %s", file, strerror(errno));
	} else if (is_private(where, file, &st, problems)) {
		good = !read_line(fd, line, LINE_MAX_LEN);
		if (!good)
			problem_at(problems, where, "%s: cannot be read", file);
	}
	if (fd >= 0)
		close(fd);
	return good;
}

static bool from_file(const config_setting_t *setting, char *line,
		      struct problems *problems)
{
	char *file = full_name(setting, config_setting_get_string(setting));
	bool good = file && read_file(setting, file, line, problems);

	free(file);
	return good;
}

static bool from_here(const config_setting_t *setting, char *line,
		      struct problems *problems)
{
	const char *text = config_setting_get_string(setting);
	const char *file = config_setting_source_file(setting);
	struct stat st;

	snprintf(line, LINE_MAX_LEN, "%s", text);
	/* libconfig keeps it until the configuration is freed */
	explicit_bzero((char *)text, strlen(text));
	return !file || stat(file, &st) ||
	       is_private(setting, file, &st, problems);
}

static bool decode_hex(char *line, size_t *len)
{
	size_t digits = strlen(line);
	unsigned int byte;

	if (digits % 2 || strspn(line, "0123456789abcdefABCDEF") != digits)
		return false;
	for (size_t i = 0; i < digits / 2; i++) {
		char pair[3] = { line[2 * i], line[2 * i + 1] };

		byte = strtoul(pair, NULL, 16);
		line[i] = byte;
	}
	*len = digits / 2;
	return true;
}

static bool read_secret(const config_setting_t *setting, struct conf_key *key,
			struct problems *problems)
{
	const char *name = config_setting_name(setting);
	char line[LINE_MAX_LEN] = "";
	size_t len;
	bool good;

	if (config_setting_type(setting) != CONFIG_TYPE_STRING) {
		problem_at(problems, setting, "%s: a text in \"\" is wanted",
			   name);
		return false;
	}
	if (key->len) {
		problem_at(problems, setting, "%s: the key has a secret already",
			   name);
		return false;
	}
	good = strstr(name, "-file") ? from_file(setting, line, problems) :
				       from_here(setting, line, problems);
	len = strlen(line);
	if (good && *name == 's' && !decode_hex(line, &len)) {
		problem_at(problems, setting,
			   "%s: it is not an even number of hexadecimal digits",
			   name);
		good = false;
	}
	if (good && (!len || len > sizeof(key->secret))) {
		problem_at(problems, setting, "%s: it is 1 to %zu bytes", name,
			   sizeof(key->secret));
		good = false;
	}
	if (good) {
		memcpy(key->secret, line, len);
		key->len = len;
	}
	explicit_bzero(line, sizeof(line));
	return good;
}

/* ---- a key ---- */

static bool read_type(const config_setting_t *setting, struct conf_key *key,
		      struct problems *problems)
{
	const char *name = config_setting_get_string(setting);
	int type = name ? bfdnl_auth_type_parse(name) : -1;

	if (type > BFD_AUTH_NONE) {
		key->type = type;
		return true;
	}
	problem_at(problems, setting,
		   "type: one of \"simple-password\", \"keyed-md5\", \"meticulous-keyed-md5\", \"keyed-sha1\", \"meticulous-keyed-sha1\"");
	return false;
}

static bool read_word(const config_setting_t *setting, struct conf_key *key,
		      struct problems *problems)
{
	const char *name = config_setting_name(setting);
	__u64 value;

	if (!strcmp(name, "key")) {
		if (!setting_number(setting, UINT32_MAX, &value, problems))
			return false;
		key->number = value;
		return true;
	}
	if (!strcmp(name, "type"))
		return read_type(setting, key, problems);
	if (!strcmp(name, "secret") || !strcmp(name, "password") ||
	    !strcmp(name, "secret-file") || !strcmp(name, "password-file"))
		return read_secret(setting, key, problems);
	problem_at(problems, setting, "%s: unknown word", name);
	return false;
}

static bool check_key(const struct conf_key *key, struct problems *problems)
{
	size_t max = bfdnl_auth_secret_max(key->type);

	if (!key->number) {
		problem_at(problems, key->where, "key: its number, from 1, is missing");
	} else if (!key->type) {
		problem_at(problems, key->where, "type: it is missing");
	} else if (key->len > max) {
		problem_at(problems, key->where,
			   "%zu bytes are too many: %s takes up to %zu",
			   key->len, bfdnl_auth_type_name(key->type), max);
	} else {
		return true;
	}
	return false;
}

static bool read_key(struct conf_key *key, struct problems *problems)
{
	bool good = true;

	if (!config_setting_is_group(key->where)) {
		problem_at(problems, key->where, "a key is a group { }");
		return false;
	}
	for (int i = 0; i < config_setting_length(key->where); i++)
		if (!read_word(config_setting_get_elem(key->where, i), key,
			       problems))
			good = false;
	return good && check_key(key, problems);
}

static bool insert(struct conf *conf, struct conf_key *key,
		   struct problems *problems)
{
	size_t index = vector_find(&conf->keys, compare, &key->number);
	const struct conf_key *other = conf_find_key(conf, key->number);

	if (other) {
		problem_at(problems, key->where, "key %u is in line %u already",
			   key->number,
			   config_setting_source_line(other->where));
		return false;
	}
	if (!vector_insert(&conf->keys, index, key))
		return true;
	problem_at(problems, key->where, "%s", strerror(ENOMEM));
	return false;
}

bool conf_read_keys(struct conf *conf, const config_setting_t *list,
		    struct problems *problems)
{
	bool good = true;

	if (!config_setting_is_list(list)) {
		problem_at(problems, list, "keys: a list ( ) is wanted");
		return false;
	}
	for (int i = 0; i < config_setting_length(list); i++) {
		struct conf_key *key = calloc(1, sizeof(*key));

		if (!key)
			return false;
		key->where = config_setting_get_elem(list, i);
		if (!read_key(key, problems) || !insert(conf, key, problems)) {
			conf_key_free(key);
			good = false;
		}
	}
	return good;
}
