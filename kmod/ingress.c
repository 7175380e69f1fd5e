// SPDX-License-Identifier: GPL-2.0
/*
 * A netfilter hook on every link that a session receives by before IP does: for
 * echoes (echo_rx.c), and for express sessions (express.c).
 *
 * It is called for each packet of its link, so most of them have to leave it
 * soon. It is the last of the link's hooks: what a filter there drops is none of
 * ours. What is not for a session goes on as if we were not there.
 */
#include "ingress.h"

#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>

#include "echo.h"
#include "express.h"

/* ---- packets ---- */

/* What none of our packets has, as options and fragments, is left to IP. */
static bool read_ip4(struct bfd_ingress_packet *p)
{
	struct iphdr buf, *iph = skb_header_pointer(p->skb, 0, sizeof(buf), &buf);

	if (!iph || iph->protocol != IPPROTO_UDP || iph->version != 4 || iph->ihl != 5 ||
	    ip_is_fragment(iph))
		return false;
	p->family = AF_INET;
	p->ttl = iph->ttl;
	p->udp_at = sizeof(*iph);
	p->ip_len = ntohs(iph->tot_len);
	return true;
}

static bool read_ip6(struct bfd_ingress_packet *p)
{
	struct ipv6hdr buf, *ip6h = skb_header_pointer(p->skb, 0, sizeof(buf), &buf);

	if (!ip6h || ip6h->nexthdr != IPPROTO_UDP || ip6h->version != 6)
		return false;
	p->family = AF_INET6;
	p->ttl = ip6h->hop_limit;
	p->udp_at = sizeof(*ip6h);
	p->ip_len = sizeof(*ip6h) + ntohs(ip6h->payload_len);
	return true;
}

static bool read_ip(struct bfd_ingress_packet *p)
{
	if (p->skb->protocol == htons(ETH_P_IP))
		return read_ip4(p);
	if (p->skb->protocol == htons(ETH_P_IPV6))
		return read_ip6(p);
	return false;
}

/* Called with BHs disabled, in an RCU read side; see nf_hookfn. */
static unsigned int hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct bfd_ingress_packet p;
	struct udphdr buf, *uh;

	p.skb = skb;
	p.link = priv;
	if (!read_ip(&p))
		return NF_ACCEPT;
	uh = skb_header_pointer(skb, p.udp_at, sizeof(buf), &buf);
	if (!uh || skb->pkt_type != PACKET_HOST || skb_vlan_tag_present(skb) || skb_is_gso(skb))
		return NF_ACCEPT;
	if (uh->dest == htons(BFD_PORT_SH))
		return bfd_express_receive(&p);
	if (uh->dest == htons(BFD_PORT_ECHO))
		return bfd_echo_receive(&p);
	return NF_ACCEPT;
}

static bool checksum4(const struct bfd_ingress_packet *p, unsigned int len, __wsum sum)
{
	struct iphdr buf, *iph = skb_header_pointer(p->skb, 0, sizeof(buf), &buf);

	return iph && !csum_tcpudp_magic(iph->saddr, iph->daddr, len, IPPROTO_UDP, sum);
}

static bool checksum6(const struct bfd_ingress_packet *p, unsigned int len, __wsum sum)
{
	struct ipv6hdr buf, *ip6h = skb_header_pointer(p->skb, 0, sizeof(buf), &buf);

	return ip6h && !csum_ipv6_magic(&ip6h->saddr, &ip6h->daddr, len, IPPROTO_UDP, sum);
}

bool bfd_ingress_compute(const struct bfd_ingress_packet *p, unsigned int len)
{
	__wsum sum = skb_checksum(p->skb, p->udp_at, len, 0);

	return p->family == AF_INET ? checksum4(p, len, sum) : checksum6(p, len, sum);
}

/* ---- links ---- */

static void free_rcu_cb(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct bfd_ingress, rcu));
}

static struct bfd_ingress *find_link(struct bfd_net *bn, int ifindex)
{
	struct bfd_ingress *link;

	list_for_each_entry(link, &bn->ingress, list)
		if (link->dev->ifindex == ifindex)
			return link;
	return NULL;
}

/*
 * The device is ours until NETDEV_UNREGISTER, which waits for @bn to be
 * unlocked and then finds it among the session's links.
 */
static struct net_device *hold_dev(struct bfd_net *bn, int ifindex)
{
	struct net_device *dev;

	rcu_read_lock();
	dev = dev_get_by_index_rcu(bn->net, ifindex);
	if (dev)
		dev_hold(dev);
	rcu_read_unlock();
	return dev;
}

static struct bfd_ingress *link_get(struct bfd_net *bn, int ifindex)
{
	struct bfd_ingress *link = find_link(bn, ifindex);
	int ret;

	if (link) {
		link->users++;
		return link;
	}
	link = kzalloc(sizeof(*link), GFP_KERNEL_ACCOUNT);
	if (!link)
		return ERR_PTR(-ENOMEM);
	link->bn = bn;
	link->users = 1;
	link->dev = hold_dev(bn, ifindex);
	if (!link->dev) {
		ret = -ENODEV;
		goto free;
	}
	link->ops = (struct nf_hook_ops) {
		.hook = hook,
		.dev = link->dev,
		.priv = link,
		.pf = NFPROTO_NETDEV,
		.hooknum = NF_NETDEV_INGRESS,
		.priority = INT_MAX,
	};
	ret = nf_register_net_hook(bn->net, &link->ops);
	if (ret)
		goto put;
	list_add(&link->list, &bn->ingress);
	return link;
put:
	dev_put(link->dev);
free:
	kfree(link);
	return ERR_PTR(ret);
}

static void link_put(struct bfd_ingress *link)
{
	if (--link->users)
		return;
	list_del(&link->list);
	nf_unregister_net_hook(link->bn->net, &link->ops);
	dev_put(link->dev);
	call_rcu(&link->rcu, free_rcu_cb);	/* the hook may be running */
}

int bfd_ingress_prepare(struct bfd_net *bn, struct bfd_session *s, struct netlink_ext_ack *extack)
{
	struct bfd_ingress *link;

	lockdep_assert_held(&bn->lock);
	if (s->ingress || !s->ifindex)	/* a link that is away: when it comes */
		return 0;
	link = link_get(bn, s->ifindex);
	if (IS_ERR(link)) {
		NL_SET_ERR_MSG(extack,
			       "the interface cannot be hooked (CONFIG_NETFILTER_INGRESS)");
		return PTR_ERR(link);
	}
	s->ingress = link;
	return 0;
}

void bfd_ingress_unlink(struct bfd_net *bn, struct bfd_session *s)
{
	lockdep_assert_held(&bn->lock);
	if (!s->ingress)
		return;
	link_put(s->ingress);
	s->ingress = NULL;
}

void bfd_ingress_relink(struct bfd_net *bn, struct bfd_session *s)
{
	struct bfd_ingress *link;
	bool wanted = s->echo || s->express;

	lockdep_assert_held(&bn->lock);
	if (wanted && s->ingress && s->ingress->dev->ifindex == s->ifindex)
		return;
	bfd_ingress_unlink(bn, s);
	if (!wanted || !s->ifindex)
		return;
	link = link_get(bn, s->ifindex);
	if (IS_ERR(link))
		pr_warn_ratelimited("session %u: no echoes on its new interface, and no express: error %ld\n",
				    s->id, PTR_ERR(link));
	else
		s->ingress = link;
}
