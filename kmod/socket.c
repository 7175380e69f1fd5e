// SPDX-License-Identifier: GPL-2.0
/*
 * UDP sockets, one for each kind of session and each VRF that has one. They are
 * opened with the first session and closed with the last, because an
 * encapsulation socket makes the whole host look up a socket for every UDP
 * packet that GRO sees.
 *
 * A socket without a VRF gets nothing that came by one (unless the sysctl
 * udp_l3mdev_accept is set, and even then a socket bound to the VRF goes
 * first). To the kernel, though, the two clash, unless both have SO_REUSEADDR.
 * Others shall clash with us: packets must not silently go to one of two
 * programs. So ours have it for the moment of each other's bind, and for no
 * longer.
 */
#include <linux/in.h>
#include <linux/net.h>
#include <linux/slab.h>
#include <net/sock.h>
#include <net/udp_tunnel.h>

#include "bfd.h"
#include "compat.h"

static struct bfd_sock *find_socket(struct bfd_net *bn, u16 family, u16 port, u32 vrf)
{
	struct bfd_sock *bs;

	list_for_each_entry(bs, &bn->socks, list)
		if (bs->family == family && bs->port == port && bs->vrf == vrf)
			return bs;
	return NULL;
}

static void set_reuse(struct sock *sk, bool reuse)
{
	lock_sock(sk);
	sk->sk_reuse = reuse ? SK_CAN_REUSE : SK_NO_REUSE;
	release_sock(sk);
}

/* Let a new socket of ours, or no longer, lie beside those of the same port. */
static bool tolerate(struct bfd_net *bn, u16 family, u16 port, bool reuse)
{
	struct bfd_sock *bs;
	bool any = false;

	list_for_each_entry(bs, &bn->socks, list) {
		if (bs->family != family || bs->port != port)
			continue;
		set_reuse(bs->sock->sk, reuse);
		any = true;
	}
	return any;
}

static int bind_any(struct socket *sock, u16 family, u16 port)
{
	struct sockaddr_in6 any6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(port) };

	if (family == AF_INET6)
		return kernel_bind(sock, (void *)&any6, sizeof(any6));
	return kernel_bind(sock, (void *)&any, sizeof(any));
}

static int bind_beside_ours(struct bfd_net *bn, struct socket *sock, u16 family, u16 port)
{
	int ret;

	if (!tolerate(bn, family, port, true))
		return bind_any(sock, family, port);
	set_reuse(sock->sk, true);
	ret = bind_any(sock, family, port);
	set_reuse(sock->sk, false);
	tolerate(bn, family, port, false);
	return ret;
}

static struct socket *open_socket(struct bfd_net *bn, u16 family, u16 port, u32 vrf)
{
	struct socket *sock;
	int ret;

	ret = sock_create_kern(bn->net, family, SOCK_DGRAM, IPPROTO_UDP, &sock);
	if (ret)
		return ERR_PTR(ret);
	if (family == AF_INET6)
		ret = ip6_sock_set_v6only(sock->sk);
	if (!ret && vrf)
		ret = sock_bindtoindex(sock->sk, vrf, true);
	if (!ret)
		ret = bind_beside_ours(bn, sock, family, port);
	if (ret) {
		sock_release(sock);
		return ERR_PTR(ret);
	}
	return sock;
}

static void explain(int err, u16 port, struct netlink_ext_ack *extack)
{
	if (err != -EADDRINUSE)
		NL_SET_ERR_MSG(extack, "cannot open the UDP socket to receive with");
	else if (port == BFD_PORT_MH)
		NL_SET_ERR_MSG(extack, "UDP port 4784 is in use: another BFD daemon?");
	else
		NL_SET_ERR_MSG(extack, "UDP port 3784 is in use: another BFD daemon?");
}

struct bfd_sock *bfd_sock_get(struct bfd_net *bn, u16 family, u16 port, u32 vrf,
			      struct netlink_ext_ack *extack)
{
	struct udp_tunnel_sock_cfg cfg = {
		.encap_type = 1,	/* any but 0: encap_rcv takes every packet */
		.encap_rcv = bfd_rcv,
	};
	struct socket *sock;
	struct bfd_sock *bs;

	lockdep_assert_held(&bn->lock);
	bs = find_socket(bn, family, port, vrf);
	if (bs) {
		bs->users++;
		return bs;
	}

	bs = kzalloc(sizeof(*bs), GFP_KERNEL_ACCOUNT);
	if (!bs)
		return ERR_PTR(-ENOMEM);
	sock = open_socket(bn, family, port, vrf);
	if (IS_ERR(sock)) {
		explain(PTR_ERR(sock), port, extack);
		kfree(bs);
		return ERR_CAST(sock);
	}
	bs->sock = sock;
	bs->bn = bn;
	bs->family = family;
	bs->port = port;
	bs->vrf = vrf;
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
