// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * One request and its answer; errors in words.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/genetlink.h>
#include "internal.h"

void error_clear(struct bfdnl *h)
{
	memset(&h->nl_error, 0, sizeof(h->nl_error));
	h->error[0] = '\0';
}

/**
 * fail() - note why a call fails
 * @h: the handle
 * @code: a negative errno
 * @format: the words; NULL for the text of @code
 *
 * Return: @code.
 */
int fail(struct bfdnl *h, int code, const char *format, ...)
{
	va_list ap;

	error_clear(h);
	h->nl_error.code = code;
	if (!format) {
		snprintf(h->error, sizeof(h->error), "%s", strerror(-code));
		return code;
	}
	va_start(ap, format);
	vsnprintf(h->error, sizeof(h->error), format, ap);
	va_end(ap);
	return code;
}

static bool is_about_keys(__u8 cmd)
{
	return cmd == BFD_CMD_KEY_GET || cmd == BFD_CMD_KEY_SET ||
	       cmd == BFD_CMD_KEY_DEL;
}

/* What is said when the kernel gave no words of its own */
static const char *plain_error(__u8 cmd, int code)
{
	switch (code) {
	case -EPERM:
		return "not permitted: CAP_NET_ADMIN is needed in this network namespace";
	case -ENOENT:
		return is_about_keys(cmd) ? "no such key" : "no such session";
	case -EOPNOTSUPP:
		return "not supported by this version of the bfd module";
	default:
		return strerror(-code);
	}
}

/* Turn h->nl_error into words. */
static int fail_answer(struct bfdnl *h, __u8 cmd)
{
	const struct nl_error *e = &h->nl_error;
	const char *text = *e->message ? e->message : plain_error(cmd, e->code);
	static const char module[] = "bfd: ";
	const char *attribute = e->attribute;
	char range[64] = "";

	/* the reader knows whom they asked */
	if (!strncmp(text, module, strlen(module)))
		text += strlen(module);
	if (e->missing && strstr(e->message, attribute)) {
		snprintf(h->error, sizeof(h->error), "%s", text);
		return e->code;
	}
	if (e->missing) {
		snprintf(h->error, sizeof(h->error), "%s is missing%s%s",
			 attribute, *e->message ? ": " : "",
			 *e->message ? text : "");
		return e->code;
	}
	if (e->has_range)
		snprintf(range, sizeof(range), " (allowed: %llu to %llu)",
			 e->min, e->max);
	if (attribute && strstr(text, attribute))
		attribute = NULL;
	snprintf(h->error, sizeof(h->error), "%s%s%s%s",
		 attribute ? attribute : "", attribute ? ": " : "", text,
		 range);
	return e->code;
}

/* Wipe and free a request, which may hold a secret; @msg may be NULL. */
void request_free(struct nl_msg *msg)
{
	if (msg)
		explicit_bzero(nlmsg_hdr(msg), nlmsg_hdr(msg)->nlmsg_len);
	nlmsg_free(msg);
}

static __u8 request_cmd(const struct nlmsghdr *request)
{
	const struct genlmsghdr *genl = nlmsg_data(request);

	return genl->cmd;
}

/**
 * request_new() - begin a request
 * @h: the handle
 * @cmd: enum bfd_cmd
 * @flags: NLM_F_DUMP or 0
 *
 * Return: the message, NULL if there is no memory.
 */
struct nl_msg *request_new(struct bfdnl *h, __u8 cmd, int flags)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (!(flags & NLM_F_DUMP))
		flags |= NLM_F_ACK;
	if (msg && !genlmsg_put(msg, 0, 0, h->family, 0, NLM_F_REQUEST | flags,
				cmd, BFD_GENL_VERSION)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

struct exchange {
	const struct nlmsghdr *request;
	answer_fn fn;
	void *data;
	int ret;
	bool done;
	bool interrupted;
};

/* NLMSG_ERROR, also as an ack, or NLMSG_DONE, which may carry an error */
static int handle_end(struct bfdnl *h, const struct nlmsghdr *nlh,
		      struct exchange *x)
{
	int code = 0;

	x->done = true;
	if (nlmsg_valid_hdr(nlh, sizeof(code)))
		memcpy(&code, nlmsg_data(nlh), sizeof(code));
	else if (nlh->nlmsg_type == NLMSG_ERROR)
		return fail(h, -EBADMSG, "malformed answer of the kernel");
	if (code >= 0 || x->ret)
		return 0;
	error_clear(h);
	h->nl_error.code = code;
	extack_parse(nlh, x->request, &h->nl_error);
	return fail_answer(h, request_cmd(x->request));
}

static int handle_message(struct bfdnl *h, const struct nlmsghdr *nlh,
			  struct exchange *x)
{
	/* the rest of an answer whose reading was given up */
	if (nlh->nlmsg_seq != x->request->nlmsg_seq)
		return 0;
	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		x->interrupted = true;
	switch (nlh->nlmsg_type) {
	case NLMSG_NOOP:
		return 0;
	case NLMSG_ERROR:
	case NLMSG_DONE:
		return handle_end(h, nlh, x);
	default:
		/* a dump must be read to its end or the next one is EBUSY */
		if (x->fn && !x->ret)
			x->ret = x->fn(h, nlh, x->data);
		return 0;
	}
}

static int receive(struct bfdnl *h, struct exchange *x)
{
	struct nlmsghdr *buffer, *nlh;
	int len, ret = 0;

	len = transport_recv(h->transport, &buffer);
	if (len < 0)
		return fail(h, len, "cannot read the kernel's answer: %s",
			    strerror(-len));
	for (nlh = buffer; !ret && !x->done && nlmsg_ok(nlh, len);
	     nlh = nlmsg_next(nlh, &len))
		ret = handle_message(h, nlh, x);
	free(buffer);
	return ret;
}

/* A family that went away makes the kernel say ENOENT, without words. */
static int check_family(struct bfdnl *h, __u8 cmd, int ret)
{
	if (ret != -ENOENT || h->nl_error.message[0] ||
	    h->family == GENL_ID_CTRL)
		return ret;
	if (resolve_family(h))
		return h->nl_error.code;
	return fail(h, -ENOENT, "%s", plain_error(cmd, -ENOENT));
}

/**
 * request_run() - send a request and handle the whole answer
 * @h: a connected handle
 * @msg: the request; is wiped and freed
 * @fn: is called for each message of the answer, may be NULL
 * @data: handed to @fn
 * @interrupted: if not NULL, set when a dump was not a consistent picture
 *
 * Return: 0 or a negative errno, explained in h->error.
 */
int request_run(struct bfdnl *h, struct nl_msg *msg, answer_fn fn, void *data,
		bool *interrupted)
{
	struct nlmsghdr *request = nlmsg_hdr(msg);
	struct exchange x = { .request = request, .fn = fn, .data = data };
	__u8 cmd = request_cmd(request);
	int ret;

	if (!h->transport) {
		request_free(msg);
		return fail(h, -ENOTCONN, "not connected");
	}
	/* 0 would be taken for "choose one" */
	if (!++h->seq)
		++h->seq;
	request->nlmsg_seq = h->seq;
	ret = transport_send(h->transport, msg);
	if (ret < 0)
		ret = fail(h, ret, "cannot send to the kernel: %s",
			   strerror(-ret));
	while (!ret && !x.done)
		ret = receive(h, &x);
	request_free(msg);
	if (interrupted)
		*interrupted = x.interrupted;
	return check_family(h, cmd, ret ? ret : x.ret);
}

static int group_id(const struct nlattr *groups, __u32 *id)
{
	struct nlattr *group, *tb[CTRL_ATTR_MCAST_GRP_MAX + 1];
	int rem;

	nla_for_each_nested(group, groups, rem) {
		if (nla_parse_nested(tb, CTRL_ATTR_MCAST_GRP_MAX, group, NULL))
			continue;
		if (tb[CTRL_ATTR_MCAST_GRP_NAME] && tb[CTRL_ATTR_MCAST_GRP_ID] &&
		    nla_len(tb[CTRL_ATTR_MCAST_GRP_ID]) == sizeof(__u32) &&
		    !nla_strcmp(tb[CTRL_ATTR_MCAST_GRP_NAME],
				BFD_GENL_MCGRP_EVENTS)) {
			*id = nla_get_u32(tb[CTRL_ATTR_MCAST_GRP_ID]);
			return 0;
		}
	}
	return -ENOENT;
}

static int family_answer(struct bfdnl *h, const struct nlmsghdr *nlh,
			 void *data)
{
	struct nlattr *tb[CTRL_ATTR_MAX + 1];
	__u16 *family = data;

	if (genlmsg_parse((struct nlmsghdr *)nlh, 0, tb, CTRL_ATTR_MAX, NULL) ||
	    !tb[CTRL_ATTR_FAMILY_ID] || !tb[CTRL_ATTR_MCAST_GROUPS] ||
	    nla_len(tb[CTRL_ATTR_FAMILY_ID]) != sizeof(__u16) ||
	    group_id(tb[CTRL_ATTR_MCAST_GROUPS], &h->group))
		return fail(h, -EPROTO, "the bfd family of the kernel has no events");
	*family = nla_get_u16(tb[CTRL_ATTR_FAMILY_ID]);
	return 0;
}

/**
 * resolve_family() - find the numbers of the family and its events
 * @h: the handle, its socket open
 *
 * Return: 0; -EPROTONOSUPPORT if there is no such family.
 */
int resolve_family(struct bfdnl *h)
{
	struct nl_msg *msg = nlmsg_alloc();
	__u16 family = 0;
	int ret;

	if (!msg ||
	    !genlmsg_put(msg, 0, 0, GENL_ID_CTRL, 0, NLM_F_REQUEST | NLM_F_ACK,
			 CTRL_CMD_GETFAMILY, 1) ||
	    nla_put_string(msg, CTRL_ATTR_FAMILY_NAME, BFD_GENL_NAME)) {
		nlmsg_free(msg);
		return fail(h, -ENOMEM, NULL);
	}
	h->family = GENL_ID_CTRL;
	ret = request_run(h, msg, family_answer, &family, NULL);
	if (ret == -ENOENT)
		return fail(h, -EPROTONOSUPPORT,
			    "the bfd module is not loaded: modprobe bfd");
	if (!ret)
		h->family = family;
	return ret;
}
