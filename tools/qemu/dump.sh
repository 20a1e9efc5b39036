#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# A dump of a guest that panicked, and what tools/drgn/tslab.py finds in it. Needs the
# modules of "module.sh 6.12", and tslab.ko of closed.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/qemu/packages.sh
modules=build/module-6.12 dump=build/dump/vmcore output=build/log/dump-output
need python3-drgn
tools/qemu/kernels.sh debug 6.12
mkdir -p build/dump
rm -f $dump
tools/qemu/boot.sh --dump $dump --add $modules/tslab.ko \
	--add $modules/samples/tslab_request_sample.ko \
	--add $modules/tools/torture/tslab_hold.ko \
	--add $modules/tools/torture/tslab_where.ko \
	--add $modules/tools/bench/tslab_contend.ko tools/qemu/dump-guest.sh > $output || {
	cat $output
	exit 1
}
/usr/bin/python3 tools/qemu/dump-check.py $dump build/debug-6.12/vmlinux \
	$modules/tslab.ko build/module-6.12-nodebugfs/tslab.ko $output
# That of a test that has failed stays.
rm $dump
