#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Kills QEMU amid a load on ext4, as a power cut does, and looks at what is there when
# it boots again: in each mode of the journal, and with fast commits.
#
# usage: powercut.sh [SECONDS]
#   SECONDS: until QEMU is killed, 20 by default
set -uo pipefail
cd "$(dirname "$0")/../../.."
seconds=${1:-20} failed=0
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# boot SCRIPT OPTION...
boot()
{
	tools/real/boot.sh ext4 --disk "$dir/cut" --add "$dir/config" "${@:2}" \
		"tools/real/ext4/$1.sh"
}

for how in "ordered -b 4096" "journal -b 1024" "ordered -b 4096 -O fast_commit"; do
	rm -f "$dir/cut"
	/sbin/mke2fs -q -t ext4 ${how#* } "$dir/cut" 64m > /dev/null
	echo "mode=${how%% *}" > "$dir/config"
	# It has no end of its own.
	boot ext4-cut --timeout "$seconds" > "$dir/said" 2> /dev/null
	synced=$(sed -n 's/^synced \([0-9]*\)$/\1/p' "$dir/said" | tail -n 1)
	if [ "${synced:-0}" -lt 10 ]; then
		tail -n 5 "$dir/said"
		echo "not ok $how: nothing was written in $seconds s"
		failed=1
		continue
	fi
	echo "synced=$synced" > "$dir/config"
	boot ext4-uncut | sed "s/^\(not \)\?ok /&$how: /" || failed=1
done
exit $failed
