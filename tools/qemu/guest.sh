# SPDX-License-Identifier: GPL-2.0
# Sourced: what the guests of boot.sh and uml.sh have in common.

# guest_root DIR SCRIPT FILE...: a root of $busybox, or of this machine's, with a
# script that init runs, and files, with the libraries that programs need
guest_root()
{
	local root=$1 script=$2 file
	shift 2

	mkdir -p build/log "$root"/{bin,proc,sys,dev,tmp}
	cp "${busybox:-$(command -v busybox)}" "$root/bin/"
	for file; do
		cp "$file" "$root/"
		ldd "$file" 2>/dev/null | grep -o '/[^ ]*' | while read -r lib; do
			mkdir -p "$root$(dirname "$lib")"
			cp -L "$lib" "$root$lib"
		done || true
	done
	cp "$script" "$root/script"
	cp tools/qemu/guest-check.sh "$root/check.sh"
	cat > "$root/init" <<'END'
#!/bin/busybox sh
echo "guest init"
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev 2> /dev/null
mount -t tmpfs tmpfs /tmp
# A kernel may be told to have none.
[ ! -e /sys/kernel/debug ] || mount -t debugfs debugfs /sys/kernel/debug
echo 1 > /proc/sys/kernel/printk
export TERM=dumb
cd /
if [ -e 9p.ko ]; then
	for module in netfs 9pnet 9pnet_virtio 9p; do
		insmod $module.ko
	done
fi
for name in $(cat mounts 2> /dev/null); do
	mkdir $name
	case $name in
	host) how=ro,cache=loose ;;
	# What the host writes meanwhile has to be seen.
	*) how=cache=none ;;
	esac
	mount -t 9p -o trans=virtio,version=9p2000.L,$how $name /$name
	[ $name = host ] || continue
	for dir in proc sys dev; do
		mount --rbind /$dir /host/$dir
	done
	mount -t tmpfs tmpfs /host/tmp
done
sh /script
echo "guest exit $?"
# A kernel without ACPI can do only that; QEMU takes it for the end.
[ ! -e reboot ] || reboot -n -f
# Not to sync: a server of what is mounted may be gone.
poweroff -n -f
END
	chmod +x "$root/init"
}

# guest_console LOG: shows what comes from the guest, and keeps all of it
guest_console()
{
	sed -u 's/\r//g' | tee "$1" |
		grep --line-buffered -vE '^guest (init$|exit )|reboot: |ubd device 0'
}

# guest_exit LOG SECONDS: ends as the guest's script did
guest_exit()
{
	local code

	code=$(sed -n 's/^guest exit \([0-9]*\)$/\1/p' "$1")
	[ -z "$code" ] || exit "$code"
	if grep -q 'Kernel panic' "$1"; then
		echo "${0##*/}: the guest's kernel panicked; see $1" >&2
	else
		echo "${0##*/}: the guest did not come to its end in $2 s; see $1" >&2
	fi
	exit 1
}
