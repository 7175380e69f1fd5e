// SPDX-License-Identifier: GPL-2.0
/*
 * libbfdnl: requests, and what is said when they fail.
 */
#include <errno.h>
#include <string.h>
#include <linux/netlink.h>
#include "tap.h"
#include "test_lib_fake.h"

#define ERR(e)	((unsigned long long)-(e))

static struct bfdnl *connect_fake(void)
{
	struct bfdnl *h = bfdnl_new();

	fake_reset();
	EQ(bfdnl_connect(h, NULL), 0);
	return h;
}

static bool says(const struct bfdnl *h, const char *text)
{
	if (!strcmp(bfdnl_error(h), text))
		return true;
	printf("# error: %s\n", bfdnl_error(h));
	return false;
}

static struct bfdnl_session *to(const char *dest)
{
	struct bfdnl_session *session = bfdnl_session_new();
	struct bfdnl_addr addr;

	bfdnl_addr_parse(&addr, dest);
	bfdnl_session_set_addr(session, BFDNL_DEST_ADDR, &addr);
	return session;
}

static int count(const struct bfdnl_session *session, void *data)
{
	(void)session;
	++*(int *)data;
	return 0;
}

TEST(no_module, "without the module the user is told to load it")
{
	struct bfdnl *h = bfdnl_new();

	fake_reset();
	fake.no_family = true;
	EQ(bfdnl_connect(h, NULL), ERR(EPROTONOSUPPORT));
	CHECK(says(h, "the bfd module is not loaded: modprobe bfd"));
	EQ(bfdnl_flush(h), ERR(ENOTCONN));
	bfdnl_free(h);
}

TEST(no_netns, "an unknown network namespace is named")
{
	struct bfdnl *h = bfdnl_new();

	fake_reset();
	EQ(bfdnl_connect(h, "nowhere"), ERR(ENOENT));
	CHECK(says(h, "cannot open the network namespace, nowhere: No such file or directory"));
	bfdnl_free(h);
}

TEST(unloaded, "a module that went away is not taken for a missing session")
{
	struct bfdnl *h = connect_fake();

	fake.no_family = true;
	EQ(bfdnl_flush(h), ERR(EPROTONOSUPPORT));
	CHECK(says(h, "the bfd module is not loaded: modprobe bfd"));
	bfdnl_free(h);
}

TEST(reloaded, "after the module was loaded again the handle works again")
{
	struct bfdnl *h = connect_fake();

	fake.family = FAKE_FAMILY + 1;
	bfdnl_flush(h);
	EQ(bfdnl_flush(h), 0);
	bfdnl_free(h);
}

TEST(life, "add, get, set, dump, delete, flush")
{
	struct bfdnl *h = connect_fake();
	struct bfdnl_session *s = to("192.0.2.9"), *created, *got;
	struct bfdnl_session *changes = bfdnl_session_new();
	int n = 0;

	EQ(bfdnl_add(h, s, &created), 0);
	EQ(bfdnl_session_number(created, BFDNL_ID), 1);
	EQ(bfdnl_session_number(created, BFDNL_LOCAL_MULTIPLIER), 3);
	EQ(bfdnl_add(h, s, NULL), ERR(EEXIST));
	CHECK(says(h, "dest-addr: there is such a session"));
	CHECK(!strcmp(bfdnl_error_attribute(h), "dest-addr"));
	CHECK(!strcmp(bfdnl_error_message(h), "bfd: there is such a session"));

	bfdnl_session_set_number(changes, BFDNL_LOCAL_MULTIPLIER, 9);
	EQ(bfdnl_set(h, created, changes), 0);
	EQ(bfdnl_get(h, s, &got), 0);
	EQ(bfdnl_session_number(got, BFDNL_LOCAL_MULTIPLIER), 9);
	bfdnl_session_free(got);

	bfdnl_session_set_number(changes, BFDNL_LOCAL_DISCRIMINATOR, 9);
	EQ(bfdnl_set(h, created, changes), ERR(EINVAL));
	CHECK(says(h, "local-discriminator cannot be changed: delete the session and add another"));

	EQ(bfdnl_dump(h, count, &n), 0);
	EQ(n, 1);
	EQ(bfdnl_del(h, created), 0);
	EQ(bfdnl_del(h, created), ERR(ENOENT));
	CHECK(says(h, "id: no such session"));
	EQ(bfdnl_get(h, created, &got), ERR(ENOENT));
	CHECK(!got);
	EQ(bfdnl_flush(h), 0);
	bfdnl_session_free(s);
	bfdnl_session_free(changes);
	bfdnl_session_free(created);
	bfdnl_free(h);
}

TEST(no_selector, "a selector that names no session is refused here")
{
	struct bfdnl *h = connect_fake();
	struct bfdnl_session *s = bfdnl_session_new();
	unsigned int before = fake.requests;

	EQ(bfdnl_del(h, s), ERR(EINVAL));
	CHECK(says(h, "id, local-discriminator or dest-addr must name a session"));
	EQ(fake.requests, before);
	bfdnl_session_free(s);
	bfdnl_free(h);
}

struct refusal {
	int code;
	const char *message;
	__u32 attr;
	__u32 missing;
	const char *says;
};

TEST(refusals, "the kernel's words and the attribute reach the user")
{
	static const struct refusal cases[] = {
		{ -EPERM, NULL, 0, 0,
		  "not permitted: CAP_NET_ADMIN is needed in this network namespace" },
		{ -EOPNOTSUPP, NULL, 0, 0,
		  "not supported by this version of the bfd module" },
		{ -ENOSPC, "too many sessions", 0, 0, "too many sessions" },
		{ -EADDRINUSE, "bfd: UDP port 3784 is in use", 0, 0,
		  "UDP port 3784 is in use" },
		{ -EINVAL, NULL, BFD_A_DEST_ADDR, 0,
		  "dest-addr: Invalid argument" },
		{ -EINVAL, "dest-addr is multicast", BFD_A_DEST_ADDR, 0,
		  "dest-addr is multicast" },
		{ -EINVAL, NULL, 0, BFD_A_INTERFACE, "interface is missing" },
		{ -EINVAL, "bfd: link-local", 0, BFD_A_INTERFACE,
		  "interface is missing: link-local" },
		{ -EINVAL, "interface is missing: link-local", 0,
		  BFD_A_INTERFACE, "interface is missing: link-local" },
		{ -EINVAL, NULL, 0, BFD_A_MAX + 5, "Invalid argument" },
		{ -EINVAL, "two\nlines", 0, 0, "two lines" },
	};
	struct bfdnl *h = connect_fake();
	struct bfdnl_session *s = to("192.0.2.9");

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CASE("%s", cases[i].says);
		fake.refuse_cmd = BFD_CMD_SESSION_NEW;
		fake.refuse_code = cases[i].code;
		fake.refuse_message = cases[i].message;
		fake.refuse_attr = cases[i].attr;
		fake.refuse_missing = cases[i].missing;
		EQ(bfdnl_add(h, s, NULL), (unsigned long long)cases[i].code);
		CHECK(says(h, cases[i].says));
	}
	bfdnl_session_free(s);
	bfdnl_free(h);
}

TEST(dump_refused, "an error at the end of a dump is an error of the dump")
{
	struct bfdnl *h = connect_fake();
	int n = 0;

	fake.refuse_cmd = BFD_CMD_SESSION_GET;
	fake.refuse_code = -ENOMEM;
	fake.refuse_message = "no memory for the dump";
	fake.refuse_in_done = true;
	EQ(bfdnl_dump(h, count, &n), ERR(ENOMEM));
	CHECK(says(h, "no memory for the dump"));
	EQ(n, 0);
	bfdnl_free(h);
}

TEST(dump_interrupted, "an inconsistent dump is repeated, but not for ever")
{
	struct bfdnl *h = connect_fake();
	int n = 0;

	fake_add(1, "192.0.2.2", BFD_STATE_UP);
	fake_add(2, "192.0.2.3", BFD_STATE_UP);
	fake.interrupt_dumps = 3;
	EQ(bfdnl_dump(h, count, &n), 0);
	EQ(n, 2);
	EQ(fake.dumps, 4);
	fake.interrupt_dumps = 1000;
	fake.dumps = 0;
	n = 0;
	EQ(bfdnl_dump(h, count, &n), ERR(EAGAIN));
	EQ(n, 2);
	EQ(fake.dumps, 8);
	bfdnl_free(h);
}

static int stop_at_once(const struct bfdnl_session *session, void *data)
{
	(void)session;
	(void)data;
	return 42;
}

TEST(dump_stopped, "the callback of a dump may stop it")
{
	struct bfdnl *h = connect_fake();

	fake_add(1, "192.0.2.2", BFD_STATE_UP);
	EQ(bfdnl_dump(h, stop_at_once, NULL), 42);
	bfdnl_free(h);
}

TEST(stale_answer, "the rest of an answer that was given up is passed over")
{
	struct bfdnl *h = connect_fake();
	int n = 0;

	for (int i = 1; i <= 50; i++)
		fake_add(i, "192.0.2.2", BFD_STATE_UP);
	fake.fail_receives = 1;
	EQ(bfdnl_dump(h, count, &n), ERR(ENOBUFS));
	EQ(n, 0);
	EQ(bfdnl_dump(h, count, &n), 0);
	EQ(n, 50);
	bfdnl_free(h);
}

TEST(statistics, "statistics are decoded; those of a newer kernel passed over")
{
	struct bfdnl *h = connect_fake();
	const __u64 *histogram;
	const __u32 *occupancy;
	struct bfdnl_stats *stats;
	__u64 value = 0;
	size_t size;

	EQ(bfdnl_stats_get(h, &stats), 0);
	CHECK(bfdnl_stats_net(stats, BFD_A_NET_EVENT_SEQUENCE, &value));
	EQ(value, 100);
	CHECK(!bfdnl_stats_net(stats, BFD_A_NET_MAX + 1, &value));
	EQ(bfdnl_drops_size(bfdnl_stats_net_drops(stats)), 2);
	EQ(bfdnl_stats_cpus(stats), 1);
	CHECK(bfdnl_stats_cpu(stats, 0, BFD_A_CPU_LATE_MAX, &value));
	EQ(value, 12005);
	CHECK(!bfdnl_stats_cpu(stats, 1, BFD_A_CPU_LATE_MAX, &value));
	histogram = bfdnl_stats_cpu_histogram(stats, 0, &size);
	EQ(size, 5);
	EQ(histogram[1], 20);
	histogram = bfdnl_stats_cpu_late(stats, 0, BFD_A_CPU_DETECTION_LATE_HISTOGRAM, &size);
	EQ(size, 5);
	EQ(histogram[2], 7);
	CHECK(!bfdnl_stats_cpu_late(stats, 0, BFD_A_CPU_NUMBER, &size));
	CHECK(!bfdnl_stats_cpu_late(stats, 0, BFD_A_CPU_MAX + 1, &size));
	CHECK(!bfdnl_stats_cpu_late(stats, 1, BFD_A_CPU_LATE_HISTOGRAM, &size));
	occupancy = bfdnl_stats_cpu_occupancy(stats, 0, &size);
	EQ(size, 3);
	EQ(occupancy[0], 2);
	bfdnl_stats_free(stats);
	EQ(bfdnl_stats_clear(h), 0);
	bfdnl_free(h);
}

TEST(stats_names, "all that is in the statistics has a name")
{
	CHECK(!strcmp(bfdnl_stats_net_name(BFD_A_NET_MAX_SESSIONS), "max-sessions"));
	for (int i = BFD_A_NET_PAD + 1; i <= BFD_A_NET_MAX; i++)
		CHECK(bfdnl_stats_net_name(i));
	CHECK(!bfdnl_stats_net_name(BFD_A_NET_MAX + 1));
	CHECK(!bfdnl_stats_net_name(BFD_A_NET_PAD));
	CHECK(!strcmp(bfdnl_stats_cpu_name(BFD_A_CPU_NUMBER), "cpu"));
	for (int i = BFD_A_CPU_PAD + 1; i <= BFD_A_CPU_MAX; i++)
		CHECK(bfdnl_stats_cpu_name(i));
	CHECK(!bfdnl_stats_cpu_name(BFD_A_CPU_MAX + 1));
	CHECK(bfdnl_stats_cpu_is_time(BFD_A_CPU_EVENT_LATE_MAX));
	CHECK(bfdnl_stats_cpu_is_time(BFD_A_CPU_LATE_SUM));
	CHECK(!bfdnl_stats_cpu_is_time(BFD_A_CPU_WAKEUPS));
	for (int i = 0; i < BFDNL_LATE_KINDS; i++)
		CHECK(bfdnl_late_name(i));
	CHECK(!bfdnl_late_name(BFDNL_LATE_KINDS));
}

TEST(lateness, "what was late on all CPUs is added up by kind")
{
	struct bfdnl *h = connect_fake();
	struct bfdnl_lateness late;
	struct bfdnl_stats *stats;

	EQ(bfdnl_stats_get(h, &stats), 0);
	bfdnl_stats_lateness(stats, BFDNL_LATE_DETECTION, &late);
	EQ(late.max, 21000000);
	CHECK(late.has_sum);
	EQ(late.sum, 49000000);
	CHECK(late.has_over);
	EQ(late.over[0], 7);
	EQ(late.over[2], 5);
	EQ(late.count, 7);
	EQ(late.size, 5);
	EQ(late.buckets[2], 7);
	bfdnl_stats_lateness(stats, BFDNL_LATE_TIMERS, &late);
	EQ(late.count, 124);
	CHECK(!late.has_over);
	bfdnl_stats_lateness(stats, BFDNL_LATE_KINDS, &late);
	EQ(late.count, 0);
	bfdnl_stats_free(stats);
	bfdnl_free(h);
}

/* ---- extended acks as bytes ---- */

struct ack {
	struct nlmsghdr nlh;
	char data[512];
};

static struct nl_msg *request_with_auth(int *offset)
{
	struct nl_msg *msg = nlmsg_alloc();
	struct nlattr *nest;

	genlmsg_put(msg, 0, 0, FAKE_FAMILY, 0, 0, BFD_CMD_SESSION_NEW, 1);
	nla_put_u8(msg, BFD_A_DSCP, 1);
	nest = nla_nest_start(msg, BFD_A_AUTHENTICATION);
	nla_put_u32(msg, BFD_A_AUTH_KEY, 1);
	*offset = nlmsg_hdr(msg)->nlmsg_len;
	nla_put_u8(msg, BFD_A_AUTH_KEY_ID, 1);
	nla_nest_end(msg, nest);
	return msg;
}

static struct nl_msg *ack(const struct nlmsghdr *request, bool capped)
{
	struct nlmsgerr err = { .error = -EINVAL, .msg = *request };
	struct nl_msg *msg = nlmsg_alloc();

	nlmsg_put(msg, 0, 0, NLMSG_ERROR, 0,
		  NLM_F_ACK_TLVS | (capped ? NLM_F_CAPPED : 0));
	nlmsg_append(msg, &err, sizeof(err), NLMSG_ALIGNTO);
	if (!capped)
		nlmsg_append(msg, (void *)(request + 1),
			     request->nlmsg_len - NLMSG_HDRLEN, NLMSG_ALIGNTO);
	return msg;
}

TEST(extack_nested, "an attribute inside a nest is found, capped or not")
{
	for (int capped = 0; capped < 2; capped++) {
		struct nl_error error = { 0 };
		struct nl_msg *request, *answer;
		struct nlattr *policy;
		int offset;

		CASE("capped %d", capped);
		request = request_with_auth(&offset);
		answer = ack(nlmsg_hdr(request), capped);
		nla_put_string(answer, NLMSGERR_ATTR_MSG, "no such key");
		nla_put_u32(answer, NLMSGERR_ATTR_OFFS, offset);
		nla_put_u32(answer, NLMSGERR_ATTR_MAX + 1, 0);
		policy = nla_nest_start(answer, NLMSGERR_ATTR_POLICY);
		nla_put_u64(answer, NL_POLICY_TYPE_ATTR_MIN_VALUE_U, 3);
		nla_put_u64(answer, NL_POLICY_TYPE_ATTR_MAX_VALUE_U, 5);
		nla_nest_end(answer, policy);
		extack_parse(nlmsg_hdr(answer), nlmsg_hdr(request), &error);
		CHECK(!strcmp(error.message, "no such key"));
		CHECK(error.attribute && !strcmp(error.attribute, "key-id"));
		CHECK(error.has_range);
		EQ(error.min, 3);
		EQ(error.max, 5);
		nlmsg_free(request);
		nlmsg_free(answer);
	}
}

TEST(extack_cut, "a cut or lying ack is read within its bounds")
{
	struct nl_msg *request, *answer;
	int offset;

	request = request_with_auth(&offset);
	answer = ack(nlmsg_hdr(request), false);
	nla_put_string(answer, NLMSGERR_ATTR_MSG, "no such key");
	nla_put_u32(answer, NLMSGERR_ATTR_OFFS, 0xfffffff0);
	for (__u32 len = NLMSG_HDRLEN; len <= nlmsg_hdr(answer)->nlmsg_len;
	     len++) {
		struct nlmsghdr *cut = malloc(len);
		struct nl_error error = { 0 };

		memcpy(cut, nlmsg_hdr(answer), len);
		cut->nlmsg_len = len;
		extack_parse(cut, nlmsg_hdr(request), &error);
		if (len >= NLMSG_HDRLEN + sizeof(struct nlmsgerr)) {
			((struct nlmsgerr *)(cut + 1))->msg.nlmsg_len = ~0U;
			extack_parse(cut, nlmsg_hdr(request), &error);
			((struct nlmsgerr *)(cut + 1))->msg.nlmsg_len = 3;
			extack_parse(cut, nlmsg_hdr(request), &error);
		}
		CHECK(!error.attribute);
		free(cut);
	}
	nlmsg_free(request);
	nlmsg_free(answer);
}
