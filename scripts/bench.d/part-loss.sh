# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # variables of scripts/bench

part_loss() {
	guest ours 400 -- loss-guest 1000
	figures loss_report.py "${report[@]}"
}
