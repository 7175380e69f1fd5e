// SPDX-License-Identifier: GPL-2.0
/*
 * UDP sockets, one for each kind of session a namespace has. They are opened
 * with the first session and closed with the last, because an encapsulation
 * socket makes the whole host look up a socket for every UDP packet that GRO
 * sees. They are bound without SO_REUSEADDR: packets shall not silently go to
 * one of two programs.
 */
#include <linux/in.h>
#include <linux/net.h>
#include <linux/slab.h>
#include <net/sock.h>
#include <net/udp_tunnel.h>

#include "bfd.h"
#include "compat.h"

static struct socket *open_socket(struct bfd_net *bn, u16 family, u16 port)
{
	struct sockaddr_in6 any6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct socket *sock;
	int ret;

	ret = sock_create_kern(bn->net, family, SOCK_DGRAM, IPPROTO_UDP, &sock);
	if (ret)
		return ERR_PTR(ret);
	if (family == AF_INET6) {
		ret = ip6_sock_set_v6only(sock->sk);
		if (!ret)
			ret = kernel_bind(sock, (void *)&any6, sizeof(any6));
	} else {
		ret = kernel_bind(sock, (void *)&any, sizeof(any));
	}
	if (ret) {
		sock_release(sock);
		return ERR_PTR(ret);
	}
	return sock;
}

struct bfd_sock *bfd_sock_get(struct bfd_net *bn, u16 family, u16 port,
			      struct netlink_ext_ack *extack)
{
	struct udp_tunnel_sock_cfg cfg = {
		.encap_type = 1,	/* any but 0: encap_rcv takes every packet */
		.encap_rcv = bfd_rcv,
	};
	struct socket *sock;
	struct bfd_sock *bs;

	lockdep_assert_held(&bn->lock);
	list_for_each_entry(bs, &bn->socks, list) {
		if (bs->family == family && bs->port == port) {
			bs->users++;
			return bs;
		}
	}

	bs = kzalloc(sizeof(*bs), GFP_KERNEL_ACCOUNT);
	if (!bs)
		return ERR_PTR(-ENOMEM);
	sock = open_socket(bn, family, port);
	if (IS_ERR(sock)) {
		if (PTR_ERR(sock) == -EADDRINUSE)
			NL_SET_ERR_MSG(extack, "UDP port 3784 is in use: another BFD daemon?");
		else
			NL_SET_ERR_MSG(extack, "cannot open the UDP socket to receive with");
		kfree(bs);
		return ERR_CAST(sock);
	}
	bs->sock = sock;
	bs->bn = bn;
	bs->family = family;
	bs->port = port;
	bs->users = 1;
	cfg.sk_user_data = bs;
	bfd_setup_udp_tunnel_sock(bn->net, sock, &cfg);
	list_add(&bs->list, &bn->socks);
	return bs;
}

void bfd_sock_put(struct bfd_sock *bs)
{
	lockdep_assert_held(&bs->bn->lock);
	if (--bs->users)
		return;
	list_del(&bs->list);
	bfd_udp_tunnel_sock_release(bs->sock);	/* waits for bfd_rcv() */
	kfree(bs);
}
