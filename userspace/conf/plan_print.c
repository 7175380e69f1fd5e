// SPDX-License-Identifier: GPL-2.0
/*
 * A plan for people: + is made, - is deleted, ~ is changed, ! is made anew.
 */
#include "identity.h"
#include "plan.h"

static void print_changes(const struct step *step, FILE *out)
{
	char is[PARAM_LEN], wanted[PARAM_LEN];
	const char *separator = ":";

	for (size_t i = 0; i < conf_params_size; i++) {
		const struct param *param = &conf_params[i];

		if (!bfdnl_session_has(step->changes, param->field))
			continue;
		fprintf(out, "%s %s %s -> %s", separator, param->name,
			param_format(param,
				     bfdnl_session_number(step->before, param->field),
				     is),
			param_format(param,
				     bfdnl_session_number(step->changes, param->field),
				     wanted));
		separator = ",";
	}
}

static void print_session(const struct step *step, FILE *out)
{
	static const char signs[] = {
		[STEP_CHANGE] = '~', [STEP_ADD] = '+', [STEP_REPLACE] = '!',
		[STEP_DELETE] = '-', [STEP_ADOPT] = '=', [STEP_RELEASE] = '=',
	};
	char text[IDENTITY_LEN];

	fprintf(out, "%c session %s", signs[step->kind],
		identity_format(step->after ? step->after : step->before, text));
	if (step->kind == STEP_CHANGE)
		print_changes(step, out);
	else if (step->kind == STEP_REPLACE)
		fprintf(out, ": made anew, in place of %s local-discriminator %llu",
			identity_format(step->before, text),
			bfdnl_session_number(step->before,
					     BFDNL_LOCAL_DISCRIMINATOR));
	else if (step->kind == STEP_ADOPT)
		fputs(": as it is, and from now on the configuration's", out);
	else if (step->kind == STEP_RELEASE)
		fputs(": stays, but is not the configuration's any more", out);
	fputc('\n', out);
}

void plan_print(const struct plan *plan, FILE *out)
{
	for (size_t i = 0; i < plan->steps.size; i++) {
		const struct step *step = plan->steps.at[i];

		switch (step->kind) {
		case STEP_SET_KEY:
			fprintf(out, "%c key %u %s%s\n",
				step->key_is_new ? '+' : '~', step->key_number,
				bfdnl_auth_type_name(step->key->type),
				step->key_is_new ? "" : ": set again");
			break;
		case STEP_DEL_KEY:
			fprintf(out, "- key %u\n", step->key_number);
			break;
		case STEP_ECHO_SOURCE:
			fprintf(out, "~ echo-source: %s -> %s\n",
				*step->old_interface ? step->old_interface : "none",
				*step->interface ? step->interface : "none");
			break;
		default:
			print_session(step, out);
			break;
		}
	}
}

size_t plan_size(const struct plan *plan)
{
	size_t size = 0;

	for (size_t i = 0; i < plan->steps.size; i++) {
		const struct step *step = plan->steps.at[i];

		size += step->kind != STEP_ADOPT && step->kind != STEP_RELEASE;
	}
	return size;
}
