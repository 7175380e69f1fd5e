#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A real Prometheus that asks bfdagentd, with the rules and the dashboard of
# Documentation/agent/prometheus.

# shellcheck source=selftests/lib/vm.sh
. "$(dirname "$0")/lib/vm.sh"

require_command bfdagentd prometheus promtool
bfd_load
two_hosts && addr "$h2" e2 192.0.2.{3,4}/24
check_err $? "two hosts cannot be set up"
export h1 h2 lib_tmp
scenario vm_prometheus.py
exit "$EXIT_STATUS"
