/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A second BFD session, written from the text of RFC 5880 and not from fsm.c,
 * to compare it with. Nothing here is kept that can be computed: the interval
 * in use, the Detection Time and the deadline are questions to the variables.
 *
 * Where the RFC leaves a choice the model makes the one that fsm.h documents:
 * Poll Sequences only while Up; a change joins one of which nothing has left,
 * and otherwise waits for its end and a round trip more (6.8.3, choices 1 and
 * 2), but for a peer that wants silence another is begun at once; a Required
 * Min RX of 0 is said only while Up and then nothing is detected; what is known
 * of the peer is kept for one Detection Time in every state. Our Demand mode is
 * active from when the Demand bit is said to the Final of the Poll Sequence
 * that says that it is not set any more. Where its Detection Time gets shorter while
 * a Poll waits for its answer, it is over when the one before would have been, or
 * when all of the new one has passed.
 */
#ifndef _MODEL_H
#define _MODEL_H

#include "fsm.h"

enum model_poll {
	POLL_NONE,
	POLL_WANTED,		/* no packet with P has left */
	POLL_SENT,
};

struct model {
	struct bfd_fsm_config cfg;
	u32 local_discr;
	u8 session_state;
	u8 local_diag;
	bool demand;		/* what the D bit says */
	u32 desired_min_tx;	/* bfd.DesiredMinTxInterval */
	u32 required_min_rx;	/* bfd.RequiredMinRxInterval */

	bool known;		/* the peer was heard within a Detection Time */
	struct bfd_packet heard;	/* what it said last */
	u64 heard_at;
	u64 listening_since;	/* when it was last asked to speak again */

	enum model_poll poll;
	u32 before_tx;		/* the two intervals in use when the Poll Sequence was wanted */
	u32 before_rx;
	bool before_demand;	/* and whether our Demand mode was active */
	bool asked;		/* a Poll Sequence for its own sake */
	bool verifies;		/* the one that is under way tells of nothing, nor do we of it */
	bool untold;		/* other contents changed, and no periodic packet left since */
	u64 first_poll;
	u64 last_poll;
	u64 polled_since;	/* the same as first_poll, but later if Polls got faster */
	u64 quiet_until;	/* 6.8.3: a round trip after the last Poll */
	u64 verified_at;	/* 6.6: the last Final, or when the interval was changed */
};

void model_init(struct model *m, const struct bfd_fsm_config *cfg, u32 local_discr);
void model_configure(struct model *m, const struct bfd_fsm_config *cfg, u64 now);
void model_receive(struct model *m, const struct bfd_packet *p, u64 now);
void model_expire(struct model *m, u64 now);
void model_poll(struct model *m, u64 now);
void model_path_down(struct model *m, u64 now);
void model_echo_failed(struct model *m, u64 now);
struct bfd_packet model_transmit(struct model *m, enum bfd_tx_kind kind, u64 now);

u32 model_remote_min_rx(const struct model *m);
bool model_may_send(const struct model *m);
bool model_waiting(const struct model *m);
bool model_demand_active(const struct model *m);
bool model_remote_demand_active(const struct model *m);
bool model_polls(const struct model *m);
u32 model_tx_interval_now(const struct model *m);
u32 model_tx_interval(const struct model *m);
u64 model_not_before(const struct model *m);
u32 model_rx_interval(const struct model *m);
u32 model_echo_interval(const struct model *m);
u64 model_detection_time(const struct model *m);
u64 model_deadline(const struct model *m);

#endif /* _MODEL_H */
