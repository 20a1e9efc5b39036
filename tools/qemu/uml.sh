#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Boots User Mode Linux 7.x, natively, with a root of busybox, the files given
# and a script, and returns what the script returned; like boot.sh.
#
# usage: uml.sh [--cpus N] [--timeout SECONDS] [--add FILE]... SCRIPT
#   The kernel is that of uml-kernel.sh; the console is also written to
#   build/log/SCRIPT-uml.
set -euo pipefail
cd "$(dirname "$0")/../.."

cpus=2 timeout=110 add=()
while [ $# -gt 1 ]; do
	case $1 in
	--cpus) cpus=$2 ;;
	--timeout) timeout=$2 ;;
	--add) add+=("$2") ;;
	*) echo "uml.sh: unknown option $1" >&2; exit 2 ;;
	esac
	shift 2
done
script=${1:?usage: uml.sh [option]... SCRIPT}
log=build/log/$(basename "$script" .sh)-uml
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p build/log "$root"/{bin,sbin,proc,sys,dev,tmp}

cp "$(command -v busybox)" "$root/bin/"
for file in "${add[@]}"; do
	cp "$file" "$root/"
	ldd "$file" 2>/dev/null | grep -o '/[^ ]*' | while read -r lib; do
		mkdir -p "$root$(dirname "$lib")"
		cp -L "$lib" "$root$lib"
	done || true
done
cp "$script" "$root/script"
cat > "$root/init" <<'END'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t debugfs debugfs /sys/kernel/debug
mount -t tmpfs tmpfs /tmp
echo 1 > /proc/sys/kernel/printk
export TERM=dumb
cd /
sh /script
echo "guest exit $?"
poweroff -f
END
chmod +x "$root/init"

# A root of its own keeps the guest's hands off the host's files.
timeout "$timeout" build/uml/obj/linux root=/dev/root rootfstype=hostfs \
	rootflags="$root" rw init=/init mem=1G ncpus="$cpus" seccomp=on \
	con0=fd:0,fd:1 con=null quiet panic=-1 < /dev/null 2>&1 |
	sed -u 's/\r//g' | tee "$log" |
	grep --line-buffered -vE '^guest exit |reboot: ' || true

code=$(sed -n 's/^guest exit \([0-9]*\)$/\1/p' "$log")
if [ -z "$code" ]; then
	echo "uml.sh: the guest did not come to its end; see $log" >&2
	exit 1
fi
exit "$code"
