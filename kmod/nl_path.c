// SPDX-License-Identifier: GPL-2.0
/*
 * Requests: the path that a session is on, and what names it by that. Whether
 * the devices and addresses are there is found out in path.c.
 */
#include <linux/netdevice.h>
#include <net/genetlink.h>
#include <net/ipv6.h>

#include "bfd.h"
#include "nl.h"
#include "session.h"

static int get_addr(const struct nlattr *attr, u16 *family, union bfd_addr *addr,
		    struct netlink_ext_ack *extack)
{
	switch (nla_len(attr)) {
	case sizeof(addr->ip):
		*family = AF_INET;
		break;
	case sizeof(addr->ip6):
		*family = AF_INET6;
		break;
	default:
		NL_SET_ERR_MSG_ATTR(extack, attr, "an address has 4 or 16 bytes");
		return -EINVAL;
	}
	nla_memcpy(addr, attr, sizeof(*addr));
	if (ipv6_addr_any(&addr->ip6)) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "0.0.0.0 and :: are no host's address");
		return -EINVAL;
	}
	return 0;
}

static int get_addrs(struct genl_info *info, struct bfd_selector *sel)
{
	struct nlattr *source = info->attrs[BFD_A_SOURCE_ADDR];
	struct nlattr *dest = info->attrs[BFD_A_DEST_ADDR];
	u16 family;
	int ret;

	if (source) {
		ret = get_addr(source, &sel->family, &sel->source, info->extack);
		if (ret)
			return ret;
	}
	if (dest) {
		ret = get_addr(dest, &family, &sel->dest, info->extack);
		if (ret)
			return ret;
		if (source && sel->family != family) {
			NL_SET_ERR_MSG_ATTR(info->extack, source,
					    "source-addr and dest-addr are of different families");
			return -EINVAL;
		}
		sel->family = family;
	}
	return 0;
}

static int get_link_by_index(struct genl_info *info, char *ifname)
{
	struct nlattr *attr = info->attrs[BFD_A_IFINDEX];
	struct net_device *dev;
	int ret = -ENODEV;

	rcu_read_lock();
	dev = dev_get_by_index_rcu(genl_info_net(info), nla_get_u32(attr));
	if (dev) {
		strscpy(ifname, dev->name, IFNAMSIZ);
		ret = 0;
	}
	rcu_read_unlock();
	if (ret)
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "no interface has this ifindex");
	return ret;
}

static int get_link(struct genl_info *info, struct bfd_selector *sel)
{
	struct nlattr *attr = info->attrs[BFD_A_INTERFACE];
	char name[IFNAMSIZ];
	int ret;

	if (attr) {
		nla_strscpy(sel->ifname, attr, sizeof(sel->ifname));
		if (!sel->ifname[0]) {
			NL_SET_ERR_MSG_ATTR(info->extack, attr, "the interface has no name");
			return -EINVAL;
		}
	}
	if (!info->attrs[BFD_A_IFINDEX])
		return 0;
	ret = get_link_by_index(info, name);
	if (ret)
		return ret;
	if (attr && strcmp(name, sel->ifname)) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[BFD_A_IFINDEX],
				    "interface and ifindex name different interfaces");
		return -EINVAL;
	}
	strscpy(sel->ifname, name, sizeof(sel->ifname));
	return 0;
}

static int get_vrf(struct genl_info *info, struct bfd_selector *sel)
{
	struct nlattr *attr = info->attrs[BFD_A_VRF];

	if (!attr)
		return 0;
	nla_strscpy(sel->vrfname, attr, sizeof(sel->vrfname));
	if (sel->vrfname[0])
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, attr, "the VRF has no name");
	return -EINVAL;
}

int bfd_nl_get_selector(struct genl_info *info, struct bfd_selector *sel)
{
	struct nlattr *path = info->attrs[BFD_A_PATH_TYPE];
	int ret;

	memset(sel, 0, sizeof(*sel));
	if (path) {
		sel->path_given = true;
		sel->path_type = nla_get_u8(path);
	}
	ret = get_addrs(info, sel);
	if (!ret)
		ret = get_link(info, sel);
	if (!ret)
		ret = get_vrf(info, sel);
	return ret;
}

int bfd_nl_check_selected(struct genl_info *info, struct bfd_session *s,
			  const struct bfd_selector *sel)
{
	struct nlattr *discr = info->attrs[BFD_A_LOCAL_DISCRIMINATOR];
	struct nlattr *source = info->attrs[BFD_A_SOURCE_ADDR];
	struct nlattr *dest = info->attrs[BFD_A_DEST_ADDR];
	struct nlattr *differs = NULL;

	spin_lock_bh(&s->lock);
	if (discr && nla_get_u32(discr) != s->fsm.local_discr)
		differs = discr;
	else if (dest && (sel->family != s->key.family ||
			  !ipv6_addr_equal(&sel->dest.ip6, &s->key.peer.ip6)))
		differs = dest;
	else if (source && (sel->family != s->key.family ||
			    !ipv6_addr_equal(&sel->source.ip6, &s->source.ip6)))
		differs = source;
	else if (sel->ifname[0] && strcmp(sel->ifname, s->ifname))
		differs = info->attrs[BFD_A_INTERFACE] ?: info->attrs[BFD_A_IFINDEX];
	else if (sel->vrfname[0] && strcmp(sel->vrfname, s->vrfname))
		differs = info->attrs[BFD_A_VRF];
	else if (sel->path_given && sel->path_type != bfd_path_type(s))
		differs = info->attrs[BFD_A_PATH_TYPE];
	spin_unlock_bh(&s->lock);
	if (!differs)
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, differs,
			    "the session has another one; to change it, delete the session and add a new one");
	return -EINVAL;
}

/* ---- new sessions ---- */

static int check_unicast(struct netlink_ext_ack *extack, const struct nlattr *attr, u16 family,
			 const union bfd_addr *addr)
{
	bool good;

	if (family == AF_INET)
		good = !ipv4_is_zeronet(addr->ip) && !ipv4_is_multicast(addr->ip) &&
		       !ipv4_is_lbcast(addr->ip);
	else
		good = !ipv6_addr_is_multicast(&addr->ip6);
	if (!good) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "not a unicast address");
		return -EINVAL;
	}
	if (family == AF_INET6 && ipv6_addr_v4mapped(&addr->ip6)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "an IPv4-mapped address: give the IPv4 address itself");
		return -EINVAL;
	}
	return 0;
}

static int check_addrs(struct genl_info *info, const struct bfd_selector *sel)
{
	struct nlattr *source = info->attrs[BFD_A_SOURCE_ADDR];
	struct nlattr *dest = info->attrs[BFD_A_DEST_ADDR];
	int ret;

	ret = check_unicast(info->extack, dest, sel->family, &sel->dest);
	if (ret || !source)
		return ret;
	ret = check_unicast(info->extack, source, sel->family, &sel->source);
	if (ret)
		return ret;
	if (bfd_addr_equal(&sel->source, &sel->dest)) {
		NL_SET_ERR_MSG_ATTR(info->extack, source, "source-addr and dest-addr are the same");
		return -EINVAL;
	}
	return 0;
}

static bool is_link_local6(u16 family, const union bfd_addr *addr)
{
	return family == AF_INET6 && ipv6_addr_type(&addr->ip6) & IPV6_ADDR_LINKLOCAL;
}

static int check_single_hop(struct genl_info *info, const struct bfd_selector *sel)
{
	if (sel->ifname[0] || !is_link_local6(sel->family, &sel->dest))
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[BFD_A_DEST_ADDR],
			    "a link-local address needs an interface");
	return -EINVAL;
}

/* RFC 5883, 4.1: the pair of addresses is all that tells sessions apart. */
static int check_multihop(struct genl_info *info, const struct bfd_selector *sel)
{
	struct nlattr **attrs = info->attrs, *local = NULL;

	if (GENL_REQ_ATTR_CHECK(info, BFD_A_SOURCE_ADDR)) {
		GENL_SET_ERR_MSG(info, "source-addr is missing: a multihop session needs one");
		return -EINVAL;
	}
	if (sel->ifname[0]) {
		NL_SET_ERR_MSG_ATTR(info->extack, attrs[BFD_A_INTERFACE] ?: attrs[BFD_A_IFINDEX],
				    "a multihop session has no interface: its packets take any");
		return -EINVAL;
	}
	if (is_link_local6(sel->family, &sel->dest))
		local = attrs[BFD_A_DEST_ADDR];
	else if (is_link_local6(sel->family, &sel->source))
		local = attrs[BFD_A_SOURCE_ADDR];
	if (local) {
		NL_SET_ERR_MSG_ATTR(info->extack, local,
				    "a link-local address is of no use over multiple hops");
		return -EINVAL;
	}
	return 0;
}

int bfd_nl_check_new(struct genl_info *info, const struct bfd_selector *sel)
{
	int ret;

	ret = check_addrs(info, sel);
	if (ret)
		return ret;
	if (sel->path_type == BFD_PATH_IP_MH)
		return check_multihop(info, sel);
	return check_single_hop(info, sel);
}
