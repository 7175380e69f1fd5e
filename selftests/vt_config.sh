#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The configuration file: bfdnl apply and save, bfdagentd.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_virtual
bfd_load seed=7
two_hosts || exit 1
export h1 h2 lib_tmp
scenario vm_config.py
exit "$EXIT_STATUS"
