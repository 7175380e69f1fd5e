/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only file that knows that kernels differ.
 *
 * Version numbers lie: stable trees and distributions backport interfaces. The
 * BFD_HAVE_* macros are found by Kbuild in the headers of the kernel at hand.
 */
#ifndef _BFD_COMPAT_H
#define _BFD_COMPAT_H

#include <linux/hrtimer.h>
#include <net/genetlink.h>
#include <net/udp_tunnel.h>

static inline void bfd_hrtimer_setup(struct hrtimer *timer,
				     enum hrtimer_restart (*fn)(struct hrtimer *),
				     clockid_t clock, enum hrtimer_mode mode)
{
#ifdef BFD_HAVE_HRTIMER_SETUP
	hrtimer_setup(timer, fn, clock, mode);
#else
	hrtimer_init(timer, clock, mode);
	timer->function = fn;
#endif
}

static inline struct nlattr **bfd_dump_attrs(struct netlink_callback *cb)
{
#ifdef BFD_HAVE_GENL_INFO_DUMP
	return (struct nlattr **)genl_info_dump(cb)->attrs;
#else
	return (struct nlattr **)genl_dumpit_info(cb)->attrs;
#endif
}

/* These two take a struct sock in place of a struct socket from 7.2 on. */
typedef void bfd_sock_release_by_sock(struct sock *sk);

#define bfd_udp_tunnel_arg(sock)						\
	_Generic(&udp_tunnel_sock_release,					\
		 bfd_sock_release_by_sock *: (sock)->sk, default: (sock))

#define bfd_setup_udp_tunnel_sock(net, sock, cfg)				\
	setup_udp_tunnel_sock(net, bfd_udp_tunnel_arg(sock), cfg)

#define bfd_udp_tunnel_sock_release(sock)					\
	udp_tunnel_sock_release(bfd_udp_tunnel_arg(sock))

#endif /* _BFD_COMPAT_H */
