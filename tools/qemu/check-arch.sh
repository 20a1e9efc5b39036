#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# What takes too long for check.sh: PREEMPT_RT and pages of 64 KiB on arm64, s390x for
# its order of bytes, and KUnit on both. The last line is "N passed, N failed, N skipped".
#
# usage: check-arch.sh
set -uo pipefail
cd "$(dirname "$0")/../.."
. tools/qemu/packages.sh
. tools/qemu/checks.sh

if [ $# -gt 0 ]; then
	sed -n 's/^# usage: /usage: /p' "$0" >&2
	exit 2
fi
need build-essential bc bison flex libelf-dev libssl-dev busybox-static cpio kmod \
     pahole xz-utils python3 gcc-aarch64-linux-gnu gcc-s390x-linux-gnu \
     gcc-12-aarch64-linux-gnu gcc-12-s390x-linux-gnu qemu-system-arm \
     qemu-system-misc || { count 0 1 0; finish; }
tools/qemu/kernels.sh source || { count 0 1 0; finish; }
for version in 6.12-arm64 6.12-rt-arm64 6.1-s390x; do
	for part in headers image busybox; do
		tools/qemu/kernels.sh $part $version || { count 0 1 0; finish; }
	done
	step "module on $version without warnings" module_clean $version W=1
	foreign_check "Debian's $version" $version
	guest "torture on $version" tools/qemu/torture.sh --rig $version --minutes 5
done
step "Linux with pages of 64 KiB" tools/qemu/arm64-64k-kernel.sh
step "module with pages of 64 KiB without warnings" module_clean arm64-64k W=1 \
	ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- CC=aarch64-linux-gnu-gcc-12
foreign_check "Linux with pages of 64 KiB" arm64-64k
for variant in arm64-4k arm64-16k arm64-64k s390x; do
	kunit_check $variant
done
finish
