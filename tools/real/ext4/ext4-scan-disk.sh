#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Makes FILE, a disk with a file system of 200 directories of 1,000 files each.
#
# usage: ext4-scan-disk.sh FILE
set -euo pipefail
file=${1:?usage: ext4-scan-disk.sh FILE}
[ ! -e "$file" ] || exit 0
# Another guest may want it made, too.
files=$(mktemp -d) made=$(mktemp "$file.XXX")
trap 'rm -rf "$files" "$made"' EXIT
for dir in $(seq 200); do
	mkdir "$files/$dir"
	(cd "$files/$dir" && touch $(seq 1000))
done
/sbin/mke2fs -q -t ext4 -N 210000 -d "$files" "$made" 112m
mv "$made" "$file"
