# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # variables of scripts/bench

part_stall() {
	guest ours 1200 --free-running -c 2 -- stall-guest 4 50 200 1000
	figures stall_report.py "${report[@]}"
}
