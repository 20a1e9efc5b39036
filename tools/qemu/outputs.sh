#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Prints what the commands in Documentation/observability.rst print, on Debian's
# kernel, for the page to be brought up to date by hand. Needs the modules of
# "module.sh 6.12" and tools/tslabstat.
#
# usage: outputs.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
modules=build/module-6.12
scripts=()
for script in tools/bpftrace/*.bt; do
	scripts+=(--add "$script")
done
tools/qemu/boot.sh --host --cpus 2 --timeout 600 --add $modules/tslab.ko \
	--add $modules/tools/bench/tslab_contend.ko \
	--add $modules/tools/bench/tslab_retention.ko \
	--add $modules/samples/tslab_request_sample.ko \
	--add $modules/tools/torture/tslab_hold.ko \
	--add tools/tslabstat "${scripts[@]}" tools/qemu/outputs-guest.sh
