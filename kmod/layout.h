/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What of a session the packets of a second touch lies together: the build fails
 * if it no longer does. Documentation/design/layout.md shows it.
 */
#ifndef _BFD_LAYOUT_H
#define _BFD_LAYOUT_H

#include <linux/build_bug.h>
#include <linux/stddef.h>

#include "bfd.h"

#define BFD_LINE	64

#define BFD_IN_LINES(member, first, last)					\
	static_assert(offsetof(struct bfd_session, member) / BFD_LINE >= (first) &&	\
		      (offsetofend(struct bfd_session, member) - 1) / BFD_LINE <= (last))

/* Locks and pointers of another size push things around: so of usual kernels only. */
#if defined(CONFIG_64BIT) && defined(CONFIG_SMP) && !defined(CONFIG_PREEMPT_RT) && \
	!defined(CONFIG_DEBUG_SPINLOCK) && !defined(CONFIG_DEBUG_LOCK_ALLOC)

/* both ways: 0 and 1, and 2 and 3 of the protocol */
BFD_IN_LINES(lock, 0, 0);
BFD_IN_LINES(discr_node, 0, 0);
BFD_IN_LINES(sock, 0, 0);
BFD_IN_LINES(auth, 0, 0);
BFD_IN_LINES(net, 0, 0);
BFD_IN_LINES(dst, 0, 0);
BFD_IN_LINES(ifindex, 0, 0);
BFD_IN_LINES(key, 1, 1);
BFD_IN_LINES(ifname, 1, 1);
BFD_IN_LINES(rx_count, 1, 1);
BFD_IN_LINES(tx_count, 1, 1);
BFD_IN_LINES(fsm.cfg, 2, 2);
BFD_IN_LINES(fsm.local_discr, 2, 2);
BFD_IN_LINES(fsm.dirty, 2, 2);
BFD_IN_LINES(fsm.remote_min_echo_rx_interval, 2, 3);
BFD_IN_LINES(fsm.last_rx, 3, 3);
BFD_IN_LINES(fsm.detection_time, 3, 3);
BFD_IN_LINES(fsm.tx_not_before, 3, 3);
BFD_IN_LINES(fsm.tx_interval, 3, 3);

/* reception: 4, and no other */
BFD_IN_LINES(rx_times, 4, 4);

/* transmission: 5, 6, with IPv6 7 */
BFD_IN_LINES(tx_timer, 5, 5);
BFD_IN_LINES(last_tx, 5, 5);
BFD_IN_LINES(tx_turn, 5, 5);
BFD_IN_LINES(tx_error, 5, 5);
BFD_IN_LINES(tmpl, 6, 7);

/* a look at the detection time */
BFD_IN_LINES(detect_timer, 8, 8);

/* memory is given out in powers of two */
static_assert(sizeof(struct bfd_session) <= 1024);

#endif

#endif /* _BFD_LAYOUT_H */
