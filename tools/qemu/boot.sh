#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Boots a kernel in QEMU with an initramfs of busybox, the files given
# and a script, and returns what the script returned.
#
# usage: boot.sh [--kernel VERSION | --image FILE] [--append ARGS] [--cpus N]
#		 [--possible N] [--nodes] [--memory MIB] [--icount] [--host]
#		 [--root DIR] [--share DIR] [--disk FILE]... [--module NAME|FILE]...
#		 [--timeout SECONDS] [--dump FILE] [--add FILE]... SCRIPT
#   VERSION: of Debian's, as for kernels.sh; x86-7 and arm64-64k: those of
#   x86-7-kernel.sh and so on; clang and kmsan: of clang-kernel.sh. One of another
#   architecture runs modules and scripts alone, no programs of this machine's.
#   Programs and modules are put into / of the guest, with the libraries that
#   programs need. The console is also written to build/log/SCRIPT-VERSION.
#   --possible: so many CPUs could be there; those of --cpus are. 6.12 believes
#   only some hypervisors, and not this one: take 6.1.
#   --nodes: two NUMA nodes, with half of the CPUs and memory each.
#   --icount: one CPU, whose clock goes on by 1 ns per instruction.
#   --host: the host's root, read-only, at /host of the guest, with the guest's
#   /proc, /sys, /dev and /tmp in it: "chroot /host" has the host's programs.
#   --root: as --host, with DIR in place of the host's root.
#   --share: DIR of the host, to read and write, at /share of the guest.
#   --disk: FILE is the guest's next disk, /dev/vda the first of them.
#   --module: in reach of the guest's modprobe, with what it depends on: a module of the
#   kernel's package, or FILE, in place of the package's of that name.
#   --dump: FILE gets a dump of the guest, whose script loads qemu_fw_cfg.ko, says "guest
#   dump" and has the kernel panic. It has 256 MiB of memory.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/qemu/guest.sh

kernel=6.12 cpus=2 possible= timeout=110 add=() accel=(-accel "tcg,thread=multi") append=
virtfs=() mounts=() disks=() modules=() image= memory=1024 nodes= numa=() dump=
while [ $# -gt 1 ]; do
	case $1 in
	--icount)
		# Zeroing and mitigations would be counted, too.
		cpus=1 accel=(-accel "tcg,thread=single" -icount "shift=0,sleep=off")
		append+=" mitigations=off init_on_alloc=0"
		shift
		continue
		;;
	--nodes)
		nodes=2
		shift
		continue
		;;
	--host)
		set -- --root / "${@:2}"
		continue
		;;
	--root)
		virtfs+=(-virtfs "local,path=$2,mount_tag=host,security_model=none,readonly=on,multidevs=remap")
		mounts+=(host)
		;;
	--share)
		virtfs+=(-virtfs "local,path=$2,mount_tag=share,security_model=none")
		mounts+=(share)
		;;
	--disk)
		disks+=(-drive "file=$2,format=raw,if=virtio,cache=unsafe")
		modules+=(virtio_blk)
		;;
	--module) modules+=("$2") ;;
	--memory) memory=$2 ;;
	--timeout) timeout=$2 ;;
	--dump) dump=$2 memory=256 append+=" panic=0" ;;
	--kernel) kernel=$2 ;;
	--image) kernel=own image=$2 memory=2048 ;;
	--append) append+=" $2" ;;
	--cpus) cpus=$2 ;;
	--possible) possible=$2 ;;
	--add) add+=("$2") ;;
	*) echo "boot.sh: unknown option $1" >&2; exit 2 ;;
	esac
	shift 2
done
script=${1:?usage: boot.sh [option]... SCRIPT}
log=build/log/$(basename "$script" .sh)-$kernel
case $kernel in
*arm64*)
	qemu=(qemu-system-aarch64 -M virt -nic none) console=ttyAMA0
	# Debian's programs are for pages of any size.
	busybox=build/busybox-6.12-arm64/bin/busybox
	;;
*-s390x)
	qemu=(qemu-system-s390x -M s390-ccw-virtio -nic none) console=ttysclp0
	# QEMU's CPUs wait for each other for ever at times, one in a SIGP.
	accel=(-accel "tcg,thread=single")
	busybox=build/busybox-$kernel/bin/busybox
	;;
*)
	qemu=(qemu-system-x86_64) console=ttyS0
	# On a busy host the clock watchdog would find the TSC late and patch the
	# kernel's text, which QEMU's CPUs do not all survive. It is the host's TSC.
	append="tsc=reliable $append"
	[ ! -e /usr/share/qemu/qboot.rom ] || qemu+=(-bios qboot.rom)
	;;
esac
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
guest_root "$root" "$script" "${add[@]}"
[ -z "$image" ] || touch "$root/reboot"
if [ ${#mounts[@]} -gt 0 ]; then
	printf '%s\n' "${mounts[@]}" > "$root/mounts"
	for module in fs/netfs/netfs net/9p/9pnet net/9p/9pnet_virtio fs/9p/9p; do
		xz -dcf build/image-"$kernel"/lib/modules/*/kernel/$module.ko* \
			> "$root/${module##*/}.ko"
	done
fi
if [ ${#modules[@]} -gt 0 ]; then
	tools/qemu/guest-modules.sh "$root" "$kernel" "${modules[@]}"
fi
if [ -n "$dump" ]; then
	xz -dcf build/image-"$kernel"/lib/modules/*/kernel/drivers/firmware/qemu_fw_cfg.ko* \
		> "$root/qemu_fw_cfg.ko"
	qemu+=(-device vmcoreinfo -qmp "unix:$root.qmp,server=on,wait=off")
fi
(cd "$root" && find . | cpio --quiet -o -H newc | gzip -1) > "$root.cpio.gz"
trap 'rm -rf "$root" "$root.cpio.gz" "$root.qmp"' EXIT

if [ -n "$nodes" ]; then
	for node in 0 1; do
		numa+=(-object "memory-backend-ram,id=m$node,size=$((memory / 2))M"
		       -numa "node,nodeid=$node,memdev=m$node,cpus=$((node * cpus / 2))-$(((node + 1) * cpus / 2 - 1))")
	done
	cpus+=",sockets=$cpus"
fi
run()
{
	if [ -n "$dump" ]; then
		# Nothing is to be read there of a guest that was before.
		: > "$log"
		tools/qemu/dump.py "$root.qmp" "$log" "$dump" &
	fi
	timeout -k 10 "$timeout" "${qemu[@]}" "${accel[@]}" -cpu max \
		-smp "$cpus${possible:+,maxcpus=$possible}" -m "${memory}M" "${numa[@]}" -nographic -no-reboot \
		"${virtfs[@]}" "${disks[@]}" \
		-kernel "${image:-$(echo build/image-"$kernel"/boot/vmlinuz-*)}" -initrd "$root.cpio.gz" \
		-append "console=$console quiet panic=-1 $append" < /dev/null |
		guest_console "$log" || true
}
run
# They do not all survive the text that every boot patches, either. What a kernel
# does before there is an init, or anything of ours in it, is none of ours.
for _ in 1 2; do
	grep -q 'Kernel panic' "$log" && ! grep -qE '^guest init$|tslab' "$log" ||
		break
	echo "boot.sh: the kernel panicked before there was an init: once more" >&2
	run
done
if [ -n "$dump" ]; then
	wait
	[ -s "$dump" ]
	exit
fi
guest_exit "$log" "$timeout"
