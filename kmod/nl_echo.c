// SPDX-License-Identifier: GPL-2.0
/*
 * Netlink: what is asked of echoes, and what is reported of them.
 */
#include <linux/math64.h>
#include <linux/netdevice.h>
#include <net/genetlink.h>
#include <net/ipv6.h>

#include "echo.h"
#include "nl.h"
#include "session.h"

/* ---- sessions ---- */

static int check_interval(struct genl_info *info, int attr, u32 interval)
{
	if (!interval || interval >= BFD_MIN_INTERVAL_US)
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[attr],
			    "the interval is 0 (no echoes) or at least 1 ms");
	return -ERANGE;
}

/* RFC 9747, 2: there is no peer to agree with, so one interval says it all. */
static int get_unaffiliated(struct genl_info *info, struct bfd_session_params *p)
{
	struct nlattr **attrs = info->attrs;
	struct bfd_fsm_config *cfg = &p->cfg;
	bool given = attrs[BFD_A_DESIRED_MIN_ECHO_TX_INTERVAL];
	u32 interval = given ? cfg->desired_min_echo_tx : cfg->desired_min_tx;

	if (cfg->admin_down) {
		NL_SET_ERR_MSG_ATTR(info->extack, attrs[BFD_A_ADMIN_DOWN],
				    "an unaffiliated echo session has no AdminDown: delete it");
		return -EINVAL;
	}
	if (cfg->passive) {
		NL_SET_ERR_MSG_ATTR(info->extack, attrs[BFD_A_PASSIVE],
				    "an unaffiliated echo session has nobody to wait for");
		return -EINVAL;
	}
	if (cfg->demand || cfg->path_diag) {
		NL_SET_ERR_MSG_ATTR(info->extack,
				    attrs[cfg->demand ? BFD_A_DEMAND_ENABLED :
					  BFD_A_PATH_DIAGNOSTIC],
				    "an unaffiliated echo session has nobody to tell");
		return -EINVAL;
	}
	if (attrs[BFD_A_OWNER_EXIT] &&
	    nla_get_u8(attrs[BFD_A_OWNER_EXIT]) == BFD_OWNER_EXIT_ADMIN_DOWN) {
		NL_SET_ERR_MSG_ATTR(info->extack, attrs[BFD_A_OWNER_EXIT],
				    "an unaffiliated echo session has no AdminDown");
		return -EINVAL;
	}
	if (cfg->required_min_echo_rx) {
		NL_SET_ERR_MSG_ATTR(info->extack, attrs[BFD_A_REQUIRED_MIN_ECHO_RX_INTERVAL],
				    "the neighbor of an unaffiliated echo session sends no echoes");
		return -EINVAL;
	}
	if (!interval || (attrs[BFD_A_ECHO_ENABLED] && !cfg->echo)) {
		NL_SET_ERR_MSG_ATTR(info->extack,
				    attrs[interval ? BFD_A_ECHO_ENABLED :
					  BFD_A_DESIRED_MIN_ECHO_TX_INTERVAL],
				    "an unaffiliated echo session is nothing without echoes");
		return -EINVAL;
	}
	cfg->echo = false;	/* these are no adjunct */
	cfg->desired_min_tx = interval;
	cfg->required_min_rx = interval;
	cfg->desired_min_echo_tx = interval;
	return 0;
}

static const struct nlattr *echo_asked(struct genl_info *info, const struct bfd_fsm_config *cfg)
{
	struct nlattr **attrs = info->attrs;

	if (cfg->unaffiliated || cfg->echo)
		return attrs[BFD_A_UNAFFILIATED_ECHO] ?: attrs[BFD_A_ECHO_ENABLED];
	return cfg->required_min_echo_rx ? attrs[BFD_A_REQUIRED_MIN_ECHO_RX_INTERVAL] : NULL;
}

/*
 * Echoes do not come in by a socket but by a link, and it has to be known which.
 * Over multiple hops they must not be used (RFC 5883, 3).
 */
static int check_link(struct genl_info *info, const struct bfd_session_params *p)
{
	const struct nlattr *attr = echo_asked(info, &p->cfg);

	if (!attr || (p->ifname[0] && p->dport != BFD_PORT_MH))
		return 0;
	if (p->dport == BFD_PORT_MH)
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "the echo function cannot be used over multiple hops");
	else
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "echoes need a session that is bound to an interface: add interface");
	return -EINVAL;
}

int bfd_nl_get_echo(struct genl_info *info, struct bfd_session_params *p)
{
	struct nlattr *tx = info->attrs[BFD_A_DESIRED_MIN_ECHO_TX_INTERVAL];
	struct nlattr *rx = info->attrs[BFD_A_REQUIRED_MIN_ECHO_RX_INTERVAL];
	struct nlattr *enabled = info->attrs[BFD_A_ECHO_ENABLED];
	struct bfd_fsm_config *cfg = &p->cfg;
	int ret;

	if (enabled)
		cfg->echo = nla_get_u8(enabled);
	if (tx)
		cfg->desired_min_echo_tx = nla_get_u32(tx);
	if (rx)
		cfg->required_min_echo_rx = nla_get_u32(rx);
	ret = check_interval(info, BFD_A_DESIRED_MIN_ECHO_TX_INTERVAL, cfg->desired_min_echo_tx);
	if (!ret)
		ret = check_interval(info, BFD_A_REQUIRED_MIN_ECHO_RX_INTERVAL,
				     cfg->required_min_echo_rx);
	if (!ret)
		ret = check_link(info, p);
	if (ret)
		return ret;
	if (cfg->unaffiliated)
		return get_unaffiliated(info, p);
	if (cfg->echo && !cfg->desired_min_echo_tx) {
		if (tx) {
			NL_SET_ERR_MSG_ATTR(info->extack, tx,
					    "0 means no echoes, but echoes are enabled");
			return -EINVAL;
		}
		cfg->desired_min_echo_tx = cfg->desired_min_tx;
	}
	return 0;
}

int bfd_nl_put_echo_stats(struct sk_buff *skb, const struct bfd_session *s)
{
	static const struct bfd_echo none;
	const struct bfd_echo *e = s->echo ?: &none;
	bool unaffiliated = s->fsm.cfg.unaffiliated;

	if (nla_put_u64_64bit(skb, BFD_A_STAT_RECEIVE_ECHO_COUNT,
			      unaffiliated ? s->rx_count : e->rx_count, BFD_A_STAT_PAD) ||
	    nla_put_u64_64bit(skb, BFD_A_STAT_SEND_ECHO_COUNT,
			      unaffiliated ? s->tx_count : e->tx_count, BFD_A_STAT_PAD) ||
	    nla_put_u64_64bit(skb, BFD_A_STAT_LOOPED_ECHO_COUNT, e->looped, BFD_A_STAT_PAD))
		return -EMSGSIZE;
	if (e->rtt_count &&
	    (nla_put_u32(skb, BFD_A_STAT_ECHO_RTT_MIN, div_u64(e->rtt_min, NSEC_PER_USEC)) ||
	     nla_put_u32(skb, BFD_A_STAT_ECHO_RTT_AVG,
			 div_u64(div64_u64(e->rtt_sum, e->rtt_count), NSEC_PER_USEC)) ||
	     nla_put_u32(skb, BFD_A_STAT_ECHO_RTT_MAX, div_u64(e->rtt_max, NSEC_PER_USEC))))
		return -EMSGSIZE;
	return 0;
}

/* ---- the echo source ---- */

static int put_source(struct sk_buff *skb, const struct bfd_net *bn)
{
	union bfd_addr addr;
	int ret = 0;

	if (nla_put_string(skb, BFD_A_ECHO_SOURCE_INTERFACE, bn->echo_source))
		return -EMSGSIZE;
	rcu_read_lock();
	if (bfd_echo_source_addr(bn, AF_INET, &addr))
		ret = nla_put_in_addr(skb, BFD_A_ECHO_SOURCE_IPV4, addr.ip);
	if (!ret && bfd_echo_source_addr(bn, AF_INET6, &addr))
		ret = nla_put_in6_addr(skb, BFD_A_ECHO_SOURCE_IPV6, &addr.ip6);
	rcu_read_unlock();
	return ret;
}

int bfd_nl_echo_source_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	int ret = -EMSGSIZE;
	struct bfd_net *bn;
	void *hdr;

	if (!reply)
		return -ENOMEM;
	bn = bfd_nl_lock_net(info);
	if (IS_ERR(bn)) {
		ret = PTR_ERR(bn);
		goto free;
	}
	hdr = genlmsg_put_reply(reply, info, &bfd_genl_family, 0, info->genlhdr->cmd);
	if (hdr)
		ret = put_source(reply, bn);
	bfd_nl_unlock_net(bn);
	if (ret)
		goto free;
	genlmsg_end(reply, hdr);
	return genlmsg_reply(reply, info);
free:
	nlmsg_free(reply);
	return ret;
}

static int set_source(struct bfd_net *bn, struct genl_info *info)
{
	struct nlattr *attr = info->attrs[BFD_A_ECHO_SOURCE_INTERFACE];
	const struct net_device *dev;
	int ifindex = 0;
	char name[IFNAMSIZ];

	nla_strscpy(name, attr, sizeof(name));
	if (name[0]) {
		rcu_read_lock();
		dev = dev_get_by_name_rcu(bn->net, name);
		ifindex = dev ? dev->ifindex : 0;
		rcu_read_unlock();
		if (!ifindex) {
			NL_SET_ERR_MSG_ATTR(info->extack, attr, "no such interface");
			return -ENODEV;
		}
	}
	strscpy(bn->echo_source, name, sizeof(bn->echo_source));
	WRITE_ONCE(bn->echo_source_ifindex, ifindex);
	return 0;
}

int bfd_nl_echo_source_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct bfd_net *bn;
	int ret;

	if (GENL_REQ_ATTR_CHECK(info, BFD_A_ECHO_SOURCE_INTERFACE)) {
		GENL_SET_ERR_MSG(info, "interface is missing: whose addresses to use");
		return -EINVAL;
	}
	bn = bfd_nl_lock_net(info);
	if (IS_ERR(bn))
		return PTR_ERR(bn);
	ret = set_source(bn, info);
	bfd_nl_unlock_net(bn);
	return ret;
}
