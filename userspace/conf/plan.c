// SPDX-License-Identifier: GPL-2.0
/*
 * The difference between a configuration and the kernel.
 *
 * The configuration's are the sessions that it describes, whoever made them,
 * and those that it described when it was applied before: the ledger knows.
 * All others are left alone; where they are in the way, nothing is done.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "identity.h"
#include "plan.h"

/* Key 0, which there is not: the interface that echoes were to come from */
#define ECHO_SOURCE_KEY	0

/**
 * struct making - a plan being made
 * @h: for questions to the kernel
 * @conf: what is wanted
 * @ledger: what is ours
 * @sessions: of the kernel, struct found, by destination
 * @keys: of the kernel, struct fact
 * @plan: where it goes
 * @problems: what is in the way
 */
struct making {
	struct bfdnl *h;
	const struct conf *conf;
	struct ledger *ledger;
	struct vector sessions;
	struct vector keys;
	struct plan *plan;
	struct problems *problems;
};

/* A session of the kernel; @taken: what the configuration describes it */
struct found {
	struct bfdnl_session *fields;
	bool taken;
};

/* A key of the kernel */
struct fact {
	__u32 number;
	unsigned int type;
	__u32 use_count;
};

static void free_found(void *item)
{
	struct found *found = item;

	bfdnl_session_free(found->fields);
	free(found);
}

static void free_step(void *item)
{
	struct step *step = item;

	bfdnl_session_free(step->before);
	bfdnl_session_free(step->changes);
	free(step);
}

void plan_clear(struct plan *plan)
{
	vector_clear(&plan->steps, free_step);
}

/* ---- what there is ---- */

static int collect_session(const struct bfdnl_session *session, void *data)
{
	struct found *found = calloc(1, sizeof(*found));

	if (!found)
		return -ENOMEM;
	found->fields = bfdnl_session_clone(session);
	if (found->fields && !vector_append(data, found))
		return 0;
	free_found(found);
	return -ENOMEM;
}

static int collect_key(const struct bfdnl_key *key, void *data)
{
	struct fact *fact = calloc(1, sizeof(*fact));

	if (!fact)
		return -ENOMEM;
	fact->number = bfdnl_key_number(key);
	fact->type = bfdnl_key_type(key);
	fact->use_count = bfdnl_key_use_count(key);
	if (!vector_append(data, fact))
		return 0;
	free(fact);
	return -ENOMEM;
}

static int compare_found(const void *a, const void *b)
{
	const struct found *x = *(const struct found * const *)a;
	const struct found *y = *(const struct found * const *)b;

	return identity_compare_dest(x->fields, y->fields);
}

static bool look(struct making *m)
{
	int ret;

	ret = bfdnl_dump(m->h, collect_session, &m->sessions);
	if (!ret)
		ret = bfdnl_dump_keys(m->h, collect_key, &m->keys);
	if (ret) {
		problem_at(m->problems, NULL, "%s", ret == -ENOMEM ?
			   strerror(ENOMEM) : bfdnl_error(m->h));
		return false;
	}
	if (m->sessions.size)
		qsort(m->sessions.at, m->sessions.size,
		      sizeof(*m->sessions.at), compare_found);
	return true;
}

static int compare_number(const void *item, const void *key)
{
	const struct fact *fact = item;
	__u32 number = *(const __u32 *)key;

	return fact->number < number ? -1 : fact->number > number;
}

static const struct fact *find_fact(const struct making *m, __u32 number)
{
	return vector_get(&m->keys, compare_number, &number);
}

static int compare_dest(const void *item, const void *key)
{
	const struct found *found = item;

	return identity_compare_dest(found->fields, key);
}

typedef bool (*identity_fn)(const struct bfdnl_session *session,
			    const struct bfdnl_session *described);

/* The first session of the kernel not described yet that fits */
static struct found *find_session(const struct making *m,
				  const struct bfdnl_session *described,
				  identity_fn fits)
{
	const struct vector *v = &m->sessions;

	for (size_t i = vector_find(v, compare_dest, described); i < v->size;
	     i++) {
		struct found *found = v->at[i];

		if (compare_dest(found, described))
			break;
		if (!found->taken && fits(found->fields, described))
			return found;
	}
	return NULL;
}

/* ---- steps ---- */

static struct step *add_step(struct making *m, enum step_kind kind,
			     const config_setting_t *where)
{
	struct step *step = calloc(1, sizeof(*step));

	if (!step || vector_append(&m->plan->steps, step)) {
		free(step);
		problem_at(m->problems, where, "%s", strerror(ENOMEM));
		return NULL;
	}
	step->kind = kind;
	step->where = where;
	return step;
}

static bool ours(const struct making *m, const struct found *found)
{
	return ledger_owned_by(ledger_find(m->ledger, found->fields),
			       LEDGER_CONFIG);
}

static struct step *add_session_step(struct making *m, enum step_kind kind,
				     const struct conf_session *wanted,
				     const struct found *found)
{
	struct step *step;

	step = add_step(m, kind, wanted ? wanted->where : NULL);
	if (!step)
		return NULL;
	step->after = wanted ? wanted->fields : NULL;
	if (!found)
		return step;
	step->was_ours = ours(m, found);
	step->before = bfdnl_session_clone(found->fields);
	if (step->before)
		return step;
	problem_at(m->problems, NULL, "%s", strerror(ENOMEM));
	return NULL;
}

/* ---- sessions ---- */

/* A key that is to come by a delayed switch counts as the key. */
static __u64 key_of(const struct bfdnl_session *s, enum bfdnl_field field)
{
	bool pending = bfdnl_session_has(s, BFDNL_PENDING_KEY);

	if (field == BFDNL_AUTH_KEY && pending)
		return bfdnl_session_number(s, BFDNL_PENDING_KEY);
	if (field == BFDNL_AUTH_KEY_ID && pending)
		return bfdnl_session_number(s, BFDNL_PENDING_KEY_ID);
	return bfdnl_session_number(s, field);
}

static bool differs(const struct bfdnl_session *is,
		    const struct bfdnl_session *wanted, enum bfdnl_field field)
{
	return key_of(is, field) != bfdnl_session_number(wanted, field);
}

static void add_key_change(struct bfdnl_session *changes,
			   const struct bfdnl_session *wanted)
{
	number_copy(changes, wanted, BFDNL_AUTH_KEY);
	if (bfdnl_session_number(wanted, BFDNL_AUTH_KEY))
		number_copy(changes, wanted, BFDNL_AUTH_KEY_ID);
	else
		bfdnl_session_unset(changes, BFDNL_AUTH_KEY_ID);
}

/* Return: what differs, NULL if nothing does; *@failed without memory. */
static struct bfdnl_session *difference(const struct bfdnl_session *is,
					const struct bfdnl_session *wanted,
					bool *failed)
{
	struct bfdnl_session *changes = bfdnl_session_new();
	bool any = false;

	*failed = !changes;
	for (size_t i = 0; changes && i < conf_params_size; i++) {
		enum bfdnl_field field = conf_params[i].field;

		if (!differs(is, wanted, field))
			continue;
		any = true;
		if (field == BFDNL_AUTH_KEY || field == BFDNL_AUTH_KEY_ID)
			add_key_change(changes, wanted);
		else
			number_copy(changes, wanted, field);
	}
	if (any)
		return changes;
	bfdnl_session_free(changes);
	return NULL;
}

static bool must_replace(const struct bfdnl_session *is,
			 const struct bfdnl_session *wanted)
{
	return bfdnl_session_has(wanted, BFDNL_LOCAL_DISCRIMINATOR) &&
	       differs(is, wanted, BFDNL_LOCAL_DISCRIMINATOR);
}

static bool plan_known(struct making *m, const struct conf_session *wanted,
		       struct found *found)
{
	struct bfdnl_session *changes;
	struct step *step;
	bool failed;

	if (must_replace(found->fields, wanted->fields))
		return add_session_step(m, STEP_REPLACE, wanted, found);
	changes = difference(found->fields, wanted->fields, &failed);
	if (changes) {
		step = add_session_step(m, STEP_CHANGE, wanted, found);
		if (!step)
			bfdnl_session_free(changes);
		else
			step->changes = changes;
		return step;
	}
	if (failed) {
		problem_at(m->problems, NULL, "%s", strerror(ENOMEM));
		return false;
	}
	return ours(m, found) ||
	       add_session_step(m, STEP_ADOPT, wanted, found);
}

static bool only_ours(const struct making *m, const struct found *found)
{
	const struct ledger_entry *entry;

	entry = ledger_find(m->ledger, found->fields);
	return ledger_owned_by(entry, LEDGER_CONFIG) && entry->owners.size == 1;
}

static bool plan_new(struct making *m, const struct conf_session *wanted)
{
	char text[IDENTITY_LEN];
	struct found *other;

	other = find_session(m, wanted->fields, identity_clashes);
	if (!other)
		return add_session_step(m, STEP_ADD, wanted, NULL);
	if (!only_ours(m, other)) {
		problem_at(m->problems, wanted->where,
			   "a session of somebody else is in the way: %s",
			   identity_format(other->fields, text));
		return false;
	}
	other->taken = true;
	return add_session_step(m, STEP_REPLACE, wanted, other);
}

static bool check_key(const struct making *m, const struct conf_session *s)
{
	__u32 number = bfdnl_session_number(s->fields, BFDNL_AUTH_KEY);

	if (!number || conf_find_key(m->conf, number) || find_fact(m, number))
		return true;
	problem_at(m->problems, s->where, "key %u: there is no such key",
		   number);
	return false;
}

static bool plan_wanted(struct making *m)
{
	const struct vector *wanted = &m->conf->sessions;
	struct found **matches = calloc(wanted->size + 1, sizeof(struct found *));
	bool good = matches;

	/* first those that are there, so that no other is taken for them */
	for (size_t i = 0; matches && i < wanted->size; i++) {
		const struct conf_session *s = wanted->at[i];

		matches[i] = find_session(m, s->fields, identity_is);
		if (matches[i])
			matches[i]->taken = true;
	}
	for (size_t i = 0; matches && i < wanted->size; i++) {
		const struct conf_session *s = wanted->at[i];

		if (!check_key(m, s) ||
		    !(matches[i] ? plan_known(m, s, matches[i]) :
				   plan_new(m, s)))
			good = false;
	}
	free(matches);
	return good;
}

static bool plan_unwanted(struct making *m)
{
	for (size_t i = 0; i < m->sessions.size; i++) {
		const struct found *found = m->sessions.at[i];

		if (found->taken || !ours(m, found))
			continue;
		if (!add_session_step(m, only_ours(m, found) ? STEP_DELETE :
				      STEP_RELEASE, NULL, found))
			return false;
	}
	return true;
}

/* ---- keys ---- */

static bool same_secret(const struct making *m, const struct conf_key *key)
{
	const struct ledger_key *known;

	known = ledger_find_key(m->ledger, key->number);
	return !key->len || (known && verifier_matches(key, known->verifier));
}

static bool plan_key(struct making *m, const struct conf_key *key)
{
	const struct fact *fact = find_fact(m, key->number);
	struct step *step;

	if (fact && fact->type == key->type && same_secret(m, key))
		return true;
	if (!key->len) {
		problem_at(m->problems, key->where, fact ?
			   "key %u is of another type: its secret is missing" :
			   "key %u is not there: its secret is missing",
			   key->number);
		return false;
	}
	if (fact && fact->use_count) {
		problem_at(m->problems, key->where,
			   "key %u is in use, with a secret that is or may be another: give this one another number",
			   key->number);
		return false;
	}
	step = add_step(m, STEP_SET_KEY, key->where);
	if (!step)
		return false;
	step->key = key;
	step->key_number = key->number;
	step->key_is_new = !fact;
	return true;
}

static bool plan_keys(struct making *m)
{
	bool good = true;

	for (size_t i = 0; i < m->conf->keys.size; i++)
		if (!plan_key(m, m->conf->keys.at[i]))
			good = false;
	return good;
}

static bool plan_old_keys(struct making *m)
{
	const struct ledger_key *known;
	struct step *step;

	for (size_t i = 0; (known = ledger_key_at(m->ledger, i)); i++) {
		if (known->number == ECHO_SOURCE_KEY ||
		    conf_find_key(m->conf, known->number) ||
		    !find_fact(m, known->number))
			continue;
		step = add_step(m, STEP_DEL_KEY, NULL);
		if (!step)
			return false;
		step->key_number = known->number;
	}
	return true;
}

/* ---- the echo source ---- */

static bool plan_echo_source(struct making *m)
{
	const struct ledger_key *known;
	struct bfdnl_echo_source *source;
	const char *is, *wanted = m->conf->echo_source;
	bool good = true;
	struct step *step;

	if (bfdnl_get_echo_source(m->h, &source)) {
		problem_at(m->problems, NULL, "%s", bfdnl_error(m->h));
		return false;
	}
	is = bfdnl_echo_source_interface(source);
	known = ledger_find_key(m->ledger, ECHO_SOURCE_KEY);
	/* one that we have not set is not ours to take away */
	if (wanted ? !is || strcmp(is, wanted) :
		     is && known && !strcmp(known->verifier, is)) {
		step = add_step(m, STEP_ECHO_SOURCE, m->conf->echo_where);
		good = step;
		if (step) {
			strncpy(step->interface, wanted ? wanted : "",
				sizeof(step->interface) - 1);
			strncpy(step->old_interface, is ? is : "",
				sizeof(step->old_interface) - 1);
		}
	}
	bfdnl_echo_source_free(source);
	return good;
}

/* Is there a session of this discriminator, with this peer? */
static bool exists(__u32 discriminator, const struct bfdnl_addr *dest,
		   void *data)
{
	struct bfdnl_session *key = bfdnl_session_new();
	const struct making *m = data;
	bool found = !key;
	size_t i = 0;

	if (key) {
		bfdnl_session_set_addr(key, BFDNL_DEST_ADDR, dest);
		i = vector_find(&m->sessions, compare_dest, key);
	}
	for (; !found && i < m->sessions.size; i++) {
		const struct found *f = m->sessions.at[i];

		if (compare_dest(f, key))
			break;
		found = bfdnl_session_number(f->fields,
					     BFDNL_LOCAL_DISCRIMINATOR) ==
			discriminator;
	}
	bfdnl_session_free(key);
	return found;
}

static int compare_steps(const void *a, const void *b)
{
	const struct step *x = *(const struct step * const *)a;
	const struct step *y = *(const struct step * const *)b;

	return (int)x->kind - (int)y->kind;
}

bool plan_make(struct bfdnl *h, const struct conf *conf,
	       struct ledger *ledger, struct plan *plan,
	       struct problems *problems)
{
	struct making m = {
		.h = h, .conf = conf, .ledger = ledger, .plan = plan,
		.problems = problems,
	};
	bool good;

	*plan = (struct plan){ 0 };
	good = look(&m);
	if (good && ledger_is_locked(ledger))
		ledger_prune(ledger, exists, &m);
	if (good) {
		good = plan_keys(&m);
		good = plan_echo_source(&m) && good;
		good = plan_wanted(&m) && good;
		good = good && plan_unwanted(&m) && plan_old_keys(&m);
	}
	vector_clear(&m.sessions, free_found);
	vector_clear(&m.keys, free);
	if (!good)
		plan_clear(plan);
	else if (plan->steps.size)
		qsort(plan->steps.at, plan->steps.size,
		      sizeof(*plan->steps.at), compare_steps);
	return good;
}
