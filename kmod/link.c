// SPDX-License-Identifier: GPL-2.0
/*
 * Links come, go, change their names and their VRF: sessions follow (path.c).
 *
 * A session holds no reference on a device, but its cached route does; that one
 * is dropped here, before the device waits for its last reference.
 */
#include <linux/netdevice.h>
#include <linux/string.h>
#include <net/dst.h>

#include "echo.h"
#include "session.h"

static void forget_route(struct bfd_session *s, const struct net_device *dev)
{
	spin_lock_bh(&s->lock);
	if (s->dst && s->dst->dev == dev)
		bfd_tx_reset_headers(s);
	spin_unlock_bh(&s->lock);
}

static void link_down(struct bfd_net *bn, const struct net_device *dev)
{
	struct bfd_session *s;
	unsigned long id;

	xa_for_each(&bn->sessions, id, s)
		forget_route(s, dev);
}

/* What @dev is, was, or is called now, the session may be waiting for. */
static bool concerns(const struct bfd_session *s, const struct net_device *dev)
{
	return s->ifindex == dev->ifindex || s->key.vrf == dev->ifindex ||
	       !strcmp(s->ifname, dev->name) || !strcmp(s->vrfname, dev->name);
}

static void link_changed(struct bfd_net *bn, const struct net_device *dev)
{
	struct bfd_session *s;
	unsigned long id;

	xa_for_each(&bn->sessions, id, s)
		if (concerns(s, dev))
			bfd_path_follow(bn, s);
}

static int netdev_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	const struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct bfd_net *bn = bfd_net(dev_net(dev));

	switch (event) {
	case NETDEV_REGISTER:
	case NETDEV_CHANGENAME:
	case NETDEV_CHANGEUPPER:
	case NETDEV_DOWN:
	case NETDEV_UNREGISTER:
		break;
	default:
		return NOTIFY_DONE;
	}

	mutex_lock(&bn->lock);
	if (event == NETDEV_DOWN || event == NETDEV_UNREGISTER)
		link_down(bn, dev);
	if (event == NETDEV_UNREGISTER)
		bfd_echo_source_gone(bn, dev);
	else if (event != NETDEV_DOWN)
		bfd_echo_source_named(bn, dev);
	if (event != NETDEV_DOWN)
		link_changed(bn, dev);
	mutex_unlock(&bn->lock);
	return NOTIFY_DONE;
}

static struct notifier_block netdev_nb = {
	.notifier_call = netdev_event,
};

/**
 * bfd_link_init() - listen to what happens to network devices
 *
 * Return: 0 or a negative errno
 */
int bfd_link_init(void)
{
	return register_netdevice_notifier(&netdev_nb);
}

/**
 * bfd_link_exit() - undo bfd_link_init()
 */
void bfd_link_exit(void)
{
	unregister_netdevice_notifier(&netdev_nb);
}
