#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Builds the modules against a kernel's headers, with the objects under build/.
#
# usage: module.sh [--out DIR] VERSION [ARGUMENT]...
#   VERSION as for kernels.sh, or uml, x86-7 or arm64-64k, of uml-kernel.sh and so on,
#   or clang or kmsan, of clang-kernel.sh; arguments go to make: W=1, C=2.
#   The modules are in build/module-VERSION, or in DIR.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=
if [ "${1:-}" = --out ]; then
	out=${2:?}
	shift 2
fi
version=${1:?usage: module.sh [--out DIR] VERSION [ARGUMENT]...}
shift
out=${out:-build/module-$version}

for dir in tslab debugfs samples tools/bench tools/bugs tools/torture; do
	mkdir -p "$out/$dir"
	for file in "$dir"/*.[ch] "$dir"/Kbuild; do
		case $file in *.mod.c) continue ;; esac
		[ -e "$file" ] || continue
		ln -sfn "$PWD/$file" "$out/$file"
	done
done
ln -sfn "$PWD/Kbuild" "$out/Kbuild"
ln -sfn "$PWD/include" "$out/include"
# Debian's headers for s390x leave it to dpkg, which names this machine's compiler.
case $version in
*-s390x) set -- CROSS_COMPILE=s390x-linux-gnu- "$@" ;;
esac
exec make -C "build/headers-$version/build" M="$PWD/$out" "$@" modules
