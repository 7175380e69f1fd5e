# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# scripts/demo --shell: sourced by the guest's shell before its first prompt.

unset PROMPT_COMMAND
# shellcheck source=scripts/lib/demo-hosts.sh
. scripts/lib/demo-hosts.sh
# shellcheck source=/dev/null
. userspace/bfdnl/bfdnl.bash-completion

echo "Preparing the hosts"
if load_module && add_hosts && start_bird >/dev/null &&
	{ [ "$DEMO_INTERVAL" != auto ] || DEMO_INTERVAL=$(choose_interval); } &&
	session_commands "$DEMO_INTERVAL" | bash -e; then
	cat <<-'END'

		Three hosts are on a switch: the network namespaces left (192.0.2.1,
		2001:db8::1), right (.2, ::2) and bird (.3, ::3, runs BIRD). The switch
		is the namespace "switch". left has sessions with both. Try

		  bfdnl -n left session show            what runs (-d or -s: more of it)
		  bfdnl -n left -t monitor &            and what happens, when the
		  ip -n switch link set br0 down        switch fails; up: it works again

		bfdnl help lists the rest; Tab completes. birdc shows BIRD's side.
	END
else
	echo "demo: the hosts could not be prepared, see above" >&2
fi
unset DEMO_INTERVAL
unset -f load_module add_host add_hosts start_bird choose_interval session_commands
