// SPDX-License-Identifier: GPL-2.0
/*
 * Bidirectional Forwarding Detection (RFC 5880): load, unload, namespaces.
 */
#include <linux/module.h>
#include <linux/ratelimit.h>
#include <linux/rtnetlink.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "key.h"
#include "session.h"

static unsigned int bfd_net_id __read_mostly;

struct bfd_net *bfd_net(const struct net *net)
{
	return net_generic(net, bfd_net_id);
}

static int __net_init bfd_net_init(struct net *net)
{
	struct bfd_net *bn = bfd_net(net);
	int ret;

	bn->net = net;
	mutex_init(&bn->lock);
	bfd_events_init(bn);
	ratelimit_state_init(&bn->log_limit, DEFAULT_RATELIMIT_INTERVAL, DEFAULT_RATELIMIT_BURST);
	INIT_LIST_HEAD(&bn->socks);
	xa_init(&bn->keys);
	INIT_LIST_HEAD(&bn->ingress);
	INIT_LIST_HEAD(&bn->owners);
	bn->drops = __alloc_percpu_gfp(sizeof(u64) * (BFD_DROP_MAX + 1), sizeof(u64),
				       GFP_KERNEL_ACCOUNT);
	if (!bn->drops)
		return -ENOMEM;
	ida_init(&bn->source_ports);
	bfd_path_init(bn);
	ret = bfd_tables_init(bn);
	if (ret)
		free_percpu(bn->drops);
	return ret;
}

/* No sessions and no keys from here on. */
static void end_sessions(struct net *net)
{
	struct bfd_net *bn = bfd_net(net);

	mutex_lock(&bn->lock);
	bn->dying = true;
	bfd_session_destroy_all(bn);
	bfd_keys_delete_all(bn);
	mutex_unlock(&bn->lock);
	bfd_events_flush(bn);
}

/* The namespace is still whole, and nobody can configure it any more. */
static void __net_exit bfd_net_pre_exit(struct net *net)
{
	end_sessions(net);
	bfd_path_exit(bfd_net(net));
}

/* A grace period has passed: no packet and no timer knows the namespace. */
static void __net_exit bfd_net_exit(struct net *net)
{
	struct bfd_net *bn = bfd_net(net);

	bfd_events_exit(bn);
	bfd_tables_exit(bn);
	ida_destroy(&bn->source_ports);
	xa_destroy(&bn->keys);
	free_percpu(bn->drops);
}

static struct pernet_operations bfd_net_ops = {
	.init = bfd_net_init,
	.pre_exit = bfd_net_pre_exit,
	.exit = bfd_net_exit,
	.id = &bfd_net_id,
	.size = sizeof(struct bfd_net),
};

static int __init bfd_init(void)
{
	int ret;

	ret = bfd_wheels_init();
	if (ret)
		return ret;
	ret = register_pernet_subsys(&bfd_net_ops);
	if (ret)
		goto wheels;
	ret = bfd_link_init();
	if (ret)
		goto pernet;
	ret = bfd_owner_init();
	if (ret)
		goto link;
	ret = bfd_genl_init();
	if (ret)
		goto owner;
	return 0;

owner:
	bfd_owner_exit();
link:
	bfd_link_exit();
pernet:
	unregister_pernet_subsys(&bfd_net_ops);
wheels:
	bfd_wheels_exit();
	rcu_barrier();
	return ret;
}

static void __exit bfd_exit(void)
{
	struct net *net;

	/* while there is a netlink family to report it through */
	down_read(&net_rwsem);
	for_each_net(net)
		end_sessions(net);
	up_read(&net_rwsem);

	bfd_genl_exit();
	bfd_owner_exit();
	bfd_link_exit();
	unregister_pernet_subsys(&bfd_net_ops);
	bfd_wheels_exit();
	bfd_skbs_exit();
	rcu_barrier();	/* sessions are freed by RCU callbacks */
}

module_init(bfd_init);
module_exit(bfd_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Bidirectional Forwarding Detection (RFC 5880)");
MODULE_VERSION("0.1.0");
MODULE_ALIAS_GENL_FAMILY(BFD_GENL_NAME);
