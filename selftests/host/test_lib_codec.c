// SPDX-License-Identifier: GPL-2.0
/*
 * libbfdnl: session objects to messages and back; hostile and future messages.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "tap.h"
#include "test_lib_fake.h"

static struct nl_msg *new_message(void)
{
	struct nl_msg *msg = nlmsg_alloc();

	genlmsg_put(msg, 0, 0, FAKE_FAMILY, 0, 0, BFD_CMD_SESSION_NEW, 1);
	return msg;
}

/* Every field has a value of its own. */
static struct bfdnl_session *full_session(void)
{
	struct bfdnl_session *session = bfdnl_session_new();
	struct bfdnl_addr addr;

	for (int i = 0; i < BFDNL_FIELDS; i++)
		if (bfdnl_field_max(i))
			bfdnl_session_set_number(session, i,
						 bfdnl_field_max(i) - i % 2);
	bfdnl_addr_parse(&addr, "192.0.2.1");
	bfdnl_session_set_addr(session, BFDNL_SOURCE_ADDR, &addr);
	bfdnl_addr_parse(&addr, "2001:db8::2");
	bfdnl_session_set_addr(session, BFDNL_DEST_ADDR, &addr);
	bfdnl_session_set_text(session, BFDNL_INTERFACE, "fifteen-chars-0");
	bfdnl_session_set_text(session, BFDNL_VRF, "r");
	session->drops = (struct bfdnl_drops){
		.size = 2, .reason = { BFD_DROP_TTL, 999 }, .count = { 7, 8 },
	};
	return session;
}

static bool same(const struct bfdnl_session *a, const struct bfdnl_session *b)
{
	return bfdnl_session_matches(a, b) && bfdnl_session_matches(b, a);
}

TEST(round_trip, "what is encoded in full decodes to the same session")
{
	struct bfdnl_session *in = full_session(), *out = bfdnl_session_new();
	struct nl_msg *msg = new_message();
	unsigned int reason;

	encode_full(msg, in);
	EQ(decode_session(nlmsg_hdr(msg), out), 0);
	CHECK(same(in, out));
	for (int i = 0; i < BFDNL_FIELDS; i++) {
		CASE("%s", bfdnl_field_name(i));
		CHECK(bfdnl_session_has(out, i));
		EQ(bfdnl_session_number(out, i), bfdnl_session_number(in, i));
	}
	CASE("drops");
	EQ(bfdnl_drops_size(bfdnl_session_drops(out)), 2);
	EQ(bfdnl_drops_at(bfdnl_session_drops(out), 1, &reason), 8);
	EQ(reason, 999);
	EQ(bfdnl_drops_at(bfdnl_session_drops(out), 2, &reason), 0);
	bfdnl_session_free(in);
	bfdnl_session_free(out);
	nlmsg_free(msg);
}

static int count_attrs(struct nl_msg *msg, bool *seen)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct nlattr *nla;
	int rem, n = 0;

	memset(seen, 0, BFD_A_MAX + 1);
	nla_for_each_attr(nla, nlmsg_attrdata(nlh, GENL_HDRLEN),
			  nlmsg_attrlen(nlh, GENL_HDRLEN), rem) {
		seen[nla_type(nla)] = true;
		n++;
	}
	return n;
}

TEST(encode_add_fields, "a request to add carries what may be chosen, no more")
{
	struct bfdnl_session *in = full_session();
	struct nl_msg *msg = new_message();
	bool seen[BFD_A_MAX + 1];

	EQ(encode_add(msg, in), 0);
	EQ(count_attrs(msg, seen), 24);
	CHECK(seen[BFD_A_EXPRESS]);
	CHECK(!seen[BFD_A_ID]);
	CHECK(!seen[BFD_A_IFINDEX]);
	CHECK(!seen[BFD_A_REMOTE_DISCRIMINATOR]);
	CHECK(!seen[BFD_A_SESSION_RUNNING]);
	CHECK(!seen[BFD_A_SESSION_STATISTICS]);
	CHECK(seen[BFD_A_LOCAL_DISCRIMINATOR]);
	CHECK(seen[BFD_A_AUTHENTICATION]);
	bfdnl_session_free(in);
	nlmsg_free(msg);
}

TEST(encode_selectors, "a selector is an id, else a discriminator, else a tuple")
{
	struct bfdnl_session *in = full_session(), *empty = bfdnl_session_new();
	struct nl_msg *msg = new_message();
	bool seen[BFD_A_MAX + 1];

	EQ(encode_selector(msg, in), 0);
	EQ(count_attrs(msg, seen), 1);
	CHECK(seen[BFD_A_ID]);
	nlmsg_free(msg);

	msg = new_message();
	bfdnl_session_unset(in, BFDNL_ID);
	EQ(encode_selector(msg, in), 0);
	EQ(count_attrs(msg, seen), 1);
	CHECK(seen[BFD_A_LOCAL_DISCRIMINATOR]);
	nlmsg_free(msg);

	msg = new_message();
	bfdnl_session_unset(in, BFDNL_LOCAL_DISCRIMINATOR);
	EQ(encode_selector(msg, in), 0);
	EQ(count_attrs(msg, seen), 5);
	CHECK(seen[BFD_A_DEST_ADDR] && seen[BFD_A_SOURCE_ADDR]);
	CHECK(seen[BFD_A_INTERFACE] && seen[BFD_A_VRF]);
	CHECK(seen[BFD_A_PATH_TYPE]);
	nlmsg_free(msg);

	msg = new_message();
	EQ(encode_selector(msg, empty), (unsigned long long)-EINVAL);
	nlmsg_free(msg);
	bfdnl_session_free(in);
	bfdnl_session_free(empty);
}

TEST(unknown_attributes, "attributes of a newer kernel are passed over, at any depth")
{
	struct bfdnl_session *in = full_session(), *out = bfdnl_session_new();
	struct nl_msg *msg = new_message();
	struct nlattr *nest;

	nla_put_u32(msg, BFD_A_MAX + 1, 1);
	encode_full(msg, in);
	nest = nla_nest_start(msg, BFD_A_SESSION_RUNNING);
	nla_put_u32(msg, BFD_A_RUN_MAX + 7, 1);
	nla_put_u8(msg, BFD_A_RUN_LOCAL_STATE, BFD_STATE_UP);
	nla_nest_end(msg, nest);
	nla_put(msg, BFD_A_MAX + 2, 0, NULL);
	EQ(decode_session(nlmsg_hdr(msg), out), 0);
	EQ(bfdnl_session_number(out, BFDNL_LOCAL_STATE), BFD_STATE_UP);
	bfdnl_session_free(in);
	bfdnl_session_free(out);
	nlmsg_free(msg);
}

TEST(wider_number, "a number that a newer kernel made wider is understood")
{
	struct bfdnl_session *out = bfdnl_session_new();
	struct nl_msg *msg = new_message();

	nla_put_u64(msg, BFD_A_ID, 0x123456789aULL);
	nla_put_u32(msg, BFD_A_LOCAL_MULTIPLIER, 300);
	EQ(decode_session(nlmsg_hdr(msg), out), 0);
	EQ(bfdnl_session_number(out, BFDNL_ID), 0x123456789aULL);
	EQ(bfdnl_session_number(out, BFDNL_LOCAL_MULTIPLIER), 300);
	bfdnl_session_free(out);
	nlmsg_free(msg);
}

TEST(malformed, "a known attribute of impossible length is EBADMSG")
{
	static const struct {
		int type;
		int len;
	} bad[] = {
		{ BFD_A_ID, 3 }, { BFD_A_ID, 0 }, { BFD_A_DEST_ADDR, 5 },
		{ BFD_A_DEST_ADDR, 0 }, { BFD_A_INTERFACE, 0 },
		{ BFD_A_INTERFACE, 16 }, { BFD_A_VRF, 200 },
		{ BFD_A_LOCAL_MULTIPLIER, 9 },
	};
	char data[256];

	memset(data, 'x', sizeof(data));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct bfdnl_session *out = bfdnl_session_new();
		struct nl_msg *msg = new_message();

		CASE("attribute %d, %d bytes", bad[i].type, bad[i].len);
		nla_put(msg, bad[i].type, bad[i].len, data);
		EQ(decode_session(nlmsg_hdr(msg), out),
		   (unsigned long long)-EBADMSG);
		bfdnl_session_free(out);
		nlmsg_free(msg);
	}
}

/* A copy on the heap of exactly @len bytes, so that reading past it is seen */
static struct nlmsghdr *exact_copy(const struct nlmsghdr *nlh, __u32 len)
{
	struct nlmsghdr *copy = malloc(len);

	memcpy(copy, nlh, len);
	copy->nlmsg_len = len;
	return copy;
}

TEST(truncated, "a message cut anywhere is read within its bounds")
{
	struct bfdnl_session *in = full_session();
	struct nl_msg *msg = new_message();
	struct event_info info;

	encode_full(msg, in);
	for (__u32 len = NLMSG_HDRLEN; len < nlmsg_hdr(msg)->nlmsg_len; len++) {
		struct bfdnl_session *out = bfdnl_session_new();
		struct nlmsghdr *cut = exact_copy(nlmsg_hdr(msg), len);

		decode_session(cut, out);
		decode_event(cut, out, &info);
		if (len < NLMSG_HDRLEN + GENL_HDRLEN)
			EQ(decode_session(cut, out),
			   (unsigned long long)-EBADMSG);
		free(cut);
		bfdnl_session_free(out);
	}
	bfdnl_session_free(in);
	nlmsg_free(msg);
}

TEST(noise, "50000 damaged messages are read within their bounds")
{
	struct bfdnl_session *in = full_session();
	struct nl_msg *msg = new_message();
	struct event_info info;

	encode_full(msg, in);
	srand(1);
	for (int round = 0; round < 50000; round++) {
		struct bfdnl_session *out = bfdnl_session_new();
		__u32 len = nlmsg_hdr(msg)->nlmsg_len;
		struct nlmsghdr *bad = exact_copy(nlmsg_hdr(msg), len);

		for (int i = rand() % 4; i >= 0; i--)
			((__u8 *)bad)[NLMSG_HDRLEN + rand() % (len - NLMSG_HDRLEN)] =
				rand();
		decode_session(bad, out);
		decode_event(bad, out, &info);
		free(bad);
		bfdnl_session_free(out);
	}
	bfdnl_session_free(in);
	nlmsg_free(msg);
}

TEST(accessors, "setters refuse what a field cannot hold")
{
	struct bfdnl_session *s = bfdnl_session_new();
	struct bfdnl_addr addr = { .family = 2, .len = 16 };

	EQ(bfdnl_session_set_number(s, BFDNL_LOCAL_MULTIPLIER, 256),
	   (unsigned long long)-ERANGE);
	EQ(bfdnl_session_set_number(s, BFDNL_PASSIVE, 2),
	   (unsigned long long)-ERANGE);
	EQ(bfdnl_session_set_number(s, BFDNL_DEST_ADDR, 1),
	   (unsigned long long)-EINVAL);
	EQ(bfdnl_session_set_number(s, BFDNL_FIELDS, 1),
	   (unsigned long long)-EINVAL);
	EQ(bfdnl_session_set_number(s, (enum bfdnl_field)-1, 1),
	   (unsigned long long)-EINVAL);
	EQ(bfdnl_session_set_addr(s, BFDNL_DEST_ADDR, &addr),
	   (unsigned long long)-EINVAL);
	EQ(bfdnl_session_set_text(s, BFDNL_INTERFACE, "sixteen-chars-00"),
	   (unsigned long long)-ENAMETOOLONG);
	EQ(bfdnl_session_set_text(s, BFDNL_INTERFACE, ""),
	   (unsigned long long)-EINVAL);
	EQ(bfdnl_session_set_text(s, BFDNL_ID, "x"),
	   (unsigned long long)-EINVAL);
	CHECK(!bfdnl_session_text(s, BFDNL_INTERFACE));
	CHECK(!bfdnl_session_addr(s, BFDNL_DEST_ADDR));
	for (int i = 0; i < BFDNL_FIELDS; i++)
		CHECK(!bfdnl_session_has(s, i));
	bfdnl_session_free(s);
}

TEST(names, "every field and every value has a name, and no two of a group the same")
{
	for (int i = 0; i < BFDNL_FIELDS; i++) {
		CASE("field %d", i);
		CHECK(bfdnl_field_name(i));
		for (int j = 0; j < i; j++)
			CHECK(bfdnl_field_group(i) != bfdnl_field_group(j) ||
			      strcmp(bfdnl_field_name(i), bfdnl_field_name(j)));
	}
	for (unsigned int i = 1; i <= BFD_DROP_MAX; i++) {
		CASE("drop %u", i);
		CHECK(bfdnl_drop_name(i));
	}
	CHECK(!bfdnl_drop_name(BFD_DROP_MAX + 1));
	CHECK(!bfdnl_field_name(BFDNL_FIELDS));
	EQ(bfdnl_state_parse("up"), BFD_STATE_UP);
	EQ(bfdnl_state_parse("Up"), (unsigned long long)-EINVAL);
	EQ(bfdnl_auth_type_parse("meticulous-keyed-sha1"),
	   BFD_AUTH_METICULOUS_KEYED_SHA1);
	EQ(bfdnl_owner_exit_parse("delete"), BFD_OWNER_EXIT_DELETE);
	EQ(bfdnl_owner_exit_parse("die"), (unsigned long long)-EINVAL);
	EQ(bfdnl_diag_parse("concatenated-path-down"),
	   BFD_DIAG_CONCATENATED_PATH_DOWN);
	CHECK(!bfdnl_owner_exit_name(BFD_OWNER_EXIT_DELETE + 1));
	CHECK(!bfdnl_state_name(4));
	CHECK(!bfdnl_detection_mode_name(0));
	CHECK(!strcmp(bfdnl_diag_name(BFD_DIAG_MIS_CONNECTIVITY_DEFECT),
		      "mis-connectivity-defect"));
}

TEST(attr_fields, "every attribute of the interface is a field, a nest or padding")
{
	for (unsigned int i = BFD_A_PAD + 1; i <= BFD_A_MAX; i++) {
		CASE("attribute %u", i);
		CHECK(attr_name(BFDNL_GROUP_SESSION, i) || i == BFD_A_EVENT);
	}
	for (unsigned int i = 1; i <= BFD_A_AUTH_MAX; i++) {
		CASE("authentication attribute %u", i);
		CHECK(attr_name(BFDNL_GROUP_AUTHENTICATION, i));
	}
	for (unsigned int i = BFD_A_RUN_PAD + 1; i <= BFD_A_RUN_MAX; i++) {
		CASE("running attribute %u", i);
		CHECK(attr_name(BFDNL_GROUP_RUNNING, i));
	}
	for (unsigned int i = BFD_A_STAT_PAD + 1; i <= BFD_A_STAT_MAX; i++) {
		CASE("statistics attribute %u", i);
		CHECK(attr_name(BFDNL_GROUP_STATISTICS, i) ||
		      i == BFD_A_STAT_DROPS);
	}
}

TEST(field_index, "a field is found by its attribute, what is none is not; counters come last")
{
	static const unsigned int none[] = {
		0, BFD_A_EVENT, BFD_A_SESSION_RUNNING, BFD_A_MAX + 1, NLA_TYPE_MASK,
	};

	for (int i = 0; i < BFDNL_FIELDS; i++) {
		const struct field_info *info = field_info(i);

		CASE("%s", info->name);
		EQ(field_by_attr(info->group, info->attr), i);
		EQ(number_by_attr[info->group][info->attr], info->width ? i + 1 : 0);
		CHECK(i >= FIRST_STATISTIC ||
		      info->group != BFDNL_GROUP_STATISTICS);
	}
	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		CASE("%u", none[i]);
		EQ(field_by_attr(BFDNL_GROUP_SESSION, none[i]), -1);
	}
}

TEST(renewal, "a later report replaces all but the counters that it does not have")
{
	struct bfdnl_session *known = full_session();
	struct bfdnl_session *news = bfdnl_session_new();

	bfdnl_session_set_number(news, BFDNL_ID, 5);
	bfdnl_session_set_number(news, BFDNL_DOWN_COUNT, 6);
	session_renew(known, news, false);
	EQ(bfdnl_session_number(known, BFDNL_ID), 5);
	EQ(bfdnl_session_number(known, BFDNL_DOWN_COUNT), 6);
	for (int i = 0; i < BFDNL_FIELDS; i++) {
		CASE("%s", bfdnl_field_name(i));
		EQ(bfdnl_session_has(known, i),
		   i == BFDNL_ID || field_info(i)->group == BFDNL_GROUP_STATISTICS);
	}
	CASE("drops");
	EQ(bfdnl_drops_size(bfdnl_session_drops(known)), 2);
	bfdnl_session_free(known);
	bfdnl_session_free(news);
}

TEST(renewal_state, "a report about a state may also leave out what was configured")
{
	struct bfdnl_session *known = full_session();
	struct bfdnl_session *news = bfdnl_session_new();

	bfdnl_session_set_number(news, BFDNL_ID, 5);
	bfdnl_session_set_number(news, BFDNL_ADMIN_DOWN, 0);
	bfdnl_session_set_number(news, BFDNL_LOCAL_STATE, BFD_STATE_DOWN);
	session_renew(known, news, true);
	EQ(bfdnl_session_number(known, BFDNL_ID), 5);
	EQ(bfdnl_session_number(known, BFDNL_ADMIN_DOWN), 0);
	EQ(bfdnl_session_number(known, BFDNL_LOCAL_STATE), BFD_STATE_DOWN);
	for (int i = 0; i < BFDNL_FIELDS; i++) {
		const struct field_info *info = field_info(i);
		bool told = info->group == BFDNL_GROUP_RUNNING ||
			    (info->group == BFDNL_GROUP_SESSION && info->use < USE_ADD);

		CASE("%s", info->name);
		EQ(bfdnl_session_has(known, i),
		   !told || i == BFDNL_ID || i == BFDNL_LOCAL_STATE);
	}
	bfdnl_session_free(known);
	bfdnl_session_free(news);
}

TEST(addresses, "addresses are read strictly and printed canonically")
{
	char text[BFDNL_ADDR_STRLEN];
	struct bfdnl_addr a, b;

	EQ(bfdnl_addr_parse(&a, "2001:DB8:0::0:2"), 0);
	CHECK(!strcmp(bfdnl_addr_format(&a, text), "2001:db8::2"));
	CHECK(!bfdnl_addr_is_link_local(&a));
	EQ(bfdnl_addr_parse(&b, "febf::1"), 0);
	CHECK(bfdnl_addr_is_link_local(&b));
	CHECK(!bfdnl_addr_equal(&a, &b));
	CHECK(!bfdnl_addr_equal(&a, NULL));
	EQ(bfdnl_addr_parse(&b, "192.0.2.256"), (unsigned long long)-EINVAL);
	EQ(bfdnl_addr_parse(&b, "192.0.2"), (unsigned long long)-EINVAL);
	EQ(bfdnl_addr_parse(&b, "fe80::1%eth0"), (unsigned long long)-EINVAL);
	EQ(bfdnl_addr_parse(&b, ""), (unsigned long long)-EINVAL);
	CHECK(bfdnl_addr_is_link_local(&b));
}
