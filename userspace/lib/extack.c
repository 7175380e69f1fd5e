// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Netlink's extended acks: why the kernel refused, and which attribute.
 *
 * libnl does not look at them.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <linux/netlink.h>
#include "internal.h"

/* Where the TLVs of an NLMSG_ERROR or NLMSG_DONE begin; NULL if it has none */
static struct nlattr *tlvs(const struct nlmsghdr *answer, int *len)
{
	size_t skip = sizeof(int);
	const struct nlmsgerr *err;

	if (!(answer->nlmsg_flags & NLM_F_ACK_TLVS))
		return NULL;
	if (answer->nlmsg_type == NLMSG_ERROR) {
		if (!nlmsg_valid_hdr(answer, sizeof(*err)))
			return NULL;
		err = nlmsg_data(answer);
		skip = sizeof(*err);
		if (!(answer->nlmsg_flags & NLM_F_CAPPED)) {
			if (err->msg.nlmsg_len < NLMSG_HDRLEN)
				return NULL;
			skip += NLMSG_ALIGN((size_t)err->msg.nlmsg_len) -
				NLMSG_HDRLEN;
		}
	}
	if (skip >= (size_t)nlmsg_datalen(answer))
		return NULL;
	*len = nlmsg_datalen(answer) - skip;
	return (struct nlattr *)((char *)nlmsg_data(answer) + skip);
}

/* Name of the attribute that starts at @offset of @request, at any depth */
static const char *name_at(const struct nlmsghdr *request, struct nlattr *head,
			   int len, enum bfdnl_group group, __u32 offset)
{
	const struct genlmsghdr *genl = nlmsg_data(request);
	struct nlattr *nla;
	int rem;

	nla_for_each_attr(nla, head, len, rem) {
		size_t start = (char *)nla - (const char *)request;
		int nest = attr_nest_group(group, nla_type(nla));

		if (start == offset && group == BFDNL_GROUP_SESSION)
			return attr_set_name(genl->cmd, nla_type(nla));
		if (start == offset)
			return attr_name(group, nla_type(nla));
		if (nest >= 0 && offset > start &&
		    offset < start + nla->nla_len)
			return name_at(request, nla_data(nla), nla_len(nla),
				       nest, offset);
	}
	return NULL;
}

/* The group of the nest at @offset, the session's own if there is none */
static enum bfdnl_group nest_at(const struct nlmsghdr *request, __u32 offset)
{
	struct nlattr *nla;
	int rem, nest;

	nla_for_each_attr(nla, nlmsg_attrdata(request, GENL_HDRLEN),
			  nlmsg_attrlen(request, GENL_HDRLEN), rem) {
		nest = attr_nest_group(BFDNL_GROUP_SESSION, nla_type(nla));
		if ((char *)nla - (const char *)request == offset && nest >= 0)
			return nest;
	}
	return BFDNL_GROUP_SESSION;
}

/* Name of the attribute that the nest at @offset, or the request, lacks */
static const char *missing_name(const struct nlmsghdr *request, __u32 offset,
				unsigned int type)
{
	const struct genlmsghdr *genl = nlmsg_data(request);
	enum bfdnl_group group = nest_at(request, offset);

	if (group == BFDNL_GROUP_SESSION)
		return attr_set_name(genl->cmd, type);
	return attr_name(group, type);
}

static bool get_u32(const struct nlattr *nla, __u32 *value)
{
	__u64 number;

	if (!nla || decode_number(nla, &number))
		return false;
	*value = number;
	return true;
}

/* Take what is found of the range an integer must be in. */
static void parse_policy(const struct nlattr *nest, struct nl_error *error)
{
	struct nlattr *nla;
	bool min = false, max = false;
	int rem;

	nla_for_each_nested(nla, nest, rem) {
		if (nla_type(nla) == NL_POLICY_TYPE_ATTR_MIN_VALUE_U)
			min = !decode_number(nla, &error->min);
		else if (nla_type(nla) == NL_POLICY_TYPE_ATTR_MAX_VALUE_U)
			max = !decode_number(nla, &error->max);
	}
	error->has_range = min && max;
}

static void parse_message(const struct nlattr *nla, struct nl_error *error)
{
	int len = nla_len(nla);

	snprintf(error->message, sizeof(error->message), "%.*s", len,
		 (const char *)nla_data(nla));
	for (char *c = error->message; *c; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
}

/**
 * extack_parse() - take the extended ack from an answer
 * @answer: NLMSG_ERROR or NLMSG_DONE
 * @request: what was asked, to find the attribute in
 * @error: message, attribute and range are filled in as far as known
 */
void extack_parse(const struct nlmsghdr *answer, const struct nlmsghdr *request,
		  struct nl_error *error)
{
	struct nlattr *tb[NLMSGERR_ATTR_MAX + 1] = { NULL };
	struct nlattr *head, *nla;
	__u32 offset, type;
	int len, rem;

	head = tlvs(answer, &len);
	if (!head)
		return;
	nla_for_each_attr(nla, head, len, rem)
		if (nla_type(nla) <= NLMSGERR_ATTR_MAX)
			tb[nla_type(nla)] = nla;

	if (tb[NLMSGERR_ATTR_MSG])
		parse_message(tb[NLMSGERR_ATTR_MSG], error);
	if (tb[NLMSGERR_ATTR_POLICY])
		parse_policy(tb[NLMSGERR_ATTR_POLICY], error);
	if (get_u32(tb[NLMSGERR_ATTR_OFFS], &offset)) {
		error->attribute =
			name_at(request, nlmsg_attrdata(request, GENL_HDRLEN),
				nlmsg_attrlen(request, GENL_HDRLEN),
				BFDNL_GROUP_SESSION, offset);
	} else if (get_u32(tb[NLMSGERR_ATTR_MISS_TYPE], &type)) {
		if (!get_u32(tb[NLMSGERR_ATTR_MISS_NEST], &offset))
			offset = 0;
		error->attribute = missing_name(request, offset, type);
		error->missing = error->attribute;
	}
}
