#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# User Mode Linux of the newest 7.x that Debian has: build/uml/obj/linux, and
# what modules are built against, build/headers-uml.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/qemu/packages.sh
. tools/qemu/source-7.sh

obj=$PWD/build/uml/obj
[ -e build/headers-uml/build ] && exit 0
unpack_source7

echo "tslab: building User Mode Linux"
make7 um "$obj" defconfig
"$source7/scripts/config" --file "$obj/.config" \
	-e SMP --set-val NR_CPUS 2 -e MODULES -e MODULE_UNLOAD -e DEBUG_FS \
	-e HOSTFS -e DEVTMPFS -e KALLSYMS -e HIGH_RES_TIMERS -e SLUB \
	-e FTRACE -e ENABLE_DEFAULT_TRACERS \
	-d DEBUG_INFO -e DEBUG_INFO_NONE -d WERROR
make7 um "$obj" olddefconfig
make7 um "$obj" -j "$(nproc)" linux modules
rm -rf build/module-uml
mkdir -p build/headers-uml
ln -sfn ../uml/obj build/headers-uml/build
