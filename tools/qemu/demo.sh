#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# The main job on one of Debian's own kernels in QEMU with two CPUs.
#
# usage: demo.sh [VERSION]
#   VERSION as for kernels.sh, default 6.12. One of another architecture has no
#   tslabstat.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/qemu/packages.sh

version=${1:-6.12}
modules=build/module-$version
need build-essential gcc-12 busybox-static cpio qemu-system-x86 kmod pahole xz-utils \
     pkg-config libjansson-dev libncurses-dev libelf1
tools=(--add tools/tslabstat)
case $version in
*-arm64*)
	need gcc-12-aarch64-linux-gnu qemu-system-arm
	tools/qemu/kernels.sh busybox 6.12-arm64
	tools=()
	;;
esac
tools/qemu/kernels.sh headers "$version"
tools/qemu/kernels.sh image "$version"
mkdir -p build/log
if ! { tools/qemu/module.sh "$version" && make -C tools; } > build/log/demo-build 2>&1; then
	cat build/log/demo-build >&2
	exit 1
fi
exec tools/qemu/boot.sh --kernel "$version" --cpus 2 --timeout 300 \
	--add $modules/tslab.ko \
	--add $modules/samples/tslab_request_sample.ko \
	--add $modules/tools/bench/tslab_retention.ko \
	"${tools[@]}" \
	tools/qemu/demo-guest.sh
