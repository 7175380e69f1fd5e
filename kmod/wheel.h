/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Per-CPU timer wheels: the clock that sessions run on.
 *
 * A wheel is driven by one hard hrtimer, programmed to the next slot that is
 * not empty, which schedules a high-priority tasklet. The tasklet runs the
 * timers. It is not an HRTIMER_MODE_SOFT timer because Linux before 6.4 leaves
 * those to ksoftirqd whenever that is runnable, and a busy real-time task may
 * keep ksoftirqd from the CPU; high-priority tasklets are run at the end of the
 * interrupt all the same.
 */
#ifndef _BFD_WHEEL_H
#define _BFD_WHEEL_H

#include <linux/bits.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/types.h>

#define BFD_SLOT_SHIFT		16	/* a slot is 65.536 us */
#define BFD_SLOT_NS		BIT(BFD_SLOT_SHIFT)
#define BFD_WHEEL_LEVELS	3
#define BFD_LATE_BUCKETS	24
#define BFD_STALL_NS		1000000	/* a wheel held up for longer has stalled */

struct bfd_wheel;
struct bfd_timer;

/* What may be late */
enum bfd_late_kind {
	BFD_LATE_TX,		/* the call of a timer that sends */
	BFD_LATE_LOOK,		/* of one that looks whether packets came */
	BFD_LATE_DETECTION,	/* a session's fall, after the deadline that it missed */
	BFD_LATE_EVENT,		/* the multicast of an event, after what happened */
	BFD_LATE_KINDS
};

/**
 * typedef bfd_timer_fn - a timer is due
 * @timer: no longer queued; may be armed again
 * @now: CLOCK_MONOTONIC, ns
 *
 * Called in softirq on the timer's CPU, in an RCU read side, without locks.
 */
typedef void bfd_timer_fn(struct bfd_timer *timer, u64 now);

/**
 * struct bfd_timer - one deadline
 * @node: in a slot of @wheel; protected by the wheel's lock
 * @wheel: changes only when its CPU goes away, under the old wheel's lock
 * @deadline: CLOCK_MONOTONIC, ns
 * @fn: what to call
 * @slot: index of the slot, all levels counted through
 * @counted: stands for a session in its wheel's count
 * @kind: BFD_LATE_TX or BFD_LATE_LOOK
 */
struct bfd_timer {
	struct hlist_node node;
	struct bfd_wheel *wheel;
	u64 deadline;
	bfd_timer_fn *fn;
	u16 slot;
	bool counted;
	u8 kind;
};

/**
 * struct bfd_wheel_load - what is on a wheel, the beginning of struct bfd_wheel
 * @sessions: counted timers (bfd_wheel_join()) whose wheel it is
 * @late_now: the latest that timers were in the time at hand, ns
 * @late_before: in the time before that
 */
struct bfd_wheel_load {
	u32 sessions;
	u64 late_now;
	u64 late_before;
};

/**
 * struct bfd_late - how late things of one kind were
 * @max: the latest, ns
 * @sum: of all, ns
 * @over_1ms: how many were more than 1 ms late
 * @over_5ms: more than 5 ms
 * @over_20ms: more than 20 ms
 * @histogram: [n] counts those less than 2^n us late and not in [n - 1]; the
 *	last one counts the rest
 */
struct bfd_late {
	u64 max;
	u64 sum;
	u64 over_1ms;
	u64 over_5ms;
	u64 over_20ms;
	u64 histogram[BFD_LATE_BUCKETS];
};

/**
 * struct bfd_wheel_stats - what a wheel saw since it was cleared
 * @wakeups: runs of the tasklet
 * @stall_guard: detections put off after a stall
 * @late: by kind
 */
struct bfd_wheel_stats {
	u64 wakeups;
	u64 stall_guard;
	struct bfd_late late[BFD_LATE_KINDS];
};

/**
 * struct bfd_wheel_info - one CPU's wheel, for reports
 * @stats: see there
 * @sessions: placed on it
 * @occupancy: timers queued, by level
 */
struct bfd_wheel_info {
	struct bfd_wheel_stats stats;
	u32 sessions;
	u32 occupancy[BFD_WHEEL_LEVELS];
};

int bfd_wheels_init(void);
void bfd_wheels_exit(void);

/**
 * bfd_wheel_place() - choose the CPU for a new session
 *
 * A timer armed from one netlink call after the other would pile all sessions
 * on one CPU.
 *
 * Return: the online housekeeping CPU with the fewest sessions.
 */
unsigned int bfd_wheel_place(void);

/**
 * bfd_wheel_join() - count a session on the wheel of its timer
 * @timer: one timer of the session
 *
 * Context: BHs disabled, for bfd_wheel_leave() too.
 */
void bfd_wheel_join(struct bfd_timer *timer);

/**
 * bfd_wheel_leave() - the session is gone
 * @timer: the timer given to bfd_wheel_join()
 */
void bfd_wheel_leave(struct bfd_timer *timer);

/**
 * bfd_timer_init() - prepare a timer, not armed
 * @timer: the timer
 * @cpu: from bfd_wheel_place()
 * @fn: what to call
 * @kind: BFD_LATE_TX or BFD_LATE_LOOK: how its lateness is counted
 */
void bfd_timer_init(struct bfd_timer *timer, unsigned int cpu, bfd_timer_fn *fn,
		    enum bfd_late_kind kind);

/**
 * bfd_timer_arm() - call the timer's function at @deadline, or less than a slot later
 * @timer: queued or not
 * @deadline: CLOCK_MONOTONIC, ns; one that has passed is due at once
 * @now: CLOCK_MONOTONIC, ns
 *
 * Context: BHs disabled. The caller makes sure that the timer is not armed
 * after it was cancelled for good (the session lock and its dead flag).
 */
void bfd_timer_arm(struct bfd_timer *timer, u64 deadline, u64 now);

/**
 * bfd_timer_cancel() - take the timer off its wheel
 * @timer: queued or not
 *
 * The function may still be running or about to be called; it is done with
 * after an RCU grace period. Context: BHs disabled.
 */
void bfd_timer_cancel(struct bfd_timer *timer);

/**
 * bfd_timer_pending() - is a timer queued
 * @timer: the timer
 *
 * Context: serialised with every other use of @timer by its owner.
 */
static inline bool bfd_timer_pending(const struct bfd_timer *timer)
{
	return !hlist_unhashed_lockless(&timer->node);
}

/* Every packet needs these two: no call */
static inline const struct bfd_wheel_load *bfd_timer_load(const struct bfd_timer *timer)
{
	return (const struct bfd_wheel_load *)READ_ONCE(timer->wheel);
}

/**
 * bfd_wheel_sessions() - how many sessions there are on a timer's wheel
 * @timer: the timer
 */
static inline u32 bfd_wheel_sessions(const struct bfd_timer *timer)
{
	return READ_ONCE(bfd_timer_load(timer)->sessions);
}

/**
 * bfd_timer_late_lately() - how late a timer may be, by what its wheel saw
 * @timer: the timer
 *
 * Return: the latest that timers of its wheel were in the last 8 to 17 s, ns
 */
static inline u64 bfd_timer_late_lately(const struct bfd_timer *timer)
{
	const struct bfd_wheel_load *load = bfd_timer_load(timer);

	return max(READ_ONCE(load->late_now), READ_ONCE(load->late_before));
}

/**
 * bfd_timer_cpu() - the CPU that runs a timer
 * @timer: the timer
 */
unsigned int bfd_timer_cpu(const struct bfd_timer *timer);

/**
 * bfd_wheel_count_detection() - a session has failed
 * @timer: the timer that found it out
 * @late_ns: since its deadline
 *
 * Context: BHs disabled, for bfd_wheel_count_stall_guard() too.
 */
void bfd_wheel_count_detection(struct bfd_timer *timer, u64 late_ns);

/**
 * bfd_wheel_count_stall_guard() - a detection was put off
 * @timer: the timer that did
 */
void bfd_wheel_count_stall_guard(struct bfd_timer *timer);

/**
 * bfd_wheel_count_event() - an event was handed over, on this CPU
 * @late_ns: since what it tells of
 *
 * Context: any but hard interrupts, and no wheel's lock held.
 */
void bfd_wheel_count_event(u64 late_ns);

/**
 * bfd_wheel_held() - is a timer late because its CPU was held up
 * @timer: the timer, from its function
 *
 * The CPU did not run its wheel for BFD_STALL_NS or more although it was time,
 * and @timer, by then, was due for as long. One that is late because of others
 * that were due before it is not meant: while those were called, nothing
 * kept received packets from being processed between two runs.
 *
 * Return: true if so.
 */
bool bfd_wheel_held(const struct bfd_timer *timer);

/**
 * bfd_wheel_info() - report one CPU's wheel
 * @cpu: any possible CPU
 * @info: the report
 *
 * Return: false when that CPU never had a wheel.
 */
bool bfd_wheel_info(unsigned int cpu, struct bfd_wheel_info *info);

/* Clear the statistics of all wheels. */
void bfd_wheels_clear_stats(void);

#endif /* _BFD_WHEEL_H */
