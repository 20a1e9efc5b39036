#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Unpacks a Debian kernel under build/: headers, image, debug info or source.
# Nothing is installed: the packages of the headers would bring a kernel.
#
# usage: kernels.sh headers|image|debug|busybox|source [VERSION]
#   VERSION: 6.12, 6.12-rt, 6.1, 6.12-arm64, 6.12-arm64-16k, 6.12-rt-arm64, 6.1-s390x
#   build/headers-VERSION, build/image-VERSION, build/debug-VERSION/vmlinux, which is 1 GB
#   to download, build/linux (6.12 alone), and what the guest of a foreign kernel runs:
#   build/busybox-VERSION
#   Packages of another architecture come through an apt state of their own below
#   build/, and the machine's stays as it is.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/qemu/packages.sh
args=("$@") top=$PWD

# foreign COMMAND...: with apt's lists of the kernel's architecture
foreign()
{
	local state=$top/build/apt-$arch

	[ $arch != amd64 ] || { "$@"; return; }
	mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
	# Each time: the checkout may have moved.
	cat > "$state/conf" <<-END
	APT::Architecture "$arch";
	APT::Architectures { "$arch"; };
	APT::Sandbox::User "root";
	Dir::State::Lists "$state/lists";
	Dir::Cache "$state/cache";
	END
	if [ ! -e "$state/updated" ]; then
		APT_CONFIG=$state/conf apt-get -qq update
		touch "$state/updated"
	fi
	APT_CONFIG=$state/conf "$@"
}

download()
{
	apt-get -qq -o APT::Sandbox::User=root download "$@"
}

# unpack NAME PACKAGE...: build/NAME gets what the packages hold, or nothing.
unpack()
{
	local dir=build/$1 tmp=build/$1.tmp package
	shift

	[ -e "$dir" ] && return 0
	echo "tslab: downloading through apt: $*"
	rm -rf "$tmp"
	mkdir -p "$tmp/debs"
	# What is run when modules are built has to run here.
	for package; do
		case $package in
		linux-kbuild-*) (cd "$tmp/debs" && download "$package") ;;
		*) (cd "$tmp/debs" && foreign download "$package") ;;
		esac || again
	done
	for package in "$tmp"/debs/*.deb; do
		dpkg -x "$package" "$tmp"
	done
	rm -r "$tmp/debs"
	mv "$tmp" "$dir"
}

# Starts over with fresh package lists, once.
again()
{
	rm -f "build/apt-$arch/updated"
	fresh_lists || {
		echo "tslab: apt has no $kind of Linux $version for $arch; is this Debian 12, and was 'apt-get update' run?" >&2
		exit 1
	}
	exec tools/qemu/kernels.sh "${args[@]}"
}

# depends PACKAGE PATTERN: the first package it depends on that matches
depends()
{
	{ foreign apt-cache depends "$1" 2>/dev/null || true; } |
		sed -n "s/.*Depends: \($2\)\$/\1/p" | head -n 1
}

# The package of the newest headers, unless some are unpacked already.
headers_package()
{
	local meta=linux-headers-${version%-$flavour}-$flavour have

	have=$(find "build/headers-$version/usr/src" -maxdepth 1 \
	       -name "linux-headers-*-$flavour" 2>/dev/null) || true
	if [ -n "$have" ]; then
		basename "$have"
		return
	fi
	# Debian 12's own kernel has no version in the name.
	[ "${version%-$flavour}" = 6.1 ] && meta=linux-headers-$flavour
	depends "$meta" 'linux-headers-[0-9].*'
}

headers()
{
	local package=$1
	local src=build/headers-$version/usr/src

	unpack "headers-$version" "$package" \
	       "$(depends "$package" 'linux-headers-.*-common.*')" \
	       "$(depends "$package" 'linux-kbuild-.*')"
	# Its one absolute path; the checkout may have moved, too.
	echo "include $(echo "$PWD/$src"/*-common*)/Makefile" \
		> "$src/$package/Makefile"
	ln -sfn "usr/src/$package" "build/headers-$version/build"
}

image()
{
	unpack "image-$version" "linux-image-${1#linux-headers-}"
}

# With the modules' it would be 6 GB.
debug()
{
	local dir=build/debug-$version package=linux-image-${1#linux-headers-}-dbg

	[ -e "$dir" ] && return 0
	echo "tslab: downloading through apt: $package"
	rm -rf "$dir.tmp"
	mkdir -p "$dir.tmp"
	(cd "$dir.tmp" && foreign download "$package") || again
	# tar ends when it has that, and dpkg-deb is told so.
	{ dpkg-deb --fsys-tarfile "$dir.tmp"/*.deb 2> /dev/null || true; } |
		tar -xO --occurrence=1 --wildcards './usr/lib/debug/boot/vmlinux-*' \
		> "$dir.tmp/vmlinux"
	rm "$dir.tmp"/*.deb
	mv "$dir.tmp" "$dir"
}

source_tree()
{
	[ -e build/linux ] && return 0
	unpack source linux-source-6.12
	echo "tslab: unpacking linux-source-6.12"
	rm -rf build/linux.tmp
	mkdir build/linux.tmp
	tar -xf build/source/usr/src/linux-source-6.12.tar.xz \
	    -C build/linux.tmp --strip-components=1
	mv build/linux.tmp build/linux
	rm -r build/source
}

kind=${1:-} version=${2:-6.12}
arch=amd64 flavour=amd64
case $version in
*-arm64*) arch=arm64 flavour=arm64${version#*-arm64} ;;
*-s390x) arch=s390x flavour=s390x ;;
esac
mkdir -p build
case $kind in
source)
	source_tree
	;;
busybox)
	unpack "busybox-$version" busybox-static
	;;
headers|image|debug)
	package=$(headers_package)
	[ -n "$package" ] || again
	"$kind" "$package"
	;;
*)
	sed -n 's/^# usage: /usage: /p' "$0" >&2
	exit 2
	;;
esac
