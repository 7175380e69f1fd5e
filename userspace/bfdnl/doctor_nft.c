// SPDX-License-Identifier: GPL-2.0
/*
 * The rules of nftables, as "nft -j list ruleset" prints them.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "doctor.h"

/* What is known of a rule while its expressions are read */
struct reading {
	struct rule *rule;
	bool names_port[FIREWALL_PORTS];
};

static struct json_object *member(struct json_object *object, const char *name)
{
	struct json_object *value = NULL;

	if (json_object_is_type(object, json_type_object))
		json_object_object_get_ex(object, name, &value);
	return value;
}

static const char *text_of(struct json_object *object, const char *name)
{
	struct json_object *value = member(object, name);

	return value && json_object_is_type(value, json_type_string) ?
	       json_object_get_string(value) : "";
}

static void weaken(struct rule *rule, unsigned int port, enum match match)
{
	if (match < rule->match[port])
		rule->match[port] = match;
}

static void weaken_all(struct rule *rule, enum match match)
{
	for (unsigned int i = 0; i < FIREWALL_PORTS; i++)
		weaken(rule, i, match);
}

static enum match not(enum match match)
{
	switch (match) {
	case MATCH_NO:
		return MATCH_YES;
	case MATCH_YES:
		return MATCH_NO;
	default:
		return MATCH_MAYBE;
	}
}

/* ---- the right side of a match: a value, a range, a set of both ---- */

typedef enum match (*value_fn)(struct json_object *value, unsigned int arg);

static enum match any_of(struct json_object *right, value_fn fn, unsigned int arg)
{
	struct json_object *set = member(right, "set");
	enum match best = MATCH_NO;

	if (!set)
		set = json_object_is_type(right, json_type_array) ? right : NULL;
	if (!set)
		return fn(right, arg);
	for (size_t i = 0; i < json_object_array_length(set); i++) {
		enum match match = fn(json_object_array_get_idx(set, i), arg);

		if (match > best)
			best = match;
	}
	return best;
}

static unsigned int service_port(const char *name)
{
	if (!strcmp(name, "bfd-control"))
		return 3784;
	if (!strcmp(name, "bfd-echo"))
		return 3785;
	return !strcmp(name, "bfd-multi-ctl") ? 4784 : 0;
}

static enum match is_port(struct json_object *value, unsigned int port)
{
	struct json_object *range = member(value, "range");
	const char *text;

	if (range && json_object_is_type(range, json_type_array))
		return json_object_get_int(json_object_array_get_idx(range, 0)) <= (int)port &&
		       json_object_get_int(json_object_array_get_idx(range, 1)) >= (int)port ?
		       MATCH_YES : MATCH_NO;
	if (json_object_is_type(value, json_type_int))
		return json_object_get_int(value) == (int)port ? MATCH_YES : MATCH_NO;
	if (!json_object_is_type(value, json_type_string))
		return MATCH_MAYBE;
	text = json_object_get_string(value);
	if (*text == '@')
		return MATCH_MAYBE;
	return service_port(text) == port ? MATCH_YES : MATCH_NO;
}

static enum match is_udp(struct json_object *value, unsigned int arg)
{
	(void)arg;
	if (json_object_is_type(value, json_type_int))
		return json_object_get_int(value) == 17 ? MATCH_YES : MATCH_NO;
	if (!json_object_is_type(value, json_type_string))
		return MATCH_MAYBE;
	return strcmp(json_object_get_string(value), "udp") ? MATCH_NO : MATCH_YES;
}

static enum match is_255(struct json_object *value, unsigned int arg)
{
	(void)arg;
	return json_object_get_int(value) == 255 ? MATCH_YES : MATCH_MAYBE;
}

static enum match is_a_link(struct json_object *value, unsigned int arg)
{
	const char *text = json_object_get_string(value);

	(void)arg;
	return text && !strcmp(text, "lo") ? MATCH_NO : MATCH_MAYBE;
}

/*
 * To connection tracking every packet of a peer is new: nothing is ever sent
 * back to the port that it came from.
 */
static enum match is_new(struct json_object *value, unsigned int arg)
{
	const char *text = json_object_get_string(value);

	(void)arg;
	return text && (!strcmp(text, "new") || !strcmp(text, "untracked")) ?
	       MATCH_MAYBE : MATCH_NO;
}

/* ---- expressions ---- */

static bool is_other_protocol(const char *protocol)
{
	static const char * const others[] = {
		"tcp", "sctp", "dccp", "icmp", "icmpv6", "udplite", "esp", "ah",
		"igmp", "comp", "arp",
	};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (!strcmp(protocol, others[i]))
			return true;
	return false;
}

static void read_ports(struct reading *r, struct json_object *right, bool negated)
{
	for (unsigned int i = 0; i < FIREWALL_PORTS; i++) {
		enum match match = any_of(right, is_port, firewall_ports[i]);

		if (negated)
			match = not(match);
		else if (match == MATCH_YES)
			r->names_port[i] = true;
		weaken(r->rule, i, match);
	}
}

/* A match on anything but a port: the same for all of them */
static enum match match_of(struct json_object *left, struct json_object *right)
{
	struct json_object *payload = member(left, "payload");
	const char *field = text_of(payload, "field");
	const char *meta = text_of(member(left, "meta"), "key");

	if (!strcmp(field, "protocol") || !strcmp(field, "nexthdr") ||
	    !strcmp(meta, "l4proto"))
		return any_of(right, is_udp, 0);
	if (!strcmp(field, "ttl") || !strcmp(field, "hoplimit"))
		return any_of(right, is_255, 0);
	if (!strncmp(meta, "iif", 3) || !strncmp(meta, "oif", 3))
		return any_of(right, is_a_link, 0);
	if (!strcmp(text_of(member(left, "ct"), "key"), "state"))
		return any_of(right, is_new, 0);
	return MATCH_MAYBE;
}

static void read_match(struct reading *r, struct json_object *expr)
{
	struct json_object *left = member(expr, "left");
	struct json_object *right = member(expr, "right");
	struct json_object *payload = member(left, "payload");
	const char *protocol = text_of(payload, "protocol");
	bool negated = !strcmp(text_of(expr, "op"), "!=");
	enum match match;

	if (is_other_protocol(protocol)) {
		weaken_all(r->rule, MATCH_NO);
	} else if ((!strcmp(protocol, "udp") || !strcmp(protocol, "th")) &&
		   !strcmp(text_of(payload, "field"), "dport")) {
		read_ports(r, right, negated);
	} else {
		match = match_of(left, right);
		weaken_all(r->rule, negated ? not(match) : match);
	}
}

/* A map to verdicts. What is not about states may well accept us. */
static void read_map(struct reading *r, struct json_object *map)
{
	struct json_object *key = member(map, "key");
	struct json_object *set = member(member(map, "data"), "set");
	enum match best = MATCH_NO;

	if (!strcmp(text_of(member(key, "ct"), "key"), "state") && set) {
		for (size_t i = 0; i < json_object_array_length(set); i++) {
			struct json_object *pair = json_object_array_get_idx(set, i);

			if (any_of(json_object_array_get_idx(pair, 0), is_new, 0))
				best = MATCH_MAYBE;
		}
		weaken_all(r->rule, best);
	}
	weaken_all(r->rule, MATCH_MAYBE);
	r->rule->verdict = VERDICT_ACCEPT;
}

static char *chain_name(struct json_object *object, const char *chain)
{
	char *name;

	if (asprintf(&name, "%s %s %s", text_of(object, "family"),
		     text_of(object, "table"), chain) < 0)
		out_of_memory();
	return name;
}

static void read_expr(struct reading *r, struct json_object *rule,
		      const char *name, struct json_object *value)
{
	static const struct {
		const char *name;
		enum verdict verdict;
	} verdicts[] = {
		{ "accept", VERDICT_ACCEPT }, { "drop", VERDICT_DROP },
		{ "reject", VERDICT_DROP }, { "return", VERDICT_RETURN },
		{ "notrack", VERDICT_NOTRACK }, { "jump", VERDICT_JUMP },
		{ "goto", VERDICT_GOTO }, { "queue", VERDICT_ACCEPT },
	};

	for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++) {
		if (strcmp(name, verdicts[i].name))
			continue;
		r->rule->verdict = verdicts[i].verdict;
		if (*text_of(value, "target"))
			r->rule->target = chain_name(rule, text_of(value, "target"));
		return;
	}
	if (!strcmp(name, "match"))
		read_match(r, value);
	else if (!strcmp(name, "vmap"))
		read_map(r, value);
	else if (strcmp(name, "counter") && strcmp(name, "log") &&
		 strcmp(name, "mangle"))
		weaken_all(r->rule, MATCH_MAYBE);
}

/* An object of one member, but who knows */
static void read_exprs(struct reading *r, struct json_object *rule,
		       struct json_object *expr)
{
	struct json_object_iterator at = json_object_iter_begin(expr);
	struct json_object_iterator end = json_object_iter_end(expr);

	for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at))
		read_expr(r, rule, json_object_iter_peek_name(&at),
			  json_object_iter_peek_value(&at));
}

static void read_rule(struct ruleset *set, struct json_object *rule)
{
	struct json_object *exprs = member(rule, "expr");
	char *chain = chain_name(rule, text_of(rule, "chain"));
	struct reading r = { .rule = ruleset_rule(set, chain) };

	free(chain);
	if (!exprs || !json_object_is_type(exprs, json_type_array))
		return;
	for (unsigned int i = 0; i < FIREWALL_PORTS; i++)
		r.rule->match[i] = MATCH_YES;
	for (size_t i = 0; i < json_object_array_length(exprs); i++) {
		struct json_object *expr = json_object_array_get_idx(exprs, i);

		if (!json_object_is_type(expr, json_type_object))
			continue;
		read_exprs(&r, rule, expr);
	}
	/* see ruleset_drops() */
	for (unsigned int i = 0; i < FIREWALL_PORTS; i++)
		if (r.rule->verdict == VERDICT_DROP && !r.names_port[i] &&
		    r.rule->match[i] == MATCH_MAYBE)
			r.rule->match[i] = MATCH_NO;
}

static bool is_hook_of_ours(const char *family, const char *hook)
{
	if (!strcmp(family, "bridge") || !strcmp(family, "arp"))
		return false;
	return !strcmp(hook, "input") || !strcmp(hook, "prerouting") ||
	       !strcmp(hook, "output") || !strcmp(hook, "ingress");
}

static void read_chain(struct ruleset *set, struct json_object *object)
{
	const char *hook = text_of(object, "hook");
	char *name = chain_name(object, text_of(object, "name"));
	struct chain *chain = ruleset_chain(set, name);

	free(name);
	chain->input = is_hook_of_ours(text_of(object, "family"), hook);
	chain->drops = !strcmp(text_of(object, "policy"), "drop");
	free(chain->where);
	if (asprintf(&chain->where, "nftables' chain %s", chain->name) < 0)
		out_of_memory();
}

/* Return: @text is what nft prints. */
bool nft_parse(const char *text, struct ruleset *set)
{
	struct json_object *all = json_tokener_parse(text);
	struct json_object *list = member(all, "nftables");
	bool good = list && json_object_is_type(list, json_type_array);

	for (size_t i = 0; good && i < json_object_array_length(list); i++) {
		struct json_object *entry = json_object_array_get_idx(list, i);

		if (member(entry, "chain"))
			read_chain(set, member(entry, "chain"));
		else if (member(entry, "rule"))
			read_rule(set, member(entry, "rule"));
	}
	json_object_put(all);
	return good;
}
