# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # variables of scripts/bench

part_scale() {
	guest ours 400 --append nokaslr --plugin "$files/insn.so,out=$results/scale/ours/profile" \
		-- scale-guest "${seconds:-3}" 16 128 1024 4096
	figures scale_report.py "${report[@]}"
}
