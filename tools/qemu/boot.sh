#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Boots Debian's kernel in QEMU with an initramfs of busybox, the files given
# and a script, and returns what the script returned.
#
# usage: boot.sh [--kernel VERSION] [--cpus N] [--add FILE]... SCRIPT
#   Programs and modules are put into / of the guest, with the libraries that
#   programs need. The console is also written to build/log/SCRIPT-VERSION.
set -euo pipefail
cd "$(dirname "$0")/../.."

kernel=6.12 cpus=2 timeout=110 add=()
while [ $# -gt 1 ]; do
	case $1 in
	--kernel) kernel=$2 ;;
	--cpus) cpus=$2 ;;
	--add) add+=("$2") ;;
	*) echo "boot.sh: unknown option $1" >&2; exit 2 ;;
	esac
	shift 2
done
script=${1:?usage: boot.sh [option]... SCRIPT}
log=build/log/$(basename "$script" .sh)-$kernel
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p build/log "$root"/{bin,proc,sys,dev,tmp}

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
mount -t devtmpfs devtmpfs /dev
mount -t debugfs debugfs /sys/kernel/debug
echo 1 > /proc/sys/kernel/printk
export TERM=dumb
cd /
sh /script
echo "guest exit $?"
poweroff -f
END
chmod +x "$root/init"
(cd "$root" && find . | cpio --quiet -o -H newc | gzip -1) > "$root.cpio.gz"
trap 'rm -rf "$root" "$root.cpio.gz"' EXIT

bios=()
[ -e /usr/share/qemu/qboot.rom ] && bios=(-bios qboot.rom)
timeout "$timeout" qemu-system-x86_64 -accel tcg,thread=multi -cpu max \
	-smp "$cpus" -m 1G -nographic -no-reboot "${bios[@]}" \
	-kernel build/image-"$kernel"/boot/vmlinuz-* -initrd "$root.cpio.gz" \
	-append "console=ttyS0 quiet panic=-1" < /dev/null |
	sed -u 's/\r//g' | tee "$log" |
	grep --line-buffered -vE '^guest exit |reboot: Power down' || true

code=$(sed -n 's/^guest exit \([0-9]*\)$/\1/p' "$log")
if [ -z "$code" ]; then
	if grep -q 'Kernel panic' "$log"; then
		echo "boot.sh: the guest's kernel panicked; see $log" >&2
	else
		echo "boot.sh: the guest did not come to its end in $timeout s; see $log" >&2
	fi
	exit 1
fi
exit "$code"
