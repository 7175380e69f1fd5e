/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Do what a plan says, all of it or nothing.
 */
#ifndef BFDCONF_APPLY_H
#define BFDCONF_APPLY_H

#include "plan.h"

struct apply;

/**
 * apply_begin() - be about to do what a plan says
 * @h: a connected handle; must outlive
 * @ledger: locked until apply_end()
 * @plan: the plan; must outlive
 *
 * Return: to be ended with apply_end(); NULL without memory.
 */
struct apply *apply_begin(struct bfdnl *h, struct ledger *ledger,
			  const struct plan *plan);

/**
 * apply_some() - do some steps
 * @apply: what was begun
 * @steps: how many at most
 * @problems: gets what was refused
 *
 * When a step is refused, those before it are undone, at once and in reverse.
 * What cannot be: a session that was deleted is made again and has to come up
 * again; but deleting comes last, when nothing is left that is likely to be
 * refused.
 *
 * Return: 1: there is more to do; 0: done; a negative errno.
 */
int apply_some(struct apply *apply, unsigned int steps,
	       struct problems *problems);
void apply_end(struct apply *apply);

#endif /* BFDCONF_APPLY_H */
