# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # variables of scripts/bench

part_held() {
	local kind
	# where the answer is looked for: least, most, step
	local -A range=([floor]='600 1216 32' [ours]='800 1216 32' [ours-express]='1408 1664 32' [bird]='40 200 8' [frr]='4 40 4')

	kinds floor ours ours-express bird frr
	for kind in "${only[@]}"; do
		# shellcheck disable=SC2086 # words
		guest "$kind" 2400 -- held-guest "$kind" "${seconds:-30}" ${range[$kind]}
	done
	figures held_report.py "${report[@]}"
}
