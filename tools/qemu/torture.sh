#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Torture in QEMU; see Documentation/torture.rst.
#
# usage: torture.sh [--rig RIG] [--minutes N]
#   RIG: 6.12, 6.12-rt, 6.1, 6.12-arm64, 6.12-rt-arm64, 6.1-s390x or debug. Needs the modules of "module.sh VERSION", or for debug the kernel of
#   "kunit.sh debug". The console is in build/log/torture-guest-VERSION, for debug
#   in torture-guest-own.
set -euo pipefail
cd "$(dirname "$0")/../.."

rig=6.12 minutes=2
while [ $# -gt 0 ]; do
	case $1 in
	--rig) rig=${2:-} ;;
	--minutes) minutes=${2:-} ;;
	*) sed -n 's/^# usage: /usage: /p' "$0" >&2; exit 2 ;;
	esac
	shift 2 || exit 2
done
if ! [[ $minutes =~ ^[1-9][0-9]{0,3}$ ]]; then
	echo "torture.sh: --minutes $minutes: not 1 to 9999" >&2
	exit 2
fi
seconds=$((minutes * 60))
config=$(mktemp -d)
trap 'rm -rf "$config"' EXIT
printf 'seconds=%s options=%s\n' $seconds "'${OPTIONS:-}'" > "$config/config"
boot=(tools/qemu/boot.sh --cpus 4 --timeout $((seconds * 2 + 420))
      --add "$config/config")
# QEMU's s390x has one node.
[ "$rig" = 6.1-s390x ] || boot+=(--nodes)
case $rig in
6.12|6.12-rt|6.1|6.12-arm64|6.12-rt-arm64|6.1-s390x)
	"${boot[@]}" --kernel "$rig" --add build/module-"$rig"/tslab.ko \
		--add build/module-"$rig"/tools/torture/tslab_torture.ko \
		tools/qemu/torture-guest.sh
	;;
debug)
	"${boot[@]}" --image build/kunit-debug/arch/x86/boot/bzImage \
		--append "kunit.enable=0 tslab.debug=- tslab_torture.torture_secs=$seconds" \
		tools/qemu/torture-guest.sh
	;;
*)
	echo "torture.sh: no rig $rig" >&2
	exit 2
	;;
esac
