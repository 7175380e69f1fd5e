#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The rules of the RFCs on a real kernel, but for those that need an exact clock:
# see conformance/. Arguments are those of conformance/run.py.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
bfd_load log_down=Y
conformance_hosts || exit 1
scenario conformance/run.py "$@"
exit "$EXIT_STATUS"
