#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Boots Debian's 6.12 with the modules of a subsystem in reach of the guest's modprobe,
# those of build.sh or, with --slub, Debian's own, and a script.
#
# usage: boot.sh NAME [--debug] [--slub] [option of tools/qemu/boot.sh]... SCRIPT
#   --debug: the kernel of debug-kernel.sh, and what build.sh --debug built
#   The guest has the programs of programs.sh in /host, tools/real/guest.sh, and disks:
#   empty ones, or what NAME/disk.sh makes, unless the caller gives some; none of
#   disk.sh for NAME-check.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."
name=$1 kernel=6.12 debug=() allocator=tslab modules=() disks=()
built=build/real/$name
shift
if [ "${1:-}" = --debug ]; then
	# KASAN takes an eighth of the memory, and much time.
	kernel=real-debug built+=-debug debug=(--memory 2048 --timeout 900)
	shift
fi
if [ "${1:-}" = --slub ]; then
	allocator=slub
	shift
fi
said()
{
	sed -n "s/^$1[[:space:]]\+//p" "tools/real/$name/subsystem"
}

for module in $(said module) $(said needs); do
	modules+=(--module "$module")
done
if [ $allocator = tslab ]; then
	modules+=(--module build/module-$kernel/tslab.ko)
	for module in $(said module); do
		modules+=(--module "$built/$module.ko")
	done
fi
for file in tools/real/"$name"/*; do
	case $file in
	*.c) modules+=(--add "build/real/$name/$(basename "$file" .c)") ;;
	*.sh) modules+=(--add "$file") ;;
	esac
done
config=$(mktemp -d)
trap 'rm -rf "$config"' EXIT
if [[ " $* " != *" --disk "* ]]; then
	# What there is to read, but for checks; the guest may write, too.
	if [ -e "tools/real/$name/disk.sh" ] && [[ ${!#} != *-check.sh ]]; then
		"tools/real/$name/disk.sh" "build/real/$name-disk"
		cp --sparse=always "build/real/$name-disk" "$config/disk"
		disks+=(--disk "$config/disk")
	fi
	for size in $(said disks); do
		disk=$(mktemp "$config/disk.XXX")
		truncate -s "$size" "$disk"
		disks+=(--disk "$disk")
	done
fi
printf 'allocator=%s\ncaches="%s"\n' $allocator "$(said caches | xargs)" \
	> "$config/subsystem"
tools/qemu/boot.sh --kernel $kernel "${debug[@]}" --append slab_nomerge \
	--root "$PWD/build/real/root" \
	"${modules[@]}" "${disks[@]}" --add "$config/subsystem" --add tools/real/guest.sh \
	--add tools/real/left.sh "$@"
