#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The configuration file on a real clock: bfdnl apply and bfdagentd are killed
# at random moments of many changes; CHANGES=1000 makes it a thousand.

# shellcheck source=selftests/lib/vm.sh
. "$(dirname "$0")/lib/vm.sh"

bfd_load
two_hosts
check_err $? "two hosts cannot be set up"
export h1 h2 lib_tmp
scenario vm_config.py
exit "$EXIT_STATUS"
