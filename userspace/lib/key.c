// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Keys and the echo source: what belongs to a network namespace.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include "internal.h"

/* SHA1 takes the most. */
#define SECRET_MAX	20

struct bfdnl_key {
	__u32 number;
	__u32 use_count;
	__u8 type;
	__u8 len;
	__u8 secret[SECRET_MAX];
};

struct bfdnl_echo_source {
	char interface[IFNAMSIZ];	/* empty: none */
	struct bfdnl_addr ipv4;		/* family 0: none */
	struct bfdnl_addr ipv6;
};

/* ---- the key object ---- */

struct bfdnl_key *bfdnl_key_new(void)
{
	return calloc(1, sizeof(struct bfdnl_key));
}

void bfdnl_key_free(struct bfdnl_key *key)
{
	if (key)
		explicit_bzero(key, sizeof(*key));
	free(key);
}

__u32 bfdnl_key_number(const struct bfdnl_key *key)
{
	return key->number;
}

unsigned int bfdnl_key_type(const struct bfdnl_key *key)
{
	return key->type;
}

__u32 bfdnl_key_use_count(const struct bfdnl_key *key)
{
	return key->use_count;
}

int bfdnl_key_set_number(struct bfdnl_key *key, __u32 number)
{
	if (!number)
		return -EINVAL;
	key->number = number;
	return 0;
}

int bfdnl_key_set_type(struct bfdnl_key *key, unsigned int type)
{
	if (!bfdnl_auth_type_name(type))
		return -EINVAL;
	key->type = type;
	return 0;
}

int bfdnl_key_set_secret(struct bfdnl_key *key, const void *secret, size_t len)
{
	if (!len)
		return -EINVAL;
	if (len > SECRET_MAX)
		return -ERANGE;
	explicit_bzero(key->secret, sizeof(key->secret));
	memcpy(key->secret, secret, len);
	key->len = len;
	return 0;
}

/* RFC 5880, 4.2 to 4.4 */
size_t bfdnl_auth_secret_max(unsigned int type)
{
	switch (type) {
	case BFD_AUTH_SIMPLE_PASSWORD:
	case BFD_AUTH_KEYED_MD5:
	case BFD_AUTH_METICULOUS_KEYED_MD5:
		return 16;
	case BFD_AUTH_KEYED_SHA1:
	case BFD_AUTH_METICULOUS_KEYED_SHA1:
		return SECRET_MAX;
	default:
		return 0;
	}
}

/* ---- requests about keys ---- */

static int put_key(struct nl_msg *msg, const struct bfdnl_key *key)
{
	if (key->number && nla_put_u32(msg, BFD_A_KEY_NUMBER, key->number) < 0)
		return -EMSGSIZE;
	if (key->type && nla_put_u8(msg, BFD_A_KEY_TYPE, key->type) < 0)
		return -EMSGSIZE;
	if (key->len &&
	    nla_put(msg, BFD_A_KEY_SECRET, key->len, key->secret) < 0)
		return -EMSGSIZE;
	return 0;
}

static struct nl_msg *key_request(struct bfdnl *h, __u8 cmd, __u32 number)
{
	struct nl_msg *msg = request_new(h, cmd, 0);

	if (!msg || nla_put_u32(msg, BFD_A_KEY_NUMBER, number) >= 0)
		return msg;
	request_free(msg);
	return NULL;
}

int bfdnl_set_key(struct bfdnl *h, const struct bfdnl_key *key)
{
	struct nl_msg *msg = request_new(h, BFD_CMD_KEY_SET, 0);

	if (!msg || put_key(msg, key)) {
		request_free(msg);
		return fail(h, -ENOMEM, NULL);
	}
	return request_run(h, msg, NULL, NULL, NULL);
}

int bfdnl_del_key(struct bfdnl *h, __u32 number)
{
	struct nl_msg *msg = key_request(h, BFD_CMD_KEY_DEL, number);

	return msg ? request_run(h, msg, NULL, NULL, NULL) :
		     fail(h, -ENOMEM, NULL);
}

static int decode_key(const struct nlmsghdr *nlh, struct bfdnl_key *key)
{
	struct nlattr *nla;
	__u64 value;
	int rem;

	if (!nlmsg_valid_hdr(nlh, GENL_HDRLEN))
		return -EBADMSG;
	nla_for_each_attr(nla, nlmsg_attrdata(nlh, GENL_HDRLEN),
			  nlmsg_attrlen(nlh, GENL_HDRLEN), rem) {
		if (nla_type(nla) == BFD_A_KEY_SECRET ||
		    !attr_set_name(BFD_CMD_KEY_GET, nla_type(nla)))
			continue;
		if (decode_number(nla, &value))
			return -EBADMSG;
		if (nla_type(nla) == BFD_A_KEY_NUMBER)
			key->number = value;
		else if (nla_type(nla) == BFD_A_KEY_TYPE)
			key->type = value;
		else
			key->use_count = value;
	}
	return key->number ? 0 : -EBADMSG;
}

static int key_answer(struct bfdnl *h, const struct nlmsghdr *nlh, void *data)
{
	int ret = decode_key(nlh, data);

	return ret ? fail(h, ret, "malformed key") : 0;
}

int bfdnl_get_key(struct bfdnl *h, __u32 number, struct bfdnl_key **key)
{
	struct nl_msg *msg = key_request(h, BFD_CMD_KEY_GET, number);
	struct bfdnl_key *answer = bfdnl_key_new();
	int ret;

	*key = NULL;
	if (!msg || !answer) {
		request_free(msg);
		bfdnl_key_free(answer);
		return fail(h, -ENOMEM, NULL);
	}
	ret = request_run(h, msg, key_answer, answer, NULL);
	if (!ret && !answer->number)
		ret = fail(h, -EPROTO, "the kernel answered without a key");
	if (ret)
		bfdnl_key_free(answer);
	else
		*key = answer;
	return ret;
}

/* Keys as they were reported, which is in the order of their numbers */
struct key_list {
	struct bfdnl_key *at;
	size_t size;
	size_t room;
};

static int list_answer(struct bfdnl *h, const struct nlmsghdr *nlh, void *data)
{
	struct bfdnl_key key = { 0 };
	struct key_list *list = data;
	int ret = key_answer(h, nlh, &key);

	if (ret)
		return ret;
	if (list->size == list->room) {
		size_t room = list->room ? 2 * list->room : 16;
		struct bfdnl_key *at = realloc(list->at, room * sizeof(*at));

		if (!at)
			return fail(h, -ENOMEM, NULL);
		list->at = at;
		list->room = room;
	}
	list->at[list->size++] = key;
	return 0;
}

int bfdnl_dump_keys(struct bfdnl *h, bfdnl_key_fn fn, void *data)
{
	struct key_list list = { 0 };
	bool interrupted = false;
	int ret = 0;

	for (int i = 0; i < DUMP_ATTEMPTS; i++) {
		struct nl_msg *msg = request_new(h, BFD_CMD_KEY_GET,
						 NLM_F_DUMP);

		list.size = 0;
		ret = msg ? request_run(h, msg, list_answer, &list,
					&interrupted) :
			    fail(h, -ENOMEM, NULL);
		if (ret || !interrupted)
			break;
	}
	for (size_t i = 0; !ret && i < list.size; i++)
		ret = fn(&list.at[i], data);
	free(list.at);
	if (!ret && interrupted)
		return fail(h, -EAGAIN, "the list may be inconsistent: keys came and went");
	return ret;
}

/* ---- the echo source ---- */

void bfdnl_echo_source_free(struct bfdnl_echo_source *source)
{
	free(source);
}

const char *
bfdnl_echo_source_interface(const struct bfdnl_echo_source *source)
{
	return *source->interface ? source->interface : NULL;
}

const struct bfdnl_addr *
bfdnl_echo_source_addr(const struct bfdnl_echo_source *source, int family)
{
	const struct bfdnl_addr *addr;

	addr = family == AF_INET6 ? &source->ipv6 : &source->ipv4;
	return addr->family == family ? addr : NULL;
}

int bfdnl_set_echo_source(struct bfdnl *h, const char *interface)
{
	struct nl_msg *msg;

	if (interface && strlen(interface) >= IFNAMSIZ)
		return fail(h, -ENAMETOOLONG, "%s is longer than the name of an interface can be",
			    interface);
	msg = request_new(h, BFD_CMD_ECHO_SOURCE_SET, 0);
	if (!msg || nla_put_string(msg, BFD_A_ECHO_SOURCE_INTERFACE,
				   interface ? interface : "") < 0) {
		request_free(msg);
		return fail(h, -ENOMEM, NULL);
	}
	return request_run(h, msg, NULL, NULL, NULL);
}

static int decode_echo_source(const struct nlattr *nla,
			      struct bfdnl_echo_source *source)
{
	switch (nla_type(nla)) {
	case BFD_A_ECHO_SOURCE_INTERFACE:
		/* nobody chose one */
		if (!nla_len(nla) || !*(const char *)nla_data(nla))
			return 0;
		return decode_text(nla, source->interface);
	case BFD_A_ECHO_SOURCE_IPV4:
		return decode_addr(nla, &source->ipv4);
	case BFD_A_ECHO_SOURCE_IPV6:
		return decode_addr(nla, &source->ipv6);
	default:
		return 0;
	}
}

static int echo_source_answer(struct bfdnl *h, const struct nlmsghdr *nlh,
			      void *data)
{
	struct nlattr *nla;
	int rem;

	if (!nlmsg_valid_hdr(nlh, GENL_HDRLEN))
		return fail(h, -EBADMSG, "malformed echo source");
	nla_for_each_attr(nla, nlmsg_attrdata(nlh, GENL_HDRLEN),
			  nlmsg_attrlen(nlh, GENL_HDRLEN), rem)
		if (decode_echo_source(nla, data))
			return fail(h, -EBADMSG, "malformed echo source");
	return 0;
}

int bfdnl_get_echo_source(struct bfdnl *h, struct bfdnl_echo_source **source)
{
	struct nl_msg *msg = request_new(h, BFD_CMD_ECHO_SOURCE_GET, 0);
	struct bfdnl_echo_source *answer = calloc(1, sizeof(*answer));
	int ret;

	*source = NULL;
	if (!msg || !answer) {
		request_free(msg);
		free(answer);
		return fail(h, -ENOMEM, NULL);
	}
	ret = request_run(h, msg, echo_source_answer, answer, NULL);
	if (ret)
		free(answer);
	else
		*source = answer;
	return ret;
}
