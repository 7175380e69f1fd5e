# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # variables of scripts/bench

part_cost() {
	local kind

	kinds floor ours ours-express floor-vrf ours-vrf bird frr
	for kind in "${only[@]}"; do
		guest "$kind" 400 --append nokaslr \
			--plugin "$files/insn.so,out=$results/cost/$kind/profile" \
			-- cost-guest "$kind" "${seconds:-10}"
		echo "seconds ${seconds:-10}" >>"$results/cost/$kind/facts"
	done
	figures cost_report.py "${report[@]}"
}
