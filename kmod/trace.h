/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM bfd

#if !defined(_BFD_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _BFD_TRACE_H

#include <linux/tracepoint.h>
#include <net/net_namespace.h>

#include "bfd.h"

/* A session changed its state. Addresses and the like: ask for the session by id. */
TRACE_EVENT(bfd_state,
	TP_PROTO(const struct bfd_session *s, u8 old_state),
	TP_ARGS(s, old_state),
	TP_STRUCT__entry(
		__field(u32, netns)
		__field(u32, id)
		__field(u32, local_discr)
		__field(u32, remote_discr)
		__field(int, ifindex)
		__field(u8, old_state)
		__field(u8, new_state)
		__field(u8, local_diag)
		__field(u8, remote_diag)
	),
	TP_fast_assign(
		__entry->netns = s->net->ns.inum;
		__entry->id = s->id;
		__entry->local_discr = s->fsm.local_discr;
		__entry->remote_discr = s->fsm.remote_discr;
		__entry->ifindex = s->ifindex;
		__entry->old_state = old_state;
		__entry->new_state = s->fsm.session_state;
		__entry->local_diag = s->fsm.local_diag;
		__entry->remote_diag = s->fsm.remote_diag;
	),
	TP_printk("netns=%u id=%u local_discr=%u remote_discr=%u ifindex=%d old_state=%u new_state=%u local_diag=%u remote_diag=%u",
		  __entry->netns, __entry->id, __entry->local_discr,
		  __entry->remote_discr, __entry->ifindex, __entry->old_state,
		  __entry->new_state, __entry->local_diag, __entry->remote_diag)
);

/* A periodic packet left more than a millisecond after its time. */
TRACE_EVENT(bfd_tx_late,
	TP_PROTO(const struct bfd_session *s, u64 late_ns),
	TP_ARGS(s, late_ns),
	TP_STRUCT__entry(
		__field(u32, netns)
		__field(u32, id)
		__field(u32, local_discr)
		__field(u64, late_ns)
	),
	TP_fast_assign(
		__entry->netns = s->net->ns.inum;
		__entry->id = s->id;
		__entry->local_discr = s->fsm.local_discr;
		__entry->late_ns = late_ns;
	),
	TP_printk("netns=%u id=%u local_discr=%u late_ns=%llu",
		  __entry->netns, __entry->id, __entry->local_discr, __entry->late_ns)
);

#endif /* _BFD_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
