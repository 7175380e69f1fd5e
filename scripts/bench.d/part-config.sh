# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # variables of scripts/bench

part_config() {
	guest ours 300 -- config-guest 10000
	figures config_report.py "${report[@]}"
}
