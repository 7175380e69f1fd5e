// SPDX-License-Identifier: GPL-2.0
/*
 * The timer wheel alone, in a kernel whose clock is exact (User-Mode Linux in
 * virtual time): thousands of timers with deadlines from now to weeks ahead are
 * armed, armed anew and cancelled at random. Every one has to fire once, not
 * before its deadline and less than a slot after it.
 *
 * With stuck=1 another test: a timer falls due in a softirq that ends without
 * another round and leaves the rest to ksoftirqd, which does not get the CPU. It
 * has to be called less than a slot after that softirq.
 *
 * Loading succeeds when all did; the log says what did not.
 */
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "wheel.c"

#define TIMERS	4000
#define CLOCK_NS 1000	/* what the clock may be off by, from one look to the next */

static uint seed = 1;
module_param(seed, uint, 0444);

static bool stuck;
module_param(stuck, bool, 0444);

static uint rounds = 200;
module_param(rounds, uint, 0444);

/**
 * struct test_timer - a timer and what became of it
 * @timer: the timer
 * @deadline: what it was armed for, 0: not armed
 * @rearm: times it still arms itself anew when it fires
 */
struct test_timer {
	struct bfd_timer timer;
	u64 deadline;
	unsigned int rearm;
};

static uint magnitude = 20;	/* deadlines up to 2^(32 + this) ns ahead */
module_param(magnitude, uint, 0444);

static struct test_timer *timers;
static struct rnd_state rnd;
static unsigned int fired, wrong;
static u64 latest;

static u64 random_deadline(u64 now)
{
	/* every magnitude from nothing to 104 days is as likely as any other */
	u64 ahead = prandom_u32_state(&rnd) | 1ull << 32;

	ahead <<= prandom_u32_state(&rnd) % (magnitude + 1);
	return now + (ahead >> (prandom_u32_state(&rnd) % 33));
}

static void arm(struct test_timer *t, u64 now)
{
	t->deadline = random_deadline(now);
	bfd_timer_arm(&t->timer, t->deadline, now);
}

static void timer_fn(struct bfd_timer *timer, u64 now)
{
	struct test_timer *t = container_of(timer, struct test_timer, timer);
	u64 late = now - t->deadline;

	fired++;
	if (!t->deadline || now < t->deadline || late >= BFD_SLOT_NS + CLOCK_NS) {
		if (wrong++ < 10)
			pr_err("timer %td fired at %llu for %llu\n", t - timers, now, t->deadline);
	}
	latest = max(latest, late);
	t->deadline = 0;
	if (t->rearm) {
		t->rearm--;
		arm(t, now);
	}
}

static void disturb(void)
{
	struct test_timer *t = &timers[prandom_u32_state(&rnd) % TIMERS];
	u64 now;

	local_bh_disable();
	now = ktime_get_ns();
	if (prandom_u32_state(&rnd) % 4) {
		t->rearm = prandom_u32_state(&rnd) % 4;
		arm(t, now);
	} else {
		bfd_timer_cancel(&t->timer);
		t->deadline = 0;
	}
	local_bh_enable();
}

static unsigned int count_armed(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < TIMERS; i++)
		n += !!READ_ONCE(timers[i].deadline);
	return n;
}

static bool all_empty(void)
{
	struct bfd_wheel_info info;
	unsigned int i, n = 0;

	bfd_wheel_info(bfd_timer_cpu(&timers[0].timer), &info);
	for (i = 0; i < BFD_WHEEL_LEVELS; i++)
		n += info.occupancy[i];
	return !n;
}

static void run_test(void)
{
	unsigned int i, round, cpu = bfd_wheel_place();

	msleep(100);	/* the first ticks after booting are of low resolution */
	for (i = 0; i < TIMERS; i++)
		bfd_timer_init(&timers[i].timer, cpu, timer_fn, BFD_LATE_TX);
	for (round = 0; round < rounds; round++) {
		for (i = 0; i < TIMERS / 10; i++)
			disturb();
		/* from nothing to a hundredth of the longest deadline */
		msleep_interruptible(prandom_u32_state(&rnd) %
				     BIT(prandom_u32_state(&rnd) % (magnitude + 6)));
	}
	/* armed five times in a row at the most */
	for (i = 0; i < 600 && count_armed(); i++)
		msleep_interruptible(24 * 3600 * 1000);
}

/* ---- a softirq that ends while a task wants the CPU ---- */

#define BUSY_US		500
#define STEP_US		10	/* the clock goes on, and interrupts are served, by so much */

/* longer than until the next tick of the kernel's clock, whose end runs softirqs */
#define HELD_MS		(3 * MSEC_PER_SEC / HZ)

static struct bfd_timer held;
static u64 held_deadline, held_late;

static void held_fn(struct bfd_timer *timer, u64 now)
{
	held_late = ktime_get_ns() - held_deadline;
}

static void busy_fn(struct tasklet_struct *unused)
{
	udelay(BUSY_US);
	/* as if a task of higher priority had been woken: there is no other round */
	set_tsk_need_resched(current);
}

/* Return: how late a timer was that fell due meanwhile, ns */
static u64 run_held(void)
{
	struct tasklet_struct busy;
	unsigned int us;
	u64 now;

	tasklet_setup(&busy, busy_fn);
	bfd_timer_init(&held, bfd_wheel_place(), held_fn, BFD_LATE_TX);
	held_late = U64_MAX;
	local_bh_disable();
	now = ktime_get_ns();
	held_deadline = now + BUSY_US / 2 * NSEC_PER_USEC;
	bfd_timer_arm(&held, held_deadline, now);
	tasklet_schedule(&busy);
	local_bh_enable();		/* the tasklet runs here */
	/* in the kernel, without preemption: ksoftirqd has to wait, interrupts have not */
	for (us = 0; us < HELD_MS * USEC_PER_MSEC; us += STEP_US)
		udelay(STEP_US);
	local_bh_disable();
	bfd_timer_cancel(&held);
	local_bh_enable();
	tasklet_kill(&busy);
	return held_late;
}

static bool held_is_punctual(void)
{
	u64 late, most = 0;
	unsigned int i;

	for (i = 0; i < 20; i++) {
		late = run_held();
		most = max(most, late);
		msleep(21);	/* another phase of the clock's tick */
	}
	pr_info("while ksoftirqd did not run: at most %llu ns late\n", most);
	return most < BUSY_US * NSEC_PER_USEC + BFD_SLOT_NS;
}

static int __init wheel_test_init(void)
{
	unsigned int left;
	int ret;

	prandom_seed_state(&rnd, seed);
	timers = kvcalloc(TIMERS, sizeof(*timers), GFP_KERNEL);
	if (!timers)
		return -ENOMEM;
	ret = bfd_wheels_init();
	if (ret)
		goto free;
	if (stuck) {
		if (!held_is_punctual())
			ret = -EIO;
		goto exit;
	}
	run_test();
	left = count_armed();
	pr_info("seed %u: %u fired, %u wrongly, %u never, at most %llu ns late\n", seed, fired,
		wrong, left, latest);
	if (wrong || left || !all_empty() || fired < TIMERS / 20 * rounds)
		ret = -EIO;
	for (left = 0; left < TIMERS; left++) {
		local_bh_disable();
		bfd_timer_cancel(&timers[left].timer);
		local_bh_enable();
	}
exit:
	bfd_wheels_exit();
free:
	kvfree(timers);
	return ret;
}

static void __exit wheel_test_exit(void)
{
}

module_init(wheel_test_init);
module_exit(wheel_test_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Test of the BFD timer wheel");
