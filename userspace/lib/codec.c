// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Session objects to messages and messages to session objects.
 *
 * What a newer kernel adds is skipped; what is malformed is -EBADMSG.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include "internal.h"

typedef int (*attr_fn)(const struct nlattr *nla, void *data);

int encode_field(struct nl_msg *msg, const struct bfdnl_session *session,
		 enum bfdnl_field field)
{
	const struct field_info *info = field_info(field);
	__u64 value = session->number[field];
	const struct bfdnl_addr *addr;

	switch (info->type) {
	case BFDNL_TYPE_ADDR:
		addr = bfdnl_session_addr(session, field);
		return nla_put(msg, info->attr, addr->len, addr->bytes);
	case BFDNL_TYPE_TEXT:
		return nla_put_string(msg, info->attr,
				      bfdnl_session_text(session, field));
	default:
		break;
	}
	switch (info->width) {
	case 1:
		return nla_put_u8(msg, info->attr, value);
	case 2:
		return nla_put_u16(msg, info->attr, value);
	case 4:
		return nla_put_u32(msg, info->attr, value);
	default:
		return nla_put_u64(msg, info->attr, value);
	}
}

/* The fields of @group whose use is from @least on, if present */
static int encode_group(struct nl_msg *msg, const struct bfdnl_session *session,
			enum bfdnl_group group, enum field_use least)
{
	for (int i = 0; i < BFDNL_FIELDS; i++) {
		const struct field_info *info = field_info(i);

		if (info->group == group && info->use >= least &&
		    session->present[i] && encode_field(msg, session, i) < 0)
			return -EMSGSIZE;
	}
	return 0;
}

static int encode_config(struct nl_msg *msg,
			 const struct bfdnl_session *session,
			 enum field_use least)
{
	struct nlattr *nest;

	if (encode_group(msg, session, BFDNL_GROUP_SESSION, least) < 0)
		return -EMSGSIZE;
	if (!session->present[BFDNL_AUTH_KEY] &&
	    !session->present[BFDNL_AUTH_KEY_ID])
		return 0;
	nest = nla_nest_start(msg, BFD_A_AUTHENTICATION | NLA_F_NESTED);
	if (!nest || encode_group(msg, session, BFDNL_GROUP_AUTHENTICATION,
				  least) < 0)
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

int encode_add(struct nl_msg *msg, const struct bfdnl_session *session)
{
	return encode_config(msg, session, USE_TUPLE);
}

int encode_changes(struct nl_msg *msg, const struct bfdnl_session *changes)
{
	return encode_config(msg, changes, USE_CHANGE);
}

/* What names one session: an id, a discriminator, or the tuple. */
int encode_selector(struct nl_msg *msg, const struct bfdnl_session *selector)
{
	static const enum bfdnl_field alone[] = {
		BFDNL_ID, BFDNL_LOCAL_DISCRIMINATOR,
	};

	for (size_t i = 0; i < ARRAY_SIZE(alone); i++)
		if (selector->present[alone[i]])
			return encode_field(msg, selector, alone[i]) < 0 ?
			       -EMSGSIZE : 0;
	if (!selector->present[BFDNL_DEST_ADDR])
		return -EINVAL;
	for (int i = 0; i < BFDNL_FIELDS; i++)
		if (field_info(i)->use == USE_TUPLE && selector->present[i] &&
		    encode_field(msg, selector, i) < 0)
			return -EMSGSIZE;
	return 0;
}

/*
 * An unsigned integer of any width, so that a kernel may widen a field. Most
 * have four bytes, then one.
 */
static __always_inline int number_of(const struct nlattr *nla, __u64 *value)
{
	const void *data = (const char *)nla + NLA_HDRLEN;
	int len = nla->nla_len - NLA_HDRLEN;
	__u16 v16;
	__u32 v32;

	if (len == sizeof(v32)) {
		memcpy(&v32, data, sizeof(v32));
		*value = v32;
	} else if (len == 1) {
		*value = *(const __u8 *)data;
	} else if (len == sizeof(*value)) {
		memcpy(value, data, sizeof(*value));
	} else if (len == sizeof(v16)) {
		memcpy(&v16, data, sizeof(v16));
		*value = v16;
	} else {
		return -EBADMSG;
	}
	return 0;
}

int decode_number(const struct nlattr *nla, __u64 *value)
{
	return number_of(nla, value);
}

int decode_addr(const struct nlattr *nla, struct bfdnl_addr *addr)
{
	switch (nla_len(nla)) {
	case 4:
		addr->family = AF_INET;
		break;
	case 16:
		addr->family = AF_INET6;
		break;
	default:
		return -EBADMSG;
	}
	addr->len = nla_len(nla);
	memcpy(addr->bytes, nla_data(nla), addr->len);
	return 0;
}

int decode_text(const struct nlattr *nla, char *text)
{
	size_t len = strnlen(nla_data(nla), nla_len(nla));

	if (!len || len >= IFNAMSIZ)
		return -EBADMSG;
	memcpy(text, nla_data(nla), len);
	text[len] = '\0';
	return 0;
}

/*
 * Without libnl, which makes several calls for every attribute, and inline, so
 * that @fn is: a session has sixty of them, and thousands may fail at once.
 */
static __always_inline
int walk_attrs(const void *at, ssize_t rem, attr_fn fn, void *data)
{
	while (rem >= NLA_HDRLEN) {
		const struct nlattr *nla = at;
		ssize_t len = nla->nla_len;
		int ret;

		if (len < NLA_HDRLEN || len > rem)
			return -EBADMSG;
		ret = fn(nla, data);
		if (ret)
			return ret;
		len = NLA_ALIGN(len);
		rem -= len;
		at = (const char *)at + len;
	}
	return 0;
}

static inline unsigned int type_of(const struct nlattr *nla)
{
	return nla->nla_type & NLA_TYPE_MASK;
}

static __always_inline
int walk_nested(const struct nlattr *nest, attr_fn fn, void *data)
{
	return walk_attrs(nest + 1, nest->nla_len - NLA_HDRLEN, fn, data);
}

static int drop_attr(const struct nlattr *nla, void *data)
{
	struct bfdnl_drops *drops = data;
	__u64 count;

	/* a padding attribute of a future kernel has no room for a counter */
	if (!nla_len(nla) || drops->size == DROPS_MAX)
		return 0;
	if (decode_number(nla, &count))
		return -EBADMSG;
	drops->reason[drops->size] = nla_type(nla);
	drops->count[drops->size++] = count;
	return 0;
}

int decode_drops(const struct nlattr *nest, struct bfdnl_drops *drops)
{
	drops->size = 0;
	return walk_nested(nest, drop_attr, drops);
}

/**
 * struct decode - what the attributes of one group are read into
 * @session: all but events
 * @group: of fields
 * @numbers: the group's, see number_by_attr
 * @event: the nest that tells of an event, if there is one
 */
struct decode {
	struct bfdnl_session *session;
	enum bfdnl_group group;
	const __u8 *numbers;
	const struct nlattr *event;
};

static int session_attrs(const void *at, ssize_t len, struct decode *d,
			 enum bfdnl_group group);

static int nested_session_attrs(const struct nlattr *nest,
				struct bfdnl_session *session,
				enum bfdnl_group group)
{
	struct decode d = { .session = session };

	return session_attrs(nest + 1, nest->nla_len - NLA_HDRLEN, &d, group);
}

/* An attribute that is no number */
static int other_attr(const struct nlattr *nla, struct decode *d)
{
	unsigned int type = type_of(nla);
	int field = field_by_attr(d->group, type);
	int nest, ret;

	if (field >= 0) {
		if (fields[field].type == BFDNL_TYPE_ADDR)
			ret = decode_addr(nla, session_addr(d->session, field));
		else
			ret = decode_text(nla, session_text(d->session, field));
		d->session->present[field] = !ret;
		return ret;
	}
	nest = attr_nest_group(d->group, type);
	if (nest >= 0)
		return nested_session_attrs(nla, d->session, nest);
	if (d->group == BFDNL_GROUP_STATISTICS && type == BFD_A_STAT_DROPS)
		return decode_drops(nla, &d->session->drops);
	if (d->group == BFDNL_GROUP_SESSION && type == BFD_A_EVENT)
		d->event = nla;
	return 0;
}

static __always_inline
int session_attr(const struct nlattr *nla, void *data)
{
	struct decode *d = data;
	unsigned int type = type_of(nla);
	size_t number = type <= BFD_A_MAX ? d->numbers[type] : 0;

	if (!number)
		return other_attr(nla, d);
	d->session->present[number - 1] = true;
	return number_of(nla, &d->session->number[number - 1]);
}

static int session_attrs(const void *at, ssize_t len, struct decode *d,
			 enum bfdnl_group group)
{
	d->group = group;
	d->numbers = number_by_attr[group];
	return walk_attrs(at, len, session_attr, d);
}

static int decode(const struct nlmsghdr *nlh, struct decode *d)
{
	if (!nlmsg_valid_hdr(nlh, GENL_HDRLEN))
		return -EBADMSG;
	return session_attrs(nlmsg_attrdata(nlh, GENL_HDRLEN),
			     nlmsg_attrlen(nlh, GENL_HDRLEN), d,
			     BFDNL_GROUP_SESSION);
}

/* Fields that the message does not have stay as they are in @session. */
int decode_session(const struct nlmsghdr *nlh, struct bfdnl_session *session)
{
	struct decode d = { .session = session };

	return decode(nlh, &d);
}

static __always_inline
int event_attr(const struct nlattr *nla, void *data)
{
	struct event_info *info = data;
	__u64 value;

	if (type_of(nla) <= BFD_A_EVENT_PAD ||
	    type_of(nla) > BFD_A_EVENT_LAST_RECEIVE_TIME)
		return 0;
	if (number_of(nla, &value))
		return -EBADMSG;
	switch (type_of(nla)) {
	case BFD_A_EVENT_SEQUENCE:
		info->sequence = value;
		break;
	case BFD_A_EVENT_TIME:
		info->time = value;
		break;
	case BFD_A_EVENT_MONOTONIC:
		info->monotonic = value;
		break;
	case BFD_A_EVENT_OLD_STATE:
		info->old_state = value & 0xff;
		break;
	case BFD_A_EVENT_NEW_STATE:
		info->new_state = value & 0xff;
		break;
	default:
		if (info->receive_times_size < RECEIVE_TIMES_MAX)
			info->receive_times[info->receive_times_size++] = value;
		break;
	}
	return 0;
}

int decode_event(const struct nlmsghdr *nlh, struct bfdnl_session *session,
		 struct event_info *info)
{
	struct decode d = { .session = session };
	int ret = decode(nlh, &d);

	*info = (struct event_info){
		.sequence = nlh->nlmsg_seq,
		.old_state = -ENOENT, .new_state = -ENOENT,
	};
	if (!ret && d.event)
		ret = walk_nested(d.event, event_attr, info);
	return ret;
}
