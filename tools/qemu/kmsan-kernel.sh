#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# A kernel for QEMU of linux-source-6.12 with KMSAN, which finds the use of memory that
# nobody has written to, and which clang alone can build: build/headers-kmsan and
# build/image-kmsan. Modules are built with LLVM=-16, too.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/qemu/packages.sh
. tools/qemu/small-kernel.sh

need build-essential bc bison flex libelf-dev libssl-dev clang-16 lld-16 llvm-16
tools/qemu/kernels.sh source
mkdir -p build/kmsan
{
	# What is zeroed for all is initialised for KMSAN.
	grep -v INIT_ON_ALLOC tools/qemu/x86-7.config
	echo CONFIG_DEBUG_KERNEL=y
	echo CONFIG_KMSAN=y
} > build/kmsan/wanted
small_kernel kmsan "$PWD/build/linux" build/kmsan/wanted LLVM=-16
