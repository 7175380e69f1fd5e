// SPDX-License-Identifier: GPL-2.0
/*
 * A session's name in one word.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <linux/bfd.h>
#include "session_id.h"

struct writer {
	char *text;
	size_t len;
};

static void add(struct writer *w, const char *before, const char *value)
{
	size_t room = SESSION_ID_LEN - w->len;
	size_t n = snprintf(w->text + w->len, room, "%s%s", before, value);

	w->len += n < room ? n : room - 1;
}

static void add_addr(struct writer *w, const char *before,
		     const struct bfdnl_addr *addr)
{
	char text[BFDNL_ADDR_STRLEN];

	if (addr)
		add(w, before, bfdnl_addr_format(addr, text));
}

static void add_text(struct writer *w, const char *before, const char *text)
{
	if (text)
		add(w, before, text);
}

const char *session_id_format(const struct bfdnl_session *session, char *text)
{
	struct writer w = { .text = text };

	*text = '\0';
	add_addr(&w, "", bfdnl_session_addr(session, BFDNL_DEST_ADDR));
	add_text(&w, "%", bfdnl_session_text(session, BFDNL_INTERFACE));
	add_addr(&w, ",source-addr=",
		 bfdnl_session_addr(session, BFDNL_SOURCE_ADDR));
	add_text(&w, ",vrf=", bfdnl_session_text(session, BFDNL_VRF));
	if (bfdnl_session_number(session, BFDNL_PATH_TYPE) == BFD_PATH_IP_MH)
		add(&w, ",multihop", "");
	if (bfdnl_session_number(session, BFDNL_UNAFFILIATED_ECHO))
		add(&w, ",unaffiliated-echo", "");
	/* the kernel allows almost any byte in the name of an interface */
	for (char *c = text; *c; c++)
		if (!isgraph((unsigned char)*c) || *c == '"' || *c == '\\')
			*c = '?';
	return text;
}

static const char *parse_peer(char *word, struct bfdnl_session *to)
{
	char *interface = strchr(word, '%');
	struct bfdnl_addr addr;

	if (interface)
		*interface++ = '\0';
	if (bfdnl_addr_parse(&addr, word))
		return "it does not begin with an IPv4 or IPv6 address";
	bfdnl_session_set_addr(to, BFDNL_DEST_ADDR, &addr);
	if (interface && bfdnl_session_set_text(to, BFDNL_INTERFACE, interface))
		return "what follows % is not the name of an interface";
	return NULL;
}

static const char *parse_rest(const char *word, struct bfdnl_session *to)
{
	struct bfdnl_addr addr;

	if (!strcmp(word, "multihop")) {
		bfdnl_session_set_number(to, BFDNL_PATH_TYPE, BFD_PATH_IP_MH);
	} else if (!strcmp(word, "unaffiliated-echo")) {
		bfdnl_session_set_number(to, BFDNL_UNAFFILIATED_ECHO, 1);
	} else if (!strncmp(word, "vrf=", 4)) {
		if (bfdnl_session_set_text(to, BFDNL_VRF, word + 4))
			return "what follows vrf= is not the name of an interface";
	} else if (!strncmp(word, "source-addr=", 12)) {
		if (bfdnl_addr_parse(&addr, word + 12))
			return "what follows source-addr= is not an address";
		bfdnl_session_set_addr(to, BFDNL_SOURCE_ADDR, &addr);
	} else {
		return "a word is not source-addr=, vrf=, multihop or unaffiliated-echo";
	}
	return NULL;
}

const char *session_id_parse(const char *text, struct bfdnl_session *to)
{
	char copy[SESSION_ID_LEN], *rest = copy;
	const char *wrong;

	if (strlen(text) >= sizeof(copy))
		return "it is too long";
	memcpy(copy, text, strlen(text) + 1);
	bfdnl_session_set_number(to, BFDNL_PATH_TYPE, BFD_PATH_IP_SH);
	wrong = parse_peer(strsep(&rest, ","), to);
	while (!wrong && rest)
		wrong = parse_rest(strsep(&rest, ","), to);
	return wrong;
}
