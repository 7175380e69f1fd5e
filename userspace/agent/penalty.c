// SPDX-License-Identifier: GPL-2.0
/*
 * Route flap damping (RFC 2439) for the states of sessions.
 */
#include <math.h>
#include <stddef.h>
#include "penalty.h"

double damping_ceiling(const struct damping *damping)
{
	return damping->reuse *
	       exp2((double)damping->max_suppress / damping->half_life);
}

const char *damping_wrong(const struct damping *damping)
{
	if (damping->reuse >= damping->suppress)
		return "reuse: it is to be less than suppress";
	if (damping_ceiling(damping) < damping->suppress)
		return "max-suppress: too short for a penalty to fall from suppress to reuse";
	return NULL;
}

double penalty_value(const struct penalty *penalty,
		     const struct damping *damping, __u64 now)
{
	if (now <= penalty->at)
		return penalty->value;
	return penalty->value *
	       exp2(-(double)(now - penalty->at) / damping->half_life);
}

bool penalty_flap(struct penalty *penalty, const struct damping *damping,
		  __u64 now)
{
	penalty->value = fmin(penalty_value(penalty, damping, now) +
			      PENALTY_FLAP, damping_ceiling(damping));
	/* events of two CPUs may come in the wrong order */
	if (now > penalty->at)
		penalty->at = now;
	if (penalty->value >= damping->suppress)
		penalty->suppressed = true;
	return penalty->suppressed;
}

__u64 penalty_release(const struct penalty *penalty,
		      const struct damping *damping)
{
	if (penalty->value <= damping->reuse)
		return penalty->at;
	return penalty->at + ceil(damping->half_life *
				  log2(penalty->value / damping->reuse));
}

bool penalty_check(struct penalty *penalty, const struct damping *damping,
		   __u64 now)
{
	if (now >= penalty_release(penalty, damping))
		penalty->suppressed = false;
	return penalty->suppressed;
}
