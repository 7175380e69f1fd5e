#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# usage: test_bfdnl_completion.sh BUILD
#
# What bash offers after the beginning of a bfdnl command.

here=$(dirname "$(readlink -f "$0")")
bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
ln -s "$(readlink -f "${1:?BUILD is missing}/test/bfdnl-fake")" "$bin/bfdnl"
PATH=$bin:$PATH
export BFDNL_FAKE=keys
# shellcheck disable=SC1091
. "$here/../../userspace/bfdnl/bfdnl.bash-completion"
count=0 failed=0

# offers WANTED WORD...: the last WORD, maybe empty, is being written
offers() {
	local want=$1 is
	shift
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
	_bfdnl
	is=${COMPREPLY[*]}
	count=$((count + 1))
	if [ "$is" = "$want" ]; then
		echo "ok $count - $*"
	else
		echo "not ok $count - $*"
		printf '# offered: %s\n# wanted:  %s\n' "$is" "$want"
		failed=$((failed + 1))
	fi
}

echo "TAP version 13"
offers "session key echo-source stats doctor monitor run apply save help" bfdnl ""
offers "interval root help" bfdnl doctor ""
offers "10ms 100ms" bfdnl doctor interval 10
offers "/proc" bfdnl doctor root /pro
offers "root" bfdnl doctor interval 10ms r
offers "session stats save" bfdnl -j s
offers "--dry-run" bfdnl apply --d
offers "-details" bfdnl -d
offers "set show" bfdnl session s
offers "1 2 3" bfdnl session show id ""
offers "192.0.2.2 198.51.100.7" bfdnl session del peer 19
offers "2001:db8::2" bfdnl session del dest-addr 20
offers "286326785 286326786 286326787" bfdnl monitor local-discriminator ""
offers "lo" bfdnl session add dev lo
offers "down" bfdnl session show state d
offers "dest-addr desired-min-tx-interval desired-min-echo-tx-interval demand-enabled demand-poll-interval dscp" \
	bfdnl session add d
offers "passive path-diagnostic" bfdnl session set id 1 pa
offers "express" bfdnl session set id 1 ex
offers "on off owner-exit" bfdnl session set id 1 express o
offers "on off owner-exit" bfdnl session set id 1 demand-enabled o
offers "passive path-diagnostic" bfdnl session set id 1 echo pa
offers "concatenated-path-down" bfdnl session set id 1 path-diagnostic c
offers "keep admin-down delete" bfdnl run owner-exit ""
offers "unaffiliated-echo" bfdnl session add peer 192.0.2.9 u
offers "" bfdnl session set id 1 u
offers "add auth" bfdnl session a
offers "poll" bfdnl session p
offers "id interface" bfdnl session poll i
offers "key key-id" bfdnl session auth id 1 k
offers "none" bfdnl session auth id 1 n
offers "3 7" bfdnl session auth id 1 key ""
offers "3 7" bfdnl key del ""
offers "" bfdnl key del 3 ""
offers "3 7" bfdnl key set ""
offers "type secret secret-file password password-file" bfdnl key set 3 ""
offers "keyed-md5 keyed-sha1" bfdnl key set 3 type k
offers "$bin/bfdnl" bfdnl key set 3 type keyed-md5 secret-file "$bin/bf"
offers "lo" bfdnl echo-source set l
offers "desired-min-tx-interval desired-min-echo-tx-interval" bfdnl session add peer 192.0.2.2 desi
offers "admin-down admin-up" bfdnl session set id 1 adm
offers "passive path-diagnostic" bfdnl run pa
offers "show" bfdnl -n some stats s
offers "" bfdnl stats show ""
offers "" bfdnl session set id 1 dscp ""
echo "1..$count"
[ $failed = 0 ]
