// SPDX-License-Identifier: GPL-2.0
/*
 * The keys, the echo source and the authentication of the fake kernel.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "test_lib_fake.h"

static struct fake_key *find_key(__u32 number)
{
	for (size_t i = 0; i < ARRAY_SIZE(fake.keys); i++)
		if (number && fake.keys[i].number == number)
			return &fake.keys[i];
	return NULL;
}

static __u32 use_count(__u32 number)
{
	__u32 count = 0;

	for (size_t i = 0; i < fake.sessions.size; i++) {
		const struct bfdnl_session *s = fake.sessions.at[i];

		if (bfdnl_session_number(s, BFDNL_AUTH_KEY) == number ||
		    bfdnl_session_number(s, BFDNL_PENDING_KEY) == number)
			count++;
	}
	return count;
}

static void answer_key(struct transport *t, const struct nlmsghdr *request,
		       const struct fake_key *key, int flags)
{
	struct nl_msg *msg = fake_message(FAKE_FAMILY, BFD_CMD_KEY_GET, flags);

	nla_put_u32(msg, BFD_A_KEY_NUMBER, key->number);
	if (fake.malformed)
		nla_put(msg, BFD_A_KEY_USE_COUNT, 3, "abc");
	nla_put_u8(msg, BFD_A_KEY_TYPE, key->type);
	nla_put_u32(msg, BFD_A_KEY_USE_COUNT, use_count(key->number));
	nla_put_u32(msg, BFD_A_KEY_MAX + 5, 42);	/* of a newer kernel */
	fake_reply(t, request, msg);
}

static void dump_keys(struct transport *t, const struct nlmsghdr *request)
{
	int flags = NLM_F_MULTI;

	fake.dumps++;
	if (fake.interrupt_dumps) {
		fake.interrupt_dumps--;
		flags |= NLM_F_DUMP_INTR;
	}
	for (size_t i = 0; i < ARRAY_SIZE(fake.keys); i++)
		if (fake.keys[i].number)
			answer_key(t, request, &fake.keys[i], flags);
	fake_end(t, request, 0, true);
}

/* Can every user of the machine read it? */
static bool on_command_line(const struct fake_key *key)
{
	FILE *file = fopen("/proc/self/cmdline", "re");
	char text[4096];
	size_t len = file ? fread(text, 1, sizeof(text), file) : 0;

	if (file)
		fclose(file);
	return memmem(text, len, key->secret, key->len);
}

static void set_key(struct fake_key *key, struct nlattr **attrs)
{
	*key = (struct fake_key){
		.number = nla_get_u32(attrs[BFD_A_KEY_NUMBER]),
		.type = nla_get_u8(attrs[BFD_A_KEY_TYPE]),
		.len = nla_len(attrs[BFD_A_KEY_SECRET]),
	};
	memcpy(key->secret, nla_data(attrs[BFD_A_KEY_SECRET]), key->len);
	if (!getenv("BFDNL_FAKE_SECRETS"))
		return;
	printf("key %u type %u secret ", key->number, key->type);
	for (int i = 0; i < key->len; i++)
		printf("%02x", key->secret[i]);
	puts(on_command_line(key) ? " for everybody to see" : "");
}

void fake_answer_key(struct transport *t, struct nlmsghdr *request, __u8 cmd)
{
	struct nlattr *attrs[BFD_A_KEY_MAX + 1] = { NULL };
	struct fake_key *key;

	if (request->nlmsg_flags & NLM_F_DUMP) {
		dump_keys(t, request);
		return;
	}
	genlmsg_parse(request, 0, attrs, BFD_A_KEY_MAX, NULL);
	if (!attrs[BFD_A_KEY_NUMBER] ||
	    (cmd == BFD_CMD_KEY_SET && !attrs[BFD_A_KEY_SECRET])) {
		fake.refuse_missing = attrs[BFD_A_KEY_NUMBER] ?
			BFD_A_KEY_SECRET : BFD_A_KEY_NUMBER;
		fake_end(t, request, -EINVAL, false);
		return;
	}
	key = find_key(nla_get_u32(attrs[BFD_A_KEY_NUMBER]));
	if (!key && cmd != BFD_CMD_KEY_SET) {
		fake_refuse(t, request, -ENOENT, "no such key",
			    BFD_A_KEY_NUMBER);
		return;
	}
	if (key && cmd != BFD_CMD_KEY_GET && use_count(key->number)) {
		fake_refuse(t, request, -EBUSY, "sessions use the key",
			    BFD_A_KEY_NUMBER);
		return;
	}
	if (cmd == BFD_CMD_KEY_GET)
		answer_key(t, request, key, 0);
	else if (cmd == BFD_CMD_KEY_DEL)
		*key = (struct fake_key){ 0 };
	for (size_t i = 0; cmd == BFD_CMD_KEY_SET && !key; i++)
		if (!fake.keys[i].number)
			key = &fake.keys[i];
	if (cmd == BFD_CMD_KEY_SET)
		set_key(key, attrs);
	fake_end(t, request, 0, false);
}

void fake_answer_echo_source(struct transport *t, struct nlmsghdr *request,
			     __u8 cmd)
{
	struct nlattr *attrs[BFD_A_ECHO_SOURCE_MAX + 1] = { NULL };
	struct in_addr ip = { .s_addr = htonl(0xc6336401) };	/* 198.51.100.1 */
	struct nl_msg *msg;

	genlmsg_parse(request, 0, attrs, BFD_A_ECHO_SOURCE_MAX, NULL);
	if (cmd == BFD_CMD_ECHO_SOURCE_SET) {
		const char *name =
			nla_get_string(attrs[BFD_A_ECHO_SOURCE_INTERFACE]);

		if (!strcmp(name, "absent")) {
			fake_refuse(t, request, -ENODEV, "no such interface",
				    BFD_A_ECHO_SOURCE_INTERFACE);
			return;
		}
		strcpy(fake.echo_source, name);
	} else {
		msg = fake_message(FAKE_FAMILY, cmd, 0);
		if (*fake.echo_source) {
			nla_put_string(msg, BFD_A_ECHO_SOURCE_INTERFACE,
				       fake.echo_source);
			nla_put(msg, BFD_A_ECHO_SOURCE_IPV4, sizeof(ip), &ip);
		}
		if (fake.malformed)
			nla_put(msg, BFD_A_ECHO_SOURCE_IPV6, 4, &ip);
		if (fake.malformed)
			nla_put(msg, BFD_A_ECHO_SOURCE_IPV6, 15, "fifteen letters");
		fake_reply(t, request, msg);
	}
	fake_end(t, request, 0, false);
}

static void use_key(struct bfdnl_session *session, const struct fake_key *key,
		    __u64 key_id, const enum bfdnl_field *of)
{
	bfdnl_session_set_number(session, of[0], key ? key->number : 0);
	bfdnl_session_unset(session, of[1]);
	bfdnl_session_unset(session, of[2]);
	if (!key)
		return;
	bfdnl_session_set_number(session, of[1], key_id);
	bfdnl_session_set_number(session, of[2], key->type);
}

/* Return: false if @wanted names a key that there is not. */
bool fake_authenticate(struct bfdnl_session *session,
		       const struct bfdnl_session *wanted)
{
	static const enum bfdnl_field now[] = {
		BFDNL_AUTH_KEY, BFDNL_AUTH_KEY_ID, BFDNL_AUTH_TYPE,
	};
	static const enum bfdnl_field pending[] = {
		BFDNL_PENDING_KEY, BFDNL_PENDING_KEY_ID, BFDNL_PENDING_TYPE,
	};
	__u32 number = bfdnl_session_number(wanted, BFDNL_AUTH_KEY);
	const struct fake_key *key = find_key(number);
	__u64 key_id = bfdnl_session_number(wanted, BFDNL_AUTH_KEY_ID);

	if (!bfdnl_session_has(wanted, BFDNL_AUTH_KEY))
		return true;
	if (number && !key)
		return false;
	if (bfdnl_session_number(wanted, BFDNL_AUTH_DELAYED)) {
		use_key(session, key, key_id, pending);
		return true;
	}
	use_key(session, key, key_id, now);
	for (size_t i = 0; i < ARRAY_SIZE(pending); i++)
		bfdnl_session_unset(session, pending[i]);
	if (!key)
		bfdnl_session_unset(session, BFDNL_AUTH_KEY);
	return true;
}
