#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Guests that compare what is charged to memory cgroups with what tslab has. Needs the
# modules of "module.sh 6.12" and "module.sh 6.1".
set -euo pipefail
cd "$(dirname "$0")/../.."
status=0
guest()
{
	tools/qemu/boot.sh --kernel "$1" --cpus 2 --timeout 300 "${@:2}" \
		--add "build/module-$1/tslab.ko" \
		--add "build/module-$1/tools/torture/tslab_hold.ko" \
		--add "build/module-$1/samples/tslab_reclaim_sample.ko" \
		tools/qemu/memcg-guest.sh || status=1
}
guest 6.12
guest 6.1
guest 6.12 --append cgroup_disable=memory
exit $status
