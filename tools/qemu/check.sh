#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# All checks; the last line is "N passed, N failed, N skipped".
#
# usage: check.sh [--fast | --all]
#   --fast: style, one build, tools and KUnit, of what is there already; for while
#   one works.
#   --all: longer torture, and on 6.1 too, what clang builds, KMSAN, and all that there is
#   of real code; for before something is finished.
set -uo pipefail
cd "$(dirname "$0")/../.."
. tools/qemu/packages.sh
. tools/qemu/checks.sh

fast= all= minutes=2 real="overlayfs conntrack"
case ${1:-} in
--fast) fast=1 ;;
--all) all=1 minutes=15 real="overlayfs conntrack ext4 nfsd btrfs" ;;
"") ;;
*) sed -n 's/^# usage: /usage: /p' "$0" >&2; exit 2 ;;
esac
# They need one CPU, and no kernel: something else can be done meanwhile.
tools_start()
{
	make -C tools check${fast:+-fast} > build/log/tools 2>&1 &
	tools_pid=$!
}

tools_check()
{
	local log=build/log/tools results

	part tools
	wait "$tools_pid"
	results=$(grep -E '^[0-9]+ passed, [0-9]+ failed' $log)
	grep -iE '^(FAIL|not ok|skip)' $log
	# One for each set of tests.
	if [ "$(wc -l <<< "$results")" -ne 5 ]; then
		tail -n 20 $log
		echo "FAILED tools: not all results, see $log"
		count 0 1 0
	fi
	while read -r n _ m _ k _; do
		echo "tools: $n passed, $m failed, ${k:-0} skipped"
		count "$n" "$m" "${k:-0}"
	done <<< "$(tr -d , <<< "$results")"
}

# Much is built of it, and its guests wait a lot: beside other things.
real_start()
{
	{
		for name in ext4 nfsd btrfs; do
			tools/real/build.sh $name > build/log/real-build-$name 2>&1
		done
		# shellcheck disable=SC2086 # words
		tools/real/check.sh $real
		tools/real/real.py --quick --built
	} > build/log/real 2>&1 &
	real_pid=$!
}

# results_of PID NAME: what was begun before
results_of()
{
	local status=0

	wait "$1" || status=$?
	cat build/log/"$2"
	return $status
}

# Beside torture, which goes by the clock.
bugs_start()
{
	tools/bugs/bugs.py --mode plain --mode debug --mode kfence --mode kasan > build/log/bugs 2>&1 &
	bugs_pid=$!
}

# guest_check NAME VERSION COMMAND...: the modules on a kernel of that version,
# which COMMAND boots
guest_check()
{
	local name=$1 modules=build/module-$2
	shift 2

	guest "$name" "$@" --cpus 2 \
		--add $modules/tslab.ko \
		--add $modules/samples/tslab_request_sample.ko \
		--add $modules/tools/bench/tslab_retention.ko \
		--add tools/tslabstat \
		tools/qemu/check-guest.sh
}

# By the clock, not by work: two take as long as one.
torture_both()
{
	local status=0 other

	tools/qemu/torture.sh --rig 6.12 --minutes $minutes &
	other=$!
	tools/qemu/torture.sh --rig 6.12-rt --minutes $minutes || status=$?
	wait $other || status=$?
	return $status
}

need build-essential gcc-12 bc bison flex libelf-dev libssl-dev busybox-static \
     cpio kmod pahole xz-utils rsync python3 perl qemu-system-x86 sparse pkg-config \
     libjansson-dev libjansson4 libncurses-dev clang libclang-rt-14-dev man-db python3-sphinx \
     bpftrace gnuplot-nox gcc-12-aarch64-linux-gnu qemu-system-arm python3-drgn coccinelle e2fsprogs || { count 0 1 0; finish; }
tools/qemu/kernels.sh source || { count 0 1 0; finish; }
tools/prometheus/fetch.sh || { count 0 1 0; finish; }
# For promtool.
export PATH=$PWD/build/prometheus/usr/bin:$PATH
versions="6.12 6.12-rt 6.1"
[ -z "$fast" ] || versions=6.12
for version in $versions; do
	for part in headers image; do
		tools/qemu/kernels.sh $part $version || { count 0 1 0; finish; }
	done
done

tools_start
step "module without warnings" module_clean 6.12 W=1 C=2
if [ -n "$fast" ]; then
	step "checkpatch" make checkpatch
	guest "conversion" tools/coccinelle/tests/run.sh
	kunit_check plain
	tools_check
	finish
fi
real_start
for version in 6.12-rt 6.1; do
	step "module on $version" tools/qemu/module.sh $version
done
# The newest kernel there is; it runs natively.
step "User Mode Linux 7.x" tools/qemu/uml-kernel.sh
step "module on User Mode Linux 7.x" tools/qemu/module.sh uml ARCH=um CC=gcc-12
# The newest SLUB, with sheaves, on the architecture that matters.
step "Linux 7.x" tools/qemu/x86-7-kernel.sh
step "module on 7.x without warnings" module_clean x86-7 W=1 CC=gcc-12
# Another architecture, another order of memory, and larger pages.
tools/qemu/kernels.sh busybox 6.12-arm64 || { count 0 1 0; finish; }
for version in 6.12-arm64 6.12-arm64-16k; do
	for part in headers image; do
		tools/qemu/kernels.sh $part $version || { count 0 1 0; finish; }
	done
	step "module on $version" module_clean $version W=1
done
step "checkpatch" make checkpatch
step "htmldocs" make htmldocs
guest "conversion" tools/coccinelle/tests/run.sh
tools_check
if [ "$(id -u)" -eq 0 ]; then
	guest packages tools/packaging/check.sh
else
	echo "skipped packages: only root can enter a tree of its own with chroot"
	count 0 0 1
fi
for version in 6.12 6.12-rt 6.1; do
	guest_check "Debian's $version" $version tools/qemu/boot.sh \
		--kernel $version
done
foreign_check "Debian's 6.12 on arm64" 6.12-arm64
foreign_check "Debian's 6.12 on arm64 with pages of 16 KiB" 6.12-arm64-16k
guest_check "Linux 7.x" x86-7 tools/qemu/boot.sh --kernel x86-7
guest_check "User Mode Linux" uml tools/qemu/uml.sh
guest "scarce" tools/qemu/scarce.sh
guest "meminfo" tools/qemu/meminfo.sh
guest "memory cgroups" tools/qemu/memcg.sh
guest "reclaim" tools/qemu/reclaim.sh
guest "closed" tools/qemu/closed.sh
guest "dump" tools/qemu/dump.sh
guest "bench" tools/qemu/boot.sh --kernel 6.12 --cpus 2 --timeout 300 \
	--add build/module-6.12/tslab.ko \
	--add build/module-6.12/tools/bench/tslab_bench.ko \
	--add tools/tslab-bench tools/qemu/bench-check-guest.sh
guest "bench-micro" tools/qemu/boot.sh --kernel 6.12 --cpus 2 --timeout 300 \
	--add build/module-6.12/tslab.ko \
	--add build/module-6.12/tools/bench/tslab_micro.ko \
	tools/qemu/bench-micro-check-guest.sh
guest "monitoring" tools/qemu/monitoring.sh
guest "bpftrace" tools/qemu/bpftrace.sh
guest "bpftrace with CPU hotplug" tools/qemu/bpftrace.sh --hotplug
guest "real code" results_of "$real_pid" real
kunit_check plain
kunit_check debug
kunit_check kcsan
bugs_start
guest "torture on 6.12 and 6.12-rt" torture_both
guest "torture on debug" tools/qemu/torture.sh --rig debug --minutes $minutes
guest "wrong programs" results_of "$bugs_pid" bugs
if [ -n "$all" ]; then
	# Another compiler, and calls through pointers that have to be of the right type.
	step "Linux built by clang" tools/qemu/clang-kernel.sh clang
	step "module built by clang without warnings" module_clean clang W=1 LLVM=-16
	guest_check "Linux built by clang" clang tools/qemu/boot.sh --kernel clang
	guest "callers" tools/qemu/boot.sh --kernel clang --append page_owner=on \
		--add build/module-clang/tslab.ko \
		--add build/module-clang/tools/torture/tslab_hold.ko \
		tools/qemu/callers-guest.sh
	guest "torture on 6.1" tools/qemu/torture.sh --rig 6.1 --minutes $minutes
	for name in ext4 btrfs; do
		guest "power cuts of $name" tools/real/$name/powercut.sh
	done
	guest "real code with KASAN and lockdep" tools/real/check.sh --debug $real
	step "Linux with KMSAN" tools/qemu/clang-kernel.sh kmsan
	step "module on Linux with KMSAN" module_clean kmsan W=1 LLVM=-16
	guest "wrong programs with KMSAN" tools/bugs/bugs.py --mode kmsan
fi
finish
