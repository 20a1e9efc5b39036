#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Unpacks Debian's Prometheus, with promtool, and its node exporter into
# build/prometheus. They are not installed, as that would start services.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/qemu/packages.sh

dir=build/prometheus tmp=build/prometheus.tmp
packages=(prometheus prometheus-node-exporter)

download()
{
	rm -rf "$tmp"
	mkdir -p "$tmp/debs"
	(cd "$tmp/debs" &&
	 apt-get -qq -o APT::Sandbox::User=root download "${packages[@]}")
}

[ ! -e "$dir" ] || exit 0
echo "tslab: downloading through apt: ${packages[*]}"
download || { fresh_lists && download; } || {
	echo "tslab: apt has no ${packages[*]}; was 'apt-get update' run?" >&2
	exit 1
}
for package in "$tmp"/debs/*.deb; do
	dpkg -x "$package" "$tmp"
done
rm -r "$tmp/debs"
mv "$tmp" "$dir"
