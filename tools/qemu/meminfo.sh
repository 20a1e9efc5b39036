#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Guests that compare /proc/meminfo with what tslab says it has. Needs the modules of
# "module.sh 6.12" and "module.sh 6.1".
set -euo pipefail
cd "$(dirname "$0")/../.."
status=0
for version in 6.12 6.1; do
	tools/qemu/boot.sh --kernel $version --nodes --cpus 2 --timeout 300 \
		--add build/module-$version/tslab.ko \
		--add build/module-$version/tools/torture/tslab_hold.ko \
		tools/qemu/meminfo-guest.sh || status=1
done
exit $status
