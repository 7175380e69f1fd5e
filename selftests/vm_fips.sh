#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A kernel in FIPS mode (scripts/vm --append fips=1): keys for MD5 are refused, with
# a message that says why; those for SHA1 work, and so do passwords.
#
# shellcheck disable=SC2154 # setup_ns

# shellcheck source=selftests/lib/vm.sh
. "$(dirname "$0")/lib/vm.sh"

[ "$(cat /proc/sys/crypto/fips_enabled 2>/dev/null)" = 1 ] || skip_all "not in FIPS mode"

test_md5() {
	local type

	for type in keyed-md5 meticulous-keyed-md5; do
		bfd "$h1" key set 1 type $type password secret 2>"$lib_tmp/err"
		check_eq $? 2 "exit status for $type"
		grep -q 'offers no MD5: it is in FIPS mode' "$lib_tmp/err"
		check_err $? "$type: $(cat "$lib_tmp/err")"
	done
	check_eq "$(bfdnl -n "$h1" -j key show)" "[]" "keys"
	log_test "keys for MD5 are refused, and it is told why"
}

test_others() {
	local ns key=0 type

	for type in keyed-sha1 meticulous-keyed-sha1 simple-password; do
		key=$((key + 1))
		for ns in "$h1" "$h2"; do
			bfd "$ns" key set $key type $type password secret
			check_err $? "no key for $type"
		done
		bfd_pair key $key key-id 1
		check_up "$h1" 1 "$type"
		check_up "$h2" 1 "$type"
		bfd "$h1" session flush
		bfd "$h2" session flush
	done
	log_test "SHA1 and passwords work"
}

bfd_load
two_hosts
check_err $? "two hosts cannot be set up"
test_md5
test_others
exit "$EXIT_STATUS"
