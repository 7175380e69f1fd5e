#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# bfdagentd on a real clock: how soon its clients know, what hostile ones can
# do, sudden deaths under clients that change things.

# shellcheck source=selftests/lib/vm.sh
. "$(dirname "$0")/lib/vm.sh"

require_command bfdagentd curl
bfd_load
two_hosts && veth "$h1" e3 "$h2" e4 && vrf "$h1" red 100 e3
check_err $? "two hosts cannot be set up"
export h1 h2 lib_tmp
scenario vm_agent.py
exit "$EXIT_STATUS"
