#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Kills QEMU amid a load on ext4, as a power cut does, and looks at what is there when
# it boots again: with metadata alone in the journal, and with all data.
#
# usage: powercut.sh [--slub] [FILES]
#   FILES: at least so many are on the disk when QEMU is killed, 60 by default
#   Of what fails, build/real/cut-failed-ALLOCATOR-MODE is the disk as it was after the
#   cut, and what the guests said is beside it.
set -uo pipefail
cd "$(dirname "$0")/../../.." || exit
how=() allocator=tslab
if [ "${1:-}" = --slub ]; then
	how=(--slub) allocator=slub
	shift
fi
files=${1:-60} failed=0 guest=
dir=$(mktemp -d)

# power_off: of the guest that writes, whose session has no other QEMU
power_off()
{
	[ -z "$guest" ] || pkill -KILL -s "$guest" qemu-system
	wait
	guest=
}
trap 'power_off; rm -rf "$dir"' EXIT

synced()
{
	sed -n 's/^synced \([0-9]*\)$/\1/p' "$dir/load" | sort -n | tail -n 1
}

# keep NAME WHY: what there is of a failure
keep()
{
	local kept=build/real/cut-failed-$allocator-$1

	cp --sparse=always "$dir/cut" "$kept"
	cat "$dir/load" "$dir/check" > "$kept.log" 2> /dev/null
	echo "not ok $1: $2; see $kept and $kept.log"
	failed=1
}

# Not with -O fast_commit: 6.12 itself reads past the area when all of it is to be replayed
# (fc_do_one_pass()), and does not mount: 2 of 20 images with SLUB, 2 of 24 with tslab. It
# forgets truncates that are not at their end, too, as e2fsck says of 4 and of 2 of them.
for mode in "ordered -b 4096" "journal -b 1024"; do
	name=${mode%% *}
	boot=(tools/real/boot.sh ext4 "${how[@]}" --disk "$dir/disk" --add "$dir/config"
	      --timeout 300)
	rm -f "$dir"/*
	/sbin/mke2fs -q -t ext4 ${mode#* } "$dir/disk" 64m > /dev/null
	echo "mode=$name" > "$dir/config"
	# synced() may be there before the guest.
	: > "$dir/load"
	setsid "${boot[@]}" tools/real/ext4/ext4-cut.sh > "$dir/load" 2>&1 &
	guest=$!
	until n=$(synced) && [ "${n:-0}" -ge "$files" ]; do
		kill -0 "$guest" 2> /dev/null || break
		sleep 0.2
	done
	power_off
	n=$(synced)
	cp --sparse=always "$dir/disk" "$dir/cut"
	if [ "${n:-0}" -lt "$files" ]; then
		keep "$name" "${n:-0} files of $files were written"
		continue
	fi
	echo "synced=$n" > "$dir/config"
	"${boot[@]}" tools/real/ext4/ext4-uncut.sh > "$dir/check" 2>&1
	code=$?
	sed "s/^\(not \)\?ok /&$name: /" "$dir/check"
	[ $code = 0 ] || keep "$name" "what was cut after file $n was not as it should be"
done
exit $failed
