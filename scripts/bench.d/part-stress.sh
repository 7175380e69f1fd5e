# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # variables of scripts/bench

part_stress() {
	local kind

	kinds floor ours floor-tuned ours-tuned bird frr
	for kind in "${only[@]}"; do
		guest "$kind" 1800 -- stress-guest "$kind" "${seconds:-4}" 8 \
			fifo-50 fifo-99 fifo99_alone forks routes junk traffic everything
	done
	figures stress_report.py "${report[@]}"
}
