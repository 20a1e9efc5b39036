#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Boots Debian's 6.12 with the modules of a subsystem in reach of the guest's modprobe,
# those of build.sh or, with --slub, Debian's own, and a script.
#
# usage: boot.sh NAME [--slub] [option of tools/qemu/boot.sh]... SCRIPT
#   The guest has the programs of programs.sh in /host, and tools/real/guest.sh; and in
#   /dev/vda what NAME/disk.sh makes, if there is one.
set -euo pipefail
cd "$(dirname "$0")/../.."
name=$1 allocator=tslab modules=()
shift
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
	modules+=(--module build/module-6.12/tslab.ko)
	for module in $(said module); do
		modules+=(--module "build/real/$name/$module.ko")
	done
fi
config=$(mktemp -d)
trap 'rm -rf "$config"' EXIT
printf 'allocator=%s\ncaches="%s"\n' $allocator "$(said caches | xargs)" \
	> "$config/subsystem"
# What there is to read; the guest may write, too.
if [ -e "tools/real/$name/disk.sh" ]; then
	"tools/real/$name/disk.sh" "build/real/$name-disk"
	cp --sparse=always "build/real/$name-disk" "$config/disk"
	modules+=(--disk "$config/disk")
fi
tools/qemu/boot.sh --kernel 6.12 --append slab_nomerge --root "$PWD/build/real/root" \
	"${modules[@]}" --add "$config/subsystem" --add tools/real/guest.sh "$@"
