// SPDX-License-Identifier: GPL-2.0
/*
 * The rules of iptables, as "iptables-save" prints them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "doctor.h"

/* A rule while its words are read */
struct reading {
	struct rule *rule;
	const char *table;	/* "ip filter" */
	bool names_port[FIREWALL_PORTS];
};

static void weaken(struct rule *rule, enum match match)
{
	for (unsigned int i = 0; i < FIREWALL_PORTS; i++)
		if (match < rule->match[i])
			rule->match[i] = match;
}

/* "53,3784:3785" */
static void read_ports(struct reading *r, const char *text)
{
	bool found[FIREWALL_PORTS] = { false };
	unsigned int first, last;
	int len;

	while (sscanf(text, "%u%n", &first, &len) == 1) {
		text += len;
		last = first;
		if (sscanf(text, ":%u%n", &last, &len) == 1)
			text += len;
		for (unsigned int i = 0; i < FIREWALL_PORTS; i++)
			found[i] |= first <= firewall_ports[i] &&
				    firewall_ports[i] <= last;
		if (*text != ',')
			break;
		text++;
	}
	for (unsigned int i = 0; i < FIREWALL_PORTS; i++) {
		if (!found[i])
			r->rule->match[i] = MATCH_NO;
		else
			r->names_port[i] = true;
	}
}

static void read_target(struct reading *r, const char *target, enum verdict jump)
{
	static const struct {
		const char *name;
		enum verdict verdict;
	} verdicts[] = {
		{ "ACCEPT", VERDICT_ACCEPT }, { "DROP", VERDICT_DROP },
		{ "REJECT", VERDICT_DROP }, { "RETURN", VERDICT_RETURN },
		{ "NOTRACK", VERDICT_NOTRACK }, { "CT", VERDICT_NOTRACK },
		{ "NFQUEUE", VERDICT_ACCEPT }, { "LOG", VERDICT_NONE },
		{ "NFLOG", VERDICT_NONE }, { "MARK", VERDICT_NONE },
		{ "CONNMARK", VERDICT_NONE }, { "DSCP", VERDICT_NONE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++)
		if (!strcmp(target, verdicts[i].name)) {
			r->rule->verdict = verdicts[i].verdict;
			return;
		}
	r->rule->verdict = jump;
	if (asprintf(&r->rule->target, "%s %s", r->table, target) < 0)
		out_of_memory();
}

static bool has_new(const char *states)
{
	return strstr(states, "NEW") || strstr(states, "UNTRACKED");
}

/* Return: the word was an option that the rule goes on behind. */
static bool is_option(struct reading *r, const char *word, const char *value)
{
	if (!strcmp(word, "-p"))
		weaken(r->rule, strcmp(value, "udp") ? MATCH_NO : MATCH_YES);
	else if (!strcmp(word, "--dport") || !strcmp(word, "--dports"))
		read_ports(r, value);
	else if (!strcmp(word, "-i") || !strcmp(word, "-o"))
		weaken(r->rule, strcmp(value, "lo") ? MATCH_MAYBE : MATCH_NO);
	/* to connection tracking every packet of a peer is new */
	else if (!strcmp(word, "--ctstate") || !strcmp(word, "--state"))
		weaken(r->rule, has_new(value) ? MATCH_MAYBE : MATCH_NO);
	else if (!strcmp(word, "--ttl-eq") || !strcmp(word, "--hl-eq"))
		weaken(r->rule, strcmp(value, "255") ? MATCH_MAYBE : MATCH_YES);
	else if (!strcmp(word, "-j"))
		read_target(r, value, VERDICT_JUMP);
	else if (!strcmp(word, "-g"))
		read_target(r, value, VERDICT_GOTO);
	else
		return !strcmp(word, "-m") || !strcmp(word, "--comment") ||
		       !strcmp(word, "--reject-with");
	return true;
}

/* The next word; one in quotes may have spaces. */
static char *next_word(char **rest)
{
	char *word, *end;

	if (!*rest)
		return NULL;
	while (**rest == ' ')
		(*rest)++;
	if (**rest != '"') {
		word = strsep(rest, " ");
		return word && *word ? word : NULL;
	}
	word = *rest + 1;
	end = strchr(word, '"');
	*rest = end ? end + 1 : NULL;
	if (end)
		*end = '\0';
	return word;
}

static void read_words(struct reading *r, char *rest)
{
	char *word = next_word(&rest);

	while (word) {
		char *value = next_word(&rest);
		bool known = is_option(r, word, value ? value : "");

		/* what is not known, or not to be so */
		if (!known)
			weaken(r->rule, MATCH_MAYBE);
		if (!strcmp(word, "!"))
			next_word(&rest);
		word = known || !strcmp(word, "!") ? next_word(&rest) : value;
	}
}

static void read_rule(struct ruleset *set, const char *table, char *line)
{
	struct reading r = { .table = table };
	char *chain = next_word(&line), *name;

	if (!chain || asprintf(&name, "%s %s", table, chain) < 0)
		return;
	r.rule = ruleset_rule(set, name);
	free(name);
	for (unsigned int i = 0; i < FIREWALL_PORTS; i++)
		r.rule->match[i] = MATCH_YES;
	if (line)
		read_words(&r, line);
	/* see ruleset_drops() */
	for (unsigned int i = 0; i < FIREWALL_PORTS; i++)
		if (r.rule->verdict == VERDICT_DROP && !r.names_port[i] &&
		    r.rule->match[i] == MATCH_MAYBE)
			r.rule->match[i] = MATCH_NO;
}

/* ":INPUT DROP [0:0]" */
static void read_chain(struct ruleset *set, const char *family,
		       const char *table, char *line)
{
	char *chain = next_word(&line), *policy = next_word(&line), *name;
	struct chain *c;

	if (!chain || !policy || asprintf(&name, "%s %s", table, chain) < 0)
		return;
	c = ruleset_chain(set, name);
	free(name);
	c->input = !strcmp(chain, "INPUT") || !strcmp(chain, "PREROUTING") ||
		   !strcmp(chain, "OUTPUT");
	c->drops = !strcmp(policy, "DROP");
	free(c->where);
	if (asprintf(&c->where, "%stables' chain %s", family, chain) < 0)
		out_of_memory();
}

/**
 * iptables_parse() - read rules
 * @text: what iptables-save or ip6tables-save printed
 * @family: "ip" or "ip6"
 * @set: they are added to it
 */
void iptables_parse(const char *text, const char *family, struct ruleset *set)
{
	char *all = strdup(text), *rest = all, *line, *table = NULL;

	if (!all)
		out_of_memory();
	while ((line = strsep(&rest, "\n"))) {
		if (*line == '*') {
			free(table);
			if (asprintf(&table, "%s %s", family, line + 1) < 0)
				out_of_memory();
		} else if (*line == ':' && table) {
			read_chain(set, family, table, line + 1);
		} else if (!strncmp(line, "-A ", 3) && table) {
			read_rule(set, table, line + 3);
		}
	}
	free(table);
	free(all);
}
