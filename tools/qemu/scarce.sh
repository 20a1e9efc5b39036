#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Guests in which memory is scarce, or in which many CPUs could be there, and
# what reading the figures takes then, in instructions. Needs the modules of
# "module.sh 6.12" and "module.sh 6.1".
set -euo pipefail
cd "$(dirname "$0")/../.."
status=0

# scarce VERSION [OPTION]...
scarce()
{
	local modules=build/module-$1 version=$1
	shift

	tools/qemu/boot.sh --kernel "$version" --timeout 300 "$@" \
		--add $modules/tslab.ko \
		--add $modules/samples/tslab_request_sample.ko \
		--add $modules/tools/torture/tslab_scarce.ko \
		tools/qemu/scarce-guest.sh
}

scarce 6.12 || status=1
scarce 6.1 --possible 240 || status=1

config=$(mktemp -d)
trap 'rm -rf "$config"' EXIT
touch "$config/reading"
few=$(scarce 6.1 --icount --possible 60 --add "$config/reading")
many=$(scarce 6.1 --icount --possible 240 --add "$config/reading")
printf '%s\n%s\n' "$few" "$many"
# Four times the CPUs: sixteen times as much would be their square.
if awk '/^reading/ { for (i = 4; i <= NF; i += 2)
		if (n[$i]++) { if ($(i + 1) > 6 * was[$i] + 2) bad = 1 }
		else was[$i] = $(i + 1) }
	END { exit bad || n["percpu"] != 2 }' <<< "$few
$many"; then
	echo "ok reading is linear in the CPUs"
else
	echo "not ok reading is linear in the CPUs"
	status=1
fi
exit $status
