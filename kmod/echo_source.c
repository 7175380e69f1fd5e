// SPDX-License-Identifier: GPL-2.0
/*
 * The echo source: a link, usually a dummy, whose subnets lend echoes a source
 * address that is neither on the link they leave by, so that the neighbor sends
 * no redirects (RFC 5881, 4), nor an address of ours: the one beside ours.
 */
#include "echo.h"

#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <net/addrconf.h>
#include <net/genetlink.h>
#include <net/ipv6.h>

#include "nl.h"
#include "session.h"

static bool source4(const struct net_device *dev, __be32 *addr)
{
	const struct in_device *in_dev = __in_dev_get_rcu(dev);
	const struct in_ifaddr *ifa;

	if (!in_dev)
		return false;
	in_dev_for_each_ifa_rcu(ifa, in_dev) {
		if (ifa->ifa_prefixlen > 31)
			continue;
		*addr = ifa->ifa_local ^ htonl(1);
		return true;
	}
	return false;
}

static bool source6(const struct net_device *dev, struct in6_addr *addr)
{
	struct inet6_dev *in6_dev = __in6_dev_get(dev);
	const struct inet6_ifaddr *ifa;
	bool found = false;

	if (!in6_dev)
		return false;
	read_lock_bh(&in6_dev->lock);
	list_for_each_entry(ifa, &in6_dev->addr_list, if_list) {
		if (ifa->prefix_len > 127 || ipv6_addr_type(&ifa->addr) & IPV6_ADDR_LINKLOCAL)
			continue;
		*addr = ifa->addr;
		addr->s6_addr[15] ^= 1;
		found = true;
		break;
	}
	read_unlock_bh(&in6_dev->lock);
	return found;
}

bool bfd_echo_source_addr(const struct bfd_net *bn, u16 family, union bfd_addr *addr)
{
	int ifindex = READ_ONCE(bn->echo_source_ifindex);
	const struct net_device *dev;

	if (likely(!ifindex))
		return false;
	dev = dev_get_by_index_rcu(bn->net, ifindex);
	if (!dev)
		return false;
	return family == AF_INET6 ? source6(dev, &addr->ip6) : source4(dev, &addr->ip);
}

void bfd_echo_source_named(struct bfd_net *bn, const struct net_device *dev)
{
	lockdep_assert_held(&bn->lock);
	if (bn->echo_source_ifindex == dev->ifindex)
		strscpy(bn->echo_source, dev->name, sizeof(bn->echo_source));
	else if (!bn->echo_source_ifindex && !strcmp(bn->echo_source, dev->name))
		WRITE_ONCE(bn->echo_source_ifindex, dev->ifindex);
}

void bfd_echo_source_gone(struct bfd_net *bn, const struct net_device *dev)
{
	lockdep_assert_held(&bn->lock);
	if (bn->echo_source_ifindex == dev->ifindex)
		WRITE_ONCE(bn->echo_source_ifindex, 0);
}
