#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The matrix of vt_matrix.sh on a real kernel, with slower timers.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
bfd_load
modprobe -aq sch_ingress cls_matchall act_gact
matrix_hosts || exit 1
scenario matrix.py
exit "$EXIT_STATUS"
