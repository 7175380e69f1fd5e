// SPDX-License-Identifier: GPL-2.0
/*
 * Sessions as JSON, and back. The names are those of "bfdnl -j".
 */
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "rest.h"
#include "utf8.h"

#define NS_PER_S	1000000000ULL
#define DEPTH_MAX	8	/* of what we are sent */
#define TEXT_ROOM	64	/* of a field */

/* ---- out ---- */

void rest_add(struct json_object *to, const char *name,
	      struct json_object *value)
{
	json_object_object_add(to, name, value);
}

/* Names of interfaces may have any byte. Return: NULL without memory. */
static struct json_object *string_of(const char *text)
{
	struct json_object *json;
	char *valid;
	size_t size = 0;

	if (utf8_is_valid(text))
		return json_object_new_string(text);
	valid = malloc(strlen(text) * UTF8_SIZE_MAX + 1);
	if (!valid)
		return NULL;
	while (*text)
		size += utf8_copy(&text, valid + size);
	valid[size] = '\0';
	json = json_object_new_string(valid);
	free(valid);
	return json;
}

void rest_add_text(struct json_object *to, const char *name, const char *text)
{
	if (text)
		rest_add(to, name, string_of(text));
}

void rest_add_number(struct json_object *to, const char *name, __u64 number)
{
	rest_add(to, name, json_object_new_uint64(number));
}

const char *rest_state_name(unsigned int state)
{
	const char *name = bfdnl_state_name(state);

	return name ? name : "unknown";
}

static const char *name_of(enum bfdnl_type type, __u64 value)
{
	switch (type) {
	case BFDNL_TYPE_STATE:
		return bfdnl_state_name(value);
	case BFDNL_TYPE_DIAGNOSTIC:
		return bfdnl_diag_name(value);
	case BFDNL_TYPE_PATH:
		return bfdnl_path_type_name(value);
	case BFDNL_TYPE_DETECTION:
		return bfdnl_detection_mode_name(value);
	case BFDNL_TYPE_AUTHENTICATION:
		return bfdnl_auth_type_name(value);
	case BFDNL_TYPE_OWNER_EXIT:
		return bfdnl_owner_exit_name(value);
	default:
		return NULL;
	}
}

/* RFC 6991's date-and-time; NULL if it never happened */
static const char *time_text(__u64 ns, char room[static TEXT_ROOM])
{
	time_t s = ns / NS_PER_S;
	struct tm tm;
	size_t len;

	if (!ns || !gmtime_r(&s, &tm))
		return NULL;
	len = strftime(room, TEXT_ROOM, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(room + len, TEXT_ROOM - len, ".%09lluZ",
		 (unsigned long long)(ns % NS_PER_S));
	return room;
}

static const char *named_text(enum bfdnl_type type, __u64 value,
			      char room[static TEXT_ROOM])
{
	const char *known = name_of(type, value);

	if (known)
		return known;
	snprintf(room, TEXT_ROOM, "value-%llu", (unsigned long long)value);
	return room;
}

/* A time is one as well, but told as text. */
static bool is_told_as_number(enum bfdnl_type type)
{
	return type == BFDNL_TYPE_NUMBER || type == BFDNL_TYPE_INTERVAL ||
	       type == BFDNL_TYPE_COUNT || type == BFDNL_TYPE_ERRNO;
}

/* A field that is neither a number nor a truth; NULL: there is nothing to tell. */
static const char *field_text(const struct bfdnl_session *session,
			      enum bfdnl_field field,
			      char room[static TEXT_ROOM])
{
	__u64 value = bfdnl_session_number(session, field);

	static_assert(BFDNL_ADDR_STRLEN <= TEXT_ROOM, "an address has room");
	switch (bfdnl_field_type(field)) {
	case BFDNL_TYPE_TIME:
		return time_text(value, room);
	case BFDNL_TYPE_ADDR:
		return bfdnl_addr_format(bfdnl_session_addr(session, field),
					 room);
	case BFDNL_TYPE_TEXT:
		return bfdnl_session_text(session, field);
	default:
		return named_text(bfdnl_field_type(field), value, room);
	}
}

void rest_add_field(struct json_object *to, const struct bfdnl_session *session,
		    enum bfdnl_field field)
{
	__u64 value = bfdnl_session_number(session, field);
	const char *name = bfdnl_field_name(field);
	char room[TEXT_ROOM];

	if (!bfdnl_session_has(session, field))
		return;
	if (is_told_as_number(bfdnl_field_type(field)))
		rest_add_number(to, name, value);
	else if (bfdnl_field_type(field) == BFDNL_TYPE_BOOL)
		rest_add(to, name, json_object_new_boolean(value));
	else
		rest_add_text(to, name, field_text(session, field, room));
}

/*
 * The same as text at once, for what comes by thousands: a tree of objects, made
 * to be printed, costs more than twice as much.
 */
static void put(struct rest_text *out, const char *text, size_t size)
{
	if (printbuf_memappend(out->buffer, text, size) < 0)
		out->failed = true;
}

bool rest_print_begin(struct rest_text *out)
{
	if (!out->buffer)
		out->buffer = printbuf_new();
	if (!out->buffer)
		return false;
	printbuf_reset(out->buffer);
	out->failed = false;
	return true;
}

void rest_print(struct rest_text *out, const char *text)
{
	put(out, text, strlen(text));
}

static void print_name(struct rest_text *out, const char *name)
{
	put(out, ",\"", 2);
	rest_print(out, name);
	put(out, "\":", 2);
}

void rest_print_number(struct rest_text *out, const char *name, __u64 number)
{
	char digits[24];

	if (name)
		print_name(out, name);
	put(out, digits, snprintf(digits, sizeof(digits), "%llu",
				  (unsigned long long)number));
}

void rest_print_word(struct rest_text *out, const char *name, const char *word)
{
	print_name(out, name);
	put(out, "\"", 1);
	rest_print(out, word);
	put(out, "\"", 1);
}

static void print_text(struct rest_text *out, const char *name,
		       const char *text)
{
	struct json_object *json = string_of(text);
	const char *quoted;

	quoted = json_object_to_json_string_ext(json,
						JSON_C_TO_STRING_NOSLASHESCAPE);
	print_name(out, name);
	if (json && quoted)
		rest_print(out, quoted);
	else
		out->failed = true;
	json_object_put(json);
}

void rest_print_field(struct rest_text *out,
		      const struct bfdnl_session *session,
		      enum bfdnl_field field)
{
	__u64 value = bfdnl_session_number(session, field);
	const char *name = bfdnl_field_name(field), *text;
	char room[TEXT_ROOM];

	if (!bfdnl_session_has(session, field))
		return;
	if (is_told_as_number(bfdnl_field_type(field))) {
		rest_print_number(out, name, value);
		return;
	}
	switch (bfdnl_field_type(field)) {
	case BFDNL_TYPE_BOOL:
		print_name(out, name);
		rest_print(out, value ? "true" : "false");
		break;
	case BFDNL_TYPE_TEXT:
		print_text(out, name, bfdnl_session_text(session, field));
		break;
	default:
		text = field_text(session, field, room);
		if (text)
			rest_print_word(out, name, text);
		break;
	}
}

void rest_print_tuple(struct rest_text *out,
		      const struct bfdnl_session *session)
{
	for (int i = BFDNL_ID; i <= BFDNL_REMOTE_DISCRIMINATOR; i++)
		rest_print_field(out, session, i);
}

/* Enough to tell which session it is */
void rest_session_tuple(struct json_object *to,
			const struct bfdnl_session *session)
{
	for (int i = BFDNL_ID; i <= BFDNL_REMOTE_DISCRIMINATOR; i++)
		rest_add_field(to, session, i);
}

/* Return: whether there was anything. */
static bool add_group(struct json_object *to,
		      const struct bfdnl_session *session,
		      enum bfdnl_group group)
{
	bool any = false;

	for (int i = 0; i < BFDNL_FIELDS; i++) {
		if (bfdnl_field_group(i) != group ||
		    !bfdnl_session_has(session, i))
			continue;
		rest_add_field(to, session, i);
		any = true;
	}
	return any;
}

static void add_object(struct json_object *to,
		       const struct bfdnl_session *session, const char *name,
		       enum bfdnl_group group)
{
	struct json_object *object = json_object_new_object();

	if (add_group(object, session, group))
		rest_add(to, name, object);
	else
		json_object_put(object);
}

/* The key's number, its id in packets, its type; null if there is no key */
static void add_key(struct json_object *to, const struct bfdnl_session *session,
		    enum bfdnl_field key)
{
	for (enum bfdnl_field i = key; i < key + 3; i++) {
		rest_add(to, bfdnl_field_name(i), NULL);
		if (bfdnl_session_number(session, key))
			rest_add_field(to, session, i);
	}
}

static void add_authentication(struct json_object *to,
			       const struct bfdnl_session *session)
{
	bool switching = bfdnl_session_has(session, BFDNL_PENDING_KEY);
	struct json_object *object, *pending;

	if (!switching && !bfdnl_session_has(session, BFDNL_AUTH_KEY))
		return;
	object = json_object_new_object();
	add_key(object, session, BFDNL_AUTH_KEY);
	if (switching) {
		pending = json_object_new_object();
		add_key(pending, session, BFDNL_PENDING_KEY);
		rest_add(object, "pending", pending);
	}
	rest_add(to, "authentication", object);
}

void rest_add_drops(struct json_object *to, const char *name,
		    const struct bfdnl_drops *drops)
{
	struct json_object *object = json_object_new_object();

	for (size_t i = 0; i < bfdnl_drops_size(drops); i++) {
		unsigned int reason;
		__u64 count = bfdnl_drops_at(drops, i, &reason);
		const char *known = bfdnl_drop_name(reason);
		char text[32];

		snprintf(text, sizeof(text), "drop-%u", reason);
		rest_add_number(object, known ? known : text, count);
	}
	rest_add(to, name, object);
}

struct json_object *rest_session_json(const struct bfdnl_session *session,
				      bool statistics)
{
	struct json_object *json = json_object_new_object(), *object;

	add_group(json, session, BFDNL_GROUP_SESSION);
	add_authentication(json, session);
	add_object(json, session, "session-running", BFDNL_GROUP_RUNNING);
	if (!statistics)
		return json;
	object = json_object_new_object();
	add_group(object, session, BFDNL_GROUP_STATISTICS);
	rest_add_drops(object, "drops", bfdnl_session_drops(session));
	rest_add(json, "session-statistics", object);
	return json;
}

char *rest_json_text(struct json_object *json, size_t *size)
{
	const char *text;

	text = json_object_to_json_string_length(json,
						 JSON_C_TO_STRING_NOSLASHESCAPE,
						 size);
	return text ? strdup(text) : NULL;
}

/* ---- in ---- */

struct json_object *rest_json_parse(const char *text, size_t size,
				    const char **why)
{
	struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
	struct json_object *json = NULL;
	enum json_tokener_error error;

	*why = strerror(ENOMEM);
	if (!tokener)
		return NULL;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT |
			       JSON_TOKENER_VALIDATE_UTF8);
	/* the NUL behind it ends a bare number */
	json = json_tokener_parse_ex(tokener, text, size);
	error = json_tokener_get_error(tokener);
	if (error == json_tokener_success &&
	    json_tokener_get_parse_end(tokener) < size) {
		*why = "something follows the object";
		json_object_put(json);
		json = NULL;
	} else if (error == json_tokener_continue) {
		*why = "it ends too early";
	} else {
		*why = json_tokener_error_desc(error);
	}
	json_tokener_free(tokener);
	return json;
}

bool rest_wrong(struct rest_fault *fault, const char *field,
		const char *format, ...)
{
	va_list ap;

	snprintf(fault->field, sizeof(fault->field), "%s", field);
	va_start(ap, format);
	vsnprintf(fault->text, sizeof(fault->text), format, ap);
	va_end(ap);
	return false;
}

static const enum bfdnl_field identity[] = {
	BFDNL_PATH_TYPE, BFDNL_SOURCE_ADDR, BFDNL_DEST_ADDR, BFDNL_INTERFACE,
	BFDNL_VRF, BFDNL_UNAFFILIATED_ECHO, BFDNL_LOCAL_DISCRIMINATOR,
};

static const enum bfdnl_field parameters[] = {
	BFDNL_LOCAL_MULTIPLIER, BFDNL_DESIRED_MIN_TX_INTERVAL,
	BFDNL_REQUIRED_MIN_RX_INTERVAL, BFDNL_DESIRED_MIN_ECHO_TX_INTERVAL,
	BFDNL_REQUIRED_MIN_ECHO_RX_INTERVAL, BFDNL_ECHO_ENABLED,
	BFDNL_DEMAND_ENABLED, BFDNL_DEMAND_POLL_INTERVAL, BFDNL_ADMIN_DOWN,
	BFDNL_PASSIVE, BFDNL_PATH_DIAGNOSTIC, BFDNL_TX_TTL, BFDNL_RX_TTL,
	BFDNL_DSCP, BFDNL_EXPRESS, BFDNL_AUTH_KEY, BFDNL_AUTH_KEY_ID,
	BFDNL_AUTH_DELAYED,
};

static bool is_among(enum bfdnl_field field, const enum bfdnl_field *fields,
		     size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (fields[i] == field)
			return true;
	return false;
}

/* Members of an authentication are named alike elsewhere: told by group. */
static enum bfdnl_field find_field(const char *name, bool authentication)
{
	for (int i = 0; i < BFDNL_FIELDS; i++) {
		bool is = bfdnl_field_group(i) == BFDNL_GROUP_AUTHENTICATION;

		if (is == authentication &&
		    bfdnl_field_group(i) != BFDNL_GROUP_PENDING &&
		    !strcmp(bfdnl_field_name(i), name))
			return i;
	}
	return BFDNL_FIELDS;
}

static int value_of(enum bfdnl_type type, const char *text)
{
	switch (type) {
	case BFDNL_TYPE_STATE:
		return bfdnl_state_parse(text);
	case BFDNL_TYPE_DIAGNOSTIC:
		return bfdnl_diag_parse(text);
	case BFDNL_TYPE_AUTHENTICATION:
		return bfdnl_auth_type_parse(text);
	case BFDNL_TYPE_OWNER_EXIT:
		return bfdnl_owner_exit_parse(text);
	default:
		for (int i = 0; i < 16; i++) {
			const char *name = name_of(type, i);

			if (name && !strcmp(name, text))
				return i;
		}
		return -EINVAL;
	}
}

static bool set_text(struct bfdnl_session *to, enum bfdnl_field field,
		     const char *text, struct rest_fault *fault)
{
	const char *name = bfdnl_field_name(field);
	struct bfdnl_addr addr;
	int value;

	switch (bfdnl_field_type(field)) {
	case BFDNL_TYPE_ADDR:
		if (bfdnl_addr_parse(&addr, text))
			return rest_wrong(fault, name, "\"%.64s\" is not an address",
					  text);
		bfdnl_session_set_addr(to, field, &addr);
		return true;
	case BFDNL_TYPE_TEXT:
		if (bfdnl_session_set_text(to, field, text))
			return rest_wrong(fault, name,
					  "\"%.64s\" is not the name of an interface",
					  text);
		return true;
	default:
		value = value_of(bfdnl_field_type(field), text);
		if (value < 0)
			return rest_wrong(fault, name, "\"%.64s\" is unknown", text);
		bfdnl_session_set_number(to, field, value);
		return true;
	}
}

static bool is_number(enum bfdnl_type type)
{
	return is_told_as_number(type) || type == BFDNL_TYPE_TIME;
}

static bool set_number(struct bfdnl_session *to, enum bfdnl_field field,
		       __u64 value, struct rest_fault *fault)
{
	if (bfdnl_session_set_number(to, field, value))
		return rest_wrong(fault, bfdnl_field_name(field),
				  "%llu is more than %llu",
				  (unsigned long long)value,
				  (unsigned long long)bfdnl_field_max(field));
	return true;
}

/* "key": null is the absence of a key. */
static bool set_value(struct bfdnl_session *to, enum bfdnl_field field,
		      struct json_object *value, struct rest_fault *fault)
{
	enum bfdnl_type type = bfdnl_field_type(field);
	const char *name = bfdnl_field_name(field);

	if (field == BFDNL_AUTH_KEY && !value)
		return set_number(to, field, 0, fault);
	if (type == BFDNL_TYPE_BOOL) {
		if (!json_object_is_type(value, json_type_boolean))
			return rest_wrong(fault, name, "true or false is wanted");
		return set_number(to, field, json_object_get_boolean(value),
				  fault);
	}
	if (is_number(type)) {
		if (!json_object_is_type(value, json_type_int) ||
		    json_object_get_int64(value) < 0)
			return rest_wrong(fault, name,
					  "a whole number, not negative, is wanted");
		return set_number(to, field, json_object_get_uint64(value),
				  fault);
	}
	if (!json_object_is_type(value, json_type_string))
		return rest_wrong(fault, name, "a string is wanted");
	return set_text(to, field, json_object_get_string(value), fault);
}

static bool is_allowed(enum bfdnl_field field, enum rest_use use)
{
	switch (use) {
	case REST_CREATE:
		return is_among(field, identity, ARRAY_SIZE(identity)) ||
		       is_among(field, parameters, ARRAY_SIZE(parameters));
	case REST_CHANGE:
		return is_among(field, parameters, ARRAY_SIZE(parameters));
	default:
		return true;
	}
}

static bool set_member(struct bfdnl_session *to, const char *name,
		       struct json_object *value, enum rest_use use,
		       bool authentication, struct rest_fault *fault)
{
	enum bfdnl_field field = find_field(name, authentication);

	if (field == BFDNL_FIELDS)
		return rest_wrong(fault, name, "unknown member \"%.64s\"", name);
	if (!is_allowed(field, use))
		return rest_wrong(fault, name, use == REST_CHANGE ?
				  "it cannot be changed" : "it cannot be chosen");
	return set_value(to, field, value, fault);
}

static bool set_authentication(struct bfdnl_session *to,
			       struct json_object *object, enum rest_use use,
			       struct rest_fault *fault)
{
	if (!json_object_is_type(object, json_type_object))
		return rest_wrong(fault, "authentication", "an object is wanted");
	json_object_object_foreach(object, name, value) {
		if (!set_member(to, name, value, use, true, fault))
			return false;
	}
	return true;
}

struct bfdnl_session *rest_session_parse(struct json_object *json,
					 enum rest_use use,
					 struct rest_fault *fault)
{
	struct bfdnl_session *session = bfdnl_session_new();
	bool good = session;

	*fault = (struct rest_fault){ .field = "" };
	if (!session)
		rest_wrong(fault, "", "%s", strerror(ENOMEM));
	json_object_object_foreach(json, name, value) {
		if (!good)
			break;
		if (!strcmp(name, "authentication"))
			good = set_authentication(session, value, use, fault);
		else
			good = set_member(session, name, value, use, false,
					  fault);
	}
	if (good && use == REST_CREATE &&
	    !bfdnl_session_has(session, BFDNL_DEST_ADDR))
		good = rest_wrong(fault, "dest-addr", "it is missing");
	if (good)
		return session;
	bfdnl_session_free(session);
	return NULL;
}

bool rest_number(const char *text, __u64 max, __u64 *number)
{
	char *end;

	if (*text < '0' || *text > '9' || strlen(text) > 19)
		return false;
	errno = 0;
	*number = strtoull(text, &end, 10);
	return !*end && !errno && *number <= max;
}

bool rest_field_parse(struct bfdnl_session *to, const char *name,
		      const char *text, struct rest_fault *fault)
{
	enum bfdnl_field field = find_field(name, false);
	enum bfdnl_type type = bfdnl_field_type(field);
	__u64 value;

	if (field == BFDNL_FIELDS)
		return rest_wrong(fault, name, "unknown parameter \"%.64s\"", name);
	if (type == BFDNL_TYPE_BOOL) {
		value = !strcmp(text, "true");
		if (!value && strcmp(text, "false"))
			return rest_wrong(fault, name, "true or false is wanted");
		return set_number(to, field, value, fault);
	}
	if (!is_number(type))
		return set_text(to, field, text, fault);
	if (!rest_number(text, INT64_MAX, &value))
		return rest_wrong(fault, name, "\"%.64s\" is not a number", text);
	return set_number(to, field, value, fault);
}
