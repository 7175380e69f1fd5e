#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# usage: systemd_boot.sh INSTALLED UNIT...
#
# Become systemd in fresh namespaces of mounts, processes and cgroups, with what make
# install left in INSTALLED, these UNITs enabled, and nothing that a machine without
# disks and terminals has no use for. /etc and /var may be written to, and are forgotten.

set -e
installed=$1
shift

over() {
	mkdir -p "/run/over/$1/new" "/run/over/$1/work"
	mount -t overlay -o "lowerdir=/$1,upperdir=/run/over/$1/new,workdir=/run/over/$1/work" \
		over "/$1"
}

mount --bind "$installed/usr/local" /usr/local
mount -t cgroup2 cgroup2 /sys/fs/cgroup
# The repository may lie under these, and what is there is the test's.
mount -t tmpfs -o mode=755 run /run
over etc
over var
cp -r "$BFD_ETC/." /etc
mount -t tmpfs -o mode=1777 tmp /tmp

rm -rf /etc/systemd/system/*.wants
for unit in dev-hugepages.mount dev-mqueue.mount getty.target \
	kmod-static-nodes.service proc-sys-fs-binfmt_misc.automount sys-fs-fuse-connections.mount \
	sys-kernel-{config,debug,tracing}.mount timers.target \
	systemd-{binfmt,firstboot,journal-flush,logind,machine-id-commit,modules-load}.service \
	systemd-{pcrphase,pcrphase-sysinit,random-seed,remount-fs,sysctl,sysusers}.service \
	systemd-{tmpfiles-setup-dev,update-utmp,update-utmp-runlevel,user-sessions}.service \
	systemd-ask-password-{console,wall}.path; do
	ln -s /dev/null "/etc/systemd/system/$unit"
done
SYSTEMD_OFFLINE=1 systemctl enable "$@"
exec env -i PATH="$PATH" container=test /lib/systemd/systemd --system --show-status=0 \
	--unit=multi-user.target
