#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Builds the modules against Debian's 6.12 headers, with the objects under
# build/module. Arguments go to make: W=1, C=2.
set -euo pipefail
cd "$(dirname "$0")/../.."

for dir in tslab debugfs samples tools/bench; do
	mkdir -p "build/module/$dir"
	for file in "$dir"/*.[ch] "$dir"/Kbuild; do
		case $file in *.mod.c) continue ;; esac
		[ -e "$file" ] || continue
		ln -sfn "$PWD/$file" "build/module/$file"
	done
done
ln -sfn "$PWD/Kbuild" build/module/Kbuild
ln -sfn "$PWD/include" build/module/include
exec make -C build/headers M="$PWD/build/module" "$@" modules
