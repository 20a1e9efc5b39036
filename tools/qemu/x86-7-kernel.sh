#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# A kernel for QEMU of the newest 7.x that Debian has, with the options of
# x86-7.config: build/headers-x86-7 and build/image-x86-7. Debian's own 7.x will not
# do: its headers want the compiler of its suite.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/qemu/packages.sh
. tools/qemu/source-7.sh
. tools/qemu/small-kernel.sh

unpack_source7
small_kernel x86-7 "$source7" tools/qemu/x86-7.config CC=gcc-12 HOSTCC=gcc-12
