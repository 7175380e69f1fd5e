// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * The session object and addresses.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include "internal.h"

int bfdnl_addr_parse(struct bfdnl_addr *addr, const char *text)
{
	struct bfdnl_addr parsed = { 0 };

	if (inet_pton(AF_INET, text, parsed.bytes) == 1) {
		parsed.family = AF_INET;
		parsed.len = 4;
	} else if (inet_pton(AF_INET6, text, parsed.bytes) == 1) {
		parsed.family = AF_INET6;
		parsed.len = 16;
	} else {
		return -EINVAL;
	}
	*addr = parsed;
	return 0;
}

const char *bfdnl_addr_format(const struct bfdnl_addr *addr, char *text)
{
	if (!inet_ntop(addr->family, addr->bytes, text, BFDNL_ADDR_STRLEN))
		*text = '\0';
	return text;
}

bool bfdnl_addr_equal(const struct bfdnl_addr *a, const struct bfdnl_addr *b)
{
	return a && b && a->family == b->family && a->len == b->len &&
	       a->len <= sizeof(a->bytes) &&
	       !memcmp(a->bytes, b->bytes, a->len);
}

bool bfdnl_addr_is_link_local(const struct bfdnl_addr *addr)
{
	return addr->family == AF_INET6 && addr->bytes[0] == 0xfe &&
	       (addr->bytes[1] & 0xc0) == 0x80;
}

struct bfdnl_session *bfdnl_session_new(void)
{
	return calloc(1, sizeof(struct bfdnl_session));
}

struct bfdnl_session *bfdnl_session_clone(const struct bfdnl_session *session)
{
	struct bfdnl_session *copy = malloc(sizeof(*copy));

	if (copy)
		*copy = *session;
	return copy;
}

void bfdnl_session_free(struct bfdnl_session *session)
{
	free(session);
}

bool bfdnl_session_has(const struct bfdnl_session *session,
		       enum bfdnl_field field)
{
	return field_info(field) && session->present[field];
}

__u64 bfdnl_session_number(const struct bfdnl_session *session,
			   enum bfdnl_field field)
{
	return bfdnl_session_has(session, field) ? session->number[field] : 0;
}

/* The place of an address field, NULL if it is not one */
struct bfdnl_addr *session_addr(struct bfdnl_session *session,
				enum bfdnl_field field)
{
	switch (field) {
	case BFDNL_SOURCE_ADDR:
		return &session->source_addr;
	case BFDNL_DEST_ADDR:
		return &session->dest_addr;
	default:
		return NULL;
	}
}

/* The place of a text field (IFNAMSIZ bytes), NULL if it is not one */
char *session_text(struct bfdnl_session *session, enum bfdnl_field field)
{
	switch (field) {
	case BFDNL_INTERFACE:
		return session->interface;
	case BFDNL_VRF:
		return session->vrf;
	default:
		return NULL;
	}
}

const struct bfdnl_addr *bfdnl_session_addr(const struct bfdnl_session *session,
					    enum bfdnl_field field)
{
	if (!bfdnl_session_has(session, field))
		return NULL;
	return session_addr((struct bfdnl_session *)session, field);
}

const char *bfdnl_session_text(const struct bfdnl_session *session,
			       enum bfdnl_field field)
{
	if (!bfdnl_session_has(session, field))
		return NULL;
	return session_text((struct bfdnl_session *)session, field);
}

int bfdnl_session_set_number(struct bfdnl_session *session,
			     enum bfdnl_field field, __u64 value)
{
	const struct field_info *info = field_info(field);

	if (!info || !info->width)
		return -EINVAL;
	if (value > bfdnl_field_max(field))
		return -ERANGE;
	session->number[field] = value;
	session->present[field] = true;
	return 0;
}

int bfdnl_session_set_addr(struct bfdnl_session *session,
			   enum bfdnl_field field,
			   const struct bfdnl_addr *addr)
{
	struct bfdnl_addr *place = session_addr(session, field);

	if (!place)
		return -EINVAL;
	if (!(addr->family == AF_INET && addr->len == 4) &&
	    !(addr->family == AF_INET6 && addr->len == 16))
		return -EINVAL;
	*place = *addr;
	session->present[field] = true;
	return 0;
}

int bfdnl_session_set_text(struct bfdnl_session *session,
			   enum bfdnl_field field, const char *text)
{
	char *place = session_text(session, field);
	size_t len = strlen(text);

	if (!place || !len)
		return -EINVAL;
	if (len >= IFNAMSIZ)
		return -ENAMETOOLONG;
	memcpy(place, text, len + 1);
	session->present[field] = true;
	return 0;
}

void bfdnl_session_unset(struct bfdnl_session *session, enum bfdnl_field field)
{
	if (field_info(field))
		session->present[field] = false;
}

static bool field_equal(const struct bfdnl_session *a,
			const struct bfdnl_session *b, enum bfdnl_field field)
{
	switch (bfdnl_field_type(field)) {
	case BFDNL_TYPE_ADDR:
		return bfdnl_addr_equal(bfdnl_session_addr(a, field),
					bfdnl_session_addr(b, field));
	case BFDNL_TYPE_TEXT:
		return !strcmp(bfdnl_session_text(a, field),
			       bfdnl_session_text(b, field));
	default:
		return a->number[field] == b->number[field];
	}
}

bool bfdnl_session_matches(const struct bfdnl_session *session,
			   const struct bfdnl_session *pattern)
{
	for (int i = 0; i < BFDNL_FIELDS; i++) {
		if (!pattern->present[i])
			continue;
		if (!session->present[i] || !field_equal(session, pattern, i))
			return false;
	}
	return true;
}

/* What was configured: a report about a state may leave it out */
static bool is_config(enum bfdnl_field field)
{
	switch (fields[field].group) {
	case BFDNL_GROUP_SESSION:
		return fields[field].use >= USE_ADD;
	case BFDNL_GROUP_AUTHENTICATION:
	case BFDNL_GROUP_PENDING:
		return true;
	default:
		return false;
	}
}

static bool is_statistic(enum bfdnl_field field)
{
	return fields[field].group == BFDNL_GROUP_STATISTICS;
}

/*
 * All fields: first those that every report tells, from @first_config on what
 * was configured, from @first_statistic on counters.
 */
static __u8 renewal[BFDNL_FIELDS];
static size_t first_config, first_statistic;

static void __attribute__((constructor)) order_fields(void)
{
	size_t n = 0;

	for (int i = 0; i < BFDNL_FIELDS; i++)
		if (!is_config(i) && !is_statistic(i))
			renewal[n++] = i;
	first_config = n;
	for (int i = 0; i < BFDNL_FIELDS; i++)
		if (is_config(i))
			renewal[n++] = i;
	first_statistic = n;
	for (int i = 0; i < BFDNL_FIELDS; i++)
		if (is_statistic(i))
			renewal[n++] = i;
}

static void renew_field(struct bfdnl_session *session,
			const struct bfdnl_session *news, enum bfdnl_field i)
{
	session->present[i] = news->present[i];
	session->number[i] = news->number[i];
}

/**
 * session_renew() - replace what is known by a later report
 * @session: what is known
 * @news: the report; it is complete, but for statistics that may be left out
 * @state: it tells of a state: configuration may be left out, too
 */
void session_renew(struct bfdnl_session *session,
		   const struct bfdnl_session *news, bool state)
{
	size_t told = state ? first_config : first_statistic;

	for (size_t n = 0; n < told; n++)
		renew_field(session, news, renewal[n]);
	for (size_t n = told; n < BFDNL_FIELDS; n++)
		if (news->present[renewal[n]])
			renew_field(session, news, renewal[n]);
	session->source_addr = news->source_addr;
	session->dest_addr = news->dest_addr;
	memcpy(session->interface, news->interface, sizeof(news->interface));
	memcpy(session->vrf, news->vrf, sizeof(news->vrf));
	if (news->drops.size)
		session->drops = news->drops;
}

const struct bfdnl_drops *
bfdnl_session_drops(const struct bfdnl_session *session)
{
	return &session->drops;
}

size_t bfdnl_drops_size(const struct bfdnl_drops *drops)
{
	return drops->size;
}

__u64 bfdnl_drops_at(const struct bfdnl_drops *drops, size_t index,
		     unsigned int *reason)
{
	if (index >= drops->size)
		return 0;
	if (reason)
		*reason = drops->reason[index];
	return drops->count[index];
}
