#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# bfdagentd and its units under systemd, which boots in $h1, with FRR: order, readiness,
# reload, watchdog, passed sockets, kept connections, confinement.

# shellcheck source=selftests/lib/vm.sh
. "$(dirname "$0")/lib/vm.sh"

INSTALLED=$(readlink -f "$lib_dir/..")/build/root

require_command bfdagentd systemctl busctl dbus-monitor openssl unshare nsenter vtysh
[ -e "$INSTALLED/usr/local/lib/systemd/system/bfdagentd.service" ] ||
	skip_all "nothing is installed: make -C userspace install DESTDIR=\$PWD/build/root"

# etc: what is in /etc there
etc() {
	mkdir -p "$1"/{bfdnl,frr,systemd/system/{bfdagentd,bfdnl-restore}.service.d}
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
		-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
		-keyout "$1/bfdnl/key.pem" -out "$1/bfdnl/cert.pem" 2>/dev/null
	chmod 600 "$1/bfdnl/key.pem"
	cp "$lib_dir/lib/systemd_hook.sh" "$1/bfdnl/hook"
	chmod +x "$1/bfdnl/hook"
	printf '[Service]\nWatchdogSec=6\n' >"$1/systemd/system/bfdagentd.service.d/test.conf"
	printf '[Service]\nRestartSec=1\n' >"$1/systemd/system/bfdnl-restore.service.d/test.conf"
	sed -e 's/^bfdd=no/bfdd=yes/' \
		-e 's/^\(bfdd_options=".*\)"/\1 --dplaneaddr ipv4:127.0.0.1:50700"/' \
		/etc/frr/daemons >"$1/frr/daemons"
	printf '%s\n' bfd " peer 192.0.2.12 local-address 192.0.2.1 interface e1" \
		"  detect-multiplier 10" >"$1/frr/frr.conf"
	chown -R frr:frr "$1/frr"
}

# A cgroup of its own, in which it can make others
boot() {
	local group=/sys/fs/cgroup/bfd-test

	mkdir "$group"
	defer find "$group" -depth -type d -exec rmdir {} +
	defer await stopped "$group"
	# shellcheck disable=SC2016 # for the inner shell
	in_background "$lib_tmp/console" bash -c 'echo $$ >"$1/cgroup.procs"
		exec ip netns exec "$2" unshare --pid --fork --kill-child --mount --mount-proc \
			--cgroup --ipc --uts bash "${@:3}"' boot "$group" "$h1" \
		"$lib_dir/lib/systemd_boot.sh" "$INSTALLED" \
		bfdnl-restore bfdagentd bfdagentd-rest.socket bfdagentd-monitor.socket frr
	await pgrep -P "$background" >/dev/null
	check_err $? "it does not start"
	defer kill -9 "$(pgrep -P "$background")"
	SYSTEMD=$(pgrep -P "$background")
	export SYSTEMD
}

stopped() {
	! grep -q 'populated 1' "$1/cgroup.events"
}

bfd_load
two_hosts && addr "$h2" e2 192.0.2.{12,13,14}/24
check_err $? "two hosts cannot be set up"
for i in 2 12 13 14; do
	bfd "$h2" session add dest-addr 192.0.2.1 source-addr 192.0.2.$i local-multiplier 10
done
bfd "$h2" session add dest-addr 2001:db8::1 source-addr 2001:db8::2 local-multiplier 10
export h1 lib_tmp BFD_ETC=$lib_tmp/etc
etc "$BFD_ETC"
python3 -B "$lib_dir/vm_systemd.py" --configure >"$BFD_ETC/bfdnl/bfd.conf"
boot
scenario vm_systemd.py
exit "$EXIT_STATUS"
