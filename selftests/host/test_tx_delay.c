// SPDX-License-Identifier: GPL-2.0
/* The jitter of periodic packets: RFC 5880, 6.8.7. */
#include "fsm.h"
#include "random.h"
#include "tap.h"

static const u32 intervals[] = {
	1, 2, 10, 999, 1000, 3300, 10000, 50000, 300000, 999999, 1000000, 4294967, 0xffffffff,
};

#define INTERVALS (sizeof(intervals) / sizeof(*intervals))

/* The latest the packet may leave: 100 %, or 90 % with a multiplier of 1. */
static u64 most(u32 interval_us, u8 mult)
{
	return (u64)interval_us * (mult == 1 ? 900 : 1000);
}

static u64 least(u32 interval_us)
{
	return (u64)interval_us * 750;
}

/* What is drawn keeps away from the limits, for packets that leave late. */
static u64 margin(u32 interval_us)
{
	u64 part = (u64)interval_us * 1000 / 32;

	return part < 131072 ? part : 131072;
}

/* 0, or up to a twelfth of the interval, exclusive, as far as 32 bits go. */
static u32 slack_of(u32 interval_us, unsigned int which)
{
	u64 limit = (u64)interval_us * 1000 / 12 - 1;
	u64 slack = which == 0 ? 0 : which == 1 ? limit / 10 : limit;

	return slack > 0xffffffff ? 0xffffffff : slack;
}

TEST(limits, "6.8.7: 75 to 100 %, or 75 to 90 % with a multiplier of 1, and a margin for lateness")
{
	static const u8 mults[] = { 1, 2, 3, 255 };
	static const u32 draws[] = { 0, 1, 255, 256, 0x7fffffff, 0x80000000, 0xffffffff };
	unsigned int i, m, s, r;

	for (i = 0; i < INTERVALS; i++) {
		for (m = 0; m < 4; m++) {
			for (s = 0; s < 3; s++) {
				u32 slack = slack_of(intervals[i], s);

				for (r = 0; r < 50; r++) {
					u32 draw = r < 7 ? draws[r] : random_u32();
					u64 d = bfd_tx_delay(intervals[i], mults[m], slack, 0,
							     draw);

					CASE("%u us x %u, slack %u ns, draw %#x", intervals[i],
					     mults[m], slack, draw);
					CHECK(d >= least(intervals[i]) + margin(intervals[i]));
					CHECK(d + slack + margin(intervals[i]) <=
					      most(intervals[i], mults[m]));
				}
			}
		}
	}
}

TEST(margins, "the margin is 1/32 of the interval, at most two slots of the wheel")
{
	unsigned int i;

	EQ(bfd_tx_margin(1000), 31250);
	EQ(bfd_tx_margin(3300), 103125);
	EQ(bfd_tx_margin(4194), 131062);
	EQ(bfd_tx_margin(4195), 131072);
	EQ(bfd_tx_margin(0xffffffff), 131072);
	for (i = 0; i < INTERVALS; i++)
		EQ(bfd_tx_margin(intervals[i]), margin(intervals[i]));
}

TEST(late, "6.8.7: packets may be as late as the margin, each or every other one")
{
	static const u32 some[] = { 1000, 2000, 3300, 10000, 1000000 };
	unsigned int i, r, mult;

	for (i = 0; i < 5; i++) {
		for (mult = 1; mult < 3; mult++) {
			u64 late = 0, due = 0, left = 0;

			CASE("%u us x %u", some[i], mult);
			for (r = 0; r < 1000; r++) {
				u64 before = left;

				due = left - late + bfd_tx_delay(some[i], mult, 0, 0, random_u32());
				late = random_u32() % (margin(some[i]) + 1);
				left = due + late;
				if (!r)
					continue;
				CHECK(left - before >= least(some[i]));
				CHECK(left - before <= most(some[i], mult));
			}
		}
	}
}

/* A quarter of the range, or four slots, but no more than half of it. */
static u64 jitter(u64 range)
{
	u64 left = range / 4 > 262144 ? range / 4 : 262144;

	return left < range / 2 ? left : range / 2;
}

TEST(room, "what was late lately is kept away from the upper limit; some of the range is left")
{
	static const u64 after[] = { 0, 1, 65536, 131072, 131073, 500000, 2000000, 1ull << 40 };
	unsigned int i, l, mult;

	for (i = 0; i < INTERVALS; i++) {
		for (mult = 1; mult < 3; mult++) {
			u64 low = least(intervals[i]) + margin(intervals[i]);
			u64 top = most(intervals[i], mult);
			u64 end = low + jitter(top - margin(intervals[i]) - low);

			for (l = 0; l < 8; l++) {
				u64 d = bfd_tx_delay(intervals[i], mult, 0, after[l], 0xffffffff);
				u64 first = bfd_tx_delay(intervals[i], mult, 0, after[l], 0);

				CASE("%u us x %u, %llu ns late", intervals[i], mult,
				     (unsigned long long)after[l]);
				EQ(first, low);
				CHECK(d + after[l] <= top || d <= end + 1);
				/* and no farther away than it has to */
				CHECK(d + 1000 >= end || after[l] <= margin(intervals[i]) ||
				      d + after[l] + intervals[i] >= top);
			}
		}
	}
	/* 7.631 to 9.869 ms; with 0.5 ms of room; with a quarter of the range */
	EQ(bfd_tx_delay(10000, 3, 0, 500000, 0xffffffff) / 1000, 9499);
	EQ(bfd_tx_delay(10000, 3, 0, 5000000, 0xffffffff) / 1000, 8190);
	/* of 619 us four slots, 262 us; of 188 us half */
	EQ(bfd_tx_delay(3300, 3, 0, 5000000, 0xffffffff) / 1000, 2578 + 262);
	EQ(bfd_tx_delay(1000, 3, 0, 5000000, 0xffffffff) / 1000, 781 + 93);
}

TEST(extremes, "6.8.7: the whole range but for the margins is used, to a thousandth")
{
	unsigned int i, mult, s;

	for (i = 4; i < INTERVALS; i++) {
		for (mult = 1; mult < 4; mult++) {
			for (s = 0; s < 2; s++) {
				u32 slack = slack_of(intervals[i], s);
				u64 top = most(intervals[i], mult) - slack - margin(intervals[i]);

				CASE("%u us x %u, slack %u ns", intervals[i], mult, slack);
				EQ(bfd_tx_delay(intervals[i], mult, slack, 0, 0),
				   least(intervals[i]) + margin(intervals[i]));
				CHECK(bfd_tx_delay(intervals[i], mult, slack, 0, 0xffffffff) >=
				      top - intervals[i]);
			}
		}
	}
}

TEST(monotone, "more random bits never make a shorter delay")
{
	unsigned int i;
	u64 draw;

	for (i = 0; i < INTERVALS; i++) {
		u64 before = 0;

		for (draw = 0; draw <= 0xffffffff; draw += 0x10001) {
			u64 d = bfd_tx_delay(intervals[i], 3, 0, 0, draw);

			CHECK(d >= before);
			before = d;
		}
	}
}

/* Sorts delays into ten bins of equal width and compares the bins and the mean. */
static void check_uniform(u32 interval, u8 mult, u32 slack)
{
	const unsigned int rounds = 50000;
	u64 low = least(interval) + margin(interval);
	u64 width = most(interval, mult) - margin(interval) - slack - low;
	unsigned int bins[10] = { 0 };
	double sum = 0;
	unsigned int i;

	CASE("%u us x %u, slack %u ns", interval, mult, slack);
	for (i = 0; i < rounds; i++) {
		u64 d = bfd_tx_delay(interval, mult, slack, 0, random_u32()) - low;
		unsigned int bin = d * 10 / width;

		sum += d;
		bins[bin < 10 ? bin : 9]++;
	}
	sum /= rounds;
	CHECK(sum > width * 0.495 && sum < width * 0.505);
	/* 5000 in each, the standard deviation being 67 */
	for (i = 0; i < 10; i++)
		CHECK(bins[i] > 4600 && bins[i] < 5400);
}

TEST(uniform, "6.8.7: the delay is uniform: 87.5 % on average, or 82.5 %")
{
	static const u32 some[] = { 1000, 10000, 1000000, 0xffffffff };
	unsigned int i;

	for (i = 0; i < 4; i++) {
		check_uniform(some[i], 3, 0);
		check_uniform(some[i], 1, 0);
		check_uniform(some[i], 3, slack_of(some[i], 1));
		check_uniform(some[i], 1, slack_of(some[i], 2));
	}
}

TEST(exact, "6.8.7: the first, the middle and the last step of a second")
{
	EQ(bfd_tx_delay(1000000, 3, 0, 0, 0), 750131072);
	CHECK(875000000 - bfd_tx_delay(1000000, 3, 0, 0, 0x80000000) < 1000);
	CHECK(999868928 - bfd_tx_delay(1000000, 3, 0, 0, 0xffffffff) < 1000);
	CHECK(899868928 - bfd_tx_delay(1000000, 1, 0, 0, 0xffffffff) < 1000);
	CHECK(989868928 - bfd_tx_delay(1000000, 3, 10000000, 0, 0xffffffff) < 1000);
}
