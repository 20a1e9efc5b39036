# SPDX-License-Identifier: GPL-2.0
# Sourced, with packages.sh: the source of the newest 7.x that Debian has, in
# build/uml/source, and how kernels are made of it.
#
# It is in a newer suite than this machine's: apt gets lists and a cache of its
# own for it, below build/uml, and the machine's stay as they are.
source7=$PWD/build/uml/source

# unpack_source7: what it takes to build a kernel, and its source
unpack_source7()
{
	need build-essential gcc-12 bc bison flex libelf-dev libssl-dev \
	     xz-utils debian-archive-keyring
	[ -e "$source7" ] && return 0

	local dir=${source7%/*} archive package
	# The archive that this machine gets its release from.
	archive=$(apt-get indextargets \
		--format '$(REPO_URI) $(COMPONENT) $(RELEASE)' \
		'Created-By: Packages' |
		sed -n 's/ main [a-z]*$//p' | head -n 1)
	if [ -z "$archive" ]; then
		echo "${0##*/}: apt knows no archive; was 'apt-get update' run?" >&2
		exit 1
	fi
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $archive sid main" \
		> "$dir/sources.list"
	cat > "$dir/apt.conf" <<CONF
Dir::Etc::SourceList "$dir/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State::Lists "$dir/lists";
Dir::Cache "$dir/cache";
APT::Sandbox::User "root";
CONF
	local -x APT_CONFIG=$dir/apt.conf

	echo "tslab: downloading through apt: the newest linux-source-7 of sid"
	apt-get -qq update
	package=$(apt-cache pkgnames linux-source-7. | sort -V | tail -n 1)
	rm -rf "$dir/tmp"
	mkdir -p "$dir/tmp/tree"
	(cd "$dir/tmp" && apt-get -qq download "$package")
	dpkg -x "$dir"/tmp/*.deb "$dir/tmp/package"
	tar -xf "$dir"/tmp/package/usr/src/linux-source-7.*.tar.xz \
		-C "$dir/tmp/tree" --strip-components=1
	mv "$dir/tmp/tree" "$source7"
	rm -rf "$dir/tmp"
}

# make7 ARCH OBJ [ARGUMENT]...: make in it, with the objects in OBJ
make7()
{
	local arch=$1 obj=$2
	shift 2

	make -s -C "$source7" O="$obj" "ARCH=$arch" CC=gcc-12 HOSTCC=gcc-12 "$@"
}
