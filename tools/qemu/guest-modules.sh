#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Puts modules where the modprobe of a guest finds them, with those that they need.
#
# usage: guest-modules.sh ROOT VERSION NAME|FILE...
#   NAME: of build/image-VERSION; FILE: what is loaded in place of the one of its name
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$1 image=build/image-$2
shift 2
release=$(basename "$image"/lib/modules/*)
to=$root/lib/modules/$release
mkdir -p "$to/updates"
declare -A place=() seen=()
while read -r path; do
	name=${path##*/}
	name=${name%%.ko*}
	place[${name//-/_}]=$path
done < <(cd "$image/lib/modules/$release" && find kernel -name '*.ko*')

# take NAME: and, first, those it depends on
take()
{
	local name=${1//-/_} path needed

	[ -z "${seen[$name]:-}" ] || return 0
	seen[$name]=1
	path=${place[$name]:-}
	[ -n "$path" ] || {
		echo "guest-modules.sh: no module $name in $image" >&2
		exit 1
	}
	mkdir -p "$to/$(dirname "$path")"
	xz -dcf "$image/lib/modules/$release/$path" > "$to/${path%.xz}"
	for needed in $(modinfo -F depends "$to/${path%.xz}" | tr , ' '); do
		take "$needed"
	done
}

for module; do
	case $module in
	*.ko)
		cp "$module" "$to/updates/"
		for needed in $(modinfo -F depends "$module" | tr , ' '); do
			[ -z "${place[$needed]:-}" ] || take "$needed"
		done
		;;
	*) take "$module" ;;
	esac
done
cp "$image/lib/modules/$release"/modules.{builtin,builtin.modinfo,order} "$to/"
PATH=$PATH:/sbin:/usr/sbin depmod -b "$root" "$release"
