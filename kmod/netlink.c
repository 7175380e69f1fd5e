// SPDX-License-Identifier: GPL-2.0
/*
 * Requests about sessions: from attributes to configuration.
 *
 * What is refused is refused with a message and, where there is one, the
 * attribute at fault; nothing that was asked for is ignored. The policies in
 * nl_ops.c were applied before any function here is called.
 */
#include <net/genetlink.h>
#include <net/sock.h>

#include "bfd.h"
#include "nl.h"
#include "session.h"

#define BFD_DEFAULT_INTERVAL_US	300000
#define BFD_DEFAULT_MULTIPLIER	3

/* ---- what a request says ---- */

struct bfd_net *bfd_nl_lock_net(struct genl_info *info)
{
	struct bfd_net *bn = bfd_net(genl_info_net(info));

	mutex_lock(&bn->lock);
	if (bn->dying) {
		mutex_unlock(&bn->lock);
		GENL_SET_ERR_MSG(info, "the network namespace is being deleted");
		return ERR_PTR(-ENODEV);
	}
	return bn;
}

void bfd_nl_unlock_net(struct bfd_net *bn)
{
	mutex_unlock(&bn->lock);
	bfd_events_flush(bn);
}

static struct bfd_session *lookup(struct bfd_net *bn, struct genl_info *info,
				  const struct bfd_selector *sel)
{
	struct nlattr **attrs = info->attrs;
	struct bfd_session *s;

	rcu_read_lock();	/* for the tables; the session stays while @bn is locked */
	if (attrs[BFD_A_ID])
		s = bfd_session_by_id(bn, nla_get_u32(attrs[BFD_A_ID]));
	else if (attrs[BFD_A_LOCAL_DISCRIMINATOR])
		s = bfd_session_by_discr(bn, nla_get_u32(attrs[BFD_A_LOCAL_DISCRIMINATOR]));
	else
		s = bfd_session_by_addr(bn, sel);
	rcu_read_unlock();
	return s ?: ERR_PTR(-ENOENT);
}

static struct bfd_session *find_session(struct bfd_net *bn, struct genl_info *info)
{
	struct nlattr **attrs = info->attrs;
	struct nlattr *number = attrs[BFD_A_ID] ?: attrs[BFD_A_LOCAL_DISCRIMINATOR];
	struct bfd_selector sel;
	struct bfd_session *s;
	int ret;

	if (!number && GENL_REQ_ATTR_CHECK(info, BFD_A_DEST_ADDR)) {
		GENL_SET_ERR_MSG(info, "which session? give id, local-discriminator or dest-addr");
		return ERR_PTR(-EINVAL);
	}
	ret = bfd_nl_get_selector(info, &sel);
	if (ret)
		return ERR_PTR(ret);
	s = lookup(bn, info, &sel);
	if (s == ERR_PTR(-ENOTUNIQ))
		NL_SET_ERR_MSG_ATTR(info->extack, attrs[BFD_A_DEST_ADDR],
				    "several sessions fit: add source-addr, interface, vrf or multihop, or give the id");
	else if (IS_ERR(s))
		NL_SET_ERR_MSG_ATTR(info->extack, number ?: attrs[BFD_A_DEST_ADDR],
				    "no such session");
	if (IS_ERR(s) || !number)
		return s;
	ret = bfd_nl_check_selected(info, s, &sel);
	return ret ? ERR_PTR(ret) : s;
}

/* ---- what is asked of a session ---- */

static bool attr_set(const struct nlattr *attr)
{
	return attr && nla_get_u8(attr);
}

/* RFC 5881, 5; RFC 5883 leaves it to us */
static int check_ttl(struct genl_info *info, const struct bfd_session_params *p)
{
	if (p->dport == BFD_PORT_MH)
		return 0;
	if (p->tx_ttl != BFD_TTL) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[BFD_A_TX_TTL],
				    "a single-hop session sends with TTL 255");
		return -EINVAL;
	}
	if (p->rx_ttl != BFD_TTL) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[BFD_A_RX_TTL],
				    "a single-hop session accepts nothing but TTL 255");
		return -EINVAL;
	}
	return 0;
}

static int check_required_min_rx(struct genl_info *info, u32 interval)
{
	if (!interval || interval >= BFD_MIN_INTERVAL_US)
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[BFD_A_REQUIRED_MIN_RX_INTERVAL],
			    "the interval is 0 (send nothing periodically) or at least 1 ms");
	return -ERANGE;
}

static int check_verification(struct genl_info *info, u32 interval)
{
	if (!interval || interval >= BFD_MIN_INTERVAL_US)
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[BFD_A_DEMAND_POLL_INTERVAL],
			    "the interval is 0 (poll on request only) or at least 1 ms");
	return -ERANGE;
}

/* RFC 5880, 6.8.17 */
static int check_path_diag(struct genl_info *info, u8 diag)
{
	if (diag == BFD_DIAG_NONE || diag == BFD_DIAG_CONCATENATED_PATH_DOWN ||
	    diag == BFD_DIAG_REVERSE_CONCATENATED_PATH_DOWN)
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[BFD_A_PATH_DIAGNOSTIC],
			    "none, concatenated-path-down or reverse-concatenated-path-down");
	return -EINVAL;
}

/* What is taken from a link, and given to a neighbor, has to have one. */
static int check_express(struct genl_info *info, const struct bfd_session_params *p)
{
	struct nlattr *attr = info->attrs[BFD_A_EXPRESS];

	if (!p->express)
		return 0;
	if (p->cfg.unaffiliated)
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "the packets of an unaffiliated echo session do not go through IP anyway");
	else if (p->dport == BFD_PORT_MH)
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "a multihop session needs IP: its packets take any link");
	else if (!p->ifname[0])
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "express needs a session that is bound to an interface: add interface");
	else
		return 0;
	return -EINVAL;
}

static void get_u32(const struct nlattr *attr, u32 *value)
{
	if (attr)
		*value = nla_get_u32(attr);
}

static void get_u8(const struct nlattr *attr, u8 *value)
{
	if (attr)
		*value = nla_get_u8(attr);
}

static void get_bool(const struct nlattr *attr, bool *value)
{
	if (attr)
		*value = nla_get_u8(attr);
}

/* Overlay @p with what the request says. */
static int get_config(struct genl_info *info, struct bfd_net *bn, struct bfd_session_params *p)
{
	struct nlattr **attrs = info->attrs;
	int ret;

	get_u32(attrs[BFD_A_DESIRED_MIN_TX_INTERVAL], &p->cfg.desired_min_tx);
	get_u32(attrs[BFD_A_REQUIRED_MIN_RX_INTERVAL], &p->cfg.required_min_rx);
	get_u8(attrs[BFD_A_LOCAL_MULTIPLIER], &p->cfg.detect_mult);
	get_bool(attrs[BFD_A_PASSIVE], &p->cfg.passive);
	get_bool(attrs[BFD_A_ADMIN_DOWN], &p->cfg.admin_down);
	get_bool(attrs[BFD_A_DEMAND_ENABLED], &p->cfg.demand);
	get_u32(attrs[BFD_A_DEMAND_POLL_INTERVAL], &p->cfg.demand_poll_interval);
	get_u8(attrs[BFD_A_PATH_DIAGNOSTIC], &p->cfg.path_diag);
	get_u8(attrs[BFD_A_TX_TTL], &p->tx_ttl);
	get_u8(attrs[BFD_A_RX_TTL], &p->rx_ttl);
	get_u8(attrs[BFD_A_DSCP], &p->dscp);
	get_bool(attrs[BFD_A_EXPRESS], &p->express);
	ret = check_required_min_rx(info, p->cfg.required_min_rx);
	if (!ret)
		ret = check_verification(info, p->cfg.demand_poll_interval);
	if (!ret)
		ret = check_path_diag(info, p->cfg.path_diag);
	if (!ret)
		ret = check_ttl(info, p);
	if (!ret)
		ret = check_express(info, p);
	if (!ret)
		ret = bfd_nl_get_echo(info, p);
	if (ret)
		return ret;
	return bfd_nl_get_auth(info, bn, &p->auth);
}

static int get_new_params(struct genl_info *info, struct bfd_net *bn,
			  struct bfd_session_params *p)
{
	bool unaffiliated = attr_set(info->attrs[BFD_A_UNAFFILIATED_ECHO]), multihop;
	struct bfd_selector sel;
	int ret;

	if (GENL_REQ_ATTR_CHECK(info, BFD_A_DEST_ADDR)) {
		GENL_SET_ERR_MSG(info, "dest-addr is missing: the address of the peer");
		return -EINVAL;
	}
	ret = bfd_nl_get_selector(info, &sel);
	if (ret)
		return ret;
	ret = bfd_nl_check_new(info, &sel);
	if (ret)
		return ret;
	multihop = sel.path_type == BFD_PATH_IP_MH;
	*p = (struct bfd_session_params) {
		.family = sel.family,
		.dport = multihop ? BFD_PORT_MH : unaffiliated ? BFD_PORT_ECHO : BFD_PORT_SH,
		.dest = sel.dest,
		.source = sel.source,
		.cfg = {
			.desired_min_tx = BFD_DEFAULT_INTERVAL_US,
			.required_min_rx = BFD_DEFAULT_INTERVAL_US,
			.detect_mult = BFD_DEFAULT_MULTIPLIER,
			.unaffiliated = unaffiliated,
		},
		.tx_ttl = BFD_TTL,
		.rx_ttl = multihop ? BFD_RX_TTL_MH : BFD_TTL,
		.dscp = BFD_DSCP,
	};
	strscpy(p->ifname, sel.ifname, sizeof(p->ifname));
	strscpy(p->vrfname, sel.vrfname, sizeof(p->vrfname));
	get_u32(info->attrs[BFD_A_LOCAL_DISCRIMINATOR], &p->local_discr);
	return get_config(info, bn, p);
}

/*
 * Who sets another policy than keep is the owner. Return: the owner, to be put
 * when the session has taken it over; NULL when nothing was said, or keep.
 */
static struct bfd_owner *get_owner(struct genl_info *info, struct bfd_net *bn,
				   struct sk_buff *skb, struct bfd_session_params *p)
{
	struct nlattr *attr = info->attrs[BFD_A_OWNER_EXIT];

	if (!attr)
		return NULL;
	p->owner_exit = nla_get_u8(attr);
	p->owner = NULL;
	if (p->owner_exit == BFD_OWNER_EXIT_KEEP)
		return NULL;
	p->owner = bfd_owner_get(bn, NETLINK_CB(skb).sk, info->snd_portid);
	return p->owner ?: ERR_PTR(-ENOMEM);
}

/* ---- operations on sessions ---- */

static int fill_reply(struct sk_buff *reply, struct genl_info *info, struct bfd_session *s)
{
	void *hdr;
	int ret;

	hdr = genlmsg_put_reply(reply, info, &bfd_genl_family, 0, info->genlhdr->cmd);
	if (!hdr)
		return -EMSGSIZE;
	spin_lock_bh(&s->lock);
	ret = bfd_genl_fill_session(reply, s, BFD_REPORT_ALL);
	spin_unlock_bh(&s->lock);
	if (!ret)
		genlmsg_end(reply, hdr);
	return ret;
}

/* The interface may have been named by its ifindex. */
static void blame(struct genl_info *info, u16 fault)
{
	if (fault == BFD_A_INTERFACE && !info->attrs[fault])
		fault = BFD_A_IFINDEX;
	NL_SET_BAD_ATTR(info->extack, info->attrs[fault]);
}

static struct bfd_session *new_session(struct bfd_net *bn, struct sk_buff *skb,
				       struct genl_info *info)
{
	struct bfd_session_params p;
	struct bfd_owner *owner;
	struct bfd_session *s;
	int ret;

	ret = get_new_params(info, bn, &p);
	if (ret)
		return ERR_PTR(ret);
	owner = get_owner(info, bn, skb, &p);
	if (IS_ERR(owner))
		return ERR_CAST(owner);
	s = bfd_session_create(bn, &p, info->extack);
	bfd_owner_put(owner);
	if (IS_ERR(s) && p.fault)
		blame(info, p.fault);
	return s;
}

static struct bfd_session *old_session(struct bfd_net *bn, struct sk_buff *skb,
				       struct genl_info *info)
{
	return find_session(bn, info);
}

/* Answer with the session that @find finds or makes. */
static int reply_session(struct sk_buff *skb, struct genl_info *info,
			 struct bfd_session *(*find)(struct bfd_net *bn, struct sk_buff *skb,
						     struct genl_info *info))
{
	struct bfd_session *s;
	struct sk_buff *reply;
	struct bfd_net *bn;
	int ret;

	/* Before anything is made that the caller would then not hear of. */
	reply = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!reply)
		return -ENOMEM;
	bn = bfd_nl_lock_net(info);
	if (IS_ERR(bn)) {
		ret = PTR_ERR(bn);
		goto free;
	}
	s = find(bn, skb, info);
	ret = PTR_ERR_OR_ZERO(s);
	if (!ret)
		ret = fill_reply(reply, info, s);
	bfd_nl_unlock_net(bn);
	if (ret)
		goto free;
	return genlmsg_reply(reply, info);
free:
	nlmsg_free(reply);
	return ret;
}

int bfd_nl_session_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return reply_session(skb, info, old_session);
}

int bfd_nl_session_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	return reply_session(skb, info, new_session);
}

static int set_session(struct bfd_net *bn, struct bfd_session *s, struct sk_buff *skb,
		       struct genl_info *info)
{
	struct bfd_session_params p;
	struct bfd_owner *owner;
	int ret;

	bfd_session_params(s, &p);
	ret = get_config(info, bn, &p);
	if (ret)
		return ret;
	owner = get_owner(info, bn, skb, &p);
	if (IS_ERR(owner))
		return PTR_ERR(owner);
	ret = bfd_session_change(bn, s, &p, info->extack);
	bfd_owner_put(owner);
	return ret;
}

int bfd_nl_session_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct bfd_session *s;
	struct bfd_net *bn;
	int ret;

	bn = bfd_nl_lock_net(info);
	if (IS_ERR(bn))
		return PTR_ERR(bn);
	s = find_session(bn, info);
	ret = PTR_ERR_OR_ZERO(s);
	if (!ret)
		ret = set_session(bn, s, skb, info);
	bfd_nl_unlock_net(bn);
	return ret;
}

int bfd_nl_session_poll_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct bfd_session *s;
	struct bfd_net *bn;
	int ret;

	bn = bfd_nl_lock_net(info);
	if (IS_ERR(bn))
		return PTR_ERR(bn);
	s = find_session(bn, info);
	ret = PTR_ERR_OR_ZERO(s);
	if (!ret)
		ret = bfd_session_poll(s, info->extack);
	bfd_nl_unlock_net(bn);
	return ret;
}

int bfd_nl_session_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct bfd_session *s;
	struct bfd_net *bn;
	int ret;

	bn = bfd_nl_lock_net(info);
	if (IS_ERR(bn))
		return PTR_ERR(bn);
	s = find_session(bn, info);
	ret = PTR_ERR_OR_ZERO(s);
	if (!ret)
		bfd_session_destroy(bn, s);
	bfd_nl_unlock_net(bn);
	return ret;
}

int bfd_nl_session_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct bfd_net *bn = bfd_nl_lock_net(info);

	if (IS_ERR(bn))
		return PTR_ERR(bn);
	bfd_session_destroy_all(bn);
	bfd_nl_unlock_net(bn);
	return 0;
}

/* ---- all sessions ---- */

static int dump_session(struct sk_buff *skb, struct netlink_callback *cb, struct bfd_session *s)
{
	void *hdr;

	if (s->dead)
		return 0;
	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &bfd_genl_family,
			  NLM_F_MULTI, BFD_CMD_SESSION_GET);
	if (!hdr)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, hdr);
	if (bfd_genl_fill_session(skb, s, BFD_REPORT_ALL)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/* Never 0, which would switch the check for consistency off. */
static unsigned int dump_seq(const struct bfd_net *bn)
{
	return READ_ONCE(bn->generation) + 1 ?: 1;
}

/* cb->args[0]: the least id not yet reported */
int bfd_nl_session_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct bfd_net *bn = bfd_net(sock_net(cb->skb->sk));
	struct bfd_session *s;
	unsigned long id;
	int ret = 0;

	if (nlmsg_attrlen(cb->nlh, GENL_HDRLEN)) {
		NL_SET_ERR_MSG(cb->extack, "a dump lists all sessions: it takes no attributes");
		return -EINVAL;
	}
	cb->seq = dump_seq(bn);
	rcu_read_lock();
	xa_for_each_start(&bn->sessions, id, s, cb->args[0]) {
		spin_lock_bh(&s->lock);
		ret = dump_session(skb, cb, s);
		spin_unlock_bh(&s->lock);
		if (ret)
			break;
		cb->args[0] = id + 1;
	}
	rcu_read_unlock();
	if (ret)
		return skb->len ?: ret;
	/* Sessions that came or went meanwhile show in the final message. */
	cb->seq = dump_seq(bn);
	return skb->len;
}

/* ---- the family ---- */

int __init bfd_genl_init(void)
{
	return genl_register_family(&bfd_genl_family);
}

void bfd_genl_exit(void)
{
	bfd_events_stop();
	genl_unregister_family(&bfd_genl_family);
}
