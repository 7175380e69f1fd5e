// SPDX-License-Identifier: GPL-2.0
#include "rest.h"
const struct rest_route rest_contrail_routes[] = { { NULL, NULL, NULL } };
const struct rest_route rest_health_routes[] = { { NULL, NULL, NULL } };
const struct rest_route rest_page_routes[] = { { NULL, NULL, NULL } };
