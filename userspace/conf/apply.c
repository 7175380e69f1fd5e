// SPDX-License-Identifier: GPL-2.0
/*
 * Do what a plan says.
 *
 * A session is in the ledger before it is in the kernel, and out of the kernel
 * before it is out of the ledger: killed at any moment, the next time finds out
 * what is left to do.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "apply.h"
#include "identity.h"

#define DISCRIMINATORS	8
#define ECHO_SOURCE_KEY	0

struct apply {
	struct bfdnl *h;
	struct ledger *ledger;
	const struct plan *plan;
	size_t next;
	struct bfdnl_session **made;	/* by the step of the same index */
	const char *why;		/* the kernel's words, NULL: not its */
};

struct apply *apply_begin(struct bfdnl *h, struct ledger *ledger,
			  const struct plan *plan)
{
	struct apply *apply = calloc(1, sizeof(*apply));

	if (!apply)
		return NULL;
	apply->h = h;
	apply->ledger = ledger;
	apply->plan = plan;
	apply->made = calloc(plan->steps.size + 1, sizeof(*apply->made));
	if (apply->made)
		return apply;
	free(apply);
	return NULL;
}

void apply_end(struct apply *apply)
{
	if (!apply)
		return;
	for (size_t i = 0; i < apply->plan->steps.size; i++)
		bfdnl_session_free(apply->made[i]);
	free(apply->made);
	free(apply);
}

/* Keep the words of a refusal of the kernel. */
static int kernel(struct apply *a, int ret)
{
	a->why = ret ? bfdnl_error(a->h) : NULL;
	return ret;
}

/* ---- sessions ---- */

static __u32 random_discriminator(void)
{
	__u32 value = 0;

	while (!value)
		if (getrandom(&value, sizeof(value), 0) != sizeof(value))
			value = 0;
	return value;
}

static bool is_taken(const struct apply *a, int code)
{
	const char *attribute = bfdnl_error_attribute(a->h);

	return code == -EEXIST && attribute &&
	       !strcmp(attribute, bfdnl_field_name(BFDNL_LOCAL_DISCRIMINATOR));
}

/* In the ledger under @owners, then in the kernel. */
static int make(struct apply *a, const struct bfdnl_session *fields,
		const struct vector *owners)
{
	int ret = owners ? 0 : ledger_own(a->ledger, fields, LEDGER_CONFIG);

	for (size_t i = 0; !ret && owners && i < owners->size; i++)
		ret = ledger_own(a->ledger, fields, owners->at[i]);
	if (ret)
		return ret;
	ret = kernel(a, bfdnl_add(a->h, fields, NULL));
	if (ret)
		ledger_disown(a->ledger, fields, NULL);
	return ret;
}

static struct bfdnl_session *fields_to_make(const struct bfdnl_session *wanted)
{
	struct bfdnl_session *fields = bfdnl_session_clone(wanted);

	if (fields && !bfdnl_session_number(fields, BFDNL_AUTH_KEY)) {
		bfdnl_session_unset(fields, BFDNL_AUTH_KEY);
		bfdnl_session_unset(fields, BFDNL_AUTH_KEY_ID);
	}
	return fields;
}

static int add(struct apply *a, const struct bfdnl_session *wanted,
	       const struct vector *owners, struct bfdnl_session **made)
{
	struct bfdnl_session *fields = fields_to_make(wanted);
	bool chosen;
	int ret = 0;

	if (!fields)
		return -ENOMEM;
	chosen = bfdnl_session_number(fields, BFDNL_LOCAL_DISCRIMINATOR);
	for (int i = 0; i < DISCRIMINATORS; i++) {
		if (!chosen)
			bfdnl_session_set_number(fields,
						 BFDNL_LOCAL_DISCRIMINATOR,
						 random_discriminator());
		ret = make(a, fields, owners);
		if (chosen || !is_taken(a, ret))
			break;
	}
	if (ret || !made)
		bfdnl_session_free(fields);
	else
		*made = fields;
	return ret;
}

static struct bfdnl_session *selector_of(const struct bfdnl_session *session)
{
	struct bfdnl_session *selector = bfdnl_session_new();

	if (selector)
		number_copy(selector, session, BFDNL_LOCAL_DISCRIMINATOR);
	return selector;
}

/* One that is gone already is as good as deleted. */
static int delete(struct apply *a, const struct bfdnl_session *session)
{
	struct bfdnl_session *selector = selector_of(session);
	int ret;

	if (!selector)
		return -ENOMEM;
	ret = kernel(a, bfdnl_del(a->h, selector));
	bfdnl_session_free(selector);
	if (ret && ret != -ENOENT)
		return ret;
	ret = ledger_disown(a->ledger, session, NULL);
	return ret < 0 ? ret : 0;
}

static int set(struct apply *a, const struct bfdnl_session *session,
	       const struct bfdnl_session *changes)
{
	struct bfdnl_session *selector = selector_of(session);
	int ret;

	if (!selector)
		return -ENOMEM;
	ret = kernel(a, bfdnl_set(a->h, selector, changes));
	bfdnl_session_free(selector);
	return ret;
}

/* Delayed switches of keys are not restored, but what was in use is. */
static int set_back(struct apply *a, const struct step *step)
{
	struct bfdnl_session *old = bfdnl_session_new();
	int ret;

	if (!old)
		return -ENOMEM;
	for (size_t i = 0; i < conf_params_size; i++) {
		enum bfdnl_field field = conf_params[i].field;

		if (bfdnl_session_has(step->changes, field))
			bfdnl_session_set_number(old, field,
						 bfdnl_session_number(step->before, field));
	}
	if (bfdnl_session_has(old, BFDNL_AUTH_KEY)) {
		if (bfdnl_session_number(old, BFDNL_AUTH_KEY))
			number_copy(old, step->before, BFDNL_AUTH_KEY_ID);
		else
			bfdnl_session_unset(old, BFDNL_AUTH_KEY_ID);
	}
	ret = set(a, step->before, old);
	bfdnl_session_free(old);
	return ret;
}

static int own_if_new(struct apply *a, const struct step *step)
{
	return step->was_ours ? 0 :
	       ledger_own(a->ledger, step->before, LEDGER_CONFIG);
}

static int copy_owners(const struct ledger_entry *entry, struct vector *owners)
{
	char *copy = strdup(LEDGER_CONFIG);

	if (!copy || vector_append(owners, copy)) {
		free(copy);
		return -ENOMEM;
	}
	for (size_t i = 0; entry && i < entry->owners.size; i++) {
		if (!strcmp(entry->owners.at[i], LEDGER_CONFIG))
			continue;
		copy = strdup(entry->owners.at[i]);
		if (!copy || vector_append(owners, copy)) {
			free(copy);
			return -ENOMEM;
		}
	}
	return 0;
}

/* What claims hold they go on holding. */
static int replace(struct apply *a, const struct step *step,
		   struct bfdnl_session **made)
{
	struct vector owners = { 0 };
	int ret;

	ret = copy_owners(ledger_find(a->ledger, step->before), &owners);
	if (!ret)
		ret = delete(a, step->before);
	if (!ret)
		ret = add(a, step->after, &owners, made);
	vector_clear(&owners, free);
	return ret;
}

/* ---- keys and echo source ---- */

static int set_key(struct apply *a, const struct conf_key *key)
{
	struct bfdnl_key *object = bfdnl_key_new();
	char *verifier = verifier_make(key);
	int ret = -ENOMEM;

	if (object && verifier) {
		bfdnl_key_set_number(object, key->number);
		bfdnl_key_set_type(object, key->type);
		bfdnl_key_set_secret(object, key->secret, key->len);
		/* until it is done nothing is known of it */
		ret = ledger_set_key(a->ledger, key->number, NULL);
		if (!ret)
			ret = kernel(a, bfdnl_set_key(a->h, object));
		if (!ret)
			ret = ledger_set_key(a->ledger, key->number, verifier);
	}
	bfdnl_key_free(object);
	free(verifier);
	return ret;
}

/* Somebody else may use it: then it stays, and stays ours. */
static int del_key(struct apply *a, __u32 number)
{
	int ret = kernel(a, bfdnl_del_key(a->h, number));

	if (ret == -EBUSY)
		return 0;
	if (ret && ret != -ENOENT)
		return ret;
	return ledger_set_key(a->ledger, number, NULL);
}

static int set_echo_source(struct apply *a, const char *interface)
{
	int ret;

	ret = kernel(a, bfdnl_set_echo_source(a->h, *interface ? interface :
							    NULL));
	if (ret)
		return ret;
	return ledger_set_key(a->ledger, ECHO_SOURCE_KEY,
			      *interface ? interface : NULL);
}

/* ---- steps ---- */

static int run(struct apply *a, const struct step *step,
	       struct bfdnl_session **made)
{
	int ret;

	switch (step->kind) {
	case STEP_SET_KEY:
		return set_key(a, step->key);
	case STEP_ECHO_SOURCE:
		return set_echo_source(a, step->interface);
	case STEP_CHANGE:
		ret = set(a, step->before, step->changes);
		return ret ? ret : own_if_new(a, step);
	case STEP_ADOPT:
		return own_if_new(a, step);
	case STEP_ADD:
		return add(a, step->after, NULL, made);
	case STEP_REPLACE:
		return replace(a, step, made);
	case STEP_RELEASE:
		ret = ledger_disown(a->ledger, step->before, LEDGER_CONFIG);
		return ret < 0 ? ret : 0;
	case STEP_DELETE:
		return delete(a, step->before);
	case STEP_DEL_KEY:
		return del_key(a, step->key_number);
	}
	return 0;
}

static void put_back(struct apply *a, const struct step *step,
		     const struct bfdnl_session *made)
{
	if (made)
		delete(a, made);
	if (step->was_ours)
		add(a, step->before, NULL, NULL);
	else
		bfdnl_add(a->h, step->before, NULL);
}

static void undo(struct apply *a, const struct step *step,
		 const struct bfdnl_session *made)
{
	switch (step->kind) {
	case STEP_SET_KEY:
		if (step->key_is_new)
			del_key(a, step->key_number);
		break;
	case STEP_ECHO_SOURCE:
		set_echo_source(a, step->old_interface);
		break;
	case STEP_CHANGE:
		set_back(a, step);
		if (!step->was_ours)
			ledger_disown(a->ledger, step->before, LEDGER_CONFIG);
		break;
	case STEP_ADOPT:
		ledger_disown(a->ledger, step->before, LEDGER_CONFIG);
		break;
	case STEP_ADD:
		if (made)
			delete(a, made);
		break;
	case STEP_REPLACE:
	case STEP_DELETE:
		put_back(a, step, made);
		break;
	case STEP_RELEASE:
		ledger_own(a->ledger, step->before, LEDGER_CONFIG);
		break;
	case STEP_DEL_KEY:
		break;
	}
}

static void tell(struct apply *a, const struct step *step, int ret,
		 struct problems *problems)
{
	const struct bfdnl_session *s = step->after ? step->after : step->before;
	const char *why = a->why && *a->why ? a->why : strerror(-ret);
	char text[IDENTITY_LEN];

	if (s)
		problem_at(problems, step->where, "session %s: %s",
			   identity_format(s, text), why);
	else if (step->kind == STEP_ECHO_SOURCE)
		problem_at(problems, step->where, "echo-source: %s", why);
	else
		problem_at(problems, step->where, "key %u: %s",
			   step->key_number, why);
}

static void undo_all(struct apply *a)
{
	const struct step *failed = a->plan->steps.at[a->next];

	/* half done: the old one is gone, and the new one was refused */
	if (failed->kind == STEP_REPLACE)
		put_back(a, failed, NULL);
	while (a->next-- > 0)
		undo(a, a->plan->steps.at[a->next], a->made[a->next]);
	a->next = a->plan->steps.size;
}

int apply_some(struct apply *apply, unsigned int steps,
	       struct problems *problems)
{
	struct apply *a = apply;

	for (; steps && a->next < a->plan->steps.size; steps--, a->next++) {
		const struct step *step = a->plan->steps.at[a->next];
		int ret;

		a->why = NULL;
		ret = run(a, step, &a->made[a->next]);

		if (!ret)
			continue;
		tell(a, step, ret, problems);
		undo_all(a);
		return ret;
	}
	return a->next < a->plan->steps.size;
}
