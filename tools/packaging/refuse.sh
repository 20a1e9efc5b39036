#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Says in one line why something cannot be built or installed, and what to do, before
# kbuild or install(1) say it in many. What only the compiler can tell is in
# tslab/probe.c.
#
# usage: refuse.sh kernel DIR | place DIR...
#   kernel: DIR is not what modules are built against; place: a DIR that cannot be
#   made or written to.
set -euo pipefail

refuse()
{
	echo "tslab: $*" >&2
	exit 1
}

kernel()
{
	local dir=$1
	local headers="install the kernel's headers (Debian: linux-headers-VERSION), or name their directory by KDIR="

	[ -e "$dir" ] || [ ! -L "$dir" ] ||
		refuse "$dir points to nothing: $headers"
	[ -e "$dir" ] || refuse "there is no $dir: $headers"
	[ -e "$dir/Makefile" ] && [ -e "$dir/include/config/auto.conf" ] ||
		refuse "$dir is no kernel that was configured: $headers"
	grep -q '^CONFIG_MODULES=y' "$dir/include/config/auto.conf" ||
		refuse "the kernel of $dir has no CONFIG_MODULES: take one with it"
	[ -e "$dir/Module.symvers" ] ||
		refuse "$dir has no Module.symvers: build that kernel first, or $headers"
}

place()
{
	local place dir

	for place; do
		dir=$place
		while [ ! -e "$dir" ]; do
			dir=$(dirname "$dir")
		done
		[ -d "$dir" ] && [ -w "$dir" ] ||
			refuse "cannot write to $place: be root, or name another place (prefix=, DESTDIR=, INSTALL_MOD_PATH=)"
	done
}

case ${1:-} in
kernel|place) "$@" ;;
*) sed -n 's/^# usage: /usage: /p' "$0" >&2; exit 2 ;;
esac
