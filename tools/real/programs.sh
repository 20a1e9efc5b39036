#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Unpacks what the guests of real code run into build/real/root, with all that it needs.
# Nothing is installed: some of it would start services.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/qemu/packages.sh

dir=build/real/root tmp=build/real/root.tmp
programs=(bash coreutils findutils util-linux procps e2fsprogs btrfs-progs nftables
	  conntrack iproute2 nfs-kernel-server nfs-common fio stress-ng)

# As on a machine that has no package yet.
empty_apt()
{
	apt-get -qq -o Dir::State::status="$PWD/$tmp/status" -o APT::Sandbox::User=root \
		--no-install-recommends "$@"
}

download()
{
	local names

	rm -rf "$tmp"
	mkdir -p "$tmp/debs"
	: > "$tmp/status"
	names=$(empty_apt -s install "${programs[@]}" | sed -n 's/^Inst \([^ ]*\) .*/\1/p') &&
	(cd "$tmp/debs" && apt-get -qq -o APT::Sandbox::User=root download $names)
}

[ ! -e $dir ] || exit 0
echo "tslab: downloading through apt: ${programs[*]}, and what they depend on"
download || { fresh_lists && download; } || {
	echo "tslab: apt has no ${programs[*]}; was 'apt-get update' run?" >&2
	exit 1
}
for package in "$tmp"/debs/*.deb; do
	dpkg -x "$package" $tmp
done
mkdir -p $tmp/{proc,sys,dev,tmp,run,mnt}
# Its package makes the link when it is installed.
ln -s bash $tmp/bin/sh
rm -r "$tmp/debs" "$tmp/status"
mv $tmp $dir
