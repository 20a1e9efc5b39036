#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# User Mode Linux of the newest 7.x that Debian has: build/uml/obj/linux, and
# what modules are built against, build/headers-uml.
#
# Its source is in a newer suite than this machine's: apt gets lists and a cache
# of its own for it, below build/uml, and the machine's stay as they are.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/qemu/packages.sh

uml=$PWD/build/uml
[ -e build/headers-uml/build ] && exit 0
need build-essential gcc-12 bc bison flex libelf-dev libssl-dev xz-utils \
     debian-archive-keyring

# The archive that this machine gets its release from.
archive=$(apt-get indextargets \
	--format '$(REPO_URI) $(COMPONENT) $(RELEASE)' 'Created-By: Packages' |
	sed -n 's/ main [a-z]*$//p' | head -n 1)
if [ -z "$archive" ]; then
	echo "uml-kernel.sh: apt knows no archive; was 'apt-get update' run?" >&2
	exit 1
fi
mkdir -p "$uml/lists/partial" "$uml/cache/archives/partial"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $archive sid main" \
	> "$uml/sources.list"
cat > "$uml/apt.conf" <<END
Dir::Etc::SourceList "$uml/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State::Lists "$uml/lists";
Dir::Cache "$uml/cache";
APT::Sandbox::User "root";
END
export APT_CONFIG=$uml/apt.conf

if [ ! -e "$uml/source" ]; then
	echo "tslab: downloading through apt: the newest linux-source-7 of sid"
	apt-get -qq update
	package=$(apt-cache pkgnames linux-source-7. | sort -V | tail -n 1)
	rm -rf "$uml/tmp"
	mkdir -p "$uml/tmp/tree"
	(cd "$uml/tmp" && apt-get -qq download "$package")
	dpkg -x "$uml"/tmp/*.deb "$uml/tmp/package"
	tar -xf "$uml"/tmp/package/usr/src/linux-source-7.*.tar.xz \
		-C "$uml/tmp/tree" --strip-components=1
	mv "$uml/tmp/tree" "$uml/source"
	rm -rf "$uml/tmp"
fi

echo "tslab: building User Mode Linux"
make=(make -s -C "$uml/source" O="$uml/obj" ARCH=um CC=gcc-12 HOSTCC=gcc-12)
"${make[@]}" defconfig
"$uml/source/scripts/config" --file "$uml/obj/.config" \
	-e SMP --set-val NR_CPUS 2 -e MODULES -e MODULE_UNLOAD -e DEBUG_FS \
	-e HOSTFS -e DEVTMPFS -e KALLSYMS -e HIGH_RES_TIMERS -e SLUB \
	-e FTRACE -e ENABLE_DEFAULT_TRACERS \
	-d DEBUG_INFO -e DEBUG_INFO_NONE -d WERROR
"${make[@]}" olddefconfig
"${make[@]}" -j "$(nproc)" linux modules
rm -rf build/module-uml
mkdir -p build/headers-uml
ln -sfn ../uml/obj build/headers-uml/build
