// SPDX-License-Identifier: GPL-2.0
/*
 * The words that describe a session.
 */
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include "bfdnl.h"

enum kind {
	KIND_ADDR,
	KIND_IFNAME,
	KIND_TIME,
	KIND_NUMBER,
	KIND_SWITCH,		/* may be followed by on or off */
	KIND_CONSTANT,		/* the word alone says the value */
	KIND_STATE,
	KIND_PATH_DIAG,
	KIND_OWNER_EXIT,
};

struct keyword {
	const char *word;
	const char *name;	/* the same for all aliases */
	enum bfdnl_field field;
	enum kind kind;
	unsigned int takes;	/* TAKES_...: which commands know it */
	__u8 constant;
};

#define SELECTOR(w, n, f, k)	{ w, n, BFDNL_##f, k, TAKES_SELECTOR, 0 }
#define OPTION(w, n, f, k)	{ w, n, BFDNL_##f, k, TAKES_OPTIONS, 0 }
#define AUTH(w, n, f, k, c)	{ w, n, BFDNL_##f, k, TAKES_AUTH, c }

static const struct keyword keywords[] = {
	SELECTOR("id", "id", ID, KIND_NUMBER),
	SELECTOR("local-discriminator", "local-discriminator",
		 LOCAL_DISCRIMINATOR, KIND_NUMBER),
	SELECTOR("dest-addr", "dest-addr", DEST_ADDR, KIND_ADDR),
	SELECTOR("peer", "dest-addr", DEST_ADDR, KIND_ADDR),
	SELECTOR("source-addr", "source-addr", SOURCE_ADDR, KIND_ADDR),
	SELECTOR("local", "source-addr", SOURCE_ADDR, KIND_ADDR),
	SELECTOR("interface", "interface", INTERFACE, KIND_IFNAME),
	SELECTOR("dev", "interface", INTERFACE, KIND_IFNAME),
	SELECTOR("vrf", "vrf", VRF, KIND_IFNAME),
	{ "multihop", "multihop", BFDNL_PATH_TYPE, KIND_CONSTANT,
	  TAKES_SELECTOR, BFD_PATH_IP_MH },
	OPTION("desired-min-tx-interval", "desired-min-tx-interval",
	       DESIRED_MIN_TX_INTERVAL, KIND_TIME),
	OPTION("tx", "desired-min-tx-interval", DESIRED_MIN_TX_INTERVAL,
	       KIND_TIME),
	OPTION("required-min-rx-interval", "required-min-rx-interval",
	       REQUIRED_MIN_RX_INTERVAL, KIND_TIME),
	OPTION("rx", "required-min-rx-interval", REQUIRED_MIN_RX_INTERVAL,
	       KIND_TIME),
	OPTION("local-multiplier", "local-multiplier", LOCAL_MULTIPLIER,
	       KIND_NUMBER),
	OPTION("mult", "local-multiplier", LOCAL_MULTIPLIER, KIND_NUMBER),
	OPTION("echo", "echo", ECHO_ENABLED, KIND_SWITCH),
	OPTION("echo-enabled", "echo", ECHO_ENABLED, KIND_SWITCH),
	OPTION("desired-min-echo-tx-interval", "desired-min-echo-tx-interval",
	       DESIRED_MIN_ECHO_TX_INTERVAL, KIND_TIME),
	OPTION("echo-tx", "desired-min-echo-tx-interval",
	       DESIRED_MIN_ECHO_TX_INTERVAL, KIND_TIME),
	OPTION("required-min-echo-rx-interval", "required-min-echo-rx-interval",
	       REQUIRED_MIN_ECHO_RX_INTERVAL, KIND_TIME),
	OPTION("echo-rx", "required-min-echo-rx-interval",
	       REQUIRED_MIN_ECHO_RX_INTERVAL, KIND_TIME),
	OPTION("unaffiliated-echo", "unaffiliated-echo", UNAFFILIATED_ECHO,
	       KIND_SWITCH),
	OPTION("demand-enabled", "demand-enabled", DEMAND_ENABLED, KIND_SWITCH),
	OPTION("demand", "demand-enabled", DEMAND_ENABLED, KIND_SWITCH),
	OPTION("demand-poll-interval", "demand-poll-interval",
	       DEMAND_POLL_INTERVAL, KIND_TIME),
	OPTION("passive", "passive", PASSIVE, KIND_SWITCH),
	OPTION("admin-down", "admin-down", ADMIN_DOWN, KIND_SWITCH),
	{ "admin-up", "admin-up", BFDNL_ADMIN_DOWN, KIND_CONSTANT,
	  TAKES_OPTIONS, 0 },
	OPTION("path-diagnostic", "path-diagnostic", PATH_DIAGNOSTIC,
	       KIND_PATH_DIAG),
	OPTION("owner-exit", "owner-exit", OWNER_EXIT, KIND_OWNER_EXIT),
	OPTION("rx-ttl", "rx-ttl", RX_TTL, KIND_NUMBER),
	OPTION("min-ttl", "rx-ttl", RX_TTL, KIND_NUMBER),
	OPTION("tx-ttl", "tx-ttl", TX_TTL, KIND_NUMBER),
	OPTION("dscp", "dscp", DSCP, KIND_NUMBER),
	OPTION("express", "express", EXPRESS, KIND_SWITCH),
	{ "key", "key", BFDNL_AUTH_KEY, KIND_NUMBER,
	  TAKES_OPTIONS | TAKES_AUTH, 0 },
	{ "key-id", "key-id", BFDNL_AUTH_KEY_ID, KIND_NUMBER,
	  TAKES_OPTIONS | TAKES_AUTH, 0 },
	AUTH("none", "none", AUTH_KEY, KIND_CONSTANT, 0),
	AUTH("delayed", "delayed", AUTH_DELAYED, KIND_CONSTANT, 1),
	{ "state", "state", BFDNL_LOCAL_STATE, KIND_STATE, TAKES_STATE, 0 },
};

static enum status ambiguous_word(const char *word, unsigned int takes)
{
	const char *last = "";
	char names[512];
	size_t len = 0;

	for (size_t i = 0; i < ARRAY_SIZE(keywords); i++) {
		if (!(keywords[i].takes & takes) ||
		    strncmp(keywords[i].word, word, strlen(word)) ||
		    !strcmp(keywords[i].name, last))
			continue;
		last = keywords[i].name;
		len += snprintf(names + len, sizeof(names) - len, "%s%s",
				len ? ", " : "", keywords[i].word);
		if (len >= sizeof(names))
			break;
	}
	return usage_error("\"%s\" is ambiguous; one of: %s", word, names);
}

static enum status unknown_word(const char *word, unsigned int takes)
{
	struct bfdnl_addr addr;

	for (size_t i = 0; i < ARRAY_SIZE(keywords); i++)
		if (!strcmp(keywords[i].word, word))
			return usage_error("%s cannot be given here", word);
	if (!bfdnl_addr_parse(&addr, word))
		return usage_error("an address alone: write dest-addr %s",
				   word);
	if (*word == '-')
		return usage_error("%s: options go in front, as in bfdnl %s session",
				   word, word);
	return usage_error("unknown argument \"%s\": see bfdnl %s help", word,
			   takes & (TAKES_OPTIONS | TAKES_AUTH) ?
			   "session" : "session show");
}

static enum status find_keyword(const char *word, unsigned int takes,
				const struct keyword **found)
{
	bool several = false;

	*found = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(keywords); i++) {
		const struct keyword *k = &keywords[i];

		if (!(k->takes & takes))
			continue;
		if (!strcmp(k->word, word)) {
			*found = k;
			return STATUS_DONE;
		}
		if (strncmp(k->word, word, strlen(word)))
			continue;
		if (*found && strcmp((*found)->name, k->name))
			several = true;
		*found = k;
	}
	if (!*found || !*word)
		return unknown_word(word, takes);
	return several ? ambiguous_word(word, takes) : STATUS_DONE;
}

static enum status set_ifname(struct bfdnl_session *session,
			      const struct keyword *k, const char *text)
{
	const char *before = bfdnl_session_text(session, k->field);

	if (before && strcmp(before, text))
		return usage_error("%s: both %s and %s", k->name, before, text);
	if (bfdnl_session_set_text(session, k->field, text))
		return usage_error("%s: \"%s\" is not an interface name (1 to %d characters)",
				   k->name, text, IFNAMSIZ - 1);
	return STATUS_DONE;
}

/* The part behind % names the interface, as ping(8) and ip(8) have it. */
static enum status set_scope(struct bfdnl_session *session,
			     const struct keyword *k, const char *scope)
{
	static const struct keyword interface = {
		.name = "interface", .field = BFDNL_INTERFACE,
	};

	if (bfdnl_session_addr(session, k->field)->family != AF_INET6)
		return usage_error("%s: only IPv6 addresses have a %%%s; write interface %s",
				   k->name, scope, scope);
	return set_ifname(session, &interface, scope);
}

static enum status set_addr(struct bfdnl_session *session,
			    const struct keyword *k, const char *text)
{
	const char *scope = strchr(text, '%');
	char plain[BFDNL_ADDR_STRLEN];
	struct bfdnl_addr addr;
	int len = scope ? scope - text : (int)strlen(text);

	if (len >= (int)sizeof(plain))
		len = sizeof(plain) - 1;
	snprintf(plain, sizeof(plain), "%.*s", len, text);
	if (bfdnl_addr_parse(&addr, plain))
		return usage_error(strchr(plain, '/') ?
				   "%s: \"%s\": write the address without a prefix length" :
				   "%s: \"%s\" is not an IPv4 or IPv6 address",
				   k->name, text);
	bfdnl_session_set_addr(session, k->field, &addr);
	return scope ? set_scope(session, k, scope + 1) : STATUS_DONE;
}

static enum status set_switch(struct bfdnl_session *session,
			      const struct keyword *k, struct args *args)
{
	bool off = *args->at && !strcmp(*args->at, "off");
	bool on = *args->at && !strcmp(*args->at, "on");

	if (on || off)
		args->at++;
	bfdnl_session_set_number(session, k->field, !off);
	return STATUS_DONE;
}

static enum status set_state(struct bfdnl_session *session,
			     const struct keyword *k, const char *text)
{
	int state = bfdnl_state_parse(text);

	if (state < 0)
		return usage_error("state: \"%s\" is not one of adminDown, down, init, up",
				   text);
	bfdnl_session_set_number(session, k->field, state);
	return STATUS_DONE;
}

#define PATH_DIAGS	"none, concatenated-path-down, reverse-concatenated-path-down"

/* RFC 5880, 6.8.17: of all diagnostics only these are for others to set. */
static enum status set_path_diag(struct bfdnl_session *session,
				 const struct keyword *k, const char *text)
{
	int diag = bfdnl_diag_parse(text);

	if (diag != BFD_DIAG_NONE && diag != BFD_DIAG_CONCATENATED_PATH_DOWN &&
	    diag != BFD_DIAG_REVERSE_CONCATENATED_PATH_DOWN)
		return usage_error("%s: \"%s\" is not one of " PATH_DIAGS,
				   k->name, text);
	bfdnl_session_set_number(session, k->field, diag);
	return STATUS_DONE;
}

static enum status set_owner_exit(struct bfdnl_session *session,
				  const struct keyword *k, const char *text)
{
	int value = bfdnl_owner_exit_parse(text);

	if (value < 0)
		return usage_error("%s: \"%s\" is not one of keep, admin-down, delete",
				   k->name, text);
	bfdnl_session_set_number(session, k->field, value);
	return STATUS_DONE;
}

static enum status set_number(struct bfdnl_session *session,
			      const struct keyword *k, const char *text)
{
	enum status status;
	__u64 value;

	if (k->kind == KIND_TIME)
		status = parse_time(k->name, text, &value);
	else
		status = parse_number(k->name, text, bfdnl_field_max(k->field),
				      &value);
	if (!status)
		bfdnl_session_set_number(session, k->field, value);
	return status;
}

static enum status set_value(struct bfdnl_session *session,
			     const struct keyword *k, struct args *args)
{
	const char *text;

	if (k->kind == KIND_SWITCH)
		return set_switch(session, k, args);
	if (k->kind == KIND_CONSTANT) {
		bfdnl_session_set_number(session, k->field, k->constant);
		return STATUS_DONE;
	}
	if (args_value(args, k->name, &text))
		return STATUS_USAGE;
	switch (k->kind) {
	case KIND_ADDR:
		return set_addr(session, k, text);
	case KIND_IFNAME:
		return set_ifname(session, k, text);
	case KIND_STATE:
		return set_state(session, k, text);
	case KIND_PATH_DIAG:
		return set_path_diag(session, k, text);
	case KIND_OWNER_EXIT:
		return set_owner_exit(session, k, text);
	default:
		return set_number(session, k, text);
	}
}

static enum status check_addrs(const struct bfdnl_session *session)
{
	const struct bfdnl_addr *source, *dest;

	source = bfdnl_session_addr(session, BFDNL_SOURCE_ADDR);
	dest = bfdnl_session_addr(session, BFDNL_DEST_ADDR);
	if (source && dest && source->family != dest->family)
		return usage_error("source-addr and dest-addr: one is IPv4, the other IPv6");
	return STATUS_DONE;
}

/* @none: the word for no key was given */
static enum status check_auth(const struct bfdnl_session *session, bool none)
{
	bool key = bfdnl_session_has(session, BFDNL_AUTH_KEY);
	bool key_id = bfdnl_session_has(session, BFDNL_AUTH_KEY_ID);

	if (none && key_id)
		return usage_error("none: without a key there is no key-id");
	if (!none && key && !bfdnl_session_number(session, BFDNL_AUTH_KEY))
		return usage_error("key: keys are numbered from 1; see bfdnl session auth help");
	if (!none && key != key_id)
		return usage_error("key and key-id go together: key ID key-id N");
	return STATUS_DONE;
}

static enum status given_before(const struct keyword *k)
{
	switch (k->field) {
	case BFDNL_ADMIN_DOWN:
		return usage_error("%s: admin-down or admin-up was given before",
				   k->name);
	case BFDNL_AUTH_KEY:
		return usage_error("%s: a key or none was given before",
				   k->name);
	default:
		return usage_error("%s is given twice", k->name);
	}
}

/**
 * parse_session() - read all remaining words
 * @args: the words
 * @takes: which of them are allowed
 * @selector: gets what names a session, and the state
 * @changes: gets the rest; may be the same object
 *
 * Return: STATUS_DONE, or STATUS_USAGE when the user has been told.
 */
enum status parse_session(struct args *args, unsigned int takes,
			  struct bfdnl_session *selector,
			  struct bfdnl_session *changes)
{
	const struct keyword *k;
	bool seen[BFDNL_FIELDS] = { false }, none = false;

	while (*args->at) {
		struct bfdnl_session *to;

		if (find_keyword(*args->at, takes, &k))
			return STATUS_USAGE;
		args->at++;
		if (seen[k->field])
			return given_before(k);
		seen[k->field] = true;
		none |= k->field == BFDNL_AUTH_KEY && k->kind == KIND_CONSTANT;
		to = k->takes & (TAKES_OPTIONS | TAKES_AUTH) ? changes :
							       selector;
		if (set_value(to, k, args))
			return STATUS_USAGE;
	}
	if (changes && check_auth(changes, none))
		return STATUS_USAGE;
	return check_addrs(selector);
}

/**
 * parse_new_session() - read the words that describe a session to be made
 * @args: the words
 * @session: gets them
 *
 * Return: STATUS_DONE, or STATUS_USAGE when the user has been told.
 */
enum status parse_new_session(struct args *args, struct bfdnl_session *session)
{
	const struct bfdnl_addr *dest;

	if (parse_session(args, TAKES_SELECTOR | TAKES_OPTIONS, session,
			  session))
		return STATUS_USAGE;
	if (bfdnl_session_has(session, BFDNL_ID))
		return usage_error("id: the kernel chooses the id of a new session");
	dest = bfdnl_session_addr(session, BFDNL_DEST_ADDR);
	if (!dest)
		return usage_error("dest-addr is missing: whom to talk to?");
	if (bfdnl_addr_is_link_local(dest) &&
	    !bfdnl_session_has(session, BFDNL_INTERFACE))
		return usage_error("dest-addr is link-local: add interface IF");
	return STATUS_DONE;
}

/* Does it name exactly one session, whatever sessions there are? */
bool names_one_session(const struct bfdnl_session *selector)
{
	return bfdnl_session_has(selector, BFDNL_ID) ||
	       bfdnl_session_has(selector, BFDNL_LOCAL_DISCRIMINATOR);
}

bool session_is_empty(const struct bfdnl_session *session)
{
	for (int i = 0; i < BFDNL_FIELDS; i++)
		if (bfdnl_session_has(session, i))
			return false;
	return true;
}
