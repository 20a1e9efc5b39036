#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# A kernel for QEMU of the newest 7.x that Debian has, with the options of
# x86-7.config: build/headers-x86-7 and build/image-x86-7, as kernels.sh has them
# of Debian's own kernels. Debian's own 7.x will not do: its headers want the
# compiler of its suite.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/qemu/packages.sh
. tools/qemu/source-7.sh

config=tools/qemu/x86-7.config built=$PWD/build/x86-7
obj=$built/obj

build()
{
	unpack_source7
	echo "tslab: building Linux 7.x for QEMU"
	rm -f "$built/config"
	mkdir -p "$obj"
	make7 x86_64 "$obj" tinyconfig
	"$source7/scripts/kconfig/merge_config.sh" -m -Q -O "$obj" \
		"$obj/.config" "$config" > /dev/null
	make7 x86_64 "$obj" olddefconfig
	# kconfig drops without a word what is not there or lacks something else.
	if grep CONFIG_ "$config" | grep -vxFf "$obj/.config"; then
		echo "x86-7-kernel.sh: this Linux does not have these options so" >&2
		exit 1
	fi
	make7 x86_64 "$obj" -j "$(nproc)" bzImage modules
	rm -rf build/module-x86-7
	# What it was built with, and that it was.
	cp "$config" "$built/config"
}

cmp -s "$config" "$built/config" || build
mkdir -p build/headers-x86-7 build/image-x86-7/boot
ln -sfn ../x86-7/obj build/headers-x86-7/build
ln -sfn ../../x86-7/obj/arch/x86/boot/bzImage build/image-x86-7/boot/vmlinuz-7
