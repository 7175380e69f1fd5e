#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Two ends of ours in every combination of what a session can do.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_virtual
bfd_load seed=7
matrix_hosts || exit 1
scenario matrix.py
exit "$EXIT_STATUS"
