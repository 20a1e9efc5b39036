#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Ends QEMU amid a load, and has the next guest look for what was synced.
#
# usage: powercut.sh [--slub] [SECONDS]
set -euo pipefail
cd "$(dirname "$0")/../../.."

how=()
if [ "${1:-}" = --slub ]; then
	how=(--slub)
	shift
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
truncate -s 3G "$dir/disk"

# guest SECONDS: with what is in $dir/config
guest()
{
	tools/real/boot.sh btrfs "${how[@]}" --disk "$dir/disk" --add "$dir/config" \
		--timeout "$1" tools/real/btrfs/btrfs-cut.sh
}

echo phase=load > "$dir/config"
guest "${1:-60}" > "$dir/load" 2>&1 || true
synced=$(sed -n 's/^synced \([0-9]*\)$/\1/p' "$dir/load" | tail -n 1)
if [ "${synced:-0}" -lt 20 ] || grep -q '^guest exit' build/log/btrfs-cut-6.12; then
	tail -n 20 "$dir/load" >&2
	echo "not ok power cut: ${synced:-0} files were synced" >&2
	exit 1
fi
echo "power cut after $synced files were synced"
printf 'phase=check\nsynced=%s\n' "$synced" > "$dir/config"
guest 300
