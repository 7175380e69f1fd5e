// SPDX-License-Identifier: GPL-2.0
/*
 * Owners: what becomes of a session when the socket that made it is closed.
 *
 * The netlink socket that asks for another policy than keep, with the request
 * that makes the session or with a later one, owns it from then on. Netlink
 * tells of every socket that is closed, by its port number: in process context,
 * when the socket is orphaned already. The number may be another socket's by
 * then; the reference that we hold on ours tells the two apart. Ours is never
 * the last one: netlink keeps its own until after it told us.
 */
#include <linux/netlink.h>
#include <linux/notifier.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "session.h"

struct bfd_owner *bfd_owner_get(struct bfd_net *bn, struct sock *sk, u32 portid)
{
	struct bfd_owner *owner;

	lockdep_assert_held(&bn->lock);
	list_for_each_entry(owner, &bn->owners, list) {
		if (owner->sk == sk) {
			owner->users++;
			return owner;
		}
	}
	owner = kzalloc(sizeof(*owner), GFP_KERNEL_ACCOUNT);
	if (!owner)
		return NULL;
	sock_hold(sk);
	owner->sk = sk;
	owner->portid = portid;
	owner->users = 1;
	list_add(&owner->list, &bn->owners);
	return owner;
}

void bfd_owner_put(struct bfd_owner *owner)
{
	if (!owner || --owner->users)
		return;
	list_del(&owner->list);
	sock_put(owner->sk);
	kfree(owner);
}

/* As if the operator had asked for it; from here on it is nobody's. */
static void take_down(struct bfd_net *bn, struct bfd_session *s)
{
	struct bfd_session_params p;

	bfd_session_params(s, &p);
	p.owner = NULL;
	p.owner_exit = BFD_OWNER_EXIT_KEEP;
	p.cfg.admin_down = true;
	bfd_session_change(bn, s, &p, NULL);
}

static void owner_exits(struct bfd_net *bn, struct bfd_owner *owner)
{
	struct bfd_session *s;
	unsigned long id;

	owner->users++;
	xa_for_each(&bn->sessions, id, s) {
		if (s->owner == owner) {
			if (s->owner_exit == BFD_OWNER_EXIT_DELETE)
				bfd_session_destroy(bn, s);
			else
				take_down(bn, s);
		}
		cond_resched();
	}
	bfd_owner_put(owner);
}

static int notify(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct bfd_owner *owner, *next;
	struct netlink_notify *n = ptr;
	struct bfd_net *bn;

	if (event != NETLINK_URELEASE || n->protocol != NETLINK_GENERIC)
		return NOTIFY_DONE;
	bn = bfd_net(n->net);
	/* what this socket asked for, it asked before it was closed */
	if (list_empty(&bn->owners))
		return NOTIFY_DONE;
	mutex_lock(&bn->lock);
	list_for_each_entry_safe(owner, next, &bn->owners, list)
		if (owner->portid == n->portid && sock_flag(owner->sk, SOCK_DEAD))
			owner_exits(bn, owner);
	mutex_unlock(&bn->lock);
	return NOTIFY_DONE;
}

static struct notifier_block bfd_owner_notifier = {
	.notifier_call = notify,
};

int __init bfd_owner_init(void)
{
	return netlink_register_notifier(&bfd_owner_notifier);
}

void bfd_owner_exit(void)
{
	netlink_unregister_notifier(&bfd_owner_notifier);
}
