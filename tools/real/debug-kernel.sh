#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# A kernel for QEMU of linux-source-6.12 with KASAN and lockdep, and with the subsystems
# of the directories here as modules: build/headers-real-debug and build/image-real-debug.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/qemu/packages.sh
. tools/qemu/small-kernel.sh

need build-essential bc bison flex libelf-dev libssl-dev xz-utils kmod
tools/qemu/kernels.sh source
mkdir -p build/real-debug
cat tools/qemu/x86-7.config tools/real/debug.config > build/real-debug/wanted
small_kernel real-debug "$PWD/build/linux" build/real-debug/wanted
make -s -C build/real-debug/obj INSTALL_MOD_PATH="$PWD/build/image-real-debug" \
	INSTALL_MOD_STRIP=1 modules_install
