#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# The counters against bpftrace, in Debian's kernel, which has the host's
# bpftrace. Needs the modules of "module.sh 6.12".
#
# usage: bpftrace.sh [--hotplug]
#   2 CPUs; with --hotplug 4, of which two go offline and online meanwhile.
set -euo pipefail
cd "$(dirname "$0")/../.."
modules=build/module-6.12 cpus=2 hotplug=0 threads=4 rounds=20000 timeout=300
case ${1:-} in
--hotplug) cpus=4 hotplug=1 rounds=60000 ;;
"") ;;
*) sed -n 's/^# usage: /usage: /p' "$0" >&2; exit 2 ;;
esac
config=$(mktemp -d)
trap 'rm -rf "$config"' EXIT
printf 'hotplug=%s threads=%s rounds=%s hangs_after=%s\n' $hotplug $threads $rounds \
	$((timeout - 60)) > "$config/config"
scripts=()
for script in tools/bpftrace/*.bt; do
	scripts+=(--add "$script")
done
log=build/log/bpftrace-guest-6.12
run()
{
	tools/qemu/boot.sh --host --cpus $cpus --timeout $timeout --add "$config/config" \
		--add $modules/tslab.ko --add $modules/tools/bench/tslab_contend.ko \
		--add $modules/samples/tslab_request_sample.ko "${scripts[@]}" \
		tools/qemu/bpftrace-guest.sh
}

! run || exit 0
# Each probe is patched into the text, which QEMU's CPUs do not all survive: some do not
# come to their end. Whoever does has said what is wrong, and whose stacks have
# tslab in them hangs for another reason.
! grep -qE '^guest exit|\[tslab\]' $log || exit 1
echo "bpftrace.sh: the guest came to no end: once more" >&2
cp $log $log-hung
run
