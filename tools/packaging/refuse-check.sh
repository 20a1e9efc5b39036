#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# What is probed of a kernel, and what cannot be built or installed: on headers of
# Debian's 6.1 that were tampered with, and in places that are none. Prints "ok" or
# "not ok" per check.
#
# usage: refuse-check.sh
#   Everything is below build/refuse. Root only: a place that root cannot write to is
#   a mount.
set -uo pipefail
cd "$(dirname "$0")/../.."

top=$PWD/build/refuse
kernel=$top/kernel common=$top/common
headers=$(readlink -f build/headers-6.1/build)
suite=refuse
. tools/packaging/checks.sh

# refused TEXT COMMAND...: the command fails, and one line of it, with TEXT, is ours
refused()
{
	local text=$1 out
	shift

	! out=$("$@" 2>&1) || { echo "not refused: $*"; return 1; }
	echo "$out"
	[ "$(grep -c 'tslab: ' <<< "$out")" -eq 1 ] &&
		grep 'tslab: ' <<< "$out" | grep -qF -- "$text"
}

# links DIR COPY SUBDIR...: a directory of links to what is in DIR, and in each SUBDIR
links()
{
	local dir=$1 copy=$2 sub
	shift 2

	for sub in . "$@"; do
		rm -f "$copy/$sub"
		mkdir -p "$copy/$sub" && ln -s "$dir/$sub"/* "$copy/$sub" || return
	done
}

# The headers, to be tampered with, and the source as DKMS gets it.
prepare()
{
	links "$headers" "$kernel" include include/generated include/generated/uapi \
		include/generated/uapi/linux &&
	links "$(echo "$PWD"/build/headers-6.1/usr/src/*-common)" "$common" \
		include include/linux &&
	ln -s "$headers/.config" "$headers/.kernelvariables" "$kernel" &&
	rm "$kernel/Makefile" &&
	echo "include $common/Makefile" > "$kernel/Makefile" &&
	make -s dkms_install DESTDIR="$top" prefix= &&
	mv "$top"/src/tslab-* "$top/source"
}

# tampered FILE SCRIPT COMMAND...: with what sed makes of a file of the headers
tampered()
{
	local file=$1 script=$2 result=0
	shift 2

	mv "$file" "$top/original" && sed "$script" "$top/original" > "$file" &&
		"$@" || result=$?
	mv "$top/original" "$file"
	return $result
}

# The object that needs a feature, and its probe.
build()
{
	rm -f "$top"/source/tslab_features.h
	make -C "$kernel" M="$top/source" TSLAB_ALONE=y "$@" tslab/shrinker.o
}

calls()
{
	nm -u "$top/source/tslab/shrinker.o" | grep -w "$1"
}

as_it_is()
{
	build && calls register_shrinker && ! calls shrinker_alloc
}

found()
{
	build && calls shrinker_alloc && ! calls register_shrinker
}

probed_once()
{
	build && make -C "$kernel" M="$top/source" TSLAB_ALONE=y tslab/shrinker.o > "$top/again" &&
		! grep PROBE "$top/again"
}

cleaned()
{
	build && make -C "$kernel" M="$top/source" TSLAB_ALONE=y clean &&
		[ -z "$(cd "$top/source" && find . -name '*.o' -o -name '*features*')" ]
}

no_cleanup()
{
	rm "$common/include/linux/cleanup.h" &&
		refused 'no <linux/cleanup.h>: take its latest update' build
}

# not_built TEXT DIR: by people, who name it
not_built()
{
	refused "$1" make module KDIR="$2" && refused "$1" make modules_install KDIR="$2"
}

# configured LINE: all that a build is asked for first, in $top/fake
configured()
{
	mkdir -p "$top/fake/include/config" && touch "$top/fake/Makefile" &&
		echo "$1" > "$top/fake/include/config/auto.conf"
}

no_modules()
{
	configured CONFIG_SMP=y && not_built 'has no CONFIG_MODULES: take one with it' "$top/fake"
}

not_built_yet()
{
	configured CONFIG_MODULES=y && not_built 'has no Module.symvers: build that kernel' "$top/fake"
}

dangling()
{
	ln -s "$top/nothing" "$top/dangling" && not_built 'points to nothing: install' "$top/dangling"
}

# Where root cannot write, either; the mount goes with the command.
read_only()
{
	local target

	mkdir -p "$top/place"
	for target in install headers_install dkms_install modules_install; do
		refused "cannot write to $top/place/" \
			unshare -m sh -c 'mount -t tmpfs -o ro none "$0" && exec "$@"' \
			"$top/place" make $target prefix="$top/place/usr" \
			INSTALL_MOD_PATH="$top/place" KDIR="$kernel" || return
	done
}

if [ "$(id -u)" -ne 0 ]; then
	echo "not ok refusals: only root can mount a place that cannot be written to"
	exit 1
fi
mkdir -p build/log
generated=$kernel/include/generated
rm -rf "$top"
mkdir -p "$top"
prepare || exit
check "6.1 has what it has" as_it_is
check "probes run once" probed_once
check "clean takes the result away" cleaned
# As a vendor takes it back, whose version stays what it was.
check "what a vendor took back is found" tampered "$common/include/linux/shrinker.h" '$i\
struct shrinker *shrinker_alloc(unsigned int flags, const char *fmt, ...);\
void shrinker_register(struct shrinker *shrinker);\
void shrinker_free(struct shrinker *shrinker);' found
check "a kernel too old" tampered "$generated/uapi/linux/version.h" \
	's/^\(#define LINUX_VERSION_CODE\) .*/\1 331607/' \
	refused 'too old: take 6.1 or later' build
check "a kernel without SMP" tampered "$generated/autoconf.h" '/CONFIG_SMP /d' \
	refused 'no CONFIG_SMP: take one with it' build
check "a kernel of 32 bits" tampered "$generated/autoconf.h" '/CONFIG_64BIT /d' \
	refused 'no CONFIG_64BIT: take a 64-bit one' build
check "a kernel without guards" no_cleanup
check "no compiler" refused 'there is no gcc-none: install' build CC=gcc-none
check "a kernel without modules" no_modules
check "a kernel that is not built yet" not_built_yet
check "a directory that is no kernel" not_built 'is no kernel that was configured: install' /usr
check "no directory" not_built "there is no $top/nothing: install" "$top/nothing"
check "a link to nothing" dangling
check "a place that cannot be written to" read_only
rm -rf "$top"
exit $status
