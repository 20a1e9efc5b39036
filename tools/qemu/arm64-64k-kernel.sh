#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# A kernel for QEMU with pages of 64 KiB, which none of Debian's has, from
# linux-source-6.12 with the options of arm64-64k.config: build/headers-arm64-64k
# and build/image-arm64-64k.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/qemu/packages.sh
. tools/qemu/small-kernel.sh

need build-essential gcc-12 gcc-12-aarch64-linux-gnu bc bison flex libelf-dev libssl-dev
tools/qemu/kernels.sh source
image=arch/arm64/boot/Image
small_kernel arm64-64k "$PWD/build/linux" tools/qemu/arm64-64k.config ARCH=arm64 \
	HOSTCC=gcc-12 CROSS_COMPILE=aarch64-linux-gnu- CC=aarch64-linux-gnu-gcc-12
