# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # variables of scripts/bench

part_junk() {
	guest ours 300 -- junk-guest 16384
	figures junk_report.py "${report[@]}"
}
