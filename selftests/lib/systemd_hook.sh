#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A command of bfdagentd's that tells what it was told of one session, and tries what it
# may not do.

[ "$BFD_DEST_ADDR" = 192.0.2.13 ] || exit 0

may() {
	("${@:2}") >/dev/null 2>&1 && echo "may $1"
	return 0
}

mkdir -p /run/bfdnl/told
{
	echo "event $(cat)"
	grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status
	# shellcheck disable=SC2016 # for the inner shell
	may "write to /etc" bash -c ': >/etc/bfdnl/written'
	may "change owners" chown 1 /run/bfdnl/told
	may "mount" mount -t tmpfs none /tmp
	may "make namespaces" unshare -n true
	may "read the log of the kernel" dmesg
	may "gain priority" test "$(nice -n -5 nice 2>/dev/null)" -lt 0
	may "write to its directory" touch /run/bfdnl/told
	may "use the network" bash -c ': >/dev/tcp/127.0.0.1/5880'
	echo end
} >"/run/bfdnl/told/$BFD_DEST_ADDR" 2>&1
echo "the hook was told of $BFD_DEST_ADDR"
