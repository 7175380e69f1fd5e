// SPDX-License-Identifier: GPL-2.0
/*
 * The secret of a key, from wherever it comes. It is never part of a message,
 * and no copy of it is left behind.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include "secret.h"

/* Read up to a newline or the end, byte by byte: the rest is not for us. */
static int read_line(int fd, struct secret *secret)
{
	char c;

	for (;;) {
		ssize_t got = read(fd, &c, 1);

		if (got < 0)
			return -errno;
		if (!got || c == '\n')
			break;
		if (secret->len == sizeof(secret->bytes))
			return -E2BIG;
		secret->bytes[secret->len++] = c;
	}
	if (secret->len && secret->bytes[secret->len - 1] == '\r')
		secret->len--;
	return 0;
}

static void interrupted(int signal)
{
	(void)signal;
}

/* As it is typed, a secret is not shown; ^C interrupts the reading. */
static int read_terminal(const char *what, struct secret *secret)
{
	struct sigaction action = { .sa_handler = interrupted }, old_action;
	struct termios silent, old;
	int ret;

	if (tcgetattr(STDIN_FILENO, &old))
		return -errno;
	silent = old;
	silent.c_lflag &= ~ECHO;
	silent.c_lflag |= ECHONL;
	sigaction(SIGINT, &action, &old_action);
	fprintf(stderr, "%s: ", what);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
	ret = read_line(STDIN_FILENO, secret);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
	sigaction(SIGINT, &old_action, NULL);
	return ret;
}

static enum status check_read(const char *what, const char *from, int ret)
{
	if (ret == -E2BIG)
		return usage_error("%s: %s holds too much for a secret", what,
				   from);
	if (ret)
		return usage_error("%s: cannot read %s: %s", what, from,
				   strerror(-ret));
	return STATUS_DONE;
}

static enum status from_stdin(const struct app *app, const char *what,
			      struct secret *secret)
{
	int ret;

	if (app->opt.batch && !strcmp(app->opt.batch, "-"))
		return usage_error("%s: standard input holds the batch; write %s-file FILE",
				   what, what);
	if (isatty(STDIN_FILENO))
		ret = read_terminal(what, secret);
	else
		ret = read_line(STDIN_FILENO, secret);
	return check_read(what, "standard input", ret);
}

static enum status from_file(const char *what, const char *file,
			     struct secret *secret)
{
	int fd, ret;

	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return check_read(what, file, -errno);
	ret = read_line(fd, secret);
	close(fd);
	return check_read(what, file, ret);
}

/* What stands on the command line, which everybody sees, is erased there. */
static enum status from_word(const char *what, char *word,
			     struct secret *secret)
{
	size_t len = strlen(word);

	if (len > sizeof(secret->bytes)) {
		explicit_bzero(word, len);
		return usage_error("%s: %zu characters are too many", what,
				   len);
	}
	memcpy(secret->bytes, word, len);
	secret->len = len;
	explicit_bzero(word, len);
	return STATUS_DONE;
}

static int hex_digit(unsigned char c)
{
	return isdigit(c) ? c - '0' : tolower(c) - 'a' + 10;
}

/* Hexadecimal digits to bytes, in place */
static enum status decode_hex(const char *what, struct secret *secret)
{
	for (size_t i = 0; i < secret->len; i++)
		if (!isxdigit(secret->bytes[i]))
			return usage_error("%s: character %zu is not hexadecimal; see password",
					   what, i + 1);
	if (secret->len % 2)
		return usage_error("%s: %zu hexadecimal digits: an odd number makes no bytes",
				   what, secret->len);
	secret->len /= 2;
	for (size_t i = 0; i < secret->len; i++)
		secret->bytes[i] = hex_digit(secret->bytes[2 * i]) << 4 |
				   hex_digit(secret->bytes[2 * i + 1]);
	return STATUS_DONE;
}

/**
 * secret_read() - the secret that the words on the command line mean
 * @app: the program
 * @what: "secret" (hexadecimal) or "password" (text)
 * @is_file: @word is the name of a file whose first line it is
 * @word: otherwise the secret, which is erased, or "-": a line of standard
 *	input
 * @secret: gets it; is to be wiped with secret_wipe() whatever is returned
 *
 * Return: STATUS_DONE, or STATUS_USAGE when the user has been told.
 */
enum status secret_read(const struct app *app, const char *what, bool is_file,
			char *word, struct secret *secret)
{
	enum status status;

	secret->len = 0;
	if (is_file)
		status = from_file(what, word, secret);
	else if (!strcmp(word, "-"))
		status = from_stdin(app, what, secret);
	else
		status = from_word(what, word, secret);
	if (!status && !secret->len)
		status = usage_error("%s: it is empty", what);
	if (!status && *what == 's')
		status = decode_hex(what, secret);
	return status;
}

void secret_wipe(struct secret *secret)
{
	explicit_bzero(secret, sizeof(*secret));
}
