#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# usage: vm_all.sh [NAME...]
#
# Run vm_NAME.sh, or all of them, in one guest of scripts/vm; print one TAP
# stream. They share nothing but the kernel, and leave the module unloaded.

cd "$(dirname "$0")" || exit
names=("$@")
[ $# -gt 0 ] || names=(tool doctor config echo conformance clash bird auth frr frr_paths paths
	matrix cpus lifecycle hostile starve systemd prometheus)

count=0
failed=0
skipped=0
status=0

# Results of one file, numbered on; what is no result becomes a remark.
renumber() {
	local line

	while IFS= read -r line; do
		case $line in
		'TAP version'*) ;;
		1..0*) echo "# $1: ${line#*# }" ;;
		1..*) ;;
		ok* | 'not ok'*)
			count=$((count + 1))
			[[ $line = ok* ]] || failed=$((failed + 1))
			[[ $line != *'# SKIP'* ]] || skipped=$((skipped + 1))
			[[ $line =~ ^(ok|not\ ok)\ [0-9]+\ (.*)$ ]]
			echo "${BASH_REMATCH[1]} $count $1: ${BASH_REMATCH[2]}"
			;;
		'#'*) echo "$line" ;;
		*) echo "# $line" ;;
		esac
	done
}

echo "TAP version 13"
for name in "${names[@]}"; do
	start=$SECONDS
	renumber "$name" < <(bash "vm_$name.sh" 2>&1; echo "$?" >/tmp/vm_status)
	result=$(cat /tmp/vm_status)
	echo "# $name: exit status $result, $((SECONDS - start)) s"
	[ "$result" = 0 ] || status=1	# 4, a skip, too: everything it needs is here
	if [ -d /sys/module/bfd ]; then
		count=$((count + 1)) failed=$((failed + 1)) status=1
		echo "not ok $count $name: the module is left"
		rmmod bfd
	fi
done
echo "1..$count"
echo "# $((count - failed - skipped)) passed, $failed failed, $skipped skipped in $SECONDS s"
exit $status
