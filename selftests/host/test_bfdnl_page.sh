#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# usage: test_bfdnl_page.sh BUILD
#
# The status page of bfdagentd in headless Chromium, in a network of its own.
# Screenshots go to the directory PAGE_SHOTS, if it is set.

PAGE_SERVER=$(readlink -f "${1:?BUILD is missing}")/test/page-server
here=$(dirname "$(readlink -f "$0")")
count=0
export PAGE_SERVER

echo "TAP version 13"
if ! command -v chromium >/dev/null; then
	echo "1..0 # SKIP chromium is not here"
	exit 0
fi
if ! unshare -rn true 2>/dev/null; then
	echo "1..0 # SKIP no network namespace can be made here"
	exit 0
fi
while IFS= read -r line; do
	case $line in
	"ok "* | "not ok "*)
		count=$((count + 1))
		echo "${line%%ok *}ok $count - ${line#*ok }"
		;;
	*) echo "$line" ;;
	esac
	[[ $line != "not ok "* ]] || failed=1
done < <(unshare -rn bash -c 'ip link set lo up && exec python3 -B "$@"' - \
	"$here/test_page.py" 2>&1 || echo "not ok the test ended early")
echo "1..$count"
[ "$count" -ge 5 ] && [ -z "${failed:-}" ]
