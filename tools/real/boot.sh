#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Boots Debian's 6.12 with the modules of a subsystem in reach of the guest's modprobe,
# those of build.sh or, with --slub, Debian's own, and a script.
#
# usage: boot.sh NAME [--debug] [--slub] [option of tools/qemu/boot.sh]... SCRIPT
#   --debug: the kernel of debug-kernel.sh, and what build.sh --debug built
#   The guest has the programs of programs.sh in /host, tools/real/guest.sh, and disks,
#   unless the caller gives some: what SCRIPT-disk.sh makes, if there is one, and empty
#   ones.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/real/said.sh
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
for module in $(said "$name" module) $(said "$name" needs); do
	modules+=(--module "$module")
done
if [ $allocator = tslab ]; then
	modules+=(--module build/module-$kernel/tslab.ko)
	for module in $(said "$name" module); do
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
	maker=${!#}
	maker=${maker%.sh}-disk.sh
	if [ -e "$maker" ]; then
		made=build/real/$(basename "$maker" .sh)
		"$maker" "$made"
		# The guest may write.
		cp --sparse=always "$made" "$config/disk"
		disks+=(--disk "$config/disk")
	fi
	for size in $(said "$name" disks); do
		disk=$(mktemp "$config/disk.XXX")
		truncate -s "$size" "$disk"
		disks+=(--disk "$disk")
	done
fi
printf 'allocator=%s\ncaches="%s"\n' $allocator "$(said "$name" caches | xargs)" \
	> "$config/subsystem"
tools/qemu/boot.sh --kernel $kernel "${debug[@]}" --append slab_nomerge \
	--root "$PWD/build/real/root" \
	"${modules[@]}" "${disks[@]}" --add "$config/subsystem" --add tools/real/guest.sh \
	--add tools/real/left.sh "$@"
