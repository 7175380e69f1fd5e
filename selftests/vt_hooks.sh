#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Hooks of the agent: a command and a D-Bus signal when the state of a session changes.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_command bfdagentd dbus-daemon busctl
bfd_load
two_hosts && export h1 h2 lib_tmp || exit 1
scenario vt_hooks.py
exit "$EXIT_STATUS"
