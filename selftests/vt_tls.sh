#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# bfdagentd's REST interface beyond the machine: TLS and a token, or nothing.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_command bfdagentd curl openssl
bfd_load
two_hosts && export h1 h2 lib_tmp || exit 1
scenario vt_tls.py
exit "$EXIT_STATUS"
