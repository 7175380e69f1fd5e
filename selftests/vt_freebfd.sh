#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# FreeBFD's monitor protocol: a client, the agent, and real sessions.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_command bfdagentd
bfd_load
two_hosts && export h1 h2 lib_tmp || exit 1
scenario vt_freebfd.py
exit "$EXIT_STATUS"
