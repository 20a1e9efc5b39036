#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Guests without debugfs, or with one that kernel lockdown closes, and the module
# as a kernel without CONFIG_DEBUG_FS compiles it. Needs the modules of
# "module.sh 6.12" and the tools.
set -euo pipefail
cd "$(dirname "$0")/../.."
modules=build/module-6.12 without=build/module-6.12-nodebugfs
status=0

# Debian's headers have it in their configuration.
mkdir -p $without
echo '#undef CONFIG_DEBUG_FS' > $without/undef.h
tools/qemu/module.sh --out $without 6.12 TSLAB_ALONE=y W=1 \
	KCFLAGS="-include $PWD/$without/undef.h" > build/log/nodebugfs 2>&1 || {
	tail -n 20 build/log/nodebugfs
	exit 1
}
if grep -iE 'warning|error' build/log/nodebugfs ||
   nm $without/tslab.ko | grep ' U debugfs_'; then
	echo "not ok module without CONFIG_DEBUG_FS"
	status=1
else
	echo "ok module without CONFIG_DEBUG_FS"
fi
ln -sf tslab.ko $without/tslab_without.ko

# closed [OPTION]...: of boot.sh
closed()
{
	tools/qemu/boot.sh --kernel 6.12 "$@" \
		--add $modules/tslab.ko \
		--add $modules/samples/tslab_request_sample.ko \
		--add tools/tslabstat tools/qemu/closed-guest.sh
}

closed --append debugfs=off --add $without/tslab_without.ko || status=1
closed || status=1
exit $status
