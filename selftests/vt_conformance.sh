#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Every rule of the RFCs that concerns us, by section: see conformance/.
# Arguments are those of conformance/run.py.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_virtual
bfd_load seed=5880
conformance_hosts || exit 1
scenario conformance/run.py "$@"
exit "$EXIT_STATUS"
