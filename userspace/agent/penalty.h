/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Route flap damping (RFC 2439) for the states of sessions: each flap adds to a
 * penalty that decays with time. Nothing here knows sessions or clocks.
 */
#ifndef BFDAGENT_PENALTY_H
#define BFDAGENT_PENALTY_H

#include <stdbool.h>
#include <linux/types.h>

/* What a flap costs */
#define PENALTY_FLAP	1000

/**
 * struct damping - how to damp
 * @on: at all
 * @half_life: in which a penalty falls to a half, us
 * @suppress: at this penalty the holding down begins
 * @reuse: at this penalty it ends
 * @max_suppress: so long after the last flap it has ended at the latest, us
 */
struct damping {
	bool on;
	__u64 half_life;
	__u64 suppress;
	__u64 reuse;
	__u64 max_suppress;
};

/**
 * struct penalty - of one session
 * @value: the penalty
 * @at: when it had that value, us
 * @suppressed: the session is held down
 */
struct penalty {
	double value;
	__u64 at;
	bool suppressed;
};

/**
 * damping_ceiling() - the penalty that no session exceeds
 * @damping: how to damp
 *
 * Return: from where it takes the longest time to get to @reuse.
 */
double damping_ceiling(const struct damping *damping);

/**
 * damping_wrong() - can it work?
 * @damping: how to damp
 *
 * Return: NULL, or what is wrong with it.
 */
const char *damping_wrong(const struct damping *damping);

/**
 * penalty_value() - what is left of a penalty
 * @penalty: the penalty
 * @damping: how to damp
 * @now: us
 *
 * Return: its value at this time.
 */
double penalty_value(const struct penalty *penalty,
		     const struct damping *damping, __u64 now);

/**
 * penalty_flap() - the session has failed
 * @penalty: the penalty
 * @damping: how to damp
 * @now: us
 *
 * Return: true if it is held down.
 */
bool penalty_flap(struct penalty *penalty, const struct damping *damping,
		  __u64 now);

/**
 * penalty_release() - until when the session is held down without more flaps
 * @penalty: the penalty
 * @damping: how to damp
 *
 * Return: us.
 */
__u64 penalty_release(const struct penalty *penalty,
		      const struct damping *damping);

/**
 * penalty_check() - let go if the time has come
 * @penalty: the penalty
 * @damping: how to damp
 * @now: us
 *
 * Return: true if it is held down.
 */
bool penalty_check(struct penalty *penalty, const struct damping *damping,
		   __u64 now);

#endif /* BFDAGENT_PENALTY_H */
