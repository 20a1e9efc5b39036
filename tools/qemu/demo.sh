#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# The main job on Debian's own 6.12 kernel in QEMU with two CPUs.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/qemu/packages.sh

need build-essential gcc-12 busybox-static cpio qemu-system-x86 kmod pahole xz-utils \
     pkg-config libjansson-dev libncurses-dev libelf1
tools/qemu/kernels.sh headers
tools/qemu/kernels.sh image
mkdir -p build/log
if ! { tools/qemu/module.sh 6.12 && make -C tools; } > build/log/demo-build 2>&1; then
	cat build/log/demo-build >&2
	exit 1
fi
exec tools/qemu/boot.sh --kernel 6.12 --cpus 2 \
	--add build/module-6.12/tslab.ko \
	--add build/module-6.12/samples/tslab_request_sample.ko \
	--add build/module-6.12/tools/bench/tslab_retention.ko \
	--add tools/tslabstat \
	tools/qemu/demo-guest.sh
