#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What bfdagentd tells Prometheus of real sessions.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_command bfdagentd promtool
bfd_load
two_hosts && export h1 h2 lib_tmp || exit 1
scenario vt_metrics.py
exit "$EXIT_STATUS"
