#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs the tests in a kernel that was booted for them; started by busybox init, as
# pid 1 has to reap.  What it prints goes out by the second serial port.

case $(uname -m) in
x86_64) port=/dev/ttyS1 ;;
aarch64) port=/dev/ttyAMA1 ;;
esac

mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts pts /dev/pts
mount -t tmpfs shm /dev/shm
mount -t tmpfs tmp /tmp
chmod 1777 /tmp
mount -t cgroup2 cgroup /sys/fs/cgroup
ip link set lo up
hostname guest

stty -F "$port" raw
exec </dev/null >"$port" 2>&1
set -a
# shellcheck disable=SC1091
. /tests/settings
set +a

echo "== doctor $(/tests/tasktoll doctor --format json)"
# shellcheck disable=SC2153
/tests/live -j1 --verbose --color=never --short-filename --filter "$FILTER"
echo "== ended $?"
sync
poweroff -f
