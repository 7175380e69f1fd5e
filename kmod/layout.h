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

/* Members of 8 bytes and less lie in one line. */
#define BFD_BEGINS(member, line)	\
	static_assert(offsetof(struct bfd_session, member) / BFD_LINE == (line))
#define BFD_ENDS(member, line)		\
	static_assert((offsetofend(struct bfd_session, member) - 1) / BFD_LINE == (line))

/* Locks and pointers of another size push things around: so of usual kernels only. */
#if defined(CONFIG_64BIT) && defined(CONFIG_SMP) && !defined(CONFIG_PREEMPT_RT) && \
	!defined(CONFIG_DEBUG_SPINLOCK) && !defined(CONFIG_DEBUG_LOCK_ALLOC)

/* both ways: 0 and 1, and 2 and 3 of the protocol */
BFD_BEGINS(lock, 0);
BFD_BEGINS(discr_node, 0);
BFD_BEGINS(sock, 0);
BFD_BEGINS(auth, 0);
BFD_BEGINS(net, 0);
BFD_BEGINS(dst, 0);
BFD_BEGINS(ifindex, 0);
BFD_BEGINS(key, 1);
BFD_ENDS(key, 1);
BFD_BEGINS(source, 1);
BFD_ENDS(source, 1);
BFD_BEGINS(rx_count, 1);
BFD_BEGINS(tx_count, 1);
BFD_BEGINS(tx_turn, 1);
BFD_BEGINS(fsm.cfg, 2);
BFD_ENDS(fsm.cfg, 2);
BFD_BEGINS(fsm.local_discr, 2);
BFD_BEGINS(fsm.dirty, 2);
BFD_BEGINS(fsm.settled, 2);
BFD_BEGINS(fsm.last_rx, 3);
BFD_BEGINS(fsm.usual, 3);
BFD_ENDS(fsm.usual, 3);

/* transmission: 4, 5, 6 */
BFD_BEGINS(fsm.tx_interval, 4);
BFD_BEGINS(last_tx, 4);
BFD_BEGINS(tx_error, 4);
BFD_BEGINS(tx_timer, 5);
BFD_ENDS(tx_timer, 5);
BFD_BEGINS(tmpl, 5);
BFD_ENDS(tmpl, 7);

/* reception: 7, and no other */
BFD_BEGINS(rx_times, 7);
BFD_ENDS(rx_times, 7);

/* a look at the detection time */
BFD_BEGINS(detect_timer, 8);
BFD_ENDS(detect_timer, 8);
BFD_BEGINS(suspect, 8);

/* memory is given out in powers of two */
static_assert(sizeof(struct bfd_session) <= 1024);

#endif

#endif /* _BFD_LAYOUT_H */
