// SPDX-License-Identifier: GPL-2.0
/*
 * The REST interface of bfdagentd: bodies and members of a URL. What is refused
 * has a reason; a session that is accepted is the same after it was told and
 * read again. The first byte says what the others are.
 */
#include <string.h>
#include "rest.h"
#include "rest_contrail.h"
#include "fuzz.h"

/* What a session is made with, or changed to */
static void check_again(const struct bfdnl_session *session)
{
	struct json_object *json = rest_session_json(session, false);
	struct rest_fault fault = { .field = "" };
	struct bfdnl_session *again;

	json_object_object_del(json, "session-running");
	json_object_object_del(json, "authentication");
	again = rest_session_parse(json, REST_FILTER, &fault);
	MUST(!!again);
	for (int i = 0; i < BFDNL_FIELDS; i++) {
		if (bfdnl_field_group(i) != BFDNL_GROUP_SESSION)
			continue;
		MUST(bfdnl_session_has(again, i) == bfdnl_session_has(session, i));
		if (bfdnl_field_type(i) != BFDNL_TYPE_ADDR &&
		    bfdnl_field_type(i) != BFDNL_TYPE_TEXT)
			SAME(bfdnl_session_number(again, i),
			     bfdnl_session_number(session, i));
	}
	bfdnl_session_free(again);
	json_object_put(json);
}

static void check_body(const char *text, size_t size, enum rest_use use)
{
	struct rest_fault fault = { .field = "" };
	struct bfdnl_session *session;
	struct json_object *json;
	const char *why = NULL;

	json = rest_json_parse(text, size, &why);
	if (!json) {
		MUST(why && *why);
		return;
	}
	if (json_object_is_type(json, json_type_object)) {
		session = rest_session_parse(json, use, &fault);
		MUST(session || *fault.text);
		if (session && use != REST_FILTER)
			check_again(session);
		bfdnl_session_free(session);
		bfdnl_session_free(contrail_parse(json));
	}
	json_object_put(json);
}

/* NAME=VALUE */
static void check_member(char *text)
{
	struct bfdnl_session *session = bfdnl_session_new();
	struct rest_fault fault = { .field = "" };
	char *value = strchr(text, '=');

	if (value) {
		*value++ = '\0';
		if (!rest_field_parse(session, text, value, &fault))
			MUST(*fault.text);
	}
	bfdnl_session_free(session);
}

int FUZZ_ENTRY(const unsigned char *data, size_t size)
{
	char *text;

	if (!size)
		return 0;
	/* a copy of its own: who reads beyond it is noticed */
	text = malloc(size);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	if (*data % 4 == REST_FILTER + 1)
		check_member(text);
	else
		check_body(text, size - 1, *data % 4);
	free(text);
	return 0;
}
