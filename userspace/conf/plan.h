/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The difference between a configuration and the kernel, and what takes the
 * kernel from the one to the other.
 */
#ifndef BFDCONF_PLAN_H
#define BFDCONF_PLAN_H

#include <stdio.h>
#include "conf.h"
#include "ledger.h"

/* In the order in which they are done: what may be refused comes first. */
enum step_kind {
	STEP_SET_KEY,
	STEP_ECHO_SOURCE,
	STEP_CHANGE,
	STEP_ADOPT,		/* as it is; the configuration's from now on */
	STEP_ADD,
	STEP_REPLACE,		/* what cannot be changed differs */
	STEP_RELEASE,		/* not the configuration's, but claims keep it */
	STEP_DELETE,
	STEP_DEL_KEY,
};

/**
 * struct step - one thing to do
 * @kind: what
 * @where: the place in the configuration that asks for it, or NULL
 * @before: the session of the kernel as it is, or NULL
 * @after: identity and parameters that are wanted, or NULL; not its own
 * @changes: of STEP_CHANGE: the parameters that differ
 * @was_ours: the configuration owned @before already
 * @key: of STEP_SET_KEY; not its own
 * @key_number: of STEP_DEL_KEY
 * @key_is_new: there was none of that number
 * @interface: of STEP_ECHO_SOURCE, empty: none
 * @old_interface: what it was
 */
struct step {
	enum step_kind kind;
	const config_setting_t *where;
	struct bfdnl_session *before;
	const struct bfdnl_session *after;
	struct bfdnl_session *changes;
	bool was_ours;
	const struct conf_key *key;
	__u32 key_number;
	bool key_is_new;
	char interface[16];
	char old_interface[16];
};

/**
 * struct plan - all of it
 * @steps: struct step, in the order in which they are done
 */
struct plan {
	struct vector steps;
};

/**
 * plan_make() - compare a configuration with the kernel
 * @h: a connected handle
 * @conf: the configuration
 * @ledger: what was applied before; if it is locked, what it knows of sessions
 *	that are no more is forgotten
 * @plan: gets the plan, to be freed with plan_clear(); valid as long as @conf
 * @problems: gets what stands in the way
 *
 * Return: true if nothing does.
 */
bool plan_make(struct bfdnl *h, const struct conf *conf,
	       struct ledger *ledger, struct plan *plan,
	       struct problems *problems);
void plan_clear(struct plan *plan);

/**
 * plan_print() - the difference, for people
 * @plan: the plan
 * @out: where it goes: a line for each step, nothing without a difference
 */
void plan_print(const struct plan *plan, FILE *out);

/* How many steps make a difference to the kernel */
size_t plan_size(const struct plan *plan);

/* verifier.c */

/**
 * verifier_make() - what a secret can be recognised by
 * @key: the key
 *
 * Return: crypt(3) of it, to be freed; NULL on failure.
 */
char *verifier_make(const struct conf_key *key);

/* Return: true if @verifier was made of the secret of @key. */
bool verifier_matches(const struct conf_key *key, const char *verifier);

#endif /* BFDCONF_PLAN_H */
