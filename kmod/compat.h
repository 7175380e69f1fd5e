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
#include <linux/local_lock.h>
#include <linux/netlink.h>
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

/* These two take a struct sock in place of a struct socket from 7.2 on. */
static inline void bfd_setup_udp_tunnel_sock(struct net *net, struct socket *sock,
					     struct udp_tunnel_sock_cfg *cfg)
{
#ifdef BFD_HAVE_UDP_TUNNEL_BY_SOCK
	setup_udp_tunnel_sock(net, sock->sk, cfg);
#else
	setup_udp_tunnel_sock(net, sock, cfg);
#endif
}

static inline void bfd_udp_tunnel_sock_release(struct socket *sock)
{
#ifdef BFD_HAVE_UDP_TUNNEL_BY_SOCK
	udp_tunnel_sock_release(sock->sk);
#else
	udp_tunnel_sock_release(sock);
#endif
}

/* A message with figures, of less than 80 characters, or without them. */
#ifdef BFD_HAVE_EXTACK_FMT
#define BFD_SET_ERR_MSG(extack, plain, fmt, args...)	\
	NL_SET_ERR_MSG_FMT(extack, fmt, ##args)
#else
#define BFD_SET_ERR_MSG(extack, plain, fmt, args...)	\
	NL_SET_ERR_MSG(extack, plain)
#endif

/*
 * What a CPU has for itself, with BHs disabled. With PREEMPT_RT that may not keep
 * others away; kernels of which that is true have a lock that does.
 */
#ifdef local_lock_nested_bh
struct bfd_bh_lock {
	local_lock_t lock;
};

#define BFD_BH_LOCK_INIT	{ .lock = INIT_LOCAL_LOCK(lock) }
#define bfd_bh_lock(bh)		local_lock_nested_bh(&(bh)->lock)
#define bfd_bh_unlock(bh)	local_unlock_nested_bh(&(bh)->lock)
#else
struct bfd_bh_lock {
};

#define BFD_BH_LOCK_INIT	{ }
#define bfd_bh_lock(bh)		do { } while (0)
#define bfd_bh_unlock(bh)	do { } while (0)
#endif

#endif /* _BFD_COMPAT_H */
