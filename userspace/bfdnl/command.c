// SPDX-License-Identifier: GPL-2.0
/*
 * Find a command by its name or an unambiguous beginning of it.
 */
#include <stdio.h>
#include <string.h>
#include "bfdnl.h"

/* "add, set, del": all commands, or those that begin with @prefix */
static const char *list(const struct command *commands, size_t size,
			const char *prefix, char *text, size_t room)
{
	size_t len = 0;

	*text = '\0';
	for (size_t i = 0; i < size && len < room; i++)
		if (!strncmp(commands[i].name, prefix, strlen(prefix)))
			len += snprintf(text + len, room - len, "%s%s",
					len ? ", " : "", commands[i].name);
	return text;
}

static const struct command *find(const struct command *commands, size_t size,
				  const char *word, size_t *matches)
{
	const struct command *found = NULL;

	*matches = 0;
	for (size_t i = 0; i < size; i++) {
		if (!strcmp(commands[i].name, word)) {
			*matches = 1;
			return &commands[i];
		}
		if (!strncmp(commands[i].name, word, strlen(word))) {
			found = &commands[i];
			++*matches;
		}
	}
	return found;
}

static void print_help(const char *path, const struct command *commands,
		       size_t size)
{
	for (size_t i = 0; i < size; i++)
		fputs(commands[i].help, stdout);
	if (!strcmp(path, "bfdnl"))
		return;
	puts("See bfdnl(8).");
}

/**
 * help_wanted() - is the next word "help"?
 * @args: the words
 *
 * Return: true for help, -h and --help.
 */
bool help_wanted(const struct args *args)
{
	return *args->at && (!strcmp(*args->at, "help") ||
			     !strcmp(*args->at, "-h") ||
			     !strcmp(*args->at, "-help") ||
			     !strcmp(*args->at, "--help"));
}

/**
 * command_run() - run the command that the next word names
 * @app: the program
 * @args: the words
 * @path: the words before, for messages
 * @commands: what there is
 * @size: how many
 * @fallback: the command if there is no word; NULL: it is an error
 *
 * Return: what the command returned, or STATUS_USAGE.
 */
enum status command_run(struct app *app, struct args *args, const char *path,
			const struct command *commands, size_t size,
			const char *fallback)
{
	const struct command *command;
	const char *word = *args->at;
	char names[256];
	size_t matches;

	if (help_wanted(args)) {
		print_help(path, commands, size);
		return STATUS_DONE;
	}
	if (!word && !fallback)
		return usage_error("%s: what? One of: %s; or %s help", path,
				   list(commands, size, "", names,
					sizeof(names)), path);
	if (word)
		args->at++;
	else
		word = fallback;
	command = find(commands, size, word, &matches);
	if (!command || !*word)
		return usage_error("%s: unknown word \"%s\"; one of: %s, help",
				   path, word,
				   list(commands, size, "", names,
					sizeof(names)));
	if (matches > 1)
		return usage_error("%s: \"%s\" is ambiguous; one of: %s", path,
				   word,
				   list(commands, size, word, names,
					sizeof(names)));
	if (help_wanted(args) && !command->has_commands) {
		fputs(command->help, stdout);
		return STATUS_DONE;
	}
	return command->run(app, args);
}
