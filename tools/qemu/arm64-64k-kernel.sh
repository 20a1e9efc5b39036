#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# A kernel for QEMU with pages of 64 KiB, which none of Debian's has, from
# linux-source-6.12 with the options of arm64-64k.config: build/headers-arm64-64k
# and build/image-arm64-64k, as kernels.sh has them of Debian's own kernels.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/qemu/packages.sh

config=tools/qemu/arm64-64k.config built=$PWD/build/arm64-64k
obj=$built/obj

make64()
{
	make -s -C build/linux O="$obj" ARCH=arm64 HOSTCC=gcc-12 \
		CROSS_COMPILE=aarch64-linux-gnu- CC=aarch64-linux-gnu-gcc-12 "$@"
}

build()
{
	need build-essential gcc-12 gcc-12-aarch64-linux-gnu bc bison flex \
	     libelf-dev libssl-dev
	tools/qemu/kernels.sh source
	echo "tslab: building Linux 6.12 for arm64 with pages of 64 KiB"
	rm -f "$built/config"
	mkdir -p "$obj"
	make64 tinyconfig
	build/linux/scripts/kconfig/merge_config.sh -m -Q -O "$obj" \
		"$obj/.config" "$config" > /dev/null
	make64 olddefconfig
	# kconfig drops without a word what is not there or lacks something else.
	if grep CONFIG_ "$config" | grep -vxFf "$obj/.config"; then
		echo "arm64-64k-kernel.sh: this Linux does not have these options so" >&2
		exit 1
	fi
	make64 -j "$(nproc)" Image modules
	rm -rf build/module-arm64-64k
	# What it was built with, and that it was.
	cp "$config" "$built/config"
}

cmp -s "$config" "$built/config" || build
mkdir -p build/headers-arm64-64k build/image-arm64-64k/boot
ln -sfn ../arm64-64k/obj build/headers-arm64-64k/build
ln -sfn ../../arm64-64k/obj/arch/arm64/boot/Image \
	build/image-arm64-64k/boot/vmlinuz-6.12
