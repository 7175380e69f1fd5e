// SPDX-License-Identifier: GPL-2.0
/*
 * bfdnl doctor: does a firewall keep packets away?
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "doctor.h"

#define PORT_ECHO	1	/* index of firewall_ports */
#define PORT_MULTIHOP	2

static bool load_nft(struct doctor *d, struct ruleset *set)
{
	static const char * const words[] = {
		"nft", "-j", "list", "ruleset", NULL
	};
	char *text = tree_command(d, "nft", words);
	bool good = text && nft_parse(text, set);

	free(text);
	return good;
}

/* What iptables-nft prints, nft has printed. */
static bool load_iptables(struct doctor *d, const char *name, const char *family,
			  bool have_nft, struct ruleset *set)
{
	const char * const words[] = { name, NULL };
	char *text = tree_command(d, name, words);
	bool good = text;

	if (text && !(have_nft && strstr(text, "tables-nft-save")))
		iptables_parse(text, family, set);
	free(text);
	return good;
}

/* Echoes do not go through IP: only what is before it can drop them. */
static bool concerns(const struct chain *chain, unsigned int port)
{
	return port != PORT_ECHO || !strncmp(chain->name, "netdev ", 7);
}

static void judge(struct doctor *d, const struct ruleset *set, unsigned int port)
{
	const struct chain *chain;
	enum severity severity = SEVERITY_WARNING;
	bool certain;

	chain = ruleset_drops(set, port, &certain);
	if (!chain || !concerns(chain, port))
		return;
	if (port != 0 && !(port == PORT_MULTIHOP && d->multihop))
		severity = SEVERITY_NOTE;
	else if (certain)
		severity = SEVERITY_CRITICAL;
	doctor_find(d, severity, "%s %s packets to UDP port %u%s",
		    chain->where, certain ? "drops" : "may drop",
		    firewall_ports[port],
		    port == PORT_MULTIHOP ? " (multihop)" :
		    port == PORT_ECHO ? " (echo)" : "");
	if (!strncmp(chain->where, "nft", 3))
		doctor_fix(d, "nft insert rule %s udp dport %u accept",
			   chain->name, firewall_ports[port]);
	else
		doctor_fix(d, "%s -I %s -p udp --dport %u -j ACCEPT",
			   strncmp(chain->where, "ip6", 3) ? "iptables" : "ip6tables",
			   strrchr(chain->name, ' ') + 1, firewall_ports[port]);
}

void check_firewall(struct doctor *d)
{
	struct ruleset set = { 0 };
	bool nft = load_nft(d, &set);
	bool ip = load_iptables(d, "iptables-save", "ip", nft, &set);

	ip |= load_iptables(d, "ip6tables-save", "ip6", nft, &set);
	if (!nft && !ip)
		doctor_find(d, SEVERITY_UNCHECKED,
			    "neither nft nor iptables-save could tell the rules: not there, or not allowed to you?");
	for (unsigned int port = 0; port < FIREWALL_PORTS; port++)
		judge(d, &set, port);
	ruleset_free(&set);
}
