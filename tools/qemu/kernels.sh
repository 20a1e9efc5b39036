#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Unpacks Debian's 6.12 kernel under build/: headers, image or source.
# Nothing is installed: the packages of the headers would bring a kernel.
#
# usage: kernels.sh headers|image|source
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/qemu/packages.sh

# unpack NAME PACKAGE...: build/NAME gets what the packages hold, or nothing.
unpack()
{
	local dir=build/$1 tmp=build/$1.tmp package
	shift

	[ -e "$dir" ] && return 0
	echo "tslab: downloading through apt: $*"
	rm -rf "$tmp"
	mkdir -p "$tmp/debs"
	(cd "$tmp/debs" && apt-get -qq -o APT::Sandbox::User=root download "$@")
	for package in "$tmp"/debs/*.deb; do
		dpkg -x "$package" "$tmp"
	done
	rm -r "$tmp/debs"
	mv "$tmp" "$dir"
}

# The newest 6.12 there is, unless one is unpacked already.
version()
{
	local have

	have=$(find build/headers-root/usr/src -maxdepth 1 \
	       -name 'linux-headers-*-amd64' 2>/dev/null) || true
	if [ -n "$have" ]; then
		basename "$have" | sed 's/^linux-headers-//'
		return
	fi
	apt-cache depends linux-headers-6.12-amd64 |
		sed -n 's/.*Depends: linux-headers-\(6\.12.*-amd64\)$/\1/p' |
		head -n 1
}

headers()
{
	local v=$1 kbuild

	kbuild=$(apt-cache depends "linux-headers-$v" |
		 sed -n 's/.*Depends: \(linux-kbuild-.*\)/\1/p')
	unpack headers-root "linux-headers-$v" \
	       "linux-headers-${v%-amd64}-common" "$kbuild"
	# Its one absolute path; the checkout may have moved, too.
	echo "include $PWD/build/headers-root/usr/src/linux-headers-${v%-amd64}-common/Makefile" \
		> "build/headers-root/usr/src/linux-headers-$v/Makefile"
	ln -sfn "headers-root/usr/src/linux-headers-$v" build/headers
}

image()
{
	unpack image "linux-image-$1"
}

source_tree()
{
	[ -e build/linux ] && return 0
	unpack source-root linux-source-6.12
	echo "tslab: unpacking linux-source-6.12"
	rm -rf build/linux.tmp
	mkdir build/linux.tmp
	tar -xf build/source-root/usr/src/linux-source-6.12.tar.xz \
	    -C build/linux.tmp --strip-components=1
	mv build/linux.tmp build/linux
	rm -r build/source-root
}

fresh_lists
case ${1:-} in
source)
	mkdir -p build
	source_tree
	;;
headers|image)
	mkdir -p build
	v=$(version)
	if [ -z "$v" ]; then
		echo "tslab: apt knows no linux-headers-6.12-amd64; is this Debian 12 or later, and was 'apt-get update' run?" >&2
		exit 1
	fi
	"$1" "$v"
	;;
*)
	sed -n 's/^# usage: /usage: /p' "$0" >&2
	exit 2
	;;
esac
