# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # variables of scripts/bench

part_scale() {
	local kind

	kinds floor ours ours-express
	for kind in "${only[@]}"; do
		guest "$kind" 580 --append nokaslr \
			--plugin "$files/insn.so,out=$results/scale/$kind/profile" \
			-- scale-guest "$kind" "${seconds:-3}" 16 128 1024 4096
	done
	figures scale_report.py "${report[@]}"
}
