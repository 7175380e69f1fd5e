# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # variables of scripts/bench

part_agents() {
	guest ours 600 -- agents-guest 1000
	figures agents_report.py "${report[@]}"
}
