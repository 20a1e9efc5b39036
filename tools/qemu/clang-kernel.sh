#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Kernels for QEMU of linux-source-6.12, built by clang: build/headers-NAME and
# build/image-NAME. Modules are built with LLVM=-16, too.
#
# usage: clang-kernel.sh clang|kmsan
#   clang: with kCFI, where a function that is called through a pointer of another type
#   ends the kernel, and with memory allocation profiling and page_owner, which Debian's
#   have not
#   kmsan: with KMSAN, which finds the use of memory that nobody has written to
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/qemu/packages.sh
. tools/qemu/small-kernel.sh

name=${1:-} options=(DEBUG_KERNEL)
case $name in
clang) options+=(CFI_CLANG MEM_ALLOC_PROFILING PAGE_OWNER) without=none ;;
# What is zeroed for all is initialised to it.
kmsan) options+=(KMSAN) without=INIT_ON_ALLOC ;;
*) sed -n 's/^# usage: /usage: /p' "$0" >&2; exit 2 ;;
esac
# The first with kCFI.
need build-essential bc bison flex libelf-dev libssl-dev clang-16 lld-16 llvm-16
tools/qemu/kernels.sh source
mkdir -p "build/$name"
{
	grep -v "$without" tools/qemu/x86-7.config
	printf 'CONFIG_%s=y\n' "${options[@]}"
} > "build/$name/wanted"
small_kernel "$name" "$PWD/build/linux" "build/$name/wanted" LLVM=-16
