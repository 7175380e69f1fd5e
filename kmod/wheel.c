// SPDX-License-Identifier: GPL-2.0
/*
 * A hierarchical timer wheel per CPU (Varghese and Lauck, scheme 7).
 *
 * Time is counted in ticks of one slot. Level 0 has a slot for every tick of
 * the next 134 ms, level 1 for every 134 ms of the next 34 s, level 2 for every
 * 34 s of the next 2.4 h. A timer farther away waits in the last slot of level
 * 2 and is put anew from there. When the wheel reaches the start of a slot of a
 * higher level, that slot's timers move down. A bitmap a level names the slots
 * that are not empty; the hrtimer is programmed to the first of them.
 *
 * A wheel's timers run on its CPU only. They are armed and cancelled from
 * anywhere under the wheel's lock; another CPU that arms one which is due before
 * all others sends an interrupt, so that the wheel is programmed where it runs.
 */
#include "wheel.h"

#include <linux/cpuhotplug.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/log2.h>
#include <linux/rcupdate.h>
#include <linux/sched/isolation.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/ktime.h>

#include "compat.h"

#define L0_BITS		11
#define L0_SLOTS	BIT(L0_BITS)
#define LN_BITS		8
#define LN_SLOTS	BIT(LN_BITS)
#define ALL_SLOTS	(L0_SLOTS + (BFD_WHEEL_LEVELS - 1) * LN_SLOTS)

#define IDLE		(~(u64)0)	/* no tick: the wheel is empty */
#define NOW_REFRESH	8		/* timers run between looks at the clock */
#define LATELY_TICKS	BIT(17)		/* 8.6 s: what lateness is remembered for, or twice that */

/**
 * struct bfd_wheel - one CPU's timers
 * @load: what bfd_timer_load() shows
 * @lock: guards everything below
 * @cpu: whose
 * @online: the CPU runs; else timers go to @heir
 * @running: the tasklet is at work and programs the hrtimer when it is done
 * @heir: got the timers when the CPU went
 * @tick: the next one to look at; all before are empty
 * @next: what the hrtimer is programmed to, or IDLE
 * @ended: when the last run did, ns; timers that it did not get to waited for us
 * @held_until: the end of the last stall, ns, see bfd_wheel_held()
 * @occupancy: timers by level
 * @hrtimer: schedules @tasklet
 * @tasklet: runs the timers
 * @csd: starts @hrtimer on @cpu
 * @late_since: the tick when @load.late_now began
 * @stats: what happened since it was cleared
 * @map: slots that are not empty
 * @slots: level 0, then level 1, then level 2
 */
struct bfd_wheel {
	struct bfd_wheel_load load;	/* comes first */
	spinlock_t lock;		/* everything below */
	unsigned int cpu;
	bool online;
	bool running;
	struct bfd_wheel *heir;
	u64 tick;
	u64 next;
	u64 ended;
	u64 held_until;
	u32 occupancy[BFD_WHEEL_LEVELS];
	struct hrtimer hrtimer;
	struct tasklet_struct tasklet;
	call_single_data_t csd;
	u64 late_since;
	struct bfd_wheel_stats stats;
	DECLARE_BITMAP(map, ALL_SLOTS);
	struct hlist_head slots[ALL_SLOTS];
};

static DEFINE_PER_CPU(struct bfd_wheel *, wheels);
static enum cpuhp_state hp_state;

static unsigned int level_of(unsigned int slot)
{
	if (slot < L0_SLOTS)
		return 0;
	return 1 + (slot - L0_SLOTS) / LN_SLOTS;
}

static unsigned int level_shift(unsigned int level)
{
	return level ? L0_BITS + (level - 1) * LN_BITS : 0;
}

static unsigned int level_base(unsigned int level)
{
	return level ? L0_SLOTS + (level - 1) * LN_SLOTS : 0;
}

static unsigned int level_slots(unsigned int level)
{
	return level ? LN_SLOTS : L0_SLOTS;
}

/* The tick at or after a time. */
static u64 tick_after(u64 ns)
{
	return (ns + BFD_SLOT_NS - 1) >> BFD_SLOT_SHIFT;
}

/* Put a timer where it is looked at in a tick that its level reaches; returns the tick. */
static inline u64 put(struct bfd_wheel *w, struct bfd_timer *t, unsigned int level, u64 tick)
{
	unsigned int shift = level_shift(level);

	t->slot = level_base(level) + ((tick >> shift) & (level_slots(level) - 1));
	hlist_add_head(&t->node, &w->slots[t->slot]);
	__set_bit(t->slot, w->map);
	w->occupancy[level]++;
	return tick >> shift << shift;
}

static bool reaches(const struct bfd_wheel *w, unsigned int level, u64 tick)
{
	unsigned int shift = level_shift(level);

	return (tick >> shift) - (w->tick >> shift) < level_slots(level);
}

/* Queue a timer; returns the tick at which the wheel has to look at it. */
static u64 enqueue(struct bfd_wheel *w, struct bfd_timer *t)
{
	u64 tick = max(tick_after(t->deadline), w->tick);
	unsigned int level;

	if (likely(reaches(w, 0, tick)))	/* nearly always, so with its constants */
		return put(w, t, 0, tick);
	for (level = 1; level < BFD_WHEEL_LEVELS; level++)
		if (reaches(w, level, tick))
			return put(w, t, level, tick);
	level--;
	return put(w, t, level, w->tick + ((u64)(LN_SLOTS - 1) << level_shift(level)));
}

static void dequeue(struct bfd_wheel *w, struct bfd_timer *t)
{
	hlist_del_init(&t->node);
	w->occupancy[level_of(t->slot)]--;
	if (hlist_empty(&w->slots[t->slot]))
		__clear_bit(t->slot, w->map);
}

/* The tick at which the first slot of a level that is not empty begins. */
static u64 level_next(const struct bfd_wheel *w, unsigned int level)
{
	unsigned int base = level_base(level), n = level_slots(level);
	u64 now = w->tick >> level_shift(level);
	unsigned int at = base + (now & (n - 1));
	unsigned int slot;

	if (!w->occupancy[level])
		return IDLE;
	slot = find_next_bit(w->map, base + n, at);
	if (slot == base + n)
		slot = find_next_bit(w->map, base + n, base);
	/* in level 0 the slot at hand is the next tick, above it is a turn away */
	return (now + ((slot - at) & (n - 1))) << level_shift(level);
}

static u64 next_tick(const struct bfd_wheel *w)
{
	u64 next = level_next(w, 0);
	unsigned int level;

	/* no slot of a higher level begins before the next turn of this one */
	if (next < ALIGN(w->tick, (u64)L0_SLOTS))
		return next;
	for (level = 1; level < BFD_WHEEL_LEVELS; level++)
		next = min(next, level_next(w, level));
	return next;
}

/* A slot of a higher level begins at the tick at hand: its timers move down. */
static void cascade(struct bfd_wheel *w, unsigned int level)
{
	unsigned int slot = level_base(level) +
			    ((w->tick >> level_shift(level)) & (LN_SLOTS - 1));
	struct hlist_node *next;
	struct bfd_timer *t;

	hlist_for_each_entry_safe(t, next, &w->slots[slot], node) {
		dequeue(w, t);
		enqueue(w, t);
	}
}

static void program(struct bfd_wheel *w, u64 next)
{
	w->next = next;
	if (next != IDLE)
		hrtimer_start(&w->hrtimer, ns_to_ktime(next << BFD_SLOT_SHIFT),
			      HRTIMER_MODE_ABS_PINNED_HARD);
}

/* Have the wheel's own CPU run it soon. */
static void kick(struct bfd_wheel *w)
{
	/* one that is under way already does what is asked for */
	smp_call_function_single_async(w->cpu, &w->csd);
}

static void csd_fn(void *info)
{
	struct bfd_wheel *w = info;

	/* not the tasklet: with PREEMPT_RT, softirqs may not be raised here */
	hrtimer_start(&w->hrtimer, 0, HRTIMER_MODE_ABS_PINNED_HARD);
}

static enum hrtimer_restart hrtimer_fn(struct hrtimer *timer)
{
	struct bfd_wheel *w = container_of(timer, struct bfd_wheel, hrtimer);

	tasklet_hi_schedule(&w->tasklet);
	/*
	 * Softirqs that are at hand may end without what was raised meanwhile, and
	 * leave it to ksoftirqd. The end of an interrupt does not: come again.
	 */
	if (IS_ENABLED(CONFIG_PREEMPT_RT) || !in_serving_softirq() || READ_ONCE(w->running))
		return HRTIMER_NORESTART;
	hrtimer_forward_now(timer, ns_to_ktime(BFD_SLOT_NS));
	return HRTIMER_RESTART;
}

static void count_late(struct bfd_late *l, u64 late)
{
	unsigned int us = min_t(u64, late / NSEC_PER_USEC, U32_MAX);

	l->max = max(l->max, late);
	l->sum += late;
	l->histogram[min_t(unsigned int, fls(us), BFD_LATE_BUCKETS - 1)]++;
	if (likely(late <= 1 * NSEC_PER_MSEC))
		return;
	l->over_1ms++;
	l->over_5ms += late > 5 * NSEC_PER_MSEC;
	l->over_20ms += late > 20 * NSEC_PER_MSEC;
}

/* Nothing of ours ran since @since, though something was to run. */
static void note_hold(struct bfd_wheel *w, u64 since, u64 now)
{
	if (now > since + BFD_STALL_NS)
		WRITE_ONCE(w->held_until, now);
}

static void look_at_clock(struct bfd_wheel *w, u64 *now)
{
	u64 before = *now;

	*now = ktime_get_ns();
	note_hold(w, before, *now);
}

/* Remember how late the tick at hand is. */
static void note_late(struct bfd_wheel *w, u64 now)
{
	if (unlikely(w->tick - w->late_since >= LATELY_TICKS)) {
		w->load.late_before = w->load.late_now;
		w->load.late_now = 0;
		w->late_since = w->tick;
	}
	w->load.late_now = max(w->load.late_now, now - (w->tick << BFD_SLOT_SHIFT));
}

/* Call the timers of the tick at hand. Drops the lock around every call. */
static void run_tick(struct bfd_wheel *w, u64 *now, unsigned int *calls)
	__must_hold(&w->lock)
{
	unsigned int slot = w->tick & (L0_SLOTS - 1);
	struct bfd_timer *t;
	HLIST_HEAD(due);

	/* what is armed from here on for now or earlier is for the next tick */
	hlist_move_list(&w->slots[slot], &due);
	__clear_bit(slot, w->map);
	w->tick++;

	while (!hlist_empty(&due)) {
		t = hlist_entry(due.first, struct bfd_timer, node);
		hlist_del_init(&t->node);
		w->occupancy[0]--;
		count_late(&w->stats.late[t->kind], *now - t->deadline);
		spin_unlock(&w->lock);
		t->fn(t, *now);
		if (++*calls % NOW_REFRESH == 0)
			look_at_clock(w, now);
		spin_lock(&w->lock);
	}
}

static void run(struct tasklet_struct *tasklet)
{
	struct bfd_wheel *w = from_tasklet(w, tasklet, tasklet);
	u64 now = ktime_get_ns(), last = now >> BFD_SLOT_SHIFT, next;
	unsigned int level, calls = 0;

	/* its CPU went away and came back between the interrupt and now */
	if (w->cpu != raw_smp_processor_id()) {
		if (READ_ONCE(w->online))
			kick(w);
		return;
	}

	/*
	 * What falls due while we run waits for another round, so that received
	 * packets get their turn.
	 */
	rcu_read_lock();
	spin_lock(&w->lock);
	WRITE_ONCE(w->running, true);
	w->stats.wakeups++;
	next = next_tick(w);
	if (next <= last)
		note_hold(w, max(next << BFD_SLOT_SHIFT, w->ended), now);
	while ((next = next_tick(w)) <= last) {
		w->tick = next;
		for (level = BFD_WHEEL_LEVELS - 1; level; level--)
			if (!(next & ((1ull << level_shift(level)) - 1)))
				cascade(w, level);
		note_late(w, now);
		run_tick(w, &now, &calls);
	}
	w->tick = max(w->tick, last + 1);
	w->ended = now;
	WRITE_ONCE(w->running, false);
	if (w->online)
		program(w, next);
	spin_unlock(&w->lock);
	rcu_read_unlock();
}

static struct bfd_wheel *lock_wheel(struct bfd_timer *t)
	__acquires(&w->lock)
{
	struct bfd_wheel *w;

	for (;;) {
		w = READ_ONCE(t->wheel);
		spin_lock(&w->lock);
		if (likely(w == t->wheel))
			return w;
		spin_unlock(&w->lock);
	}
}

static void set_wheel(struct bfd_timer *t, struct bfd_wheel *to)
{
	if (t->counted) {
		t->wheel->load.sessions--;
		to->load.sessions++;
	}
	WRITE_ONCE(t->wheel, to);
}

/* As lock_wheel(), but the wheel of a CPU that runs. */
static struct bfd_wheel *lock_online_wheel(struct bfd_timer *t)
	__acquires(&w->lock)
{
	struct bfd_wheel *w = lock_wheel(t), *heir;

	while (unlikely(!w->online)) {
		heir = w->heir;
		spin_lock_nested(&heir->lock, SINGLE_DEPTH_NESTING);
		set_wheel(t, heir);
		spin_unlock(&heir->lock);
		spin_unlock(&w->lock);
		w = lock_wheel(t);
	}
	return w;
}

void bfd_timer_arm(struct bfd_timer *t, u64 deadline, u64 now)
{
	struct bfd_wheel *w = lock_online_wheel(t);
	u64 tick = now >> BFD_SLOT_SHIFT, look;

	if (!hlist_unhashed(&t->node))
		dequeue(w, t);
	/* nothing is queued before w->next: catch up, for the lowest level that fits */
	if (!w->running && tick > w->tick && tick < w->next)
		w->tick = tick;
	t->deadline = deadline;
	look = enqueue(w, t);
	if (!w->running && look < w->next) {
		if (w->cpu == raw_smp_processor_id()) {
			program(w, look);
		} else {
			w->next = look;
			kick(w);
		}
	}
	spin_unlock(&w->lock);
}

void bfd_timer_cancel(struct bfd_timer *t)
{
	struct bfd_wheel *w = lock_wheel(t);

	if (!hlist_unhashed(&t->node))
		dequeue(w, t);
	spin_unlock(&w->lock);
}

void bfd_timer_init(struct bfd_timer *t, unsigned int cpu, bfd_timer_fn *fn,
		    enum bfd_late_kind kind)
{
	INIT_HLIST_NODE(&t->node);
	t->wheel = per_cpu(wheels, cpu);
	t->fn = fn;
	t->counted = false;
	t->kind = kind;
}

unsigned int bfd_timer_cpu(const struct bfd_timer *t)
{
	return READ_ONCE(t->wheel)->cpu;
}

unsigned int bfd_wheel_place(void)
{
	unsigned int cpu, best = nr_cpu_ids, least = UINT_MAX;
	struct bfd_wheel *w;

	for_each_cpu_and(cpu, cpu_online_mask, housekeeping_cpumask(HK_TYPE_TIMER)) {
		w = per_cpu(wheels, cpu);
		if (w && READ_ONCE(w->online) && READ_ONCE(w->load.sessions) < least) {
			best = cpu;
			least = w->load.sessions;
		}
	}
	if (best < nr_cpu_ids)
		return best;
	/* every housekeeping CPU is on its way out */
	for_each_possible_cpu(cpu) {
		w = per_cpu(wheels, cpu);
		if (w && READ_ONCE(w->online))
			break;
	}
	return cpu;
}

void bfd_wheel_join(struct bfd_timer *t)
{
	struct bfd_wheel *w = lock_wheel(t);

	t->counted = true;
	w->load.sessions++;
	spin_unlock(&w->lock);
}

void bfd_wheel_leave(struct bfd_timer *t)
{
	struct bfd_wheel *w = lock_wheel(t);

	t->counted = false;
	w->load.sessions--;
	spin_unlock(&w->lock);
}

void bfd_wheel_count_detection(struct bfd_timer *t, u64 late)
{
	struct bfd_wheel *w = lock_wheel(t);

	count_late(&w->stats.late[BFD_LATE_DETECTION], late);
	spin_unlock(&w->lock);
}

void bfd_wheel_count_stall_guard(struct bfd_timer *t)
{
	struct bfd_wheel *w = lock_wheel(t);

	w->stats.stall_guard++;
	spin_unlock(&w->lock);
}

void bfd_wheel_count_event(u64 late)
{
	struct bfd_wheel *w = per_cpu(wheels, raw_smp_processor_id());

	if (!w)		/* a CPU on its way up */
		return;
	spin_lock_bh(&w->lock);
	count_late(&w->stats.late[BFD_LATE_EVENT], late);
	spin_unlock_bh(&w->lock);
}

bool bfd_wheel_held(const struct bfd_timer *t)
{
	return READ_ONCE(READ_ONCE(t->wheel)->held_until) > t->deadline + BFD_STALL_NS;
}

bool bfd_wheel_info(unsigned int cpu, struct bfd_wheel_info *info)
{
	struct bfd_wheel *w = per_cpu(wheels, cpu);

	if (!w)
		return false;
	spin_lock_bh(&w->lock);
	info->stats = w->stats;
	info->sessions = w->load.sessions;
	memcpy(info->occupancy, w->occupancy, sizeof(info->occupancy));
	spin_unlock_bh(&w->lock);
	return true;
}

void bfd_wheels_clear_stats(void)
{
	struct bfd_wheel *w;
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		w = per_cpu(wheels, cpu);
		if (!w)
			continue;
		spin_lock_bh(&w->lock);
		memset(&w->stats, 0, sizeof(w->stats));
		spin_unlock_bh(&w->lock);
	}
}

static struct bfd_wheel *wheel_alloc(unsigned int cpu)
{
	struct bfd_wheel *w = kvzalloc_node(sizeof(*w), GFP_KERNEL, cpu_to_node(cpu));

	if (!w)
		return NULL;
	spin_lock_init(&w->lock);
	w->cpu = cpu;
	w->next = IDLE;
	bfd_hrtimer_setup(&w->hrtimer, hrtimer_fn, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_PINNED_HARD);
	tasklet_setup(&w->tasklet, run);
	INIT_CSD(&w->csd, csd_fn, w);
	return w;
}

static int wheel_online(unsigned int cpu)
{
	struct bfd_wheel *w = per_cpu(wheels, cpu);

	if (!w) {
		w = wheel_alloc(cpu);
		if (!w)
			return -ENOMEM;
		per_cpu(wheels, cpu) = w;
	}
	spin_lock_bh(&w->lock);
	w->tick = ktime_get_ns() >> BFD_SLOT_SHIFT;
	w->next = IDLE;
	w->online = true;
	spin_unlock_bh(&w->lock);
	return 0;
}

static struct bfd_wheel *find_heir(unsigned int cpu)
{
	struct bfd_wheel *w;
	unsigned int other;

	for_each_online_cpu(other) {
		w = per_cpu(wheels, other);
		if (other != cpu && w && w->online)
			return w;
	}
	return NULL;
}

/* The CPU goes away. Called one CPU at a time, so two wheels' locks are safe. */
static int wheel_offline(unsigned int cpu)
{
	struct bfd_wheel *w = per_cpu(wheels, cpu), *heir = find_heir(cpu);
	struct hlist_node *next;
	struct bfd_timer *t;
	unsigned int slot;

	if (!heir)
		return -EBUSY;
	spin_lock_bh(&w->lock);
	spin_lock_nested(&heir->lock, SINGLE_DEPTH_NESTING);
	w->online = false;
	w->heir = heir;
	/* what is overdue here is not late there, where nothing was held up */
	WRITE_ONCE(heir->held_until, ktime_get_ns());
	heir->next = 0;			/* at once: see kick() below */
	for_each_set_bit(slot, w->map, ALL_SLOTS) {
		hlist_for_each_entry_safe(t, next, &w->slots[slot], node) {
			dequeue(w, t);
			set_wheel(t, heir);
			enqueue(heir, t);
		}
	}
	spin_unlock(&heir->lock);
	spin_unlock_bh(&w->lock);
	kick(heir);
	hrtimer_cancel(&w->hrtimer);
	return 0;
}

static void nothing(void *info)
{
}

static void wheels_free(void)
{
	struct bfd_wheel *w;
	unsigned int cpu;

	on_each_cpu(nothing, NULL, true);	/* behind any interrupt from kick() */
	for_each_possible_cpu(cpu) {
		w = per_cpu(wheels, cpu);
		if (!w)
			continue;
		hrtimer_cancel(&w->hrtimer);
		tasklet_kill(&w->tasklet);
		per_cpu(wheels, cpu) = NULL;
		kvfree(w);
	}
}

/**
 * bfd_wheels_init() - a wheel for every CPU, now and when it comes online
 *
 * Return: 0 or a negative errno
 */
int bfd_wheels_init(void)
{
	int ret = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "net/bfd:online", wheel_online,
				    wheel_offline);

	if (ret < 0) {
		wheels_free();
		return ret;
	}
	hp_state = ret;
	return 0;
}

/**
 * bfd_wheels_exit() - undo bfd_wheels_init(); no timer may be left
 */
void bfd_wheels_exit(void)
{
	cpuhp_remove_state_nocalls(hp_state);
	wheels_free();
}
