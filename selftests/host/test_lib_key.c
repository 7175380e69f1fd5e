// SPDX-License-Identifier: GPL-2.0
/*
 * libbfdnl: keys, what becomes of their secrets, and the echo source.
 */
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include "tap.h"
#include "test_lib_fake.h"

#define ERR(e)		((unsigned long long)-(e))
#define SECRET		"hunter2 was a secret"
#define SECRET_LEN	20

/* In place of libnl's function: does a message take the secret with it? */
static unsigned int messages_freed, secrets_freed;

void nlmsg_free(struct nl_msg *msg)
{
	void (*real)(struct nl_msg *msg) = dlsym(RTLD_NEXT, "nlmsg_free");

	if (msg) {
		struct nlmsghdr *nlh = nlmsg_hdr(msg);

		messages_freed++;
		secrets_freed += !!memmem(nlh, nlmsg_get_max_size(msg), SECRET,
					  SECRET_LEN);
	}
	real(msg);
}

/* In place of libc's: remembers what was wiped last. */
static const void *wiped;
static size_t wiped_len;

void explicit_bzero(void *data, size_t len)
{
	wiped = data;
	wiped_len = len;
	memset(data, 0, len);
}

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

static struct bfdnl_key *new_key(__u32 number)
{
	struct bfdnl_key *key = bfdnl_key_new();

	EQ(bfdnl_key_set_number(key, number), 0);
	EQ(bfdnl_key_set_type(key, BFD_AUTH_KEYED_SHA1), 0);
	EQ(bfdnl_key_set_secret(key, SECRET, SECRET_LEN), 0);
	return key;
}

static int sum_numbers(const struct bfdnl_key *key, void *data)
{
	*(int *)data += bfdnl_key_number(key);
	return bfdnl_key_number(key) == 99 ? 7 : 0;
}

TEST(limits, "a key object refuses what no key can have")
{
	struct bfdnl_key *key = bfdnl_key_new();

	EQ(bfdnl_key_set_number(key, 0), ERR(EINVAL));
	EQ(bfdnl_key_set_type(key, BFD_AUTH_NONE), ERR(EINVAL));
	EQ(bfdnl_key_set_type(key, 6), ERR(EINVAL));
	EQ(bfdnl_key_set_secret(key, "", 0), ERR(EINVAL));
	EQ(bfdnl_key_set_secret(key, SECRET "!", 21), ERR(ERANGE));
	EQ(bfdnl_key_number(key), 0);
	EQ(bfdnl_key_type(key), BFD_AUTH_NONE);
	EQ(bfdnl_key_use_count(key), 0);
	bfdnl_key_free(key);
	bfdnl_key_free(NULL);
	for (unsigned int type = 0; type < 8; type++) {
		CASE("type %u", type);
		EQ(!bfdnl_auth_secret_max(type), !bfdnl_auth_type_name(type));
	}
}

TEST(life, "keys are set, replaced, read, listed and deleted")
{
	struct bfdnl_key *key = new_key(3), *got;
	struct bfdnl *h = connect_fake();
	int sum = 0;

	EQ(bfdnl_set_key(h, key), 0);
	EQ(bfdnl_key_set_number(key, 4294967295U), 0);
	EQ(bfdnl_set_key(h, key), 0);
	EQ(fake.keys[0].len, SECRET_LEN);
	CHECK(!memcmp(fake.keys[0].secret, SECRET, SECRET_LEN));
	EQ(bfdnl_key_set_type(key, BFD_AUTH_SIMPLE_PASSWORD), 0);
	EQ(bfdnl_key_set_secret(key, "x", 1), 0);
	EQ(bfdnl_set_key(h, key), 0);
	EQ(fake.keys[1].len, 1);
	EQ(bfdnl_get_key(h, 4294967295U, &got), 0);
	EQ(bfdnl_key_number(got), 4294967295U);
	EQ(bfdnl_key_type(got), BFD_AUTH_SIMPLE_PASSWORD);
	bfdnl_key_free(got);
	EQ(bfdnl_del_key(h, 4294967295U), 0);
	EQ(bfdnl_dump_keys(h, sum_numbers, &sum), 0);
	EQ(sum, 3);
	EQ(bfdnl_get_key(h, 4, &got), ERR(ENOENT));
	CHECK(!got);
	CHECK(says(h, "no such key"));
	bfdnl_key_free(key);
	bfdnl_free(h);
}

TEST(errors, "errors about keys name attributes of keys, not of sessions")
{
	struct bfdnl_key *key = bfdnl_key_new();
	struct bfdnl *h = connect_fake();

	EQ(bfdnl_set_key(h, key), ERR(EINVAL));
	CHECK(says(h, "key is missing"));
	bfdnl_key_set_number(key, 1);
	EQ(bfdnl_set_key(h, key), ERR(EINVAL));
	CHECK(says(h, "secret is missing"));
	bfdnl_key_set_secret(key, SECRET, SECRET_LEN);
	bfdnl_key_set_type(key, BFD_AUTH_KEYED_MD5);
	fake.refuse_cmd = BFD_CMD_KEY_SET;
	fake.refuse_code = -EINVAL;
	fake.refuse_message = "bfd: too long";
	fake.refuse_attr = BFD_A_KEY_SECRET;
	fake.refuse_missing = 0;
	EQ(bfdnl_set_key(h, key), ERR(EINVAL));
	CHECK(says(h, "secret: too long"));
	CHECK(!strcmp(bfdnl_error_attribute(h), "secret"));
	fake.refuse_cmd = BFD_CMD_KEY_DEL;
	fake.refuse_code = -ENOENT;
	fake.refuse_message = NULL;
	EQ(bfdnl_del_key(h, 9), ERR(ENOENT));
	CHECK(says(h, "no such key"));
	bfdnl_key_free(key);
	bfdnl_free(h);
}

TEST(wiping, "no message that is freed holds a secret, however its request ended")
{
	struct bfdnl_key *key = new_key(1);
	struct bfdnl *h = connect_fake();

	messages_freed = 0;
	secrets_freed = 0;
	EQ(bfdnl_set_key(h, key), 0);
	fake.refuse_cmd = BFD_CMD_KEY_SET;
	fake.refuse_code = -EINVAL;
	EQ(bfdnl_set_key(h, key), ERR(EINVAL));
	fake.fail_receives = 1;
	EQ(bfdnl_set_key(h, key), ERR(ENOBUFS));
	fake.no_family = true;
	EQ(bfdnl_set_key(h, key), ERR(EPROTONOSUPPORT));
	bfdnl_free(h);
	h = bfdnl_new();
	EQ(bfdnl_set_key(h, key), ERR(ENOTCONN));
	CHECK(messages_freed >= 5);
	EQ(secrets_freed, 0);
	bfdnl_free(h);

	wiped = NULL;
	bfdnl_key_free(key);
	CHECK(wiped == key);
	CHECK(wiped_len >= SECRET_LEN);
}

TEST(shorter, "of a longer secret that was replaced nothing is left")
{
	struct bfdnl_key *key = new_key(1);

	wiped = NULL;
	bfdnl_key_set_secret(key, "x", 1);
	CHECK((const char *)wiped > (const char *)key);
	EQ(wiped_len, SECRET_LEN);
	bfdnl_key_free(key);
}

TEST(dumps, "a list of keys is read again when keys came or went, but not for ever")
{
	struct bfdnl_key *key = new_key(5);
	struct bfdnl *h = connect_fake();
	int sum = 0;

	bfdnl_set_key(h, key);
	fake.interrupt_dumps = 2;
	EQ(bfdnl_dump_keys(h, sum_numbers, &sum), 0);
	EQ(sum, 5);
	EQ(fake.dumps, 3);
	fake.interrupt_dumps = 100;
	EQ(bfdnl_dump_keys(h, sum_numbers, &sum), ERR(EAGAIN));
	CHECK(says(h, "the list may be inconsistent: keys came and went"));
	EQ(sum, 10);
	fake.interrupt_dumps = 0;
	bfdnl_key_set_number(key, 99);
	bfdnl_set_key(h, key);
	bfdnl_key_set_number(key, 100);
	bfdnl_set_key(h, key);
	EQ(bfdnl_dump_keys(h, sum_numbers, &sum), 7);
	EQ(sum, 10 + 5 + 99);
	bfdnl_key_free(key);
	bfdnl_free(h);
}

TEST(malformed, "malformed answers about keys and the echo source are refused")
{
	struct bfdnl_key *key = new_key(5), *got;
	struct bfdnl *h = connect_fake();
	struct bfdnl_echo_source *source;
	int sum = 0;

	bfdnl_set_key(h, key);
	fake.malformed = true;
	EQ(bfdnl_get_key(h, 5, &got), ERR(EBADMSG));
	CHECK(says(h, "malformed key"));
	EQ(bfdnl_dump_keys(h, sum_numbers, &sum), ERR(EBADMSG));
	EQ(sum, 0);
	EQ(bfdnl_get_echo_source(h, &source), ERR(EBADMSG));
	CHECK(says(h, "malformed echo source"));
	CHECK(!got && !source);
	bfdnl_key_free(key);
	bfdnl_free(h);
}

TEST(echo_source, "the echo source is chosen, read and given up")
{
	struct bfdnl *h = connect_fake();
	struct bfdnl_echo_source *source;
	char text[BFDNL_ADDR_STRLEN];

	EQ(bfdnl_get_echo_source(h, &source), 0);
	CHECK(!bfdnl_echo_source_interface(source));
	CHECK(!bfdnl_echo_source_addr(source, AF_INET));
	bfdnl_echo_source_free(source);
	EQ(bfdnl_set_echo_source(h, "fifteen-chars-0"), 0);
	EQ(bfdnl_get_echo_source(h, &source), 0);
	CHECK(!strcmp(bfdnl_echo_source_interface(source), "fifteen-chars-0"));
	CHECK(!bfdnl_echo_source_addr(source, AF_INET6));
	CHECK(!strcmp(bfdnl_addr_format(bfdnl_echo_source_addr(source, AF_INET),
					text), "198.51.100.1"));
	bfdnl_echo_source_free(source);
	EQ(bfdnl_set_echo_source(h, "sixteen-chars-00"), ERR(ENAMETOOLONG));
	EQ(bfdnl_set_echo_source(h, "absent"), ERR(ENODEV));
	CHECK(says(h, "no such interface"));
	EQ(bfdnl_set_echo_source(h, NULL), 0);
	CHECK(!*fake.echo_source);
	bfdnl_free(h);
}

TEST(polls, "a poll is asked for by any selector")
{
	struct bfdnl_session *s = bfdnl_session_new();
	struct bfdnl *h = connect_fake();

	fake_add(1, "192.0.2.2", BFD_STATE_UP);
	EQ(bfdnl_poll(h, s), ERR(EINVAL));
	EQ(fake.polls, 0);
	bfdnl_session_set_addr(s, BFDNL_DEST_ADDR, &fake_find(1)->dest_addr);
	EQ(bfdnl_poll(h, s), 0);
	EQ(fake.polls, 1);
	bfdnl_session_set_number(s, BFDNL_ID, 2);
	EQ(bfdnl_poll(h, s), ERR(ENOENT));
	CHECK(says(h, "id: no such session"));
	bfdnl_session_free(s);
	bfdnl_free(h);
}
