# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What scripts/vm and scripts/uml share: the run's directory, the part of the
# initramfs that is made for one run, waiting for the end, judging it.
# Needs common.sh.

# shellcheck source=scripts/lib/common.sh
. "${BASH_SOURCE[0]%/*}/common.sh"

status_log=97		# the kernel complained
status_timeout=98	# the wall clock limit was reached
status_died=99		# the guest ended without a result

# Set by the caller's options.
limit=
out_dir=
shell=
log_check=1
# shellcheck disable=SC2034 # for the callers
append=
command=()

# run: directory of this run, shared with the guest as /run/bfdnl.
run=
machine=		# process to end with us

guest_cleanup() {
	trap - EXIT INT TERM HUP
	if [ -n "$machine" ]; then
		kill -TERM "$machine" 2>/dev/null || :
		wait "$machine" 2>/dev/null || :
	fi
	[ -z "$run" ] || rm -rf "$run"
}

guest_start() {
	run=$(mktemp -d "${TMPDIR:-/tmp}/bfdnl-$prog.XXXXXX")
	trap guest_cleanup EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
}

# guest_options_done: what holds for the options of both runners.
guest_options_done() {
	if [ -n "$shell" ]; then
		[ ${#command[@]} = 0 ] || usage_error "--shell takes no command"
		[ -t 0 ] || usage_error "--shell needs a terminal"
	elif [ ${#command[@]} = 0 ]; then
		usage_error "no command given"
	fi
	# Nobody shall be thrown out of a shell that was given no limit.
	[ -n "$limit" ] || { [ -n "$shell" ] && limit=0; } || limit=600
	[[ $limit =~ ^[0-9]+$ ]] || usage_error "not a number of seconds: $limit"
	[[ $repo != *[[:space:],]* ]] || die "the path of the repository has a space or comma: $repo"
	if [ -n "$out_dir" ]; then
		[ -d "$out_dir" ] || die "no such directory: $out_dir"
		out_dir=$(readlink -f "$out_dir")
		[[ $out_dir != *[[:space:],]* ]] || die "the path has a space or comma: $out_dir"
	fi
}

# guest_initrd BASE KIND KERNEL ROOT MODULES SHELL_TTY: make $run/initrd.
guest_initrd() {
	local base=$1 tree=$run/initramfs rows=24 cols=80 size

	mkdir "$tree"
	cp "$repo/scripts/lib/guest-init" "$tree/init"
	cp "$repo/scripts/lib/guest-run" "$tree/guest-run"
	chmod +x "$tree/init"
	# A single argument is a line for the shell.
	if [ ${#command[@]} -le 1 ]; then
		printf '%s\n' "${command[@]}" >"$tree/command"
	else
		printf '%q ' "${command[@]}" >"$tree/command"
	fi
	if [ -n "$shell" ] && size=$(stty size 2>/dev/null); then
		read -r rows cols <<<"$size"
		if [ "$rows" = 0 ] || [ "$cols" = 0 ]; then
			rows=24 cols=80
		fi
	fi
	{
		printf 'GUEST_KIND=%q\n' "$2"
		printf 'GUEST_KERNEL=%q\n' "$3"
		printf 'GUEST_ROOT=%q\n' "$4"
		printf 'GUEST_MODULES=%q\n' "$5"
		printf 'GUEST_SHELL=%q\n' "${shell:+$6}"
		printf 'GUEST_REPO=%q\n' "$repo"
		printf 'GUEST_RUN=%q\n' "$run/shared"
		printf 'GUEST_OUT=%q\n' "$out_dir"
		printf 'GUEST_ROWS=%q\nGUEST_COLS=%q\nGUEST_TERM=%q\n' "$rows" "$cols" "${TERM:-linux}"
	} >"$tree/conf"
	mkdir "$run/shared"
	: >"$run/shared/output"
	: >"$run/console"
	cp "$base" "$run/initrd"
	(cd "$tree" && find . | cpio -o -H newc --quiet | gzip -1) >>"$run/initrd"
}

# guest_wait COMMAND...: run the machine; pass on what the guest's command writes.
guest_wait() {
	local tail status=0 terminal

	if [ -n "$shell" ]; then
		terminal=$(stty -g)
		timeout --foreground -k 5 "$limit" "$@" || status=$?
		stty "$terminal"
	else
		timeout -k 5 "$limit" "$@" </dev/null &
		machine=$!
		tail -q -n +1 -s 0.1 -f --pid="$machine" "$run/shared/output" 2>/dev/null &
		tail=$!
		wait "$machine" 2>/dev/null || status=$?
		machine=
		wait "$tail" || :
	fi
	return "$status"
}

# complaints FILE: lines of a kernel log that nobody wants to see, with numbers.
complaints() {
	grep -nE -e '(WARNING|BUG|UBSAN|KASAN|KFENCE|DEBUG_LOCKS_WARN_ON|ODEBUG):' \
		-e 'BUG:? ' -e '\bOops\b' -e 'suspicious RCU' -e 'possible (circular|recursive)' \
		-e 'possible irq lock inversion' -e 'inconsistent (lock|\{)' -e 'bad unlock balance' \
		-e 'held lock freed' -e 'INFO: (task|trying|rcu|possible)' \
		-e 'unregister_netdevice: waiting' -e 'refcount_t' -e '(soft|hard) lockup' \
		-e 'rcu.*(detected.*stall|self-detected)' -e 'RCU.*[Ss]tall' \
		-e 'general protection' -e 'Call [Tt]race' -e 'Kernel panic' \
		-e 'kmemleak: [1-9][0-9]* new' -e 'scheduling while atomic' \
		-e 'sleeping function called' -e 'list_(add|del) corruption' \
		-e 'unable to handle' -e 'leaked reference' -e 'ref_tracker:' -e 'Bad page' "$1"
}

# without_known_report FILE: a kernel log without what 6.1's User-Mode Linux says
# about itself while it boots: force_flush_all() walks the memory map without
# its lock, at the first fork. What comes after the start of the command stays.
without_known_report() {
	awk '
		function flush() {
			if (report != "" && !(report ~ /lib\/maple_tree\.c:/ &&
					      report ~ /force_flush_all\+/))
				printf "%s", report
			report = ""
		}
		/bfdnl: the command starts/ { started = 1 }
		!started && /WARNING: suspicious RCU usage/ { flush(); report = $0 "\n"; trace = 0; next }
		report != "" && (!trace || /\[<[0-9a-f]+>\]/) {
			report = report $0 "\n"
			if (/Call Trace:/)
				trace = 1
			next
		}
		{ flush(); print }
		END { flush() }' "$1"
}

# check_kernel_log: judge the kernel's log; 1 if it holds a complaint.
check_kernel_log() {
	local log=$run/shared/dmesg first bad=0

	[ -e "$log" ] || log=$run/console
	without_known_report "$log" >"$run/log"
	if complaints "$run/log" >"$run/complaints"; then
		first=$(head -n 1 "$run/complaints")
		first=${first%%:*}
		{
			echo "$prog: the kernel complained ($(wc -l <"$run/complaints") lines of its log):"
			sed -n "$((first > 3 ? first - 3 : 1)),$((first + 60))p" "$run/log"
		} >&2
		bad=1
	fi
	if [ -s "$run/shared/kmemleak" ]; then
		{
			echo "$prog: memory was leaked:"
			head -n 80 "$run/shared/kmemleak"
		} >&2
		bad=1
	fi
	return $bad
}

# guest_result STATUS: exit with what the run came to; STATUS is the machine's.
guest_result() {
	local status=

	[ ! -e "$run/shared/status" ] || status=$(cat "$run/shared/status")
	if [ -n "$out_dir" ] && [ -e "$run/shared/dmesg" ]; then
		cp "$run/shared/dmesg" "$out_dir/dmesg.txt"
	fi
	if [ -z "$status" ]; then
		# A crash is told from the log; anything else from the last lines.
		if [ -n "$log_check" ]; then
			check_kernel_log || exit $status_log
		fi
		{
			if [ "$1" = 124 ] || [ "$1" = 137 ]; then
				echo "$prog: stopped after $limit s; the last lines of the console:"
			else
				echo "$prog: the guest ended without a result; the last lines of the console:"
			fi
			tail -n 20 "$run/console"
		} >&2
		if [ "$1" = 124 ] || [ "$1" = 137 ]; then
			exit $status_timeout
		fi
		exit $status_died
	fi
	if [ -n "$log_check" ] && ! check_kernel_log; then
		[ "$status" = 0 ] || say "the command's own exit status was $status"
		exit $status_log
	fi
	exit "$status"
}
