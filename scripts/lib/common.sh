# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Helpers shared by the scripts in this directory: messages, the cache of
# large products (kernels, the guests' root), locks. To be sourced by bash
# under "set -euo pipefail".
#
# A product NAME lives in $cache/NAME/KEY, where KEY is a hash of what it was
# made from; $cache/NAME/current points to the one in use. It is made under
# another name and renamed when complete, so what has its final name is whole.

prog=${0##*/}
# shellcheck disable=SC2034 # for those who source this
repo=$(readlink -f "${BASH_SOURCE[0]%/*}/../..")
cache=${XDG_CACHE_HOME:-$HOME/.cache}/bfdnl
PATH=$PATH:/usr/sbin:/sbin	# depmod, for everybody

die() {
	printf '%s: error: %s\n' "$prog" "$*" >&2
	exit 1
}

usage_error() {
	printf '%s: %s (see %s --help)\n' "$prog" "$*" "$prog" >&2
	exit 2
}

say() {
	printf '%s: %s\n' "$prog" "$*" >&2
}

# show_help: print the comment block at the top of the calling script.
show_help() {
	sed -n '/^# SPDX/d; 2,/^[^#]/{ /^#/!q; s/^# \{0,1\}//; p; }' "$0"
}

# key_of: the key of a product, from everything it is made of on stdin.
key_of() {
	sha256sum | cut -c1-12
}

# product NAME: the directory of the current product NAME, or failure.
product() {
	[ -L "$cache/$1/current" ] && readlink -e "$cache/$1/current"
}

# use_product VAR NAME: set VAR to the directory of NAME and hold a shared lock
# on it until this process and its children end, so that no clean-up of old
# products removes it meanwhile.
use_product() {
	local -n dir=$1
	local fd

	dir=$(product "$2") ||
		die "there is no $2 in $cache: run scripts/setup $2"
	exec {fd}<"$dir/.lock"
	flock -s "$fd"
}

# remove_old_products NAME: remove every product NAME but the current one,
# except those in use.
remove_old_products() {
	local keep d fd

	keep=$(product "$1") || return 0
	for d in "$cache/$1"/*; do
		if [ -L "$d" ] || [ "$d" = "$keep" ] || [ ! -d "$d" ]; then
			continue
		fi
		if [ -e "$d/.lock" ]; then
			exec {fd}<"$d/.lock"
			flock -n -x "$fd" && remove_tree "$d"
			exec {fd}<&-
		else
			remove_tree "$d"	# an unfinished one
		fi
	done
}

# remove_tree DIR: remove a product, also one with write-protected directories.
remove_tree() {
	rm -rf --one-file-system "$1" 2>/dev/null && return
	chmod -R u+w "$1" && rm -rf --one-file-system "$1"
}

# make_product NAME KEY BUILDER...: unless it is there, run BUILDER DIR FINAL
# to fill DIR, which is renamed to FINAL afterwards; then make it current.
# Runs at the same time wait for each other.
make_product() {
	local name=$1 key=$2 final=$cache/$1/$2 tmp fd started=$SECONDS
	shift 2

	mkdir -p "$cache/$name"
	exec {fd}>"$cache/$name.lock"
	if ! flock -n "$fd"; then
		say "$name: waiting for another run that is making it"
		flock "$fd"
	fi
	if [ ! -e "$final/.lock" ]; then
		say "$name: making it in $final"
		tmp=$final.new
		[ ! -e "$tmp" ] || remove_tree "$tmp"
		mkdir "$tmp"
		# A subshell with errexit in force: "if ! builder" would switch it off.
		set +e
		(
			set -e
			"$@" "$tmp" "$final"
		) {fd}>&-
		local status=$?
		set -e
		[ $status = 0 ] || die "$name: could not be made (what there is of it: $tmp)"
		: >"$tmp/.lock"
		mv -T "$tmp" "$final"
		say "$name: done in $((SECONDS - started)) s"
	fi
	if [ "$(product "$name" || :)" != "$final" ]; then
		ln -sfn "$key" "$cache/$name/current.new"
		mv -T "$cache/$name/current.new" "$cache/$name/current"
	fi
	remove_old_products "$name"
	exec {fd}>&-
}
