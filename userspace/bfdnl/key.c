// SPDX-License-Identifier: GPL-2.0
/*
 * bfdnl key
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "out.h"
#include "secret.h"
#include "table.h"

#define TYPES	"simple-password, keyed-md5, meticulous-keyed-md5, keyed-sha1, meticulous-keyed-sha1"

/* What the words of "key set" say; kept until all were read */
struct request {
	__u64 number;
	int type;		/* 0: not given */
	const char *what;	/* "secret" or "password", NULL: not given */
	bool is_file;
	char *word;
};

static enum status parse_key_number(struct args *args, __u64 *number)
{
	*number = 0;
	if (!*args->at)
		return usage_error("which key? Its number, from 1, is missing");
	if (parse_number("key", *args->at, ~0U, number))
		return STATUS_USAGE;
	args->at++;
	return *number ? STATUS_DONE :
			 usage_error("key: keys are numbered from 1");
}

/* Is @word @name, or a beginning of it? */
static bool is_word(const char *word, const char *name)
{
	return *word && !strncmp(name, word, strlen(word));
}

static enum status parse_type(struct args *args, struct request *request)
{
	const char *text;

	if (request->type)
		return usage_error("type is given twice");
	if (args_value(args, "type", &text))
		return STATUS_USAGE;
	request->type = bfdnl_auth_type_parse(text);
	if (request->type <= 0)
		return usage_error("type: \"%s\" is not one of " TYPES, text);
	return STATUS_DONE;
}

/* Never print @word: it may be a secret that is out of place. */
static enum status parse_secret(struct args *args, struct request *request,
				const char *word)
{
	static const struct {
		const char *word;
		const char *what;
		bool is_file;
	} words[] = {
		/* of those that begin alike, a beginning means the first */
		{ "secret", "secret", false },
		{ "secret-file", "secret", true },
		{ "password", "password", false },
		{ "password-file", "password", true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!is_word(word, words[i].word))
			continue;
		if (request->what)
			return usage_error("%s: %s was given before", word,
					   request->what);
		request->what = words[i].what;
		request->is_file = words[i].is_file;
		if (!*args->at)
			return usage_error("%s: a value is missing after it",
					   word);
		request->word = *args->at++;
		return STATUS_DONE;
	}
	return usage_error("unclear: key set ID type TYPE { secret HEX | password TEXT }");
}

static enum status parse_set(struct args *args, struct request *request)
{
	if (parse_key_number(args, &request->number))
		return STATUS_USAGE;
	while (*args->at) {
		const char *word = *args->at++;
		enum status status;

		if (is_word(word, "type"))
			status = parse_type(args, request);
		else
			status = parse_secret(args, request, word);
		if (status)
			return status;
	}
	if (!request->type)
		return usage_error("type is missing; one of " TYPES);
	if (!request->what)
		return usage_error("secret HEX or password TEXT is missing (- for standard input)");
	return STATUS_DONE;
}

static enum status fill_key(const struct app *app,
			    const struct request *request,
			    struct bfdnl_key *key)
{
	size_t max = bfdnl_auth_secret_max(request->type);
	struct secret secret;
	enum status status;

	status = secret_read(app, request->what, request->is_file,
			     request->word, &secret);
	if (!status && secret.len > max)
		status = usage_error("%s: %zu bytes are too many: %s takes up to %zu",
				     request->what, secret.len,
				     bfdnl_auth_type_name(request->type), max);
	if (!status) {
		bfdnl_key_set_number(key, request->number);
		bfdnl_key_set_type(key, request->type);
		bfdnl_key_set_secret(key, secret.bytes, secret.len);
	}
	secret_wipe(&secret);
	return status;
}

static enum status key_set(struct app *app, struct args *args)
{
	struct request request = { 0 };
	struct bfdnl_key *key = bfdnl_key_new();
	enum status status;

	if (!key)
		return refused("%s", strerror(ENOMEM));
	status = parse_set(args, &request);
	if (!status)
		status = fill_key(app, &request, key);
	if (!status)
		status = app_connect(app);
	if (!status && bfdnl_set_key(app->h, key))
		status = kernel_refused(app);
	bfdnl_key_free(key);
	return status;
}

static enum status key_del(struct app *app, struct args *args)
{
	__u64 number;

	if (parse_key_number(args, &number) || args_end(args))
		return STATUS_USAGE;
	if (app_connect(app))
		return STATUS_REFUSED;
	return bfdnl_del_key(app->h, number) ? kernel_refused(app) :
					       STATUS_DONE;
}

static const char *type_name(const struct bfdnl_key *key, char *text)
{
	return value_name(BFDNL_TYPE_AUTHENTICATION, bfdnl_key_type(key), text);
}

/* Keys on their way out, as JSON or as a table */
struct listing {
	struct out out;
	struct table table;
};

static int add_key(const struct bfdnl_key *key, void *data)
{
	struct listing *listing = data;
	struct out *out = &listing->out;
	char text[UNITS_LEN];

	if (out->opt->json) {
		out_object_open(out, NULL);
		out_number(out, "key", bfdnl_key_number(key));
		out_string(out, "type", type_name(key, text));
		out_number(out, "use-count", bfdnl_key_use_count(key));
		out_object_close(out);
		return 0;
	}
	if (!listing->table.size) {
		listing->table.columns = 3;
		table_add(&listing->table, "KEY", COLOR_NONE);
		table_add(&listing->table, "TYPE", COLOR_NONE);
		table_add(&listing->table, "USE-COUNT", COLOR_NONE);
	}
	snprintf(text, sizeof(text), "%u", bfdnl_key_number(key));
	table_add(&listing->table, text, COLOR_NONE);
	table_add(&listing->table, type_name(key, text), COLOR_NONE);
	snprintf(text, sizeof(text), "%u", bfdnl_key_use_count(key));
	table_add(&listing->table, text, COLOR_NONE);
	return 0;
}

static int list_one(struct app *app, __u32 number, struct listing *listing)
{
	struct bfdnl_key *key;
	int ret = bfdnl_get_key(app->h, number, &key);

	if (!ret)
		ret = add_key(key, listing);
	bfdnl_key_free(key);
	return ret;
}

/* @number is 0 for all keys. */
static enum status show(struct app *app, __u32 number)
{
	struct listing listing = { 0 };
	enum status status = STATUS_DONE;
	int ret;

	out_begin(&listing.out, &app->opt);
	out_array_open(&listing.out, NULL);
	ret = number ? list_one(app, number, &listing) :
		       bfdnl_dump_keys(app->h, add_key, &listing);
	out_array_close(&listing.out);
	if (ret == -EAGAIN)
		user_warning("%s", bfdnl_error(app->h));
	else if (ret)
		status = kernel_refused(app);
	if (status) {
		out_discard(&listing.out);
		return status;
	}
	table_print(&listing.table);
	if (out_end(&listing.out))
		return refused("cannot write: %s", strerror(errno));
	return STATUS_DONE;
}

static enum status key_show(struct app *app, struct args *args)
{
	__u64 number = 0;

	if ((*args->at && parse_key_number(args, &number)) || args_end(args))
		return STATUS_USAGE;
	if (app_connect(app))
		return STATUS_REFUSED;
	return show(app, number);
}

static const struct command commands[] = {
	{ .name = "set", .run = key_set,
	  .help =
	  "bfdnl key set ID type TYPE { secret HEX | password TEXT | secret-file FILE |\n"
	  "      password-file FILE }          (\"-\" for HEX or TEXT: from standard input)\n"
	  "TYPE      simple-password | keyed-md5 | meticulous-keyed-md5 | keyed-sha1 |\n"
	  "          meticulous-keyed-sha1\n" },
	{ .name = "del", .run = key_del,
	  .help = "bfdnl key del ID\n" },
	{ .name = "show", .run = key_show,
	  .help = "bfdnl key show [ID]\n" },
};

enum status do_key(struct app *app, struct args *args)
{
	return command_run(app, args, "bfdnl key", commands,
			   ARRAY_SIZE(commands), "show");
}
