// SPDX-License-Identifier: GPL-2.0
/*
 * Commands from a file, one a line.
 *
 * A # outside quotes begins a comment, a \ at the end continues the line,
 * 'single' and "double" quotes and \ keep spaces in a word.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bfdnl.h"

#define WORDS_MAX	128

struct line {
	char *text;
	size_t room;
	size_t len;
	unsigned int first;	/* number of its first line in the file */
	unsigned int next;
};

static enum status no_memory(void)
{
	return refused("%s", strerror(ENOMEM));
}

/* Free what may hold the secret of a key. */
static void wipe(char *text, size_t size)
{
	if (text)
		explicit_bzero(text, size);
	free(text);
}

static bool append(struct line *line, const char *text, size_t len)
{
	if (line->len + len + 1 > line->room) {
		size_t room = 2 * (line->len + len + 1);
		char *bigger = malloc(room);

		if (!bigger)
			return false;
		if (line->text)
			memcpy(bigger, line->text, line->len);
		wipe(line->text, line->room);
		line->text = bigger;
		line->room = room;
	}
	memcpy(line->text + line->len, text, len);
	line->len += len;
	line->text[line->len] = '\0';
	return true;
}

/* Return: 1 with a line, 0 at the end of the file, a negative errno. */
static int read_line(FILE *file, struct line *line)
{
	char *part = NULL;
	size_t room = 0;
	ssize_t len;
	int ret = 0;

	line->len = 0;
	line->first = line->next;
	while ((len = getline(&part, &room, file)) >= 0) {
		bool more;

		line->next++;
		ret = 1;
		if (len && part[len - 1] == '\n')
			len--;
		more = len && part[len - 1] == '\\';
		if (!append(line, part, more ? len - 1 : len)) {
			ret = -ENOMEM;
			break;
		}
		if (!more)
			break;
	}
	wipe(part, room);
	return ret;
}

/* Move one word to the front of @in; @in then points behind it. */
static enum status take_word(char **in)
{
	char *from = *in, *to = *in, quote = '\0';

	for (; *from && (quote || !isspace((unsigned char)*from)); from++) {
		if (*from == quote) {
			quote = '\0';
		} else if (!quote && (*from == '"' || *from == '\'')) {
			quote = *from;
		} else {
			if (*from == '\\' && quote != '\'' && from[1])
				from++;
			*to++ = *from;
		}
	}
	if (quote)
		return usage_error("a quote (%c) is not closed", quote);
	*in = *from ? from + 1 : from;
	*to = '\0';
	return STATUS_DONE;
}

static enum status split(char *text, char **words)
{
	size_t n = 0;

	for (;;) {
		text += strspn(text, " \t\r\f\v");
		if (!*text || *text == '#')
			break;
		if (n == WORDS_MAX)
			return usage_error("more than %d words", WORDS_MAX);
		words[n++] = text;
		if (take_word(&text))
			return STATUS_USAGE;
	}
	words[n] = NULL;
	return STATUS_DONE;
}

static enum status run_line(struct app *app, char *text)
{
	char *words[WORDS_MAX + 1];
	enum status status = split(text, words);

	if (status || !words[0])
		return status;
	return run_words(app, words);
}

static enum status run_file(struct app *app, FILE *file, const char *name)
{
	static char buffer[BUFSIZ];
	struct line line = { .next = 1 };
	enum status first = STATUS_DONE, status;
	int got;

	setvbuf(file, buffer, _IOFBF, sizeof(buffer));
	while ((got = read_line(file, &line)) > 0) {
		error_place(name, line.first);
		status = run_line(app, line.text);
		if (!first)
			first = status;
		if (status && !app->opt.force)
			break;
	}
	error_place(NULL, 0);
	wipe(line.text, line.room);
	explicit_bzero(buffer, sizeof(buffer));
	if (got < 0)
		return no_memory();
	if (ferror(file))
		return refused("cannot read %s: %s", name, strerror(errno));
	return first;
}

/**
 * batch_run() - run the commands of a file
 * @app: the program
 * @file: its name; "-" is standard input
 *
 * Return: the status of the first command that failed; later ones are only run
 * with --force.
 */
enum status batch_run(struct app *app, const char *file)
{
	enum status status;
	FILE *f;

	if (!strcmp(file, "-"))
		return run_file(app, stdin, "-");
	f = fopen(file, "re");
	if (!f)
		return usage_error("cannot open %s: %s", file, strerror(errno));
	status = run_file(app, f, file);
	fclose(f);
	return status;
}
