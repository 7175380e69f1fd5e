# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # variables of scripts/bench

part_soak() {
	local out=$results/soak/ours started=$SECONDS status=0

	"$repo/scripts/build" --kernel uml >&2
	rm -rf "$out"
	mkdir -p "$out"
	"$repo/scripts/uml" -m 1G -t 14400 -o "$out" -- \
		"$parts/soak-guest" 100000000 "${seconds:-1000000}" </dev/null >&2 || status=$?
	[ -s "$out/facts" ] || die "soak: the run failed with status $status; see $out"
	printf 'wall %d\nstatus %d\n' $((SECONDS - started)) "$status" >>"$out/facts"
	figures soak_report.py "${report[@]}"
}
