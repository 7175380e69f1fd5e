// SPDX-License-Identifier: GPL-2.0
/*
 * Requests about keys, and what requests and reports of sessions say of them.
 *
 * Who may list sessions may list keys: their numbers, types and use. Secrets
 * come in and never go out.
 */
#include <net/genetlink.h>
#include <net/sock.h>

#include "key.h"
#include "nl.h"
#include "session.h"

/* ---- keys ---- */

static int check_secret(struct genl_info *info, u8 type)
{
	struct nlattr *secret = info->attrs[BFD_A_KEY_SECRET];

	if (nla_len(secret) <= bfd_auth_secret_max(type))
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, secret,
			    "too long: passwords and MD5 keys have up to 16 bytes, SHA1 keys 20");
	return -EINVAL;
}

static struct bfd_key *new_key(struct genl_info *info)
{
	struct nlattr **attrs = info->attrs;
	u8 type;
	int ret;

	if (GENL_REQ_ATTR_CHECK(info, BFD_A_KEY_NUMBER) ||
	    GENL_REQ_ATTR_CHECK(info, BFD_A_KEY_TYPE) ||
	    GENL_REQ_ATTR_CHECK(info, BFD_A_KEY_SECRET)) {
		GENL_SET_ERR_MSG(info, "a key needs a number, a type and a secret");
		return ERR_PTR(-EINVAL);
	}
	type = nla_get_u8(attrs[BFD_A_KEY_TYPE]);
	ret = check_secret(info, type);
	if (ret)
		return ERR_PTR(ret);
	return bfd_key_new(nla_get_u32(attrs[BFD_A_KEY_NUMBER]), type,
			   nla_data(attrs[BFD_A_KEY_SECRET]), nla_len(attrs[BFD_A_KEY_SECRET]),
			   info->extack);
}

int bfd_nl_key_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct bfd_key *key;
	struct bfd_net *bn;
	int ret;

	key = new_key(info);
	if (IS_ERR(key)) {
		if (PTR_ERR(key) == -EOPNOTSUPP)
			NL_SET_BAD_ATTR(info->extack, info->attrs[BFD_A_KEY_TYPE]);
		return PTR_ERR(key);
	}
	bn = bfd_nl_lock_net(info);
	if (IS_ERR(bn)) {
		ret = PTR_ERR(bn);
		goto free;
	}
	ret = bfd_key_set(bn, key, info->extack);
	bfd_nl_unlock_net(bn);
	if (!ret)
		return 0;
	if (ret == -EBUSY)
		NL_SET_BAD_ATTR(info->extack, info->attrs[BFD_A_KEY_NUMBER]);
free:
	bfd_key_free(key);
	return ret;
}

static struct bfd_key *find_key(struct bfd_net *bn, struct genl_info *info)
{
	struct nlattr *number = info->attrs[BFD_A_KEY_NUMBER];
	struct bfd_key *key;

	if (GENL_REQ_ATTR_CHECK(info, BFD_A_KEY_NUMBER)) {
		GENL_SET_ERR_MSG(info, "which key? its number is missing");
		return ERR_PTR(-EINVAL);
	}
	key = bfd_key_find(bn, nla_get_u32(number));
	if (!key) {
		NL_SET_ERR_MSG_ATTR(info->extack, number, "no such key");
		return ERR_PTR(-ENOENT);
	}
	return key;
}

int bfd_nl_key_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct bfd_key *key;
	struct bfd_net *bn;
	int ret;

	bn = bfd_nl_lock_net(info);
	if (IS_ERR(bn))
		return PTR_ERR(bn);
	key = find_key(bn, info);
	ret = PTR_ERR_OR_ZERO(key);
	if (ret)
		goto unlock;
	ret = bfd_key_delete(bn, key);
	if (ret)
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[BFD_A_KEY_NUMBER],
				    "the key is in use: sessions have to give it up first");
unlock:
	bfd_nl_unlock_net(bn);
	return ret;
}

static int fill_key(struct sk_buff *skb, const struct bfd_key *key)
{
	if (nla_put_u32(skb, BFD_A_KEY_NUMBER, key->number) ||
	    nla_put_u8(skb, BFD_A_KEY_TYPE, key->auth.type) ||
	    nla_put_u32(skb, BFD_A_KEY_USE_COUNT, atomic_read(&key->users)))
		return -EMSGSIZE;
	return 0;
}

int bfd_nl_key_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	struct bfd_key *key;
	struct bfd_net *bn;
	void *hdr;
	int ret;

	if (!reply)
		return -ENOMEM;
	bn = bfd_nl_lock_net(info);
	if (IS_ERR(bn)) {
		ret = PTR_ERR(bn);
		goto free;
	}
	key = find_key(bn, info);
	ret = PTR_ERR_OR_ZERO(key);
	if (!ret) {
		hdr = genlmsg_put_reply(reply, info, &bfd_genl_family, 0, info->genlhdr->cmd);
		ret = hdr ? fill_key(reply, key) : -EMSGSIZE;
	}
	bfd_nl_unlock_net(bn);
	if (ret)
		goto free;
	genlmsg_end(reply, hdr);
	return genlmsg_reply(reply, info);
free:
	nlmsg_free(reply);
	return ret;
}

static int dump_key(struct sk_buff *skb, struct netlink_callback *cb, const struct bfd_key *key)
{
	void *hdr;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &bfd_genl_family,
			  NLM_F_MULTI, BFD_CMD_KEY_GET);
	if (!hdr)
		return -EMSGSIZE;
	if (fill_key(skb, key)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/* cb->args[0]: the least number not yet reported; [1]: that was the last one there can be */
int bfd_nl_key_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct bfd_net *bn = bfd_net(sock_net(cb->skb->sk));
	unsigned long number;
	struct bfd_key *key;
	int ret = 0;

	if (nlmsg_attrlen(cb->nlh, GENL_HDRLEN)) {
		NL_SET_ERR_MSG(cb->extack, "a dump lists all keys: it takes no attributes");
		return -EINVAL;
	}
	if (cb->args[1])
		return 0;
	mutex_lock(&bn->lock);
	xa_for_each_start(&bn->keys, number, key, cb->args[0]) {
		ret = dump_key(skb, cb, key);
		if (ret)
			break;
		cb->args[0] = number + 1;
		cb->args[1] = number == U32_MAX;
	}
	mutex_unlock(&bn->lock);
	return skb->len ?: ret;
}

/* ---- authentication of sessions ---- */

#define REFUSE(info, attr, why) ({				\
	NL_SET_ERR_MSG_ATTR((info)->extack, attr, why);		\
	-EINVAL;						\
})

int bfd_nl_get_auth(struct genl_info *info, struct bfd_net *bn, struct bfd_auth_change *c)
{
	struct nlattr *nest = info->attrs[BFD_A_AUTHENTICATION];
	struct nlattr *tb[BFD_A_AUTH_MAX + 1];
	struct nlattr *key, *id;
	int ret;

	if (!nest)
		return 0;
	/* the policy was applied */
	ret = nla_parse_nested(tb, BFD_A_AUTH_MAX, nest, NULL, info->extack);
	if (ret)
		return ret;
	key = tb[BFD_A_AUTH_KEY];
	id = tb[BFD_A_AUTH_KEY_ID];
	if (!key)
		return REFUSE(info, nest, "authentication needs a key, or key 0 for none");
	if (nla_get_u32(key) && !id)
		return REFUSE(info, nest, "a key needs a key-id, its name on the wire");
	if (!nla_get_u32(key) && id)
		return REFUSE(info, id, "no authentication: it has no key-id");
	*c = (struct bfd_auth_change) {
		.given = true,
		.delayed = tb[BFD_A_AUTH_DELAYED] && nla_get_u8(tb[BFD_A_AUTH_DELAYED]),
	};
	if (c->delayed && info->genlhdr->cmd == BFD_CMD_SESSION_NEW)
		return REFUSE(info, tb[BFD_A_AUTH_DELAYED],
			      "a new session has nothing to go on with: it cannot be delayed");
	if (!nla_get_u32(key))
		return 0;
	c->key_id = nla_get_u8(id);
	c->key = bfd_key_find(bn, nla_get_u32(key));
	if (c->key)
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, key, "no such key");
	return -ENOENT;
}

static int put_method(struct sk_buff *skb, const struct bfd_auth_method *m)
{
	const struct bfd_key *key = bfd_key_of(m);

	if (!key)
		return nla_put_u32(skb, BFD_A_AUTH_KEY, 0);
	if (nla_put_u32(skb, BFD_A_AUTH_KEY, key->number) ||
	    nla_put_u8(skb, BFD_A_AUTH_KEY_ID, m->key_id) ||
	    nla_put_u8(skb, BFD_A_AUTH_TYPE, key->auth.type))
		return -EMSGSIZE;
	return 0;
}

static int put_pending(struct sk_buff *skb, const struct bfd_auth *a)
{
	struct nlattr *nest = nla_nest_start(skb, BFD_A_AUTH_PENDING);

	if (!nest || put_method(skb, &a->next))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int bfd_nl_put_auth(struct sk_buff *skb, const struct bfd_session *s)
{
	const struct bfd_auth *a = s->auth;
	struct nlattr *nest;

	if (!a)
		return 0;
	nest = nla_nest_start(skb, BFD_A_AUTHENTICATION);
	if (!nest || put_method(skb, &a->method) || (a->pending && put_pending(skb, a)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}
