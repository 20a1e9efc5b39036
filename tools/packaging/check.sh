#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Builds the packages and looks at them; installs them in a Debian 12 tree of its own,
# where DKMS builds the module and one that uses it for two kernels; loads both with
# modprobe in QEMU; upgrades them, and back; and removes all of it again. The same with
# those for rpm, and what autopkgtest runs. Prints "ok" or "not ok" per check.
#
# usage: check.sh
#   Everything is below build/packages; the base of the tree is kept there. Root only:
#   the tree is entered with chroot. Logs are in build/log/packages-*.
set -uo pipefail
cd "$(dirname "$0")/../.."
. tools/qemu/packages.sh

version=$(sed -n 's/^#define TSLAB_VERSION[[:space:]]*"\(.*\)"/\1/p' \
	  include/linux/tslab.h)
newer=${version%.*}.$((${version##*.} + 1))
packages=build/packages
tree=$packages/tree
suite=packages
. tools/packaging/checks.sh

# What is mounted in the tree goes with the command.
with_mounts()
{
	unshare -m sh -c 'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" &&
		exec "$@"' "$tree" "$@"
}

inside()
{
	with_mounts chroot "$tree" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
		DEBIAN_FRONTEND=noninteractive LC_ALL=C "$@"
}

# With a database in the tree, which knows of no package but ours.
inside_rpm()
{
	with_mounts rpm --root "$PWD/$tree" --dbpath /var/lib/rpm --nodeps "$@"
}

# === Packages ===

# As a release would have it: there need be no git where a check runs.
export_source()
{
	rm -rf "$1" && mkdir -p "$1" &&
	tar -cf - --exclude=./build --exclude=./.git --exclude='*.o' --exclude='*.ko' \
		--exclude='.*.cmd' --exclude=__pycache__ . | tar -C "$1" -xf -
}

deb()
{
	local name

	rm -rf $packages/deb && export_source $packages/deb/tslab-"$version" &&
	(cd $packages/deb/tslab-"$version" && dpkg-buildpackage -us -uc -b) &&
	for name in dkms dev doc tools; do
		ls $packages/deb/tslab-${name}_"$version"_*.deb || return
	done
}

newer_deb()
{
	local source=$packages/deb/tslab-$newer

	export_source "$source" &&
	sed -i "/define TSLAB_VERSION/s/$version/$newer/" "$source"/include/linux/tslab.h &&
	sed -i "1s/$version/$newer/" "$source"/debian/changelog &&
	(cd "$source" && dpkg-buildpackage -us -uc -b -Pnodoc) &&
	[ ! -e $packages/deb/tslab-doc_"$newer"_all.deb ]
}

same_versions()
{
	dpkg-parsechangelog -S Version | grep -xF "$version" &&
	grep -qxF "## $version" CHANGELOG.md &&
	tools/tslabstat --version | grep -xF "tslabstat $version" &&
	tools/tslab-bench --version | grep -xF "tslab-bench $version" &&
	modinfo -F version build/module-6.12/tslab.ko | grep -xF "$version"
}

# Each parameter says its range and default, and tslab.conf says the same.
parameters_explained()
{
	local name text found=

	while IFS=: read -r name text; do
		# It has no range, but letters.
		if [ "$name" = debug ]; then
			text=${text%%;*}
			grep -q "^#options tslab debug=" tools/packaging/tslab.conf &&
			sed "s/^# *//" tools/packaging/tslab.conf | tr "\n" " " |
				grep -F "${text#*debug: }" && continue
		fi
		[[ $text =~ ([0-9]+' to '[0-9]+)', default '([0-9]+) ]] &&
		grep -F "${BASH_REMATCH[1]}" tools/packaging/tslab.conf &&
		grep -xF "#options tslab $name=${BASH_REMATCH[2]}" \
			tools/packaging/tslab.conf || {
			echo "tslab.conf: not so: $name: $text"
			return 1
		}
		found=1
	done < <(modinfo -p build/module-6.12/tslab.ko)
	[ -n "$found" ]
}

# rpm_build VERSION
rpm_build()
{
	local top=$PWD/$packages/rpm

	mkdir -p "$top/SOURCES" &&
	tar -C $packages/deb -czf "$top/SOURCES/tslab-$1.tar.gz" \
		--exclude=debian --exclude=build "tslab-$1" &&
	rpmbuild -bb --nodeps --define "_topdir $top" --define "version_ $1" \
		tools/packaging/tslab.spec
}

rpm_packages()
{
	local top=$PWD/$packages/rpm

	rm -rf "$top" && rpm_build "$version" && rpm_build "$newer" &&
	rpm -qlp "$top"/RPMS/noarch/tslab-dkms-*.rpm | grep -x "/usr/src/tslab-$version/dkms.conf" &&
	rpm -qlp "$top"/RPMS/noarch/tslab-devel-*.rpm | grep -x /usr/include/tslab/linux/tslab.h &&
	rpm -qlp "$top"/RPMS/*/tslab-"$version"-*.rpm | grep -x /usr/sbin/tslabstat
}

# What is installed by hand, and a module that is built on that alone.
by_hand()
{
	local kdir=$PWD/build/headers-6.12/build stage=$PWD/$packages/stage
	local user=$PWD/$packages/user

	rm -rf "$stage" "$user" && cp -r samples/out-of-tree "$user" &&
	sed -i "s|/usr/share|$stage/usr/share|" "$user"/Kbuild &&
	make -C $packages/deb/tslab-"$version" modules_install headers_install \
		KDIR="$kdir" INSTALL_MOD_PATH="$stage" prefix="$stage/usr" &&
	make -C "$user" KDIR="$kdir" INSTALL_MOD_PATH="$stage" modules &&
	modinfo -F depends "$user"/tslab_user.ko | grep -x tslab &&
	[ "$(find "$stage" -name '*.ko*' | wc -l)" -eq 1 ] &&
	grep -q tslab.ko "$stage"/lib/modules/*/modules.dep
}

# === The tree ===

archive()
{
	apt-get indextargets --format '$(REPO_URI) $(COMPONENT) $(RELEASE)' \
		'Created-By: Packages' 'Codename: bookworm' |
		sed -n 's/ main [a-z]*$//p' | head -n 1
}

# A tree with DKMS and a compiler, and what is needed of two kernels.
make_base()
{
	local include=dkms,kmod,build-essential,libelf1,openssl,pahole,autopkgtest
	include+=,libjansson4,libncurses6

	[ "$(cat $packages/base.include)" = $include ] && return
	rm -rf "$tree" $packages/base.tar
	debootstrap --variant=minbase --include=$include bookworm "$tree" \
		"$(archive)" || return
	rm -rf "$tree"/var/cache/apt/archives/*.deb "$tree"/var/lib/apt/lists/*
	tar -C "$tree" -cf $packages/base.tar . &&
	echo $include > $packages/base.include
}

# What packages of headers would install, and of the images what depmod reads.
add_kernel()
{
	local headers=build/headers-$1 image=build/image-$1/lib/modules
	local release src

	release=$(ls "$image") && src=$(readlink "$headers"/build) &&
	cp -a "$headers"/usr "$tree"/ &&
	{ [ ! -e "$headers"/lib ] || cp -aT "$headers"/lib "$tree"/usr/lib; } &&
	echo "include /$(cd "$headers" && echo usr/src/*-common*)/Makefile" \
		> "$tree/$src"/Makefile &&
	mkdir -p "$tree/lib/modules/$release" &&
	cp "$image/$release"/modules.{builtin*,order} "$tree/lib/modules/$release" &&
	ln -sfn "/$src" "$tree/lib/modules/$release/build"
}

make_tree()
{
	rm -rf "$tree" && mkdir -p "$tree" &&
	tar -C "$tree" -xf $packages/base.tar &&
	# Debian's has no place for these.
	mkdir "$tree"/usr/share/licenses &&
	add_kernel 6.1 && add_kernel 6.12
}

all_files()
{
	(cd "$tree" && find . -xdev ! -path './var/*' ! -path './etc/ld.so.cache' |
		grep -vE 'modules\.|/updates' | sort)
}

# install_packages VERSION
install_packages()
{
	cp $packages/deb/tslab-{dkms,dev,tools}_"$1"_*.deb "$tree"/tmp &&
	inside sh -c "dpkg -i /tmp/tslab-*.deb" &&
	rm "$tree"/tmp/*.deb
}

each_kernel()
{
	local release

	for release in $(ls "$tree"/lib/modules); do
		"$@" "$release" || return
	done
}

dkms_has_built()
{
	inside dkms status -k "$1" | grep -F "tslab/$version" | grep -F installed &&
	inside modinfo -k "$1" -F version tslab | grep -xF "$version"
}

# A dump of that kernel can be read with it.
has_debug_info()
{
	local module

	module=$tree$(inside modinfo -k "$1" -n tslab) &&
	xz -dcf "$module" > $packages/debug.ko &&
	readelf -SW $packages/debug.ko | grep -F .debug_info
}

# A new kernel is installed, too, that the module is not for.
dkms_skip()
{
	local out

	out=$(inside dkms build tslab/"$version" -k 6.0.19-1 --kernelsourcedir \
		/usr/src/"$(basename "$(readlink build/headers-6.1/build)")" 2>&1)
	echo "$out"
	grep BUILD_EXCLUSIVE <<< "$out"
}

# DKMS has made itself a key by then.
signed()
{
	inside modinfo -k "$1" -F signer tslab | grep -x 'DKMS module signing key'
}

# DKMS has to build tslab first: there is no symbol without it.
user_build()
{
	inside dkms remove tslab/"$version" -k "$1" &&
	! inside dkms autoinstall -k "$1" | tee /dev/stderr | grep 'bad exit status' &&
	inside modinfo -k "$1" -F depends tslab_user | grep -x tslab
}

add_user()
{
	cp -r "$tree"/usr/share/doc/tslab-dev/examples/out-of-tree \
		"$tree"/usr/src/tslab-user-1.0 &&
	inside dkms add tslab-user/1.0
}

# loads RELEASE: with the modprobe and the modules of the tree
loads()
{
	local kernel
	kernel=$(dirname build/image-*/lib/modules/"$1" | cut -d/ -f2)

	tar -C "$tree" -cf $packages/modules.tar --exclude=build "lib/modules/$1" &&
	cp "$tree"/var/lib/dpkg/info/tslab-dkms.prerm $packages/prerm &&
	tools/qemu/boot.sh --kernel "${kernel#image-}" --add $packages/modules.tar \
		--add "$tree"/usr/bin/kmod --add $packages/prerm \
		tools/packaging/install-guest.sh
}

# has_only OLD NEW RELEASE: DKMS has for a kernel
has_only()
{
	[ -z "$(find "$tree"/{usr,var/lib/dkms} -xdev -name "*$1*" -path '*tslab*')" ] &&
	inside modinfo -k "$3" -F version tslab | grep -xF "$2"
}

# becomes OLD NEW: what is installed
becomes()
{
	install_packages "$2" && each_kernel has_only "$1" "$2" &&
	inside tslabstat --version | grep -xF "tslabstat $2"
}

tools_run()
{
	inside tslabstat --version && inside tslab-bench --version &&
	[ -z "$(find "$tree"/{etc,lib,usr/lib}/systemd -path '*.wants/*tslab*')" ]
}

remove_user()
{
	inside dkms remove tslab-user/1.0 --all &&
	rm -rf "$tree"/usr/src/tslab-user-1.0
}

# All but what may have been changed.
remove_packages()
{
	inside dpkg --remove tslab-dkms tslab-dev tslab-tools &&
	[ "$(diff $packages/before <(all_files) | sed -n 's/^[<>] //p')" = \
		./etc/modprobe.d/tslab.conf ]
}

nothing_left()
{
	[ -z "$(find "$tree"/{var,lib/modules}/ -name '*tslab*' -print)" ] &&
	diff $packages/before <(all_files)
}

purge_packages()
{
	inside dpkg --purge tslab-dkms tslab-dev tslab-tools && nothing_left
}

# === The same for rpm ===

# for one kernel, as the tree does not run on any
rpm_has_only()
{
	local release

	release=$(ls "$tree"/lib/modules | tail -n 1) &&
	inside dkms autoinstall -k "$release" && has_only "$1" "$2" "$release" &&
	inside_rpm --verify tslab tslab-dkms tslab-devel &&
	inside tslabstat --version | grep -xF "tslabstat $2"
}

rpm_install()
{
	inside_rpm --install $packages/rpm/RPMS/*/tslab-*"$version"-*.rpm &&
	rpm_has_only "$newer" "$version"
}

rpm_upgrade()
{
	inside_rpm --upgrade $packages/rpm/RPMS/*/tslab-*"$newer"-*.rpm &&
	rpm_has_only "$version" "$newer"
}

rpm_remove()
{
	inside_rpm --erase tslab tslab-dkms tslab-devel && nothing_left
}

# === What Debian's machines run ===

# With the kernel that Debian 12 was released with, which the tests want.
autopkgtests()
{
	rm -rf "$tree"/lib/modules/* &&
	cp $packages/deb/tslab-{dkms,dev,tools}_"$version"_*.deb "$tree"/tmp &&
	export_source "$tree"/tmp/source &&
	inside apt-get -qq update &&
	inside sh -c 'autopkgtest --no-built-binaries /tmp/*.deb /tmp/source/ -- null'
}

# === All together ===

if [ "$(id -u)" -ne 0 ]; then
	echo "not ok packages: only root can enter a tree with chroot"
	exit 1
fi
need dpkg-dev debhelper dh-dkms lintian debootstrap rpm linux-source gnuplot-nox \
     python3-sphinx libjansson-dev libncurses-dev pkg-config xz-utils || exit
mkdir -p $packages build/log

check "packages for Debian" deb
[ $status -eq 0 ] || exit 1
check "one version everywhere" same_versions
check "parameters are explained" parameters_explained
check "lintian" lintian --fail-on error,warning --suppress-tags initial-upload-closes-no-bugs \
	$packages/deb/tslab_"$version"_*.changes
check "packages of a newer version, without documentation" newer_deb
check "packages for rpm" rpm_packages
check "installation by hand" by_hand
check "base of a tree" make_base
check "tree with two kernels" make_tree
all_files > $packages/before
check "packages are installed" install_packages "$version"
check "tools run, their timer does not" tools_run
check "DKMS has built tslab" each_kernel dkms_has_built
check "and signed it" each_kernel signed
check "with debug info" each_kernel has_debug_info
check "DKMS skips a kernel too old" dkms_skip
check "a module that uses tslab is added" add_user
check "DKMS builds it after tslab" each_kernel user_build
check "modprobe on each kernel" each_kernel loads
check "the module is removed" remove_user
check "upgrade leaves nothing of the old" becomes "$version" "$newer"
check "nor does the way back" becomes "$newer" "$version"
check "removed, but for the configuration" remove_packages
check "purged, and nothing is left" purge_packages
check "rpm installs, DKMS builds" rpm_install
check "rpm upgrades" rpm_upgrade
check "rpm removes, and nothing is left" rpm_remove
check "autopkgtest" autopkgtests
rm -rf "$tree"
tools/packaging/refuse-check.sh || status=1
exit $status
