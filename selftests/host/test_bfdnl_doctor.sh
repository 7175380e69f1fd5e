#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# usage: test_bfdnl_doctor.sh BUILD
#
# bfdnl doctor, on hosts that are made of files: a healthy one, and the same with
# one thing wrong. BUILD/test/bfdnl-fake is bfdnl with a kernel of its own.

bfdnl=${1:?BUILD is missing}/test/bfdnl-fake
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
out=$dir/out err=$dir/err host=$dir/host
count=0 failed=0
export BFDNL_FAKE=punctual TERM=dumb
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

# put FILE TEXT: a file of the host
put() {
	mkdir -p "$host/${1%/*}"
	printf '%s\n' "$2" >"$host/$1"
}

cpus=sys/devices/system/cpu
clock=sys/devices/system/clocksource/clocksource0
rcu=sys/module/rcutree/parameters

thread() { # PID NAME POLICY
	put "proc/$1/stat" "$1 ($2) S 2 0 0 0 -1 69238848 0 0 0 0 0 4 0 0 20 0 1 0 30 0 0 18446744073709551615 0 0 0 0 0 0 0 2147483647 0 0 0 0 17 1 50 $3 0 0 0 0 0 0 0 0 0 0 0"
}

# zone PAGES HIGH: one of memory, and the list of it that each of two CPUs has
zone() {
	put proc/zoneinfo "$(printf '%s\n' 'Node 0, zone   Normal' "  pages free     99" '        high     77777' \
		"        managed  $1" '        protection: (0, 0, 0)' '  pagesets' \
		'    cpu: 0' '              count: 9' "              high:  252" '              batch: 63' \
		'    cpu: 1' '              count: 9' "              high:  $2" '              batch: 63' \
		'  vm stats threshold: 10')"
}

# healthy: a host on which nothing is wrong
healthy() {
	local cpu

	rm -rf "$host"
	put proc/cmdline "BOOT_IMAGE=/vmlinuz root=/dev/sda1 quiet"
	put proc/stat "cpu  1000 0 1000 90000 0 0 0 10 0 0"
	put proc/net/softnet_stat "$(printf '%08x %08x %08x 0 0 0 0 0 0 0 0 0 %08x\n' 100000 0 1 0)"
	put proc/net/netstat "$(printf '%s\n' 'TcpExt: SyncookiesSent IPReversePathFilter TW' 'TcpExt: 7 0 9' \
		'IpExt: InNoRoutes' 'IpExt: 3')"
	put proc/sys/net/core/netdev_budget 64
	put proc/sys/net/core/netdev_budget_usecs 8000
	zone 4096 252
	for cpu in all default lo eth0 eth1; do
		put "proc/sys/net/ipv4/conf/$cpu/rp_filter" 0
	done
	put $cpus/online 0-3
	put $cpus/isolated ""
	put $cpus/nohz_full "(null)"
	for cpu in 0 1 2 3; do
		put "$cpus/cpu$cpu/cpuidle/state0/latency" 0
		put "$cpus/cpu$cpu/cpuidle/state0/name" POLL
		put "$cpus/cpu$cpu/cpuidle/state1/latency" 2
		put "$cpus/cpu$cpu/cpuidle/state1/name" C1
		put "$cpus/cpu$cpu/cpufreq/scaling_governor" performance
		put "$cpus/cpu$cpu/cpufreq/scaling_driver" acpi-cpufreq
	done
	put $clock/current_clocksource tsc
	put $clock/available_clocksource "tsc hpet acpi_pm"
	put $rcu/rcu_resched_ns 1000000
	put $rcu/use_softirq N
	rules '{"nftables":[{"metainfo":{"version":"1.0.6"}}]}'
}

rules() {
	put command/nft "$1"
}

# doctor ARG...: its exit status
doctor() {
	"$bfdnl" doctor root "$host" "$@" >"$out" 2>"$err"
}

# finds STATUS LINE NAME [ARG...]: the one finding is LINE; "": there is none
finds() {
	local want=$1 line=$2 name=$3 status

	shift 3
	doctor "$@"
	status=$?
	[ "$status" = "$want" ] && [ ! -s "$err" ] &&
		[ "$(sed -n '2,$p' "$out" | grep -cE '^[a-z]+ [a-z-]+: ')" = "$([ "$line" ] && echo 1 || echo 0)" ] &&
		grep -qF -- "$line" "$out"
	result $? "$name"
	healthy
}

# fix TEXT: of what was found the last time
also() {
	grep -qF -- "    $1" "$out"
	result $? "... and how to mend it: $1"
}

healthy
finds 0 "" "a healthy host"
cp "$out" "$dir/healthy"
[ "$(tail -n 1 "$dir/healthy")" = "14 checks: 0 critical, 0 warnings, 0 notes, 0 not possible" ] &&
	[ "$(head -n 1 "$dir/healthy")" = "For intervals of 300ms" ]
result $? "what is said of it, for the interval of its sessions"

# ---- CPUs ----

put sys/kernel/realtime 1
thread 15 ksoftirqd/0 1
thread 16 ktimers/0 0
thread 23 ksoftirqd/1 0
thread 24 "kworker/1:0 (x)" 0
finds 1 "critical softirq-threads: this is a PREEMPT_RT kernel, and the threads that send and receive (ksoftirqd, backlog_napi of CPUs 1)" \
	"PREEMPT_RT, ksoftirqd is an ordinary thread"
also "for p in"
put sys/kernel/realtime 1
thread 15 ksoftirqd/0 1
thread 16 ktimers/0 0
thread 17 backlog_napi/0 1
finds 0 "" "PREEMPT_RT, all with priority"
put sys/kernel/realtime 1
thread 15 ksoftirqd/0 1
thread 16 backlog_napi/2 0
finds 1 "backlog_napi of CPUs 2)" "PREEMPT_RT, backlog_napi is an ordinary thread"
thread 15 ksoftirqd/0 0
finds 0 "" "without PREEMPT_RT they may be ordinary"

deep() { # CPU LATENCY DISABLED
	put "$cpus/cpu$1/cpuidle/state2/latency" "$2"
	put "$cpus/cpu$1/cpuidle/state2/name" C10
	put "$cpus/cpu$1/cpuidle/state2/disable" "$3"
}
deep 1 890 0
deep 2 890 0
finds 1 "warning idle-states: idle state C10 of CPUs 1-2 takes 890us to wake up from, which is much for an interval of 10ms" \
	"an idle state deep for the interval" interval 10ms
also "cpupower idle-set -D 500"
deep 1 890 0
finds 1 "critical idle-states" "an idle state much too deep for the interval" interval 3ms
deep 1 890 0
finds 0 "" "an idle state that does no harm" interval 20ms
deep 1 890 1
finds 0 "" "an idle state that is disabled" interval 3ms
deep 1 890 0
mkdir -p "$host/dev"
printf '\x14\0\0\0' >"$host/dev/cpu_dma_latency"
finds 0 "" "an idle state that a process forbids" interval 3ms
deep 1 890 0
mkdir -p "$host/dev"
printf '\x00\x94\x35\x77' >"$host/dev/cpu_dma_latency"
finds 1 "critical idle-states" "nobody forbids it" interval 3ms

put $cpus/cpu3/cpufreq/scaling_governor powersave
finds 1 "warning governor: governor powersave holds CPUs 3 at their lowest frequency" "governor powersave"
put $cpus/cpu3/cpufreq/scaling_governor powersave
put $cpus/cpu3/cpufreq/scaling_driver intel_pstate
finds 0 "" "powersave of intel_pstate is another one"
put $cpus/cpu3/cpufreq/scaling_governor schedutil
finds 0 "note governor: CPUs 3 lower their frequency" "governor schedutil" interval 10ms
also "cpupower frequency-set -g performance"
put $cpus/cpu3/cpufreq/scaling_governor schedutil
finds 0 "" "governor schedutil and long intervals"

put $cpus/isolated 2-3
finds 1 "warning isolation: CPUs 2-3 are isolated from the scheduler, but sessions are put on them" \
	"CPUs that are isolated, but not for timers"
also "kernel command line: nohz_full=2-3"
put $cpus/isolated 2-3
put $cpus/nohz_full 2-3
finds 0 "" "CPUs that are isolated for timers, too"
put $cpus/nohz_full 1-3
finds 0 "note isolation: nohz_full leaves one of 4 CPUs for timers: all sessions are on CPU 0" \
	"one CPU for all sessions"

put $clock/current_clocksource hpet
finds 1 "warning clock: the clock is hpet" "a slow clock"
also "echo tsc > /sys/devices/system/clocksource/clocksource0/current_clocksource"
put $clock/current_clocksource acpi_pm
put $clock/available_clocksource "hpet acpi_pm"
finds 1 "warning clock: the clock is acpi_pm" "a slow clock, and no other"
also "dmesg"
put $clock/current_clocksource refined-jiffies
finds 1 "critical clock: the clock (refined-jiffies)" "a clock that ticks"
put proc/cmdline "quiet highres=off"
finds 1 "critical clock: high-resolution timers are off" "no high-resolution timers"
rm "$host/$clock/current_clocksource"
finds 0 "unchecked clock:" "a clock that is not known"

put proc/stat "cpu  1000 0 1000 96000 0 0 0 2000 0 0"
finds 1 "warning steal: the hypervisor has kept 2.0 % of the CPU time" "2 % stolen"
put proc/stat "cpu  1000 0 1000 90000 0 0 0 8000 0 0"
finds 1 "critical steal: the hypervisor has kept 8.0 %" "8 % stolen"
put proc/stat "cpu  1000 0 1000 97000 0 0 0 990 0 0"
finds 0 "" "less than 1 % stolen"

put $rcu/use_softirq Y
put $rcu/rcu_resched_ns 3000000
finds 1 "warning rcu: when much is freed at once (thousands of routes, sockets or files), RCU callbacks hold a CPU up for as long as 3ms; the interval is 29ms" \
	"RCU callbacks longer than a tenth of the interval" interval 29ms
also "echo 1000000 > /sys/module/rcutree/parameters/rcu_resched_ns"
put $rcu/use_softirq Y
put $rcu/rcu_resched_ns 3000000
finds 0 "" "RCU callbacks that take a tenth of the interval" interval 30ms
put $rcu/use_softirq Y
put $rcu/rcu_resched_ns 10000
finds 1 "as long as 1ms" "RCU callbacks: what the kernel makes of less" interval 9ms
also "kernel command line: rcu_nocbs=all"
put $rcu/use_softirq Y
put $rcu/rcu_resched_ns 3000000
put proc/cmdline "quiet rcu_nocbs=all"
finds 0 "" "RCU callbacks that threads run" interval 4ms
put $rcu/rcu_resched_ns 3000000
finds 0 "" "RCU in threads" interval 4ms
put $rcu/use_softirq Y
rm "$host/$rcu/rcu_resched_ns"
finds 0 "unchecked rcu:" "RCU callbacks: nothing is known"

zone 4096 4001
finds 1 "warning pages: after a process with much memory has ended, a CPU may free 4001 pages at once, with interrupts off: about 1ms; the interval is 9.999ms" \
	"freeing takes longer than a tenth of the interval" interval 9999us
zone 4096 4000
finds 0 "" "freeing takes a tenth of the interval" interval 10ms
zone 262144 4041
finds 1 "may free 4041 pages at once" "the lists of a CPU are long" interval 10ms
also "sysctl -w vm.percpu_pagelist_high_fraction=1041    (252 pages)"
put proc/sys/kernel/osrelease 6.6.0-rc7-amd64
zone 4096 9000
finds 1 "may free 9000 pages at once" "before Linux 6.7 a list goes in one piece" interval 10ms
put proc/sys/kernel/osrelease 6.12.117+deb13-amd64
zone 4096 9000
finds 0 "" "with newer ones in pieces" interval 10ms
put proc/sys/kernel/osrelease 6.12.117+deb13-amd64
zone 4096 252
finds 1 "may free 2016 pages at once, with interrupts off: about 504us; the interval is 5ms" \
	"and there lists grow" interval 5ms
put proc/sys/kernel/osrelease 6.12.117+deb13-amd64
put proc/sys/vm/percpu_pagelist_high_fraction 1041
finds 0 "" "unless they are limited" interval 5ms
put proc/sys/kernel/osrelease 7.0.1
put proc/sys/vm/percpu_pagelist_high_fraction 8
zone 4096 9000
finds 1 "may free 2016 pages at once" "lists that are limited to much" interval 5ms
finds 0 "" "no list can be shorter than 4 batches" interval 100us
rm "$host/proc/zoneinfo"
finds 0 "unchecked pages:" "memory is not known"

# ---- packets ----

put proc/net/softnet_stat "$(printf '%08x %08x %08x 0\n%08x %08x %08x 0\n' 100000 5 1 100000 6 0)"
finds 1 "warning backlog: 11 of 200000 received packets were dropped since boot" "packets dropped at the backlog"
also "sysctl -w net.core.netdev_max_backlog"
put proc/net/softnet_stat "$(printf '%08x %08x %08x 0\n' 100000 0 500)"
finds 0 "note backlog: reception ran out of its budget 500 times for 100000 packets" "reception is squeezed"
rm "$host/proc/net/softnet_stat"
finds 0 "unchecked backlog:" "the backlog is not known"
put proc/sys/net/core/netdev_budget 600
finds 1 "warning budget: under a flood of packets a CPU receives 600 of them (net.core.netdev_budget) before it sends again, which takes about 3ms; the interval is 5ms" \
	"reception may take longer than half of the interval" interval 5ms
also "sysctl -w net.core.netdev_budget=500"
put proc/sys/net/core/netdev_budget 500
finds 0 "" "what was told to do suffices" interval 5ms
put proc/sys/net/core/netdev_budget 600
finds 0 "" "the same for a longer interval" interval 6ms
put proc/sys/net/core/netdev_budget 20000
finds 1 "which takes about 8ms; the interval is 10ms" "time is up before all packets are received" interval 10ms
put proc/sys/net/core/netdev_budget 20000
finds 0 "" "the same for a longer interval" interval 16ms
put proc/sys/net/core/netdev_budget 65
finds 1 "65 of them" "little, but not little enough" interval 500us
also "sysctl -w net.core.netdev_budget=64"
finds 0 "" "no less can be had" interval 500us
rm "$host/proc/sys/net/core/netdev_budget"
finds 0 "unchecked budget:" "the budget is not known"
rm "$host/proc/sys/net/core/netdev_budget_usecs"
finds 0 "unchecked budget:" "the time is not known"

put proc/net/nf_conntrack "$(printf '%s\n' \
	'ipv4 2 tcp 6 431999 ESTABLISHED src=10.0.0.1 dst=10.0.0.2 sport=3784 dport=22 src=10.0.0.2 dst=10.0.0.1 sport=22 dport=3784 [ASSURED]' \
	'ipv4 2 udp 17 29 src=10.0.0.1 dst=10.0.0.2 sport=3784 dport=53 src=10.0.0.2 dst=10.0.0.1 sport=53 dport=3784')"
finds 0 "" "connections that are not ours are tracked"
put proc/net/nf_conntrack 'ipv4     2 udp      17 29 src=192.0.2.1 dst=192.0.2.2 sport=49152 dport=3784 [UNREPLIED] src=192.0.2.2'
finds 1 "warning conntrack: 1 entries of connection tracking are BFD's" "our packets are tracked"
also "nft 'add table inet bfd"
put proc/sys/net/netfilter/nf_conntrack_count 12
finds 0 "unchecked conntrack: 12 connections are tracked" "tracking that cannot be looked into"

put proc/sys/net/ipv4/conf/eth0/rp_filter 1
finds 0 "" "strict rp_filter, and sessions on links" interval 300ms
export BFDNL_FAKE=roaming
put proc/sys/net/ipv4/conf/eth0/rp_filter 1
put proc/sys/net/ipv4/conf/eth1/rp_filter 2
finds 0 "note rp-filter: 1 IPv4 sessions are not bound to a link, and rp_filter of eth0 is strict" \
	"strict rp_filter, and a session that may be reached by any link" interval 300ms
also "sysctl -w net.ipv4.conf.LINK.rp_filter=2"
put proc/sys/net/ipv4/conf/all/rp_filter 1
put proc/sys/net/ipv4/conf/eth0/rp_filter 2
finds 0 "rp_filter of eth1 is strict" "strict by conf/all, loose by the link" interval 300ms
put proc/sys/net/ipv4/conf/eth0/rp_filter 1
put proc/net/netstat "$(printf '%s\n' 'TcpExt: SyncookiesSent IPReversePathFilter TW' 'TcpExt: 7 42 9')"
finds 1 "warning rp-filter: 1 IPv4 sessions are Down, and the strict rp_filter of eth0 has dropped 42 packets" \
	"a session is Down, and rp_filter drops" interval 300ms
put proc/net/netstat "$(printf '%s\n' 'TcpExt: SyncookiesSent IPReversePathFilter TW' 'TcpExt: 7 42 9')"
finds 0 "" "what was dropped is no matter when nothing is strict" interval 300ms
export BFDNL_FAKE=punctual

# ---- our own figures ----

export BFDNL_FAKE=sessions
finds 0 "" "lateness below a tenth of the interval" interval 211ms
finds 1 "warning lateness: on CPU 1 the detection of a failure was up to 21ms late since the statistics were cleared; the interval is 209ms" \
	"detection was late" interval 209ms
doctor interval 20ms
[ $? = 1 ] && grep -q "^critical lateness: on CPU 1 the detection" "$out" &&
	grep -q "^warning lateness: on CPU 1 a packet was up to 6.012ms late" "$out"
result $? "packets and detection were late, and how much that means"
BFDNL_FAKE=unloaded finds 0 "unchecked lateness: the bfd module is not loaded" "without the module"
export BFDNL_FAKE=punctual

# ---- firewalls ----

head='{"nftables":[{"metainfo":{"version":"1.0.6"}},{"table":{"family":"inet","name":"filter"}}'
chain() { # NAME POLICY
	printf ',{"chain":{"family":"inet","table":"filter","name":"%s","type":"filter","hook":"input","prio":0,"policy":"%s"}}' "$1" "$2"
}
rule() { # CHAIN EXPR
	printf ',{"rule":{"family":"inet","table":"filter","chain":"%s","handle":4,"expr":[%s]}}' "$1" "$2"
}
dport() { # PROTOCOL RIGHT
	printf '{"match":{"op":"==","left":{"payload":{"protocol":"%s","field":"dport"}},"right":%s}}' "$1" "$2"
}
meta() { # KEY RIGHT
	printf '{"match":{"op":"==","left":{"meta":{"key":"%s"}},"right":%s}}' "$1" "$2"
}
state() { # STATES
	printf '{"match":{"op":"in","left":{"ct":{"key":"state"}},"right":[%s]}}' "$1"
}
usual="$(rule input "$(state '"established","related"'),{\"accept\":null}")$(rule input \
	"$(state '"invalid"'),{\"drop\":null}")$(rule input "$(meta iifname '"lo"'),{\"accept\":null}")$(rule input \
	"$(dport tcp 22),{\"accept\":null}")"
ours='{"set":[3784,4784]}'

# firewall STATUS LINE NAME RULES: of nftables
firewall() {
	rules "$head$4]}"
	finds "$1" "$2" "nftables: $3"
}
dropped="critical firewall: nftables' chain inet filter input drops packets to UDP port 3784"

# 4784 alone is a note, so both are let in or neither is counted
let_multihop="$(rule input "$(dport udp 4784),{\"accept\":null}")"
firewall 0 "" "accepts everything" "$(chain input accept)$usual"
firewall 1 "$dropped" "policy drop" "$(chain input drop)$let_multihop"
also "nft insert rule inet filter input udp dport 3784 accept"
firewall 1 "$dropped" "policy drop and the usual exceptions" "$(chain input drop)$usual$let_multihop"
firewall 0 "" "policy drop, and our ports" "$(chain input drop)$usual$(rule input "$(dport udp "$ours"),{\"accept\":null}")"
firewall 0 "" "policy drop, and a range of ports" \
	"$(chain input drop)$(rule input "$(dport udp '{"range":[3000,5000]}'),{\"counter\":{\"packets\":0,\"bytes\":0}},{\"accept\":null}")"
firewall 0 "" "policy drop, and ports by their names" \
	"$(chain input drop)$(rule input "$(dport udp '{"set":["bfd-control","bfd-multi-ctl"]}'),{\"accept\":null}")"
firewall 1 "$dropped" "policy drop, and another range of ports" \
	"$(chain input drop)$(rule input "$(dport udp '{"range":[3785,5000]}'),{\"accept\":null}")"
firewall 0 "" "policy drop, and with TTL 255 only" "$(chain input drop)$let_multihop$(rule input \
	"$(dport udp 3784),{\"match\":{\"op\":\"==\",\"left\":{\"payload\":{\"protocol\":\"ip\",\"field\":\"ttl\"}},\"right\":255}},{\"accept\":null}")"
firewall 0 "" "policy drop, and all of UDP" "$(chain input drop)$(rule input "$(meta l4proto '"udp"'),{\"accept\":null}")"
firewall 1 "$dropped" "policy drop, and all of TCP" "$(chain input drop)$let_multihop$(rule input "$(meta l4proto '"tcp"'),{\"accept\":null}")"
firewall 0 "" "policy drop, and some links, perhaps ours" "$(chain input drop)$(rule input "$(meta iifname '"eth0"'),{\"accept\":null}")"
firewall 1 "$dropped" "a rule that drops them" "$(chain input accept)$(rule input "$(dport udp 3784),{\"drop\":null}")"
firewall 1 "$dropped" "a rule that rejects them" "$(chain input accept)$(rule input "$(dport th 3784),{\"reject\":{\"type\":\"icmp\"}}")"
firewall 0 "" "accepted before they are dropped" \
	"$(chain input accept)$(rule input "$(dport udp 3784),{\"accept\":null}")$(rule input "$(dport udp 3784),{\"drop\":null}")"
firewall 1 "warning firewall: nftables' chain inet filter input may drop packets to UDP port 3784" \
	"a rule that drops some of them" \
	"$(chain input accept)$(rule input "$(dport udp 3784),$(meta iifname '"eth7"'),{\"drop\":null}")"
firewall 0 "" "what is dropped of others is no matter" \
	"$(chain input accept)$(rule input "$(meta iifname '"eth7"'),{\"drop\":null}")"
sub=',{"chain":{"family":"inet","table":"filter","name":"sub","handle":9}}'
firewall 1 "$dropped" "in a chain that is jumped to" \
	"$(chain input accept)$sub$(rule input '{"jump":{"target":"sub"}}')$(rule sub "$(dport udp 3784),{\"drop\":null}")"
firewall 0 "" "accepted in a chain that is gone to" \
	"$(chain input drop)$sub$(rule input "$(dport udp "$ours"),{\"goto\":{\"target\":\"sub\"}}")$(rule sub '{"accept":null}')"
firewall 1 "$dropped" "not accepted where it is gone to" \
	"$(chain input drop)$let_multihop$sub$(rule input "{\"goto\":{\"target\":\"sub\"}}")$(rule input '{"accept":null}')$(rule sub "$(dport tcp 1),{\"accept\":null}")"
firewall 0 "" "chains that jump in a circle" \
	"$(chain input accept)$sub$(rule input '{"jump":{"target":"sub"}}')$(rule sub '{"jump":{"target":"input"}}')"
firewall 1 "$dropped" "a map of states that lets nothing new in" \
	"$(chain input drop)$let_multihop$(rule input '{"vmap":{"key":{"ct":{"key":"state"}},"data":{"set":[["established",{"accept":null}],["invalid",{"drop":null}]]}}}')"
firewall 0 "" "a map that may let them in" \
	"$(chain input drop)$(rule input '{"vmap":{"key":{"payload":{"protocol":"udp","field":"dport"}},"data":{"set":[[3784,{"accept":null}]]}}}')"
firewall 0 "note firewall: nftables' chain inet filter input drops packets to UDP port 4784 (multihop)" \
	"multihop is kept out, and there is none" \
	"$(chain input drop)$(rule input "$(dport udp 3784),{\"accept\":null}")"
rules "$head,{\"chain\":{\"family\":\"bridge\",\"table\":\"b\",\"name\":\"in\",\"hook\":\"input\",\"policy\":\"drop\"}}]}"
finds 0 "" "nftables: bridges are none of ours"
rules "$head,{\"chain\":{\"family\":\"netdev\",\"table\":\"n\",\"name\":\"in\",\"hook\":\"ingress\",\"policy\":\"accept\"}},{\"rule\":{\"family\":\"netdev\",\"table\":\"n\",\"chain\":\"in\",\"expr\":[$(dport udp 3785),{\"drop\":null}]}}]}"
finds 0 "note firewall: nftables' chain netdev n in drops packets to UDP port 3785 (echo)" \
	"nftables: echoes are dropped before IP"

# tables LINES: of iptables
tables() {
	rm -f "$host/command/nft"
	printf '%s\n' "*filter" "$@" COMMIT >"$host/command/iptables-save"
}
dropped4="critical firewall: iptables' chain INPUT drops packets to UDP port 3784"
four='-A INPUT -p udp -m udp --dport 4784 -j ACCEPT'
tables ':INPUT ACCEPT [0:0]' ':FORWARD DROP [0:0]'
finds 0 "" "iptables: accepts everything"
tables ':INPUT DROP [0:0]' '-A INPUT -i lo -j ACCEPT' '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT' \
	'-A INPUT -p tcp -m tcp --dport 22 -m comment --comment "a shell" -j ACCEPT' "$four"
finds 1 "$dropped4" "iptables: policy drop and the usual exceptions"
also "iptables -I INPUT -p udp --dport 3784 -j ACCEPT"
tables ':INPUT DROP [0:0]' '-A INPUT -p udp -m multiport --dports 53,3784,4784 -j ACCEPT'
finds 0 "" "iptables: policy drop, and our ports"
tables ':INPUT DROP [0:0]' '-A INPUT -p udp -m udp --dport 3780:4790 -m ttl --ttl-eq 255 -j ACCEPT'
finds 0 "" "iptables: a range of ports, and TTL 255"
tables ':INPUT ACCEPT [0:0]' '-A INPUT ! -i lo -p udp --dport 3784 -j DROP'
finds 1 "warning firewall: iptables' chain INPUT may drop packets to UDP port 3784" "iptables: what is negated"
tables ':INPUT ACCEPT [0:0]' '-A INPUT -p udp --dport 3784 -m rpfilter --invert -j DROP'
finds 1 "warning firewall: iptables' chain INPUT may drop packets to UDP port 3784" \
	"iptables: an option that takes no value"
tables ':INPUT DROP [0:0]' "$four" '-A INPUT ! -s 10.0.0.0/8 -p udp -m udp --dport 3784 -j ACCEPT'
finds 0 "" "iptables: some of ours are let in"
tables ':INPUT ACCEPT [0:0]' ':user - [0:0]' '-A INPUT -j user' '-A user -p udp -m udp --dport 3784 -j REJECT --reject-with icmp-port-unreachable'
finds 1 "$dropped4" "iptables: rejected in a chain of one's own"
tables ':INPUT ACCEPT [0:0]' '-A INPUT -p udp -m udp --dport 3784 -s 10.0.0.9/32 -j DROP'
finds 1 "warning firewall: iptables' chain INPUT may drop packets to UDP port 3784" "iptables: some of ours are dropped"
tables ':INPUT DROP [0:0]'
sed -i '1i # Generated by iptables-nft-save v1.8.9' "$host/command/iptables-save"
rules "$head]}"
finds 0 "" "iptables: what nft shows is not looked at twice"
rm "$host/command/nft"
finds 0 "unchecked firewall: neither nft nor iptables-save could tell the rules" "no tool to ask"
rules "not JSON"
finds 0 "unchecked firewall:" "a tool that prints something else"

# the tools themselves, on this host
mkdir "$dir/bin"
printf '#!/bin/sh\n[ "$*" = "-j list ruleset" ] && cat %s/rules\n' "$dir" >"$dir/bin/nft"
chmod +x "$dir/bin/nft"
printf '%s\n' "$head$(chain input drop)]}" >"$dir/rules"
PATH=$dir/bin:$PATH "$bfdnl" doctor >"$out" 2>"$err"
[ $? = 1 ] && grep -qF "$dropped" "$out"
result $? "nft is run"

# ---- output ----

put proc/cmdline "highres=off"
put $cpus/nohz_full 1-3
"$bfdnl" -j doctor root "$host" interval 50ms >"$out" 2>"$err"
[ $? = 1 ] && [ "$(python3 -c '
import json, sys
v = json.load(sys.stdin)
print(v["smallest-interval"], len(v["checks"]), [(f["check"], f["severity"], sorted(f)) for f in v["findings"]])' <"$out")" = \
	"50000 14 [('clock', 'critical', ['cause', 'check', 'fix', 'severity']), ('isolation', 'note', ['cause', 'check', 'fix', 'severity'])]" ]
result $? "JSON: findings, the worst first"
"$bfdnl" doctor root "$host" interval 50ms >/dev/full 2>"$err"
[ $? = 2 ] && grep -q "cannot write" "$err"
result $? "output that cannot be written is an error"
healthy
for wrong in "interval" "interval fast" "interval 0" "root" "now"; do
	# shellcheck disable=SC2086 # words
	"$bfdnl" doctor $wrong >"$out" 2>"$err"
	[ $? = 1 ] && [ -s "$err" ] && [ ! -s "$out" ]
	result $? "usage: doctor $wrong"
done
"$bfdnl" doctor root "$dir/nowhere" >"$out" 2>"$err" && grep -q "8 not possible" "$out"
result $? "nothing can be read: nothing is claimed"

echo "1..$count"
[ $failed = 0 ]
