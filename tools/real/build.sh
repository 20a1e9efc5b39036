#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Builds code of Linux 6.12 as users of tslab, against the headers of a kernel: converts
# a copy of it by tools/coccinelle/convert, and has NAME/route.cocci, if there is one,
# say what is in which epoch; if that is not done. Needs build/linux, and the module of
# "module.sh 6.12".
#
# usage: build.sh [--debug] NAME
#   NAME: of a directory here, whose file "subsystem" says what there is to build. The
#   modules are in build/real/NAME; what convert left is in build/log/real-NAME.
#   --debug: for the kernel of debug-kernel.sh; the modules are in build/real/NAME-debug.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/real/said.sh
top=$PWD kernel=6.12 debug=
if [ "${1:-}" = --debug ]; then
	kernel=real-debug debug=-debug
	shift
fi
name=${1:-}
[ -n "$name" ] && [ -e "tools/real/$name/subsystem" ] || {
	sed -n 's/^# usage: /usage: /p' "$0" >&2
	exit 2
}
symbols=$top/build/module-$kernel/Module.symvers
[ -e "$symbols" ] || {
	echo "build.sh: no build/module-$kernel: run tools/qemu/module.sh $kernel" >&2
	exit 1
}

# patched DIR [FILE...]: all of build/real/NAME/DIR, or those files of it, are what users
# of tslab look like
patched()
{
	local dir=$to/$1 route=$top/tools/real/$name/route.cocci log=$top/build/log/real-$name
	local instance options

	instance=$(said "$name" instance) options=$(said "$name" convert)
	cd "$dir"
	shift
	[ $# -gt 0 ] || set -- ./*.[ch]
	"$top/tools/coccinelle/convert" --instance "$instance" $options \
		--in-place "$@" 2>> "$log" || {
		tail -n 1 "$log" >&2
		return 1
	}
	[ ! -e "$route" ] ||
		spatch --very-quiet --no-saved-typedefs --no-includes --in-place \
			--sp-file "$route" "$@" >> "$log-route" 2>&1 || {
		tail -n 5 "$log-route" >&2
		return 1
	}
	cd "$top"
}

# Whether the modules are of what there is now.
built()
{
	local module ko

	for module in $(said "$name" module); do
		ko=build/real/$name$debug/$module.ko
		[ -e "$ko" ] && [ -z "$(find tools/real/build.sh tools/coccinelle/*.* \
			tools/coccinelle/convert include "$symbols" "tools/real/$name/subsystem" \
			"tools/real/$name"/*.cocci "tools/real/$name"/Kbuild \
			"tools/real/$name"/*.c -type f -newer "$ko" 2> /dev/null)" ] ||
			return 1
	done
}

! built || exit 0
to=build/real/$name$debug flags=(KCFLAGS="-I$top/include")
rm -rf "$to"
mkdir -p "$to" build/log
rm -f "build/log/real-$name" "build/log/real-$name-route"
# Headers of the kernel come before its own.
for header in $(said "$name" header); do
	mkdir -p "$to/${header%/*}"
	cp "build/linux/$header" "$to/$header"
	patched "${header%/*}" "${header##*/}"
	flags=("${flags[0]}" NOSTDINC_FLAGS="-nostdinc -I$top/$to/include")
done
for source in $(said "$name" source); do
	mkdir -p "$to/$source"
	# Code may include what is above it.
	cp "build/linux/${source%/*}"/*.h "$to/${source%/*}" 2> /dev/null || true
	cp -r "build/linux/$source/." "$to/$source"
	[ ! -e "tools/real/$name/Kbuild" ] || cp "tools/real/$name/Kbuild" "$to/$source"
	patched "$source" $(said "$name" files)
	make -C build/headers-$kernel/build M="$top/$to/$source" "${flags[@]}" \
		KBUILD_EXTRA_SYMBOLS="$symbols" modules
	symbols+=" $top/$to/$source/Module.symvers"
done
# What the guest's scripts run beside the programs of programs.sh.
for program in tools/real/"$name"/*.c; do
	[ ! -e "$program" ] || gcc-12 -O2 -Wall -static -o "$to/$(basename "$program" .c)" "$program"
done
for module in $(said "$name" module); do
	cp "$(find "$to"/*/ -name "$module.ko")" "$to/"
done
