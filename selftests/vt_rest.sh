#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The REST interface of bfdagentd: clients, a web server that it calls, the
# agent, and real sessions.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_command bfdagentd curl
bfd_load
two_hosts && export h1 h2 lib_tmp || exit 1
scenario vt_rest.py
exit "$EXIT_STATUS"
