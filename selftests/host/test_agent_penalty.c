// SPDX-License-Identifier: GPL-2.0
/*
 * bfdagentd: the arithmetic of dampening, in tables of times.
 */
#include <math.h>
#include <stddef.h>
#include "tap.h"
#include "penalty.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define S		1000000ULL

/* Half-life 5 s, so that a second has a value that is easy to follow */
static const struct damping usual = {
	.on = true,
	.half_life = 5 * S,
	.suppress = 2000,
	.reuse = 1000,
	.max_suppress = 20 * S,
};

struct step {
	__u64 at;		/* us */
	bool flap;		/* or only a look */
	double value;		/* afterwards */
	bool held;
};

static void walk(const struct damping *damping, const struct step *steps,
		 size_t count)
{
	struct penalty penalty = { 0 };

	for (size_t i = 0; i < count; i++) {
		const struct step *s = &steps[i];
		bool held;

		CASE("step %zu", i);
		if (s->flap)
			held = penalty_flap(&penalty, damping, s->at);
		else
			held = penalty_check(&penalty, damping, s->at);
		EQ(held, s->held);
		CHECK(fabs(penalty_value(&penalty, damping, s->at) - s->value) <
		      0.01);
	}
	CASE("%s", "");
}

TEST(decay, "a flap costs 1000, which is a half after each half-life")
{
	static const struct step steps[] = {
		{ 100 * S, true, 1000, false },
		{ 105 * S, false, 500, false },
		{ 110 * S, false, 250, false },
		{ 110 * S, true, 1250, false },
		{ 115 * S, false, 625, false },
	};

	walk(&usual, steps, ARRAY_SIZE(steps));
}

TEST(suppress, "at the suppress value it is held down, below the reuse value it is not")
{
	static const struct step steps[] = {
		{ 100 * S, true, 1000, false },
		{ 100 * S, true, 2000, true },
		{ 105 * S - 1, false, 1000, true },
		{ 105 * S, false, 1000, false },
		{ 105 * S, true, 2000, true },
		{ 106 * S, true, 2741.10, true },
		{ 113 * S, false, 1038.68, true },
		{ 114 * S, false, 904.23, false },
	};

	walk(&usual, steps, ARRAY_SIZE(steps));
}

TEST(between, "between reuse and suppress it stays as it was")
{
	static const struct step steps[] = {
		{ 1 * S, true, 1000, false },
		{ 2 * S, true, 1870.55, false },	/* more than reuse */
		{ 2 * S, true, 2870.55, true },
		{ 7 * S, false, 1435.28, true },	/* less than suppress */
	};

	walk(&usual, steps, ARRAY_SIZE(steps));
}

TEST(ceiling, "however much it flaps, max-suppress after the last one it is released")
{
	struct penalty penalty = { 0 };

	for (int i = 0; i < 1000; i++)
		penalty_flap(&penalty, &usual, 50 * S);
	CHECK(fabs(penalty.value - 16000) < 0.01);
	EQ(penalty_release(&penalty, &usual), 70 * S);
	CHECK(penalty_check(&penalty, &usual, 70 * S - 1));
	CHECK(!penalty_check(&penalty, &usual, 70 * S));
}

TEST(backwards, "a clock that goes back neither adds nor takes")
{
	struct penalty penalty = { 0 };

	penalty_flap(&penalty, &usual, 100 * S);
	CHECK(penalty_value(&penalty, &usual, 90 * S) == 1000);
	penalty_flap(&penalty, &usual, 90 * S);
	CHECK(penalty.value == 2000);
	EQ(penalty.at, 100 * S);
}

TEST(slow, "slow flaps are never suppressed, fast ones with the third")
{
	struct penalty slow = { 0 }, fast = { 0 };

	for (int i = 1; i < 100; i++)
		CHECK(!penalty_flap(&slow, &usual, 6 * S * i));
	for (int i = 0; i < 2; i++)
		CHECK(!penalty_flap(&fast, &usual, 1 * S * i));
	CHECK(penalty_flap(&fast, &usual, 2 * S));
}

TEST(wrong, "settings that could never suppress, or never release, are refused")
{
	static const struct {
		__u64 half_life, suppress, reuse, max_suppress;
		bool good;
	} rows[] = {
		{ 5 * S, 2000, 1000, 20 * S, true },
		{ 5 * S, 2000, 2000, 20 * S, false },
		{ 5 * S, 1000, 2000, 20 * S, false },
		{ 5 * S, 2000, 1000, 5 * S, true },
		{ 5 * S, 2000, 1000, 5 * S - 1, false },
		{ 1000, 1000000, 1, 20 * S, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct damping damping = {
			true, rows[i].half_life, rows[i].suppress,
			rows[i].reuse, rows[i].max_suppress,
		};

		CASE("row %zu", i);
		EQ(!damping_wrong(&damping), rows[i].good);
	}
}
