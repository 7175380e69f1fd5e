/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Links whose received packets we look at before IP does.
 */
#ifndef _BFD_INGRESS_H
#define _BFD_INGRESS_H

#include <linux/netfilter.h>

#include "bfd.h"

/**
 * struct bfd_ingress - such a link
 * @list: in bfd_net.ingress
 * @bn: the namespace
 * @dev: the link, held
 * @ops: of the hook
 * @users: sessions; guarded by bfd_net.lock
 * @rcu: frees it
 */
struct bfd_ingress {
	struct list_head list;
	struct bfd_net *bn;
	struct net_device *dev;
	struct nf_hook_ops ops;
	unsigned int users;
	struct rcu_head rcu;
};

/**
 * struct bfd_ingress_packet - a UDP datagram that such a link received
 * @skb: data at the IP header, which has no options, and is no fragment's
 * @link: the link
 * @family: AF_INET or AF_INET6
 * @ttl: TTL or hop limit
 * @udp_at: offset of the UDP header
 * @ip_len: the whole IP packet, by its header
 */
struct bfd_ingress_packet {
	struct sk_buff *skb;
	const struct bfd_ingress *link;
	u16 family;
	u8 ttl;
	unsigned int udp_at;
	unsigned int ip_len;
};

/* bfd_ingress_checksum() where nobody has looked at it yet */
bool bfd_ingress_compute(const struct bfd_ingress_packet *p, unsigned int len);

/**
 * bfd_ingress_checksum() - is the UDP checksum right
 * @p: the packet
 * @len: of the datagram
 */
static inline bool bfd_ingress_checksum(const struct bfd_ingress_packet *p, unsigned int len)
{
	return p->skb->ip_summed == CHECKSUM_UNNECESSARY ||
	       p->skb->ip_summed == CHECKSUM_PARTIAL || bfd_ingress_compute(p, len);
}

/**
 * bfd_ingress_prepare() - look at what a session's link receives
 * @bn: the namespace, locked
 * @s: the session, which has or is about to have echoes or express
 * @extack: says what is wrong
 *
 * May sleep. Return: 0, -EOPNOTSUPP, -ENODEV, -ENOMEM
 */
int bfd_ingress_prepare(struct bfd_net *bn, struct bfd_session *s, struct netlink_ext_ack *extack);

/**
 * bfd_ingress_unlink() - the session does not look at its link any more
 * @bn: the namespace, locked
 * @s: the session
 *
 * May sleep. The hook may still run until a grace period has passed.
 */
void bfd_ingress_unlink(struct bfd_net *bn, struct bfd_session *s);

/**
 * bfd_ingress_relink() - the session's link came or went, or it needs it no longer
 * @bn: the namespace, locked
 * @s: the session
 */
void bfd_ingress_relink(struct bfd_net *bn, struct bfd_session *s);

#endif /* _BFD_INGRESS_H */
