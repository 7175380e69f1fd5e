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

# prints NAME ARGS...: standard output, with ages masked, is what stands on
# standard input
prints() {
	local name=$1 want status
	shift
	want=$(cat)
	"$bfdnl" "$@" >"$out" 2>"$err"
	status=$?
	sed -i -E 's/\<[0-9]+d[0-9]+h$/AGE/' "$out"
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
says 1 'bfdnl: "s" is ambiguous; one of: session, stats' s
says 1 'bfdnl: unknown word "peer"; one of: session, key, echo-source, stats, monitor, run, help' peer
says 1 'bfdnl: unknown word ""; one of: session, key, echo-source, stats, monitor, run, help' ""
says 1 'bfdnl session: "s" is ambiguous; one of: set, show' session s
says 1 'bfdnl session: unknown word "list"; one of: add, set, auth, del, flush, show, help' session list
says 1 '"now" is one argument too many' session flush now
says 1 '"now" is one argument too many' stats clear now
says 2 "key: authentication keys are not supported by this version" key set 1
says 2 "echo-source: echo is not supported by this version" echo-source
says 2 "session auth is not supported by this version" session auth id 1 none
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
has "details say why: intervals" "300ms  (the larger of required-min-rx-interval 300ms and remote-desired-min-tx-interval 300ms)" \
	-d session show id 1
has "details say why: slow start" "1s  (no faster than 1s until the session is up)" -d session show id 2
has "details say why: diagnostic" "control-expiry  (nothing was received for the detection time)" \
	-d session show id 2
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
{"cpus":[{"cpu":1,"sessions":3,"wakeups":124,"late-max":12.005,"tx-late-1ms":2,"tx-late-5ms":1,"tx-late-20ms":0,"stall-guard":4,"late-histogram":[{"below-us":1,"count":100},{"below-us":2,"count":20},{"below-us":4,"count":3},{"below-us":8,"count":0},{"below-us":16,"count":1}],"wheel-occupancy":[2,1,0]}],"netns":{"number-of-sessions":3,"number-of-sessions-up":1,"number-of-sessions-down":2,"number-of-sessions-admin-down":0,"max-sessions":1024,"packet-rate":203,"max-packet-rate":100000,"event-sequence":100,"drops":{"too-short":0,"not-unicast":0,"ttl":3,"version":0,"length":0,"detect-mult":0,"multipoint":0,"my-discriminator":0,"poll-and-final":0,"your-discriminator":0,"state":0,"no-session":0,"wrong-path":0,"auth-unexpected":0,"auth-missing":0,"auth-type":0,"auth-key-id":0,"auth-length":0,"auth-sequence":0,"auth-digest":0,"admin-down":0,"echo-no-session":0,"echo-rate":0,"echo-digest":0,"echo-stale":0,"drop-34":1}}}
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
1    3         124      12us      2       1       0        4            3
late by less than 1us        100
late by less than 2us        20
late by less than 4us        3
late by less than 16us       1
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
batch 1 'bfdnl: FILE:3: bfdnl session: unknown word "adx"; one of: add, set, auth, del, flush, show, help' <<'END'
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
bfdnl: FILE:4: bfdnl: "s" is ambiguous; one of: session, stats' -force <<'END'
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

# ---- monitor, run ----

# follows NAME SIGNAL ARGS...: started, stopped by SIGNAL, ends with 0; its
# output, with times masked, is what stands on standard input
follows() {
	local name=$1 signal=$2 status want pid
	shift 2
	want=$(cat)
	"$bfdnl" "$@" >"$out" 2>"$err" &
	pid=$!
	for _ in {1..100}; do
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
state      id 1 192.0.2.1 -> 192.0.2.2 dev eth0: up -> down, control-expiry, last packet 900ms before
resync     3 events were lost or overtaken
state      id 1 192.0.2.1 -> 192.0.2.2 dev eth0: down -> up (found by resync)
parameters id 1 192.0.2.1 -> 192.0.2.2 dev eth0: up tx 50ms rx 300ms detect 900ms (found by resync)
END
tuple3='"id":1,"path-type":"path-ip-sh","source-addr":"192.0.2.1","dest-addr":"192.0.2.2","interface":"eth0","source-port":49152,"dest-port":3784,"local-discriminator":286326785'
"$bfdnl" -j monitor dest-addr 192.0.2.2 >"$out" 2>"$err" &
pid=$!
for _ in {1..100}; do
	[ "$(wc -l <"$out")" -ge 4 ] && break
	sleep 0.05
done
kill $pid
wait $pid
grep -qF "{\"event\":\"state\",$tuple3,\"remote-discriminator\":0,\"old-state\":\"up\",\"new-state\":\"down\",\"remote-state\":\"down\",\"local-diagnostic\":\"control-expiry\",\"remote-diagnostic\":\"none\",\"last-receive-times\":[4100000000,3900000000],\"sequence\":101,\"time\":1767225600123456789,\"monotonic\":5000000000}" "$out" &&
	grep -qE '^\{"event":"resync","lost":3,"sequence":104,"time":[0-9]+,"monotonic":[0-9]+\}$' "$out" &&
	grep -qF "\"old-state\":\"down\",\"new-state\":\"up\",\"remote-state\":\"up\",\"local-diagnostic\":\"none\",\"remote-diagnostic\":\"none\",\"derived\":true,\"sequence\":104" "$out"
result $? "monitor as JSON: state, resync and derived events"
export BFDNL_FAKE=sessions
follows "monitor with timestamps" TERM -t monitor id 2 <<'END'
[TIME] snapshot   id 2 2001:db8::1 -> 2001:db8::2 dev eth0: down tx 1s
END
follows "run: its events, deleted at the end" INT run peer 192.0.2.77 <<'END'
created    id 4 any -> 192.0.2.77: down tx 1s
END
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
