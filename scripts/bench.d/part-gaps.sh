# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # variables of scripts/bench

# FRR takes no interval below 10 ms
part_gaps() {
	local kind intervals

	kinds ours bird frr
	for kind in "${only[@]}"; do
		intervals=(3300 10000 50000)
		[ "$kind" != frr ] || intervals=(10000 50000)
		guest "$kind" 400 -- gaps-guest "$kind" "${seconds:-10}" 8 "${intervals[@]}"
	done
	[[ " ${only[*]} " != *" ours "* ]] ||
		guest many 400 -- gaps-guest ours "${seconds:-10}" 128 3300 10000 50000
	figures gaps_report.py "${report[@]}"
}
