// SPDX-License-Identifier: GPL-2.0
/*
 * What tells one session from another: kmod/tables.c, bfd_session_exists().
 */
#include <stdio.h>
#include <string.h>
#include "identity.h"

static bool same_text(const struct bfdnl_session *a,
		      const struct bfdnl_session *b, enum bfdnl_field field)
{
	const char *x = bfdnl_session_text(a, field);
	const char *y = bfdnl_session_text(b, field);

	return x && y ? !strcmp(x, y) : x == y;
}

static bool same_number(const struct bfdnl_session *a,
			const struct bfdnl_session *b, enum bfdnl_field field)
{
	return bfdnl_session_number(a, field) == bfdnl_session_number(b, field);
}

/*
 * Who does not name a VRF, but an interface, means that of the interface, which
 * is in one at most. The kernel names it when it reports the session.
 */
static bool same_vrf(const struct bfdnl_session *a,
		     const struct bfdnl_session *b)
{
	return same_text(a, b, BFDNL_VRF) ||
	       (bfdnl_session_has(a, BFDNL_VRF) !=
		bfdnl_session_has(b, BFDNL_VRF) &&
		bfdnl_session_has(a, BFDNL_INTERFACE) &&
		same_text(a, b, BFDNL_INTERFACE));
}

/* What does not fit into any compromise: peer, kind, VRF */
static bool same_peer(const struct bfdnl_session *a,
		      const struct bfdnl_session *b)
{
	return bfdnl_addr_equal(bfdnl_session_addr(a, BFDNL_DEST_ADDR),
				bfdnl_session_addr(b, BFDNL_DEST_ADDR)) &&
	       same_number(a, b, BFDNL_PATH_TYPE) &&
	       same_number(a, b, BFDNL_UNAFFILIATED_ECHO) &&
	       same_vrf(a, b);
}

static bool same_source(const struct bfdnl_session *a,
			const struct bfdnl_session *b)
{
	const struct bfdnl_addr *x = bfdnl_session_addr(a, BFDNL_SOURCE_ADDR);
	const struct bfdnl_addr *y = bfdnl_session_addr(b, BFDNL_SOURCE_ADDR);

	return !x || !y || bfdnl_addr_equal(x, y);
}

bool identity_clashes(const struct bfdnl_session *a,
		      const struct bfdnl_session *b)
{
	return same_peer(a, b) && same_source(a, b) &&
	       (!bfdnl_session_has(a, BFDNL_INTERFACE) ||
		!bfdnl_session_has(b, BFDNL_INTERFACE) ||
		same_text(a, b, BFDNL_INTERFACE));
}

bool identity_is(const struct bfdnl_session *session,
		 const struct bfdnl_session *described)
{
	return same_peer(session, described) &&
	       same_text(session, described, BFDNL_INTERFACE) &&
	       (!bfdnl_session_has(described, BFDNL_SOURCE_ADDR) ||
		bfdnl_addr_equal(bfdnl_session_addr(session, BFDNL_SOURCE_ADDR),
				 bfdnl_session_addr(described,
						    BFDNL_SOURCE_ADDR)));
}

int identity_compare_dest(const struct bfdnl_session *a,
			  const struct bfdnl_session *b)
{
	const struct bfdnl_addr *x = bfdnl_session_addr(a, BFDNL_DEST_ADDR);
	const struct bfdnl_addr *y = bfdnl_session_addr(b, BFDNL_DEST_ADDR);
	int ret = (int)x->len - (int)y->len;

	return ret ? ret : memcmp(x->bytes, y->bytes, x->len);
}

void number_copy(struct bfdnl_session *to, const struct bfdnl_session *from,
		 enum bfdnl_field field)
{
	if (bfdnl_session_has(from, field))
		bfdnl_session_set_number(to, field,
					 bfdnl_session_number(from, field));
}

struct bfdnl_session *identity_copy(const struct bfdnl_session *session)
{
	static const enum bfdnl_field addrs[] = {
		BFDNL_DEST_ADDR, BFDNL_SOURCE_ADDR,
	}, texts[] = { BFDNL_INTERFACE, BFDNL_VRF };
	struct bfdnl_session *copy = bfdnl_session_new();

	if (!copy)
		return NULL;
	for (int i = 0; i < 2; i++) {
		if (bfdnl_session_has(session, addrs[i]))
			bfdnl_session_set_addr(copy, addrs[i],
					       bfdnl_session_addr(session, addrs[i]));
		if (bfdnl_session_has(session, texts[i]))
			bfdnl_session_set_text(copy, texts[i],
					       bfdnl_session_text(session, texts[i]));
	}
	number_copy(copy, session, BFDNL_PATH_TYPE);
	number_copy(copy, session, BFDNL_UNAFFILIATED_ECHO);
	return copy;
}

const char *identity_format(const struct bfdnl_session *session, char *text)
{
	static const enum bfdnl_field fields[] = {
		BFDNL_DEST_ADDR, BFDNL_SOURCE_ADDR, BFDNL_INTERFACE, BFDNL_VRF,
	};
	size_t len = 0;

	*text = '\0';
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		const struct bfdnl_addr *addr;
		char plain[BFDNL_ADDR_STRLEN];
		const char *value;

		if (!bfdnl_session_has(session, fields[i]))
			continue;
		addr = bfdnl_session_addr(session, fields[i]);
		value = addr ? bfdnl_addr_format(addr, plain) :
			       bfdnl_session_text(session, fields[i]);
		len += snprintf(text + len, IDENTITY_LEN - len, "%s%s %s",
				len ? " " : "", bfdnl_field_name(fields[i]),
				value);
	}
	if (bfdnl_session_number(session, BFDNL_PATH_TYPE) == BFD_PATH_IP_MH)
		len += snprintf(text + len, IDENTITY_LEN - len, " multihop");
	if (bfdnl_session_number(session, BFDNL_UNAFFILIATED_ECHO))
		snprintf(text + len, IDENTITY_LEN - len, " unaffiliated-echo");
	return text;
}
