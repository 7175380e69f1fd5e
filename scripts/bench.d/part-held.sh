# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # variables of scripts/bench

part_held() {
	local kind
	# where the answer is looked for: least, most, step
	local -A range=([ours]='400 800 40' [bird]='16 64 2' [frr]='2 32 2')

	kinds ours bird frr
	for kind in "${only[@]}"; do
		# shellcheck disable=SC2086 # words
		guest "$kind" 580 -- held-guest "$kind" "${seconds:-30}" ${range[$kind]}
	done
	figures held_report.py "${report[@]}"
}
