// SPDX-License-Identifier: GPL-2.0
/*
 * What a firewall does with a packet, as far as its rules say it without
 * knowing more of the packet than that it is UDP, and its destination port.
 */
#include <stdlib.h>
#include <string.h>
#include "doctor.h"

#define DEPTH_MAX	16	/* of jumps, as in the kernel */
#define STEPS_MAX	10000000	/* for rules that jump forth and back */

const unsigned int firewall_ports[FIREWALL_PORTS] = { 3784, 3785, 4784 };

struct walk {
	const struct ruleset *set;
	unsigned int port;	/* index of firewall_ports */
	unsigned int steps;
	bool maybe_accepted;
	bool maybe_dropped;
};

static char *copy(const char *text)
{
	char *new = strdup(text);

	if (!new)
		out_of_memory();
	return new;
}

static void *grow(void *array, size_t size, size_t width)
{
	/* in powers of two */
	if (size & (size - 1))
		return array;
	array = realloc(array, (size ? size * 2 : 1) * width);
	if (!array)
		out_of_memory();
	return array;
}

/* A chain by its name, made if need be */
struct chain *ruleset_chain(struct ruleset *set, const char *name)
{
	struct chain *chain;

	for (size_t i = 0; i < set->chains_size; i++)
		if (!strcmp(set->chains[i].name, name))
			return &set->chains[i];
	set->chains = grow(set->chains, set->chains_size, sizeof(*chain));
	chain = &set->chains[set->chains_size++];
	*chain = (struct chain){ .name = copy(name) };
	return chain;
}

/* One more rule at the end of a chain */
struct rule *ruleset_rule(struct ruleset *set, const char *chain)
{
	struct rule *rule;

	set->rules = grow(set->rules, set->rules_size, sizeof(*rule));
	rule = &set->rules[set->rules_size++];
	*rule = (struct rule){ .chain = copy(chain) };
	return rule;
}

void ruleset_free(struct ruleset *set)
{
	for (size_t i = 0; i < set->chains_size; i++) {
		free(set->chains[i].name);
		free(set->chains[i].where);
	}
	for (size_t i = 0; i < set->rules_size; i++) {
		free(set->rules[i].chain);
		free(set->rules[i].target);
	}
	free(set->chains);
	free(set->rules);
	*set = (struct ruleset){ 0 };
}

static enum verdict walk_chain(struct walk *walk, const char *name,
			       unsigned int depth, bool certain);

/* What a rule that matches, certainly or not, makes of the packet */
static enum verdict apply(struct walk *walk, const struct rule *rule,
			  unsigned int depth, bool certain)
{
	enum verdict verdict = rule->verdict;

	if (verdict == VERDICT_JUMP || verdict == VERDICT_GOTO) {
		verdict = depth < DEPTH_MAX && rule->target ?
			  walk_chain(walk, rule->target, depth + 1, certain) :
			  VERDICT_NONE;
		if (verdict == VERDICT_NONE && rule->verdict == VERDICT_GOTO)
			verdict = VERDICT_RETURN;
	} else if (!certain) {
		walk->maybe_accepted |= verdict == VERDICT_ACCEPT;
		walk->maybe_dropped |= verdict == VERDICT_DROP;
	}
	return certain ? verdict : VERDICT_NONE;
}

/* Return: what certainly becomes of the packet; VERDICT_NONE: it goes on. */
static enum verdict walk_chain(struct walk *walk, const char *name,
			       unsigned int depth, bool certain)
{
	const struct ruleset *set = walk->set;

	for (size_t i = 0; i < set->rules_size; i++) {
		const struct rule *rule = &set->rules[i];
		enum match match = rule->match[walk->port];
		enum verdict verdict;

		if (++walk->steps > STEPS_MAX) {
			walk->maybe_accepted = true;
			return VERDICT_NONE;
		}
		if (match == MATCH_NO || strcmp(rule->chain, name))
			continue;
		verdict = apply(walk, rule, depth, certain && match == MATCH_YES);
		if (verdict == VERDICT_RETURN)
			return VERDICT_NONE;
		if (verdict == VERDICT_ACCEPT || verdict == VERDICT_DROP)
			return verdict;
	}
	return VERDICT_NONE;
}

/**
 * ruleset_drops() - does a firewall drop packets to one of our ports?
 * @set: its rules
 * @port: index of firewall_ports
 * @certain: set if the rules leave no doubt
 *
 * A rule that may accept them speaks for the firewall. One that drops some of
 * them and names the port is worth a remark; other ones (of packets that are
 * invalid, too many, from elsewhere) are not: the parser left them out.
 *
 * Return: the chain that does, or NULL.
 */
const struct chain *ruleset_drops(const struct ruleset *set, unsigned int port,
				  bool *certain)
{
	const struct chain *doubtful = NULL;

	for (size_t i = 0; i < set->chains_size; i++) {
		const struct chain *chain = &set->chains[i];
		struct walk walk = { .set = set, .port = port };
		enum verdict verdict;

		if (!chain->input)
			continue;
		verdict = walk_chain(&walk, chain->name, 0, true);
		if (verdict == VERDICT_NONE && chain->drops)
			verdict = VERDICT_DROP;
		if (verdict == VERDICT_DROP && !walk.maybe_accepted) {
			*certain = true;
			return chain;
		}
		if (walk.maybe_dropped && !doubtful)
			doubtful = chain;
	}
	*certain = false;
	return doubtful;
}
