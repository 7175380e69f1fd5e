#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Every allocation fails once: requests are done whole or not at all, and
# nothing is leaked (which the end of the run looks for).
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_virtual
faults=/sys/kernel/debug/failslab
[ -d $faults ] || skip_all "needs a kernel with fault injection"
# waiting allocations may fail as well, and quietly
for setting in ignore-gfp-wait=0 verbose=0 probability=0 times=-1; do
	echo "${setting#*=}" >$faults/${setting%=*}
done
for kind in fail_page_alloc fail_usercopy; do
	[ ! -d ${faults%/*}/$kind ] || echo 0 >${faults%/*}/$kind/verbose
done
bfd_load seed=7
two_hosts && export h1 h2 || exit 1
scenario vt_fault.py
exit "$EXIT_STATUS"
