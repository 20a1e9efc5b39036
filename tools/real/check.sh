#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Builds subsystems as users of tslab, and has each checked in a guest by
# NAME/NAME-check.sh: prints "ok NAME: CHECK" or "not ok NAME: CHECK".
#
# usage: check.sh [--debug] NAME...
#   --debug: on the kernel of debug-kernel.sh, which is built, too
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/real/said.sh
kernel=6.12 debug=() timeout=300 status=0 suffix=
if [ "${1:-}" = --debug ]; then
	kernel=real-debug debug=(--debug) suffix=-debug timeout=900
	shift
fi
[ $# -gt 0 ] || {
	sed -n 's/^# usage: /usage: /p' "$0" >&2
	exit 2
}
mkdir -p build/log

# quietly COMMAND...: says something only if it fails
quietly()
{
	local log=build/log/real-check$suffix

	"$@" > "$log" 2>&1 || {
		tail -n 20 "$log"
		echo "check.sh: $1 failed, see $log" >&2
		return 1
	}
}

quietly tools/real/programs.sh
if [ -n "$suffix" ]; then
	quietly tools/real/debug-kernel.sh
	quietly tools/qemu/module.sh $kernel
fi
for name; do
	if ! quietly tools/real/build.sh "${debug[@]}" "$name"; then
		echo "not ok $name: builds"
		status=1
		continue
	fi
	# shellcheck disable=SC2046 # options
	tools/real/boot.sh "$name" "${debug[@]}" --timeout $timeout $(said "$name" check) \
		"tools/real/$name/$name-check.sh" |
		sed -u "s/^\(not \)\?ok /&$name: /" || status=1
done
exit $status
