#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# A kernel for QEMU of linux-source-6.12, built by clang and with kCFI, where a
# function that is called through a pointer of another type ends the kernel, and with
# memory allocation profiling and page_owner, which Debian's have not:
# build/headers-clang and build/image-clang. Modules are built with LLVM=-16, too.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/qemu/packages.sh
. tools/qemu/small-kernel.sh

# The first with kCFI.
need build-essential bc bison flex libelf-dev libssl-dev clang-16 lld-16 llvm-16
tools/qemu/kernels.sh source
mkdir -p build/clang
{
	cat tools/qemu/x86-7.config
	echo CONFIG_CFI_CLANG=y
	echo CONFIG_DEBUG_KERNEL=y
	echo CONFIG_MEM_ALLOC_PROFILING=y
	echo CONFIG_PAGE_OWNER=y
} > build/clang/wanted
small_kernel clang "$PWD/build/linux" build/clang/wanted LLVM=-16
