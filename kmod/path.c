// SPDX-License-Identifier: GPL-2.0
/*
 * The place of a session: its link, its VRF, its socket.
 *
 * Links and VRFs are asked for by name, and remembered by ifindex while they are
 * there. A session without a VRF of its own is in that of its link, if it has a
 * link, and follows it. When something that it needs is not there (its link, its
 * VRF, its link in the VRF it was asked to be in, the UDP port), it is away: the
 * path is down, it has no socket, and only its discriminator tells of it. It
 * returns by itself: when devices change, and where no change would tell, as
 * with a port that another program has, when it is tried again.
 *
 * No reference is held on a device but by the cached route; link.c drops that.
 */
#include <linux/errno.h>
#include <linux/inetdevice.h>
#include <linux/jiffies.h>
#include <linux/netdevice.h>
#include <net/addrconf.h>
#include <net/dst.h>
#include <net/l3mdev.h>
#include <net/route.h>

#include "ingress.h"
#include "session.h"

#define RETRY_JIFFIES	HZ

/**
 * struct bfd_place - where a session is, or is to be
 * @ifindex: of the link, 0: any, or it is not there
 * @vrf: ifindex of the VRF, 0: none, or it is not there
 * @away: a positive errno, or 0: all is there
 * @vrf_asked: the VRF was asked for; else it is that of the link
 * @point_to_point: the link has but one other end
 * @ifname: the link's name, "": any
 * @vrfname: the name of the VRF, "": none
 */
struct bfd_place {
	int ifindex;
	u32 vrf;
	int away;
	bool vrf_asked;
	bool point_to_point;
	char ifname[IFNAMSIZ];
	char vrfname[IFNAMSIZ];
};

/* By ifindex first: what has been found once may have got another name. */
static struct net_device *find_dev(struct net *net, int *ifindex, char *name)
{
	struct net_device *dev = NULL;

	if (*ifindex)
		dev = dev_get_by_index_rcu(net, *ifindex);
	if (!dev)
		dev = dev_get_by_name_rcu(net, name);
	*ifindex = dev ? dev->ifindex : 0;
	if (dev)
		strscpy(name, dev->name, IFNAMSIZ);
	return dev;
}

static struct net_device *find_vrf(struct net *net, int ifindex, char *name)
{
	struct net_device *dev = find_dev(net, &ifindex, name);

	return dev && netif_is_l3_master(dev) ? dev : NULL;
}

/* What is there now of what @p was, or was asked to be. In an RCU read side. */
static void locate(struct net *net, struct bfd_place *p)
{
	struct net_device *link = NULL, *vrf = NULL;

	if (p->ifname[0])
		link = find_dev(net, &p->ifindex, p->ifname);
	if (p->vrf_asked) {
		vrf = find_vrf(net, p->vrf, p->vrfname);
	} else if (link) {
		vrf = l3mdev_master_dev_rcu(link);
		strscpy(p->vrfname, vrf ? vrf->name : "", IFNAMSIZ);
	}
	p->vrf = vrf ? vrf->ifindex : 0;
	p->point_to_point = link && link->flags & IFF_POINTOPOINT;
	p->away = 0;
	if ((p->ifname[0] && !link) || (p->vrf_asked && !vrf) ||
	    (link && l3mdev_master_dev_rcu(link) != vrf))
		p->away = ENODEV;
}

/* ---- new sessions ---- */

static int refuse_place(struct net *net, struct bfd_session_params *p,
			const struct bfd_place *place, struct netlink_ext_ack *extack)
{
	p->fault = BFD_A_INTERFACE;
	if (p->ifname[0] && !place->ifindex) {
		NL_SET_ERR_MSG(extack, "no such interface");
		return -ENODEV;
	}
	p->fault = BFD_A_VRF;
	if (!place->vrf) {
		if (dev_get_by_name_rcu(net, p->vrfname)) {
			NL_SET_ERR_MSG(extack, "this interface is not a VRF");
			return -EINVAL;
		}
		NL_SET_ERR_MSG(extack, "no such VRF");
		return -ENODEV;
	}
	NL_SET_ERR_MSG(extack, "the interface is not in this VRF");
	return -EINVAL;
}

static bool is_local(struct net *net, const struct net_device *dev,
		     const struct bfd_session_params *p)
{
	bool link_local;

	if (p->family == AF_INET)
		return inet_addr_type_dev_table(net, dev, p->source.ip) == RTN_LOCAL;
	/* still tentative is good enough: the session waits with it */
	link_local = ipv6_addr_type(&p->source.ip6) & IPV6_ADDR_LINKLOCAL;
	return ipv6_chk_addr_and_flags(net, &p->source.ip6, dev, !link_local, link_local, 0);
}

/* Before a table has any address, all are of this type, 127.0.0.1 included. */
static bool is_link_broadcast(struct net *net, const struct net_device *dev, __be32 addr)
{
	return inet_addr_type_dev_table(net, dev, addr) == RTN_BROADCAST &&
	       inet_addr_type_dev_table(net, dev, htonl(INADDR_LOOPBACK)) != RTN_BROADCAST;
}

/* The addresses, in the VRF of @dev. */
static int check_addrs(struct net *net, const struct net_device *dev,
		       struct bfd_session_params *p, struct netlink_ext_ack *extack)
{
	if (p->family == AF_INET && is_link_broadcast(net, dev, p->dest.ip)) {
		NL_SET_ERR_MSG(extack, "the broadcast address of a link");
		p->fault = BFD_A_DEST_ADDR;
		return -EINVAL;
	}
	if (bfd_addr_any(&p->source) || is_local(net, dev, p))
		return 0;
	if (dev && l3mdev_master_ifindex_rcu(dev))
		NL_SET_ERR_MSG(extack,
			       "the source address is not an address of this host in this VRF");
	else
		NL_SET_ERR_MSG(extack, "the source address is not an address of this host");
	p->fault = BFD_A_SOURCE_ADDR;
	return -EADDRNOTAVAIL;
}

static int check_place(struct net *net, struct bfd_session_params *p,
		       const struct bfd_place *place, struct netlink_ext_ack *extack)
{
	const struct net_device *dev;

	if (place->away)
		return refuse_place(net, p, place, extack);
	dev = dev_get_by_index_rcu(net, place->ifindex ?: place->vrf);
	if (place->ifindex && dev && netif_is_l3_master(dev)) {
		NL_SET_ERR_MSG(extack, "the interface is a VRF: give it as vrf");
		p->fault = BFD_A_INTERFACE;
		return -EINVAL;
	}
	return check_addrs(net, dev, p, extack);
}

int bfd_path_find(struct bfd_net *bn, struct bfd_session_params *p,
		  struct netlink_ext_ack *extack)
{
	struct bfd_place place = { .vrf_asked = p->vrfname[0] };
	int ret;

	strscpy(place.ifname, p->ifname, sizeof(place.ifname));
	strscpy(place.vrfname, p->vrfname, sizeof(place.vrfname));
	rcu_read_lock();
	locate(bn->net, &place);
	ret = check_place(bn->net, p, &place, extack);
	rcu_read_unlock();
	p->vrf_asked = place.vrf_asked;
	p->ifindex = place.ifindex;
	p->vrf = place.vrf;
	p->point_to_point = place.point_to_point;
	strscpy(p->vrfname, place.vrfname, sizeof(p->vrfname));
	return ret;
}

/* ---- sessions that run ---- */

static void place_of(const struct bfd_session *s, struct bfd_place *p)
{
	*p = (struct bfd_place) {
		.ifindex = s->ifindex,
		.vrf = s->key.vrf,
		.away = s->away,
		.vrf_asked = s->vrf_asked,
	};
	strscpy(p->ifname, s->ifname, sizeof(p->ifname));
	strscpy(p->vrfname, s->vrfname, sizeof(p->vrfname));
}

static bool same_place(const struct bfd_place *a, const struct bfd_place *b)
{
	return a->ifindex == b->ifindex && a->vrf == b->vrf && a->away == b->away &&
	       !strcmp(a->ifname, b->ifname) && !strcmp(a->vrfname, b->vrfname);
}

struct bfd_sock *bfd_path_socket(struct bfd_net *bn, const struct bfd_session *s, u32 vrf,
				 struct netlink_ext_ack *extack)
{
	/* what is sent to ourselves comes in by bfd_echo_prepare()'s hook */
	if (s->fsm.cfg.unaffiliated)
		return NULL;
	return bfd_sock_get(bn, s->key.family, s->key.dport, vrf, extack);
}

/* The socket of a place; a session that cannot have it is away. */
static struct bfd_sock *socket_for(struct bfd_net *bn, struct bfd_session *s,
				   struct bfd_place *p)
{
	struct bfd_sock *bs;

	if (p->away)
		return NULL;
	bs = bfd_path_socket(bn, s, p->vrf, NULL);
	if (!IS_ERR(bs))
		return bs;
	p->away = -PTR_ERR(bs);
	return NULL;
}

void bfd_path_set_key(struct bfd_session *s, int ifindex, u32 vrf, bool point_to_point)
{
	s->key.vrf = vrf;
	if (s->key.family == AF_INET6 &&
	    ipv6_addr_type(&s->key.peer.ip6) & IPV6_ADDR_LINKLOCAL)
		s->key.scope = ifindex;
	s->match = s->key;
	if (!point_to_point)
		return;
	memset(&s->match.peer, 0, sizeof(s->match.peer));
	s->match.scope = ifindex;
}

static void set_place(struct bfd_session *s, const struct bfd_place *p)
{
	WRITE_ONCE(s->ifindex, p->ifindex);
	strscpy(s->ifname, p->ifname, sizeof(s->ifname));
	strscpy(s->vrfname, p->vrfname, sizeof(s->vrfname));
	bfd_path_set_key(s, p->ifindex, p->vrf, p->point_to_point);
	s->away = p->away;
}

/* Move to another place; @sock becomes the session's unless it ends up away. */
static void move(struct bfd_net *bn, struct bfd_session *s, const struct bfd_place *p,
		 struct bfd_sock *sock)
{
	unsigned int act = BFD_ACT_PARAMS;
	bool was_away = s->away;
	u8 old_state;
	u64 now;

	rcu_read_lock();
	spin_lock_bh(&s->lock);
	if (!was_away)
		bfd_tables_del_peer(bn, s);
	set_place(s, p);
	if (!s->away)
		s->away = -bfd_tables_add_peer(bn, s);
	s->sock = s->away ? NULL : sock;
	bfd_tx_reset_headers(s);
	now = ktime_get_ns();
	old_state = s->fsm.session_state;
	s->params_reported = 0;
	if (s->away && !was_away)
		act |= bfd_fsm_path_down(&s->fsm, now);
	/* nobody is there to be told: what this would send is dropped */
	kfree_skb_list(bfd_session_act(s, act, old_state, now));
	spin_unlock_bh(&s->lock);
	rcu_read_unlock();
}

/* No event will tell when this is over. */
static bool is_to_be_tried(const struct bfd_session *s)
{
	return s->away && s->away != ENODEV;
}

void bfd_path_follow(struct bfd_net *bn, struct bfd_session *s)
{
	struct bfd_sock *old = s->sock, *sock;
	struct bfd_place before, p;

	lockdep_assert_held(&bn->lock);
	place_of(s, &before);
	p = before;
	rcu_read_lock();
	locate(bn->net, &p);
	rcu_read_unlock();
	if (same_place(&p, &before))
		return;
	sock = socket_for(bn, s, &p);
	if (!same_place(&p, &before)) {
		move(bn, s, &p, sock);
		if (sock && !s->sock)
			bfd_sock_put(sock);
		if (old)
			bfd_sock_put(old);
		bfd_ingress_relink(bn, s);
	}
	if (is_to_be_tried(s))
		schedule_delayed_work(&bn->retry, RETRY_JIFFIES);
}

static void retry(struct work_struct *work)
{
	struct bfd_net *bn = container_of(work, struct bfd_net, retry.work);
	struct bfd_session *s;
	unsigned long id;

	mutex_lock(&bn->lock);
	xa_for_each(&bn->sessions, id, s) {
		if (is_to_be_tried(s))
			bfd_path_follow(bn, s);
		cond_resched();
	}
	mutex_unlock(&bn->lock);
}

void bfd_path_init(struct bfd_net *bn)
{
	INIT_DELAYED_WORK(&bn->retry, retry);
}

void bfd_path_exit(struct bfd_net *bn)
{
	cancel_delayed_work_sync(&bn->retry);
}
