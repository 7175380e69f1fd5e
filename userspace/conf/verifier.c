// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel does not tell the secrets of keys: whether one has changed in the
 * file is known by a salted hash of the one that was set.
 */
#include <crypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "plan.h"

#define TEXT_LEN	(2 * CONF_SECRET_MAX + 4)

/* The type is part of it; secrets may hold any byte. */
static void format(const struct conf_key *key, char *text)
{
	int len = snprintf(text, TEXT_LEN, "%u:", key->type);

	for (size_t i = 0; i < key->len; i++)
		len += snprintf(text + len, TEXT_LEN - len, "%02x",
				key->secret[i]);
}

static char *hash(const struct conf_key *key, const char *salt)
{
	struct crypt_data *data = calloc(1, sizeof(*data));
	char text[TEXT_LEN], *result, *copy = NULL;

	if (!data)
		return NULL;
	format(key, text);
	result = crypt_r(text, salt, data);
	if (result && *result != '*')
		copy = strdup(result);
	explicit_bzero(text, sizeof(text));
	explicit_bzero(data, sizeof(*data));
	free(data);
	return copy;
}

char *verifier_make(const struct conf_key *key)
{
	char salt[CRYPT_GENSALT_OUTPUT_SIZE];

	if (!crypt_gensalt_rn("$6$", 0, NULL, 0, salt, sizeof(salt)))
		return NULL;
	return hash(key, salt);
}

bool verifier_matches(const struct conf_key *key, const char *verifier)
{
	char *again = hash(key, verifier);
	bool same = again && !strcmp(again, verifier);

	free(again);
	return same;
}
