# SPDX-License-Identifier: GPL-2.0
# Sourced: how kernels for QEMU are made that nobody distributes.

# small_kernel NAME SOURCE CONFIG [ARGUMENT]...: build/headers-NAME and
# build/image-NAME, as kernels.sh has them of Debian's own kernels, of tinyconfig and
# the options of CONFIG; arguments go to make. Of x86, unless $image is another's.
small_kernel()
{
	local name=$1 source=$2 config=$3 built=$PWD/build/$1
	local image=${image:-arch/x86/boot/bzImage}
	local obj=$built/obj
	shift 3

	cmp -s "$config" "$built/config" || build_small_kernel "$@"
	rm -rf build/image-"$name"
	mkdir -p build/headers-"$name" build/image-"$name"/boot
	ln -sfn "../$name/obj" build/headers-"$name"/build
	ln -sfn "../../$name/obj/$image" build/image-"$name"/boot/vmlinuz-"$name"
}

build_small_kernel()
{
	local make=(make -s -C "$source" O="$obj" ARCH=x86_64 "$@")

	echo "tslab: building the kernel $name for QEMU"
	rm -f "$built/config"
	mkdir -p "$obj"
	"${make[@]}" tinyconfig
	"$source/scripts/kconfig/merge_config.sh" -m -Q -O "$obj" \
		"$obj/.config" "$config" > /dev/null
	"${make[@]}" olddefconfig
	# kconfig drops without a word what is not there or lacks something else.
	if grep CONFIG_ "$config" | grep -vxFf "$obj/.config"; then
		echo "${0##*/}: this Linux does not have these options so" >&2
		exit 1
	fi
	"${make[@]}" -j "$(nproc)" "$(basename "$image")" modules
	rm -rf build/module-"$name"
	# What it was built with, and that it was.
	cp "$config" "$built/config"
}
