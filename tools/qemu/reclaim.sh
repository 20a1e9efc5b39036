#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# A guest whose caches lose their oldest entries when memory is short. Needs the modules
# of "module.sh 6.12".
set -euo pipefail
cd "$(dirname "$0")/../.."
tools/qemu/boot.sh --kernel 6.12 --cpus 2 --timeout 300 \
	--add build/module-6.12/tslab.ko \
	--add build/module-6.12/samples/tslab_reclaim_sample.ko \
	tools/qemu/reclaim-guest.sh
