#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Boots User Mode Linux 7.x, natively, with a root of busybox, the files given
# and a script, and returns what the script returned; like boot.sh.
#
# usage: uml.sh [--cpus N] [--timeout SECONDS] [--add FILE]... SCRIPT
#   The kernel is that of uml-kernel.sh; the console is also written to
#   build/log/SCRIPT-uml.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/qemu/guest.sh

cpus=2 timeout=110 add=()
while [ $# -gt 1 ]; do
	case $1 in
	--cpus) cpus=$2 ;;
	--timeout) timeout=$2 ;;
	--add) add+=("$2") ;;
	*) echo "uml.sh: unknown option $1" >&2; exit 2 ;;
	esac
	shift 2
done
script=${1:?usage: uml.sh [option]... SCRIPT}
log=build/log/$(basename "$script" .sh)-uml
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
guest_root "$root" "$script" "${add[@]}"

# A root of its own keeps the guest's hands off the host's files.
timeout "$timeout" build/uml/obj/linux root=/dev/root rootfstype=hostfs \
	rootflags="$root" rw init=/init mem=1G ncpus="$cpus" seccomp=on \
	con0=fd:0,fd:1 con=null quiet panic=-1 < /dev/null 2>&1 |
	guest_console "$log" || true
guest_exit "$log" "$timeout"
