#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# usage: test_bfdnl_cli.sh BUILD
#
# The command line of bfdnl: what it says, how it ends. BUILD/test/bfdnl-fake
# is bfdnl with a kernel of its own (test_lib_fake.c).

bfdnl=${1:?BUILD is missing}/test/bfdnl-fake
out=$(mktemp) err=$(mktemp) file=$(mktemp)
trap 'rm -f "$out" "$err" "$file"' EXIT
count=0 failed=0
export BFDNL_FAKE=sessions TERM=xterm
unset NO_COLOR

echo "TAP version 13"

result() {
	count=$((count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $count - $2"
		return
	fi
	failed=$((failed + 1))
	echo "not ok $count - $2"
	sed 's/^/# out: /' "$out"
	sed 's/^/# err: /' "$err"
}

# says STATUS TEXT ARGS...: bfdnl ARGS ends with STATUS, standard error is TEXT
says() {
	local want=$1 text=$2 status
	shift 2
	"$bfdnl" "$@" >"$out" 2>"$err" </dev/null
	status=$?
	[ "$status" = "$want" ] && [ "$(cat "$err")" = "${text:+bfdnl: $text}" ]
	result $? "$want: $*"
}

mask_ages() {
	sed -i -E 's/\<[0-9]+d[0-9]+h$/AGE/' "$out"
}

# prints NAME ARGS...: standard output, with ages masked, is what stands on
# standard input
prints() {
	local name=$1 want status
	shift
	want=$(cat)
	"$bfdnl" "$@" >"$out" 2>"$err"
	status=$?
	mask_ages
	[ "$status" = 0 ] && [ ! -s "$err" ] && [ "$(cat "$out")" = "$want" ]
	result $? "$name"
}

# has NAME TEXT ARGS...: succeeds, TEXT is part of standard output
has() {
	local name=$1 text=$2
	shift 2
	"$bfdnl" "$@" >"$out" 2>"$err" && [[ $(cat "$out") == *"$text"* ]]
	result $? "$name"
}

# ---- options, objects, commands ----

"$bfdnl" >"$out" 2>"$err"
[ $? = 1 ] && grep -q OBJECT "$err" && [ ! -s "$out" ]
result $? "without a word: usage on standard error, 1"
has "help" "OBJECT   session | key" help
has "-h" "OBJECT   session | key" -h
has "--help" "OBJECT   session | key" --help
has "help of an object" "bfdnl session del SELECTOR" session help
has "help of a command" "bfdnl session flush" session flush help
has "help of an object without commands" "bfdnl monitor [SELECTOR]" monitor help
has "-V" "bfdnl " -V
has "--version" "bfdnl " --version
says 1 "unknown option -x: see bfdnl help" -x session
says 1 "unknown option --jp: see bfdnl help" --jp session
says 1 "-json takes no value" -j=1 session
says 1 "-netns: a value is missing after it" -n
says 1 "-color=blue: say auto, always or never" -c=blue session
says 1 'bfdnl: "s" is ambiguous; one of: session, stats, save' s
says 1 'bfdnl: unknown word "peer"; one of: session, key, echo-source, stats, doctor, monitor, run, apply, save, help' peer
says 1 'bfdnl: unknown word ""; one of: session, key, echo-source, stats, doctor, monitor, run, apply, save, help' ""
says 1 'bfdnl session: "s" is ambiguous; one of: set, show' session s
says 1 'bfdnl session: unknown word "list"; one of: add, set, auth, poll, del, flush, show, help' session list
says 1 '"now" is one argument too many' session flush now
says 1 '"now" is one argument too many' stats clear now
says 2 "cannot open the network namespace, nowhere: No such file or directory" -n nowhere session
for words in "sess" "session sh" "-json sess show" "-js session" "--json --pretty session"; do
	# shellcheck disable=SC2086 # words
	says 0 "" $words
done
BFDNL_FAKE=unloaded says 2 "the bfd module is not loaded: modprobe bfd" session

# ---- times and numbers ----

for time in 1000 1000us 1ms 3.3ms 0.001s 1s 4294.967295s 4294967295 1.500000s 001ms; do
	says 0 "" session add peer 192.0.2.9 tx $time
done
for time in "" ms 1m 1min -1 +1 1,5ms 1.ms .5ms "1 ms" 0x10 1e3 1.5.5s 1us2 ١; do
	says 1 "desired-min-tx-interval: \"$time\" is not a time such as 3.3ms, 1s, 500us or 500" \
		session add peer 192.0.2.9 tx "$time"
done
for time in 4294967296 4295s 4294967296us 99999999999999999999 18446744073709551616s 4294.967296s; do
	says 1 "desired-min-tx-interval: $time is more than 4294.967295s" \
		session add peer 192.0.2.9 tx $time
done
for time in 0.5 1.0001ms 0.0000001s; do
	says 1 "desired-min-tx-interval: $time is finer than a microsecond" \
		session add peer 192.0.2.9 tx $time
done
says 0 "" session add peer 192.0.2.9 mult 255
says 0 "" session add peer 192.0.2.9 local-discriminator 0xffffffff
says 1 "local-multiplier: 256 is more than 255" session add peer 192.0.2.9 mult 256
says 1 "local-multiplier: 99999999999999999999 is more than 255" \
	session add peer 192.0.2.9 mult 99999999999999999999
for number in "" -1 3x 0x x1 0xg "3 " 1.5 0x0x1; do
	says 1 "local-multiplier: \"$number\" is not a number from 0 to 255" \
		session add peer 192.0.2.9 mult "$number"
done

# ---- keywords ----

add="session add dest-addr 192.0.2.9"
says 0 "" session add peer 192.0.2.9 local 192.0.2.1 dev eth0 tx 10ms rx 10ms mult 5 \
	echo-tx 1s echo-rx 1s min-ttl 255
says 0 "" session add dest 192.0.2.9 desired-min-tx 1s required-min-rx 1s local-m 3 pass admin-d
says 0 "" session add peer fe80::2%eth0
says 0 "" session add peer fe80::2%eth0 dev eth0
# shellcheck disable=SC2086 # words
{
says 1 '"desired" is ambiguous; one of: desired-min-tx-interval, desired-min-echo-tx-interval' $add desired 1s
says 1 '"local-" is ambiguous; one of: local-discriminator, local-multiplier' $add local- 1
says 1 '"admin" is ambiguous; one of: admin-down, admin-up' $add admin
says 1 'unknown argument "": see bfdnl session help' $add ""
says 1 'unknown argument "speed": see bfdnl session help' $add speed 9
says 1 "dest-addr is given twice" $add peer 192.0.2.3
says 1 "desired-min-tx-interval: a value is missing after it" $add tx
says 1 "state cannot be given here" $add state up
says 1 "id: the kernel chooses the id of a new session" $add id 3
says 1 "key and key-id go together: key ID key-id N" $add key 3
says 1 "source-addr and dest-addr: one is IPv4, the other IPv6" $add local ::1
says 1 "admin-up: admin-down or admin-up was given before" $add admin-down admin-up
says 1 "interface: \"a-name-that-is-too-long\" is not an interface name (1 to 15 characters)" \
	$add dev a-name-that-is-too-long
says 1 "-j: options go in front, as in bfdnl -j session" $add -j
}
says 1 "dest-addr is missing: whom to talk to?" session add
says 1 "dest-addr is link-local: add interface IF" session add peer fe80::2
says 1 "interface: both eth1 and eth0" session add dev eth1 peer fe80::2%eth0
says 1 "dest-addr: only IPv6 addresses have a %eth0; write interface eth0" session add peer 192.0.2.2%eth0
says 1 "interface: \"\" is not an interface name (1 to 15 characters)" session add peer fe80::2%
says 1 'dest-addr: "router" is not an IPv4 or IPv6 address' session add peer router
says 1 'dest-addr: "192.0.2.2/24": write the address without a prefix length' session add peer 192.0.2.2/24
says 1 'dest-addr: "192.0.2" is not an IPv4 or IPv6 address' session add peer 192.0.2
says 1 "an address alone: write dest-addr 192.0.2.2" session show 192.0.2.2
says 1 'state: "UP" is not one of adminDown, down, init, up' session show state UP
says 1 "local-multiplier cannot be given here" session show local-multiplier 3
says 1 "which session? id N, local-discriminator N or dest-addr ADDR" session del
says 1 "which session? id N, local-discriminator N or dest-addr ADDR" session del source-addr 192.0.2.1
says 1 "which session? id N, local-discriminator N or dest-addr ADDR" session set mult 3
says 1 "nothing to set: add a change such as local-multiplier 5" session set id 1
says 1 "id names the session already: drop dest-addr, it cannot be changed" session set id 1 peer 192.0.2.2 mult 3
says 1 "id names the session already: drop multihop, it cannot be changed" session set id 1 multihop mult 3
says 1 "local-discriminator names the session already: drop dest-addr, it cannot be changed" \
	session set peer 192.0.2.2 local-discriminator 3 mult 3

says 1 'unknown argument "speed": see bfdnl session help' session auth id 1 speed

# ---- the rest of the protocol ----

# The whole of interface.md's grammar in one line
says 0 "" session add dest-addr 192.0.2.9 source-addr 192.0.2.1 vrf red multihop rx-ttl 64 tx-ttl 255 \
	dscp 46 key 1 key-id 7 local-discriminator 5 passive admin-down local-multiplier 5 \
	demand-enabled demand-poll-interval 1s path-diagnostic concatenated-path-down
says 0 "" session add dest-addr 192.0.2.9 interface eth0 echo desired-min-echo-tx-interval 50ms \
	required-min-echo-rx-interval 50ms
says 0 "" session add peer 192.0.2.9 dev eth0 unaffiliated-echo echo-tx 50ms
says 0 "" session add peer 192.0.2.9 demand
says 0 "" session add peer 192.0.2.9 dev eth0 express
says 0 "" session set id 1 express off
says 0 "" session add peer 192.0.2.9 owner-exit keep
says 0 "" session set id 1 echo off demand-enabled off passive off path-diagnostic none \
	demand-poll-interval 0 owner-exit keep
says 0 "" session set id 1 min-ttl 250 echo-tx 10ms echo-rx 0 tx-ttl 64
has "options of the echo function reach the kernel" \
	'"desired-min-echo-tx-interval":50000,"required-min-echo-rx-interval":20000,"echo-enabled":true,"demand-enabled":true,"demand-poll-interval":30000000,"admin-down":false,"passive":false,"path-diagnostic":"reverse-concatenated-path-down"' \
	-j session add peer 192.0.2.9 echo echo-tx 50ms echo-rx 20ms demand-enabled on \
	demand-poll-interval 30s path-diagnostic reverse-concatenated-path-down
has "multihop, VRF and TTLs reach the kernel" '"path-type":"path-ip-mh"' \
	-j session add peer 192.0.2.9 local 192.0.2.1 vrf red multihop min-ttl 64 tx-ttl 128
has "a multihop session in a VRF is called that" "192.0.2.1 -> 192.0.2.9 vrf red multihop, down" \
	-d session add peer 192.0.2.9 local 192.0.2.1 vrf red multihop
says 1 'path-diagnostic: "path-down" is not one of none, concatenated-path-down, reverse-concatenated-path-down' \
	session set id 1 path-diagnostic path-down
says 1 'owner-exit: "die" is not one of keep, admin-down, delete' session set id 1 owner-exit die
says 1 "owner-exit delete: the session would end at once; use bfdnl run or -batch" \
	session add peer 192.0.2.9 owner-exit delete
says 1 "owner-exit admin-down: the session would end at once; use bfdnl run or -batch" \
	session add peer 192.0.2.9 owner-exit admin-down
says 2 "unaffiliated-echo cannot be changed: delete the session and add another" \
	session set id 1 unaffiliated-echo
says 1 "owner-exit delete: the session would end at once; use bfdnl run or -batch" \
	session set id 1 owner-exit delete
says 1 'demand-poll-interval: "often" is not a time such as 3.3ms, 1s, 500us or 500' \
	session set id 1 demand-poll-interval often
says 1 '"demand-" is ambiguous; one of: demand-enabled, demand-poll-interval' session set id 1 demand-
says 0 "" session poll id 1
says 0 "" session poll peer 192.0.2.2
says 2 "id: no such session" session poll id 77
says 1 "which session? id N, local-discriminator N or dest-addr ADDR" session poll
says 1 "local-multiplier cannot be given here" session poll id 1 local-multiplier 3

says 1 "which key? key ID key-id N, or none" session auth id 1
says 1 "which key? key ID key-id N, or none" session auth id 1 delayed
says 1 "which session? id N, local-discriminator N or dest-addr ADDR" session auth none
says 1 "key and key-id go together: key ID key-id N" session auth id 1 key 3
says 1 "key and key-id go together: key ID key-id N" session auth id 1 key-id 3
says 1 "key: keys are numbered from 1; see bfdnl session auth help" \
	session auth id 1 key 0 key-id 1
says 1 "none: without a key there is no key-id" session auth id 1 none key-id 1
says 1 "none: a key or none was given before" session auth id 1 key 3 key-id 1 none
says 1 "key: a key or none was given before" session auth id 1 none key 3 key-id 1
says 1 "key: a key or none was given before" session auth id 1 key 3 key-id 1 key 4
says 1 "key-id is given twice" session auth id 1 key 3 key-id 1 key-id 2
says 1 "local-multiplier cannot be given here" session auth id 1 none local-multiplier 3
says 1 "none cannot be given here" session set id 1 none
says 1 "key-id: 256 is more than 255" session auth id 1 key 3 key-id 256
says 2 "authentication: no such key" session auth id 1 key 9 key-id 1
says 0 "" session auth id 1 none
says 0 "" session auth peer 192.0.2.2 none delayed

says 1 "which key? Its number, from 1, is missing" key set
says 1 "key: keys are numbered from 1" key set 0 type keyed-sha1 secret 00
says 1 'key: "x" is not a number from 0 to 4294967295' key del x
says 1 "which key? Its number, from 1, is missing" key del
says 1 '"2" is one argument too many' key del 1 2
says 1 'type: "md5" is not one of simple-password, keyed-md5, meticulous-keyed-md5, keyed-sha1, meticulous-keyed-sha1' \
	key set 1 type md5 secret 00
says 1 "type is given twice" key set 1 type keyed-md5 type keyed-md5 secret 00
says 1 "type: a value is missing after it" key set 1 type
says 1 "type is missing; one of simple-password, keyed-md5, meticulous-keyed-md5, keyed-sha1, meticulous-keyed-sha1" \
	key set 1 secret 00
says 1 'secret HEX or password TEXT is missing (- for standard input)' key set 1 type keyed-md5
says 1 "secret: a value is missing after it" key set 1 type keyed-md5 secret
says 1 "password: secret was given before" key set 1 type keyed-md5 secret 00 password x
says 1 "unclear: key set ID type TYPE { secret HEX | password TEXT }" \
	key set 1 type keyed-md5 hunter2
says 1 "secret: it is empty" key set 1 type keyed-md5 secret ""
says 1 "password: it is empty" key set 1 type keyed-md5 password ""
says 1 "secret: 3 hexadecimal digits: an odd number makes no bytes" \
	key set 1 type keyed-md5 secret abc
says 1 "secret: character 2 is not hexadecimal; see password" \
	key set 1 type keyed-md5 secret 0x11
says 1 "secret: 17 bytes are too many: keyed-md5 takes up to 16" \
	key set 1 type keyed-md5 secret 0011223344556677889900112233445566
says 1 "password: 17 bytes are too many: simple-password takes up to 16" \
	key set 1 type simple-password password 12345678901234567
says 1 "password: 21 bytes are too many: meticulous-keyed-sha1 takes up to 20" \
	key set 1 type meticulous-keyed-sha1 password 123456789012345678901
says 1 "password: 300 characters are too many" key set 1 type keyed-sha1 password "$(printf 'x%.0s' {1..300})"
says 1 "secret: cannot read /nowhere/secret: No such file or directory" \
	key set 1 type keyed-sha1 secret-file /nowhere/secret
says 1 "secret: it is empty" key set 1 type keyed-sha1 secret -
says 0 "" key set 1 type keyed-sha1 password 12345678901234567890
says 0 "" key set 4294967295 ty simple-password sec 00
says 2 "no such key" key del 1
says 2 "no such key" key show 1

says 1 "which interface? Its name is missing" echo-source set
says 1 '"sixteen-letters-" is not an interface name (1 to 15 characters)' echo-source set sixteen-letters-
says 1 '"lo" is one argument too many' echo-source set eth0 lo
says 2 "no such interface" echo-source set absent
says 0 "" echo-source set eth0
says 0 "" echo-source del
prints "no echo source" echo-source <<< "echo source: none is chosen"
prints "no echo source, as JSON" -j echo-source show <<< "{}"
prints "no keys: no output" key show </dev/null
prints "no keys: an empty array" -j key <<< "[]"

# ---- what the kernel refuses ----

says 2 "dest-addr: there is such a session" session add peer 192.0.2.2 dev eth0
says 2 "local-multiplier: integer out of range" session add peer 192.0.2.9 mult 0
says 2 "id: no such session" session show id 77
says 2 "id: no such session" session set id 77 mult 3
says 2 "no such session" session del peer 203.0.113.1
says 0 "" session set id 1 passive off echo on demand-enabled admin-up
says 0 "" session del peer 192.0.2.2
says 0 "" session flush
says 0 "" stats clear
BFDNL_FAKE=full says 2 'more packets a second than allowed
bfdnl: in use: 3 of 1024 sessions, 203 of 100000 packets a second; see bfd(4)' \
	session add dest-addr 192.0.2.77
BFDNL_FAKE=full says 2 'more packets a second than allowed
bfdnl: in use: 3 of 1024 sessions, 203 of 100000 packets a second; see bfd(4)' \
	session set id 1 tx 1ms

# ---- output ----

prints "an added session is only shown when asked for" session add peer 192.0.2.9 </dev/null
has "with -j it is shown" '[{"id":4,' -j session add peer 192.0.2.9
has "with -d it is shown" 'session 4: any -> 192.0.2.9, down' -d session add peer 192.0.2.9
prints "no session: no output" session show state init </dev/null
prints "no session: an empty array" -j session show state init <<< '[]'

prints "the table" session <<'END'
ID  STATE      DEST-ADDR     SOURCE-ADDR  INTERFACE  VRF  TX    RX     DETECT  DIAGNOSTIC      FOR
1   up         192.0.2.2     192.0.2.1    eth0       -    50ms  300ms  900ms   none            AGE
2   down       2001:db8::2   2001:db8::1  eth0       -    1s    -      -       control-expiry  AGE
3   adminDown  198.51.100.7  192.0.2.1    eth0       red  1s    -      -       diagnostic-27   AGE
END
prints "the table without a VRF" session show interface eth0 state down <<'END'
session 2: 2001:db8::1 -> 2001:db8::2 dev eth0, down for AGE
    id                                       2
    path-type                                path-ip-sh
    source-addr                              2001:db8::1
    dest-addr                                2001:db8::2
    interface                                eth0
    local-discriminator                      286326786
    remote-discriminator                     0
    remote-multiplier                        0
    local-multiplier                         3
    desired-min-tx-interval                  300ms
    required-min-rx-interval                 300ms
    session-running
        local-state                          down
        remote-state                         down
        local-diagnostic                     control-expiry
        remote-diagnostic                    none
        detection-mode                       async-without-echo
        remote-desired-min-tx-interval       0
        remote-required-min-rx-interval      1us
        negotiated-tx-interval               1s
        negotiated-rx-interval               0
        detection-time                       0
END
has "details say why: detection time" "900ms  (remote-multiplier 3 x negotiated-rx-interval 300ms)" \
	-d session show id 1
has "details say why: intervals" "300ms  (local and remote: required-min-rx-interval and remote-desired-min-tx-interval are both 300ms)" \
	-d session show id 1
has "details say why: slow start" "1s  (no faster than 1s until the session is up)" -d session show id 2
has "details say why: nothing heard" "detection-time                       0  (does not run: nothing has been received from the peer)" \
	-d session show id 2
has "details say why: diagnostic" "control-expiry  (nothing was received for the detection time)" \
	-d session show id 2

# ---- output: the rest of the protocol ----

# explains ID FIELD TEXT: what details say of FIELD
explains() {
	local got

	"$bfdnl" -d session show id "$1" >"$out" 2>"$err"
	got=$(sed -n -E "s/^ +$2 +(.*)/\1/p" "$out")
	[ "$got" = "$3" ]
	result $? "details of session $1: $2 $3"
}

export BFDNL_FAKE=protocol
prints "the table has a column for what is unusual" session <<'END'
ID  STATE  DEST-ADDR    SOURCE-ADDR  INTERFACE  VRF  OPTIONS                           TX     RX     DETECT  DIAGNOSTIC                      FOR
1   up     192.0.2.2    192.0.2.1    eth0       -    echo                              300ms  1s     150ms   none                            AGE
2   up     192.0.2.3    192.0.2.1    eth0       -    demand                            300ms  -      1.5s    none                            AGE
3   up     192.0.2.4    192.0.2.1    eth0       -    remote-demand                     -      300ms  900ms   none                            AGE
4   up     203.0.113.1  192.0.2.1    -          red  multihop,auth,auth-pending,owned  50ms   300ms  900ms   reverse-concatenated-path-down  AGE
5   down   192.0.2.6    192.0.2.1    eth0       -    unaffiliated-echo                 1s     -      -       none                            AGE
6   down   192.0.2.7    192.0.2.1    eth0       -    passive                           -      -      -       none                            AGE
7   up     192.0.2.8    192.0.2.1    eth0       -    echo,demand                       -      -      -       none                            AGE
END
explains 1 negotiated-tx-interval "300ms  (local: desired-min-tx-interval 300ms is more than remote-required-min-rx-interval 50ms)"
explains 1 negotiated-rx-interval "1s  (local: no more than 1s is asked for while echoes detect failures)"
explains 1 detection-time "3s  (remote-multiplier 3 x negotiated-rx-interval 1s)"
explains 1 echo-tx-interval-in-use "50ms  (remote: remote-required-min-echo-rx-interval 50ms is more than desired-min-echo-tx-interval 20ms)"
explains 1 echo-detection-time "150ms  (local-multiplier 3 x echo-tx-interval-in-use 50ms)"
explains 1 required-min-echo-rx-interval "0  (echo packets of the peer are not returned)"
explains 2 demand-enabled "on  (in force: the peer sends answers only)"
explains 2 demand-poll-interval "0  (the path is only verified on request: session poll)"
explains 2 negotiated-rx-interval "300ms  (not used: in Demand mode the peer sends answers only)"
explains 2 detection-time "1.5s  (local-multiplier 5 x 300ms; in Demand mode only polls are timed)"
explains 2 poll-active "on  (until the peer has answered)"
explains 3 negotiated-tx-interval "0  (remote: the peer is in Demand mode, where only polls are sent)"
explains 3 remote-demand "on"
explains 4 rx-ttl "64  (191 routers in between at most, if the peer sends 255)"
explains 4 owner-exit "delete  (when the program ends that it belongs to)"
explains 4 pending "(once the peer uses it)"
explains 4 local-diagnostic "reverse-concatenated-path-down  (path-diagnostic, for the peer to know)"
explains 4 negotiated-tx-interval "50ms  (becomes 300ms when the poll sequence ends)"
explains 5 echo-tx-interval-in-use "1s  (no faster than 1s until the session is up)"
explains 6 negotiated-tx-interval "0  (passive: waits for the peer to begin)"
explains 7 negotiated-tx-interval "0  (remote: the peer wants no periodic packets)"
explains 7 negotiated-rx-interval "0  (the peer was asked for no periodic packets)"
explains 7 detection-time "0  (does not run: the peer was asked for no periodic packets)"
explains 7 echo-tx-interval-in-use "0  (remote: the peer returns no echo packets)"
explains 7 demand-enabled "on  (not in force yet: the peer has to be up and to be told)"
has "statistics have the round trips of echoes" "        looped-echo-count                    4
        echo-rtt-min                         90us
        echo-rtt-avg                         110us
        echo-rtt-max                         1.7ms" -s session show id 1
has "without details the TTL of a multihop session is shown" "rx-ttl                                   64" session show id 4
export BFDNL_FAKE=sessions
has "statistics name drop reasons" "        drops
            version                          5" -s session show id 1
has "drop reasons of a newer kernel are numbered" "drop-34                          2" \
	-s session show id 1
has "one line" "id 1 path-type path-ip-sh source-addr 192.0.2.1 dest-addr 192.0.2.2 interface eth0" \
	-o session show id 1
has "colour if asked for" $'\e[32mup\e[0m' -c session
NO_COLOR=1 has "colour if asked for, although NO_COLOR is set" $'\e[32mup\e[0m' --color=always session
"$bfdnl" session | grep -q $'\e'
[ $? = 1 ]
result $? "no colour in a pipe"

running='"session-running":{"local-state":"up","remote-state":"up","local-diagnostic":"none","remote-diagnostic":"none","detection-mode":"async-without-echo","remote-desired-min-tx-interval":300000,"remote-required-min-rx-interval":50000,"remote-required-min-echo-rx-interval":0,"negotiated-tx-interval":50000,"negotiated-rx-interval":300000,"detection-time":900000,"echo-tx-interval-in-use":0,"poll-active":false,"last-send-error":0}'
tuple='"id":1,"path-type":"path-ip-sh","source-addr":"192.0.2.1","dest-addr":"192.0.2.2","interface":"eth0","source-port":49152,"dest-port":3784,"local-discriminator":286326785,"remote-discriminator":572662306'
config='"remote-multiplier":3,"local-multiplier":3,"desired-min-tx-interval":300000,"required-min-rx-interval":300000,"desired-min-echo-tx-interval":0,"required-min-echo-rx-interval":0,"echo-enabled":false,"demand-enabled":false,"admin-down":false,"passive":false,"tx-ttl":255,"rx-ttl":255,"dscp":48,"cpu":0'
statistics='"create-time":"2026-01-01T00:00:00.123456789Z","last-up-time":"2026-01-01T00:00:00.123456789Z","down-count":0,"admin-down-count":0,"receive-packet-count":17,"send-packet-count":18,"receive-invalid-packet-count":1,"send-failed-packet-count":0,"receive-echo-count":0,"send-echo-count":0'
drops='"drops":{"too-short":0,"not-unicast":0,"ttl":0,"version":5,"length":0,"detect-mult":0,"multipoint":0,"my-discriminator":0,"poll-and-final":0,"your-discriminator":0,"state":0,"no-session":0,"wrong-path":0,"auth-unexpected":0,"auth-missing":0,"auth-type":0,"auth-key-id":0,"auth-length":0,"auth-sequence":0,"auth-digest":0,"admin-down":0,"echo-no-session":0,"echo-rate":0,"echo-digest":0,"echo-stale":0,"drop-34":2}'
prints "JSON" -j session show id 1 <<< "[{$tuple,$config,$running,\"session-statistics\":{$statistics}}]"
prints "JSON by address" -j session show peer 192.0.2.2 \
	<<< "[{$tuple,$config,$running,\"session-statistics\":{$statistics}}]"
prints "JSON with drops" -json -stat session show local-discriminator 286326785 \
	<<< "[{$tuple,$config,$running,\"session-statistics\":{$statistics,$drops}}]"
"$bfdnl" -j session | python3 -c '
import json, sys
s = json.load(sys.stdin)
assert [x["id"] for x in s] == [1, 2, 3]
assert "vrf" not in s[0] and s[2]["vrf"] == "red"
assert "last-up-time" not in s[1]["session-statistics"]
assert s[2]["session-running"]["local-diagnostic"] == "diagnostic-27"
' 2>"$err"
result $? "JSON of several sessions"
"$bfdnl" -j -p session >"$file"
[ "$(python3 -c 'import json, sys; print(json.load(sys.stdin) == json.loads(sys.argv[1]))' \
	"$("$bfdnl" -j session)" <"$file")" = True ] && [ "$(wc -l <"$file")" -gt 100 ]
result $? "pretty JSON is the same JSON"

prints "statistics as JSON" -j stats <<'END'
{"cpus":[{"cpu":1,"sessions":3,"wakeups":124,"late-max":12.005,"tx-late-1ms":2,"tx-late-5ms":1,"tx-late-20ms":0,"stall-guard":4,"tx-late-max":6012.005,"detection-late-max":21000.000,"detection-late-1ms":7,"detection-late-5ms":6,"detection-late-20ms":5,"event-late-max":1.500,"event-late-1ms":11,"event-late-5ms":10,"event-late-20ms":9,"late-sum":30.500,"tx-late-sum":6100.000,"detection-late-sum":49000.000,"event-late-sum":12.500,"late-histogram":[{"below-us":1,"count":100},{"below-us":2,"count":20},{"below-us":4,"count":3},{"below-us":8,"count":0},{"below-us":16,"count":1}],"tx-late-histogram":[{"below-us":1,"count":60},{"below-us":2,"count":10},{"below-us":4,"count":2},{"below-us":8,"count":0},{"below-us":16,"count":1}],"detection-late-histogram":[{"below-us":1,"count":0},{"below-us":2,"count":0},{"below-us":4,"count":7},{"below-us":8,"count":0},{"below-us":16,"count":0}],"event-late-histogram":[{"below-us":1,"count":0},{"below-us":2,"count":0},{"below-us":4,"count":12},{"below-us":8,"count":0},{"below-us":16,"count":0}],"wheel-occupancy":[2,1,0]}],"netns":{"number-of-sessions":3,"number-of-sessions-up":1,"number-of-sessions-down":2,"number-of-sessions-admin-down":0,"max-sessions":1024,"packet-rate":203,"max-packet-rate":100000,"event-sequence":100,"drops":{"too-short":0,"not-unicast":0,"ttl":3,"version":0,"length":0,"detect-mult":0,"multipoint":0,"my-discriminator":0,"poll-and-final":0,"your-discriminator":0,"state":0,"no-session":0,"wrong-path":0,"auth-unexpected":0,"auth-missing":0,"auth-type":0,"auth-key-id":0,"auth-length":0,"auth-sequence":0,"auth-digest":0,"admin-down":0,"echo-no-session":0,"echo-rate":0,"echo-digest":0,"echo-stale":0,"drop-34":1}}}
END
prints "statistics as text" -d stats show <<'END'
network namespace
    number-of-sessions                       3
    number-of-sessions-up                    1
    number-of-sessions-down                  2
    number-of-sessions-admin-down            0
    max-sessions                             1024
    packet-rate                              203
    max-packet-rate                          100000
    event-sequence                           100
    drops
        ttl                                  3
        drop-34                              1
CPU  SESSIONS  WAKEUPS  LATE-MAX  TX>1ms  TX>5ms  TX>20ms  STALL-GUARD  TIMERS
1    3         124      12us      2       1       0        4            2+1+0
LATENESS   COUNT  MAX      >1ms  >5ms  >20ms
sending    73     6.012ms  2     1     0
detection  7      21ms     7     6     5
events     12     1us      11    10    9
LATE-BY-LESS-THAN  timers  sending  detection  events
1us                100     60       0          0
2us                20      10       0          0
4us                3       2        7          12
more               1       1        0          0
END

# ---- a closed output ----

"$bfdnl" -j session >/dev/full 2>"$err"
[ $? = 2 ] && grep -q "cannot write" "$err"
result $? "output that cannot be written is an error"

# ---- batch ----

# batch STATUS ERRORS [OPTIONS]: the commands stand on standard input
batch() {
	local want=$1 text=$2 status
	shift 2
	cat >"$file"
	"$bfdnl" "$@" -b "$file" >"$out" 2>"$err"
	status=$?
	[ "$status" = "$want" ] && [ "$(sed "s|$file|FILE|" "$err")" = "$text" ]
	result $? "batch: ${text:-$want}"
}

batch 0 "" <<'END'
# a comment

session flush   # another
session add peer 192.0.2.9 \
	tx 10ms
  sess add 'peer' "192.0.2.10" mult\
 5
END
batch 0 "" < <(printf 'session flush\r\n\nsession add peer 192.0.2.9')
batch 1 'bfdnl: FILE:3: bfdnl session: unknown word "adx"; one of: add, set, auth, poll, del, flush, show, help' <<'END'
session flush

session adx
session add peer 192.0.2.2 dev eth0
END
batch 2 "bfdnl: FILE:2: no such session" <<'END'
session flush
session del peer 192.0.2.2
session bad
END
batch 2 'bfdnl: FILE:1: id: no such session
bfdnl: FILE:4: bfdnl: "s" is ambiguous; one of: session, stats, save' -force <<'END'
session del id 9
session add \
	peer 192.0.2.9
s
session show state up
END
grep -q "192.0.2.2" "$out"
result $? "batch: -force goes on to the end"
batch 1 "bfdnl: FILE:1: a quote (') is not closed" <<< "session add 'peer"
batch 1 "bfdnl: FILE:1: monitor does not end by itself: not in a batch" <<< monitor
batch 1 "bfdnl: FILE:1: run does not end by itself: not in a batch" <<< "run peer 192.0.2.9"
batch 1 "bfdnl: FILE:1: more than 128 words" < <(printf 'session %.0s' {1..200})
says 1 "cannot open /nowhere/file: No such file or directory" -b /nowhere/file
says 1 '-batch reads its commands from the file: "session" is too much' -b "$file" session
echo "session del id 9" | "$bfdnl" -b - >"$out" 2>"$err"
[ "${PIPESTATUS[1]}" = 2 ] && [ "$(cat "$err")" = "bfdnl: -:1: id: no such session" ]
result $? "batch from standard input"

# ---- keys, over several commands ----

# scene NAME COMMANDS [OPTIONS]: like prints, but a batch
scene() {
	local name=$1 commands=$2 want status
	shift 2
	want=$(cat)
	printf '%s\n' "$commands" >"$file"
	"$bfdnl" "$@" -b "$file" >"$out" 2>"$err" <<< "$stdin"
	status=$?
	mask_ages
	[ "$status" = 0 ] && [ ! -s "$err" ] && [ "$(cat "$out")" = "$want" ]
	result $? "$name"
}

secret=$(mktemp)
stdin=$'6b6579\nnext\n'
scene "keys are listed with their use, never with their secret" '
key set 7 type keyed-sha1 password hunter2
key set 3 type meticulous-keyed-md5 secret 6B6579
session auth id 1 key 7 key-id 1
session auth id 2 key 7 key-id 2 delayed
key show' <<'END'
KEY  TYPE                  USE-COUNT
7    keyed-sha1            2
3    meticulous-keyed-md5  0
END
scene "keys as JSON" '
key set 7 type simple-password password hunter2
key set 3 type keyed-md5 secret 6B6579
key show
key show 3' -j <<'END'
[{"key":7,"type":"simple-password","use-count":0},{"key":3,"type":"keyed-md5","use-count":0}]
[{"key":3,"type":"keyed-md5","use-count":0}]
END
printf 'secret words\r\nnot this\n' >"$secret"
export BFDNL_FAKE_SECRETS=1
scene "a secret from a word, a line of standard input, the first line of a file" "
key set 1 type keyed-sha1 secret 6b6579FF
key set 2 type keyed-sha1 secret -
key set 3 type keyed-sha1 password -
key set 4 type keyed-sha1 password-file $secret" <<'END'
key 1 type 4 secret 6b6579ff
key 2 type 4 secret 6b6579
key 3 type 4 secret 6e657874
key 4 type 4 secret 73656372657420776f726473
END
prints "a secret on the command line is erased there before it is used" \
	key set 1 type keyed-sha1 password hunter2 <<< "key 1 type 4 secret 68756e74657232"
unset BFDNL_FAKE_SECRETS
printf '6b657' >"$secret"
says 1 "secret: 5 hexadecimal digits: an odd number makes no bytes" \
	key set 1 type keyed-sha1 secret-file "$secret"
head -c 1000 /dev/zero >"$secret"
says 1 "password: $secret holds too much for a secret" key set 1 type keyed-sha1 password-file "$secret"
rm -f "$secret"
says 1 "secret: cannot read /: Is a directory" key set 1 type keyed-sha1 secret-file /
echo "key set 1 type keyed-sha1 password -" | "$bfdnl" -b - >"$out" 2>"$err"
[ "${PIPESTATUS[1]}" = 1 ] && [ "$(cat "$err")" = \
	"bfdnl: -:1: password: standard input holds the batch; write password-file FILE" ]
result $? "a batch on standard input leaves no secret there"
batch 2 "bfdnl: FILE:3: sessions use the key" <<'END'
key set 7 type keyed-sha1 password hunter2
session auth id 1 key 7 key-id 1
key set 7 type keyed-sha1 password hunter3
END
batch 2 "bfdnl: FILE:3: sessions use the key" <<'END'
key set 7 type keyed-sha1 password hunter2
session auth id 1 key 7 key-id 1 delayed
key del 7
END
scene "the echo source and its address" '
echo-source set eth0
echo-source
echo-source del
echo-source show' <<'END'
echo source
    interface                                eth0
    ipv4                                     198.51.100.1
echo source: none is chosen
END
scene "the echo source as JSON" '
echo-source set eth0
echo-source' -j <<< '{"interface":"eth0","ipv4":"198.51.100.1"}'
batch 0 "" <<'END'
session add peer 192.0.2.9 owner-exit delete
END
scene "authentication of a session, as it is and as it will be" '
key set 7 type keyed-sha1 password hunter2
key set 8 type meticulous-keyed-sha1 password hunter2
session auth id 1 key 7 key-id 1
session auth id 1 key 8 key-id 2 delayed
session show id 1' < <("$bfdnl" session show id 1 | sed 's/ for [^ ]*$/ for AGE/; /^ *session-running/i\
    authentication\
        key                                  7\
        key-id                               1\
        type                                 keyed-sha1\
        pending\
            key                              8\
            key-id                           2\
            type                             meticulous-keyed-sha1')

# authentication NAME JSON COMMANDS: what session 1 then says of it
authentication() {
	printf '%s\n' "$3" "session show id 1" >"$file"
	"$bfdnl" -j -b "$file" >"$out" 2>"$err"
	[ "$(python3 -c 'import json, sys
print(json.dumps(json.load(sys.stdin)[0].get("authentication", "none")))' <"$out")" = "$2" ]
	result $? "authentication as JSON: $1"
}
keys='key set 7 type keyed-sha1 password hunter2
key set 8 type keyed-md5 password hunter2'
in_use='{"key": 7, "key-id": 1, "type": "keyed-sha1"'
authentication "none" '"none"' ""
authentication "a key" "$in_use}" "$keys
session set id 1 key 7 key-id 1"
authentication "another is pending" "$in_use, \"pending\": {\"key\": 8, \"key-id\": 2, \"type\": \"keyed-md5\"}}" "$keys
session auth id 1 key 7 key-id 1
session auth id 1 key 8 key-id 2 delayed"
authentication "none is pending" "$in_use, \"pending\": {\"key\": null, \"key-id\": null, \"type\": null}}" "$keys
session auth id 1 key 7 key-id 1
session auth id 1 none delayed"
authentication "the first is pending" '{"key": null, "key-id": null, "type": null, "pending": {"key": 7, "key-id": 1, "type": "keyed-sha1"}}' "$keys
session auth id 1 key 7 key-id 1 delayed"
authentication "removed at once" '"none"' "$keys
session auth id 1 key 7 key-id 1
session auth id 1 none"
scene "authentication on one line" "$keys
session auth id 1 key 7 key-id 1
session auth id 1 none delayed
session show id 1" -o < <("$bfdnl" -o session show id 1 |
	sed 's/ local-state/ key 7 key-id 1 type keyed-sha1 pending.key none local-state/')

# ---- monitor, run ----

# follows NAME SIGNAL ARGS...: started, stopped by SIGNAL, ends with 0; its
# output, with times masked, is what stands on standard input
follows() {
	local name=$1 signal=$2 status want pid
	shift 2
	want=$(cat)
	: >"$out"	# here, not in the child: nothing old is to be taken for its output
	"$bfdnl" "$@" >"$out" 2>"$err" &
	pid=$!
	for _ in {1..600}; do
		[ "$(wc -l <"$out")" -ge "$(wc -l <<< "$want")" ] && break
		sleep 0.05
	done
	kill -"$signal" $pid
	wait $pid
	status=$?
	sed -i -E 's/"(time|monotonic)":[0-9]{10,}/"\1":0/g; s/^\[20[-0-9T:.]*Z\]/[TIME]/' "$out"
	[ "$status" = 0 ] && [ ! -s "$err" ] && [ "$(cat "$out")" = "$want" ]
	result $? "$name"
}

event='"sequence":100,"time":0,"monotonic":0'
follows "monitor as JSON begins with a snapshot; SIGTERM ends it" TERM -j -p monitor id 1 \
	<<< "{\"event\":\"snapshot\",$tuple,$config,$running,\"session-statistics\":{$statistics},$event}"
export BFDNL_FAKE=events
follows "monitor as text; SIGINT ends it" INT monitor <<'END'
snapshot   id 1 192.0.2.1 -> 192.0.2.2 dev eth0: down tx 1s
snapshot   id 3 192.0.2.1 -> 198.51.100.7 dev eth0 vrf red: adminDown tx 1s
state      id 1 192.0.2.1 -> 192.0.2.2 dev eth0: up -> down, control-expiry, last packets 900ms, 1.1s before
resync     3 events were lost or overtaken
state      id 1 192.0.2.1 -> 192.0.2.2 dev eth0: down -> up (found by resync)
parameters id 1 192.0.2.1 -> 192.0.2.2 dev eth0: up tx 50ms rx 300ms detect 900ms (found by resync)
END
tuple3='"id":1,"path-type":"path-ip-sh","source-addr":"192.0.2.1","dest-addr":"192.0.2.2","interface":"eth0","source-port":49152,"dest-port":3784,"local-discriminator":286326785'
: >"$out"
"$bfdnl" -j monitor dest-addr 192.0.2.2 >"$out" 2>"$err" &
pid=$!
for _ in {1..600}; do
	[ "$(wc -l <"$out")" -ge 4 ] && break
	sleep 0.05
done
kill $pid
wait $pid
grep -qF "{\"event\":\"state\",$tuple3,\"remote-discriminator\":0,\"old-state\":\"up\",\"new-state\":\"down\",\"remote-state\":\"down\",\"local-diagnostic\":\"control-expiry\",\"remote-diagnostic\":\"none\",\"last-receive-times\":[4100000000,3900000000],\"sequence\":101,\"time\":1767225600123456789,\"monotonic\":5000000000}" "$out" &&
	grep -qE '^\{"event":"resync","lost":3,"sequence":104,"time":[0-9]+,"monotonic":[0-9]+\}$' "$out" &&
	grep -qF "\"old-state\":\"down\",\"new-state\":\"up\",\"remote-state\":\"up\",\"local-diagnostic\":\"none\",\"remote-diagnostic\":\"none\",\"derived\":true,\"sequence\":104" "$out"
result $? "monitor as JSON: state, resync and derived events"
export BFDNL_FAKE=protocol
follows "monitor as text tells what else is in force" TERM monitor <<'END'
snapshot   id 1 192.0.2.1 -> 192.0.2.2 dev eth0: up tx 300ms rx 1s detect 3s echo 50ms
snapshot   id 2 192.0.2.1 -> 192.0.2.3 dev eth0: up tx 300ms rx 300ms detect 1.5s, demand, poll
snapshot   id 3 192.0.2.1 -> 192.0.2.4 dev eth0: up rx 300ms detect 900ms, remote demand
snapshot   id 4 192.0.2.1 -> 203.0.113.1 vrf red multihop: up tx 50ms rx 300ms detect 900ms, key 1 -> none, poll, reverse-concatenated-path-down
snapshot   id 5 192.0.2.1 -> 192.0.2.6 dev eth0: down tx 1s echo 1s
snapshot   id 6 192.0.2.1 -> 192.0.2.7 dev eth0: down
snapshot   id 7 192.0.2.1 -> 192.0.2.8 dev eth0: up, demand
END
export BFDNL_FAKE=sessions
follows "monitor with timestamps" TERM -t monitor id 2 <<'END'
[TIME] snapshot   id 2 2001:db8::1 -> 2001:db8::2 dev eth0: down tx 1s
END
follows "run: its events, deleted at the end" INT run peer 192.0.2.77 <<'END'
created    id 4 any -> 192.0.2.77: down tx 1s
END
: >"$out"
"$bfdnl" -j run peer 192.0.2.77 >"$out" 2>"$err" &
pid=$!
for _ in {1..600}; do
	[ -s "$out" ] && break
	sleep 0.05
done
kill $pid
wait $pid
grep -q '^{"event":"created".*"owner-exit":"delete"' "$out"
result $? "run: the session goes with the process, however that ends"
says 2 "dest-addr: there is such a session" run peer 192.0.2.2 dev eth0
says 1 "dest-addr is missing: whom to talk to?" run
timeout 10 "$bfdnl" monitor 2>"$err" | head -1 | grep -q snapshot
[ "${PIPESTATUS[0]}" = 0 ]
result $? "monitor ends when nobody reads any more"
timeout 10 "$bfdnl" run peer 192.0.2.77 2>"$err" | head -1 | grep -q created
[ "${PIPESTATUS[0]}" = 0 ]
result $? "run ends when nobody reads any more"

echo "1..$count"
[ $failed = 0 ]
