#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Runs the KUnit suites with kunit.py in QEMU, on a kernel of linux-source-6.12
# that has this tree as lib/tslab.
#
# usage: kunit.sh plain|debug|kcsan|arm64-4k|arm64-16k|arm64-64k|s390x
#		  [--build-only | TESTS]
#   TESTS: a suite, or a test of it, as in 'tslab_runs.each*'; else all.
#   debug adds KASAN, lockdep, PROVE_RCU, DEBUG_ATOMIC_SLEEP and kmemleak, lets
#   every task be preempted, and has the torture test for torture.sh.
#   kcsan runs with KCSAN, as strict as it can be, the suites that have several CPUs
#   at work: concurrency, caches, handles, hotplug, nodes, scopes, stats.
#   arm64 is plain on that architecture, with pages of that size; so is s390x, which
#   has one node only.
# The last line is kunit.py's summary, or one that says what went wrong.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/qemu/packages.sh
top=$PWD
variant=${1:?usage: kunit.sh plain|debug|kcsan|arm64-4k|arm64-16k|arm64-64k|s390x [--build-only | TESTS]}
build=$top/build/kunit-$variant
log=$top/build/log/kunit-$variant
mkdir -p build/log "$build"

# Only what is built: build/ itself must not be found again below lib/tslab.
mkdir -p build/linux/lib/tslab/tools
for entry in Kbuild Kconfig tslab include kunit debugfs samples tools/bugs tools/torture; do
	ln -sfn "$top/$entry" build/linux/lib/tslab/$entry
done
grep -q tslab build/linux/lib/Kconfig ||
	echo 'source "lib/tslab/Kconfig"' >> build/linux/lib/Kconfig
grep -q tslab build/linux/lib/Makefile ||
	echo 'obj-y += tslab/' >> build/linux/lib/Makefile

common=(--arch=x86_64 --build_dir="$build")
config=(--kunitconfig="$top/kunit/.kunitconfig" --kconfig_add CONFIG_SMP=y)
# A third of the build, and nobody asks for it. ACPI stays: its timer tells how
# fast the TSC is, without which there is no clock but jiffies.
config+=(--kconfig_add CONFIG_EXPERT=y)
for option in BLOCK IO_URING VT SERIO INPUT; do
	config+=(--kconfig_add "CONFIG_$option=n")
done
# Selects tracepoints; x86 is never without.
config+=(--kconfig_add CONFIG_PERF_EVENTS=y)
# From 4 GiB on, there is a hole in the memory below. The last of three nodes has
# no memory, and is nearer to the second than to the first.
config+=(--kconfig_add CONFIG_NUMA=y --kconfig_add CONFIG_PCI=y)
qemu_args="-smp 4,sockets=4 -accel tcg,thread=multi -m 5G"
nodes=" -object memory-backend-ram,id=m0,size=3G"
nodes+=" -object memory-backend-ram,id=m1,size=2G"
nodes+=" -numa node,nodeid=0,cpus=0-1,memdev=m0"
nodes+=" -numa node,nodeid=1,cpus=2,memdev=m1"
nodes+=" -numa node,nodeid=2,cpus=3"
nodes+=" -numa dist,src=0,dst=1,val=20 -numa dist,src=0,dst=2,val=30"
nodes+=" -numa dist,src=1,dst=2,val=15"
timeout=300 suites='tslab*' args=()
# What a test expects to be reported is no splat.
splats='WARNING:|BUG:|KASAN:|INFO: (possible|task|rcu|trying)|turning off the locking|suspicious RCU|unreferenced object|Kernel panic'
case $variant in
plain) ;;
arm64-4k|arm64-16k|arm64-64k)
	need gcc-12-aarch64-linux-gnu qemu-system-arm
	common=(--arch=arm64 --build_dir="$build" --cross_compile=aarch64-linux-gnu-
		--make_options CC=aarch64-linux-gnu-gcc-12)
	pages=${variant#arm64-}
	config+=(--kconfig_add "CONFIG_ARM64_${pages^^}_PAGES=y")
	for option in PCI EFI SUSPEND HWMON HW_RANDOM IOMMU_SUPPORT USB_SUPPORT; do
		config+=(--kconfig_add "CONFIG_$option=n")
	done
	timeout=1800
	;;
s390x)
	common=(--arch=s390 --cross_compile=s390x-linux-gnu- --build_dir="$build")
	nodes= timeout=1800
	;;
kcsan)
	for option in DEBUG_KERNEL KCSAN KCSAN_STRICT KCSAN_INTERRUPT_WATCHER; do
		config+=(--kconfig_add "CONFIG_$option=y")
	done
	timeout=900 suites='tslab_[chns]*'
	# The kernel has data races of its own: only those are looked at that
	# one of our functions has part in.
	splats=${splats/BUG:/BUG: (?!KCSAN)}
	;;
debug)
	for option in KASAN KASAN_GENERIC KASAN_VMALLOC PROVE_LOCKING PROVE_RCU \
		      DEBUG_ATOMIC_SLEEP DEBUG_PREEMPT DEBUG_LIST \
		      DEBUG_KMEMLEAK TSLAB_TORTURE_TEST TSLAB_BUGS BLK_DEV_INITRD RD_GZIP BINFMT_ELF \
		      BINFMT_SCRIPT; do
		config+=(--kconfig_add "CONFIG_$option=y")
	done
	# The leak scan needs a user space, after the tests.
	common+=(--qemu_config="$top/tools/qemu/kunit_with_init.py")
	root=$(mktemp -d)
	trap 'rm -rf "$root" "$root.cpio.gz"' EXIT
	mkdir -p "$root/bin" "$root/sys"
	cp "$(command -v busybox)" "$root/bin/"
	cat > "$root/init" <<'END'
#!/bin/busybox sh
leaks=/sys/kernel/debug/kmemleak
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t debugfs debugfs /sys/kernel/debug
# An object has to be five seconds old to be reported.
/bin/busybox sleep 6
echo scan > $leaks
echo scan > $leaks
/bin/busybox cat $leaks
echo "kmemleak scanned"
/bin/busybox reboot -f
END
	chmod +x "$root/init"
	(cd "$root" && find . | cpio --quiet -o -H newc | gzip -1) \
		> "$root.cpio.gz"
	qemu_args+=" -initrd $root.cpio.gz"
	timeout=900 args=(--kernel_args preempt=full)
	;;
*)
	echo "kunit.sh: no variant $variant" >&2
	exit 2
	;;
esac

[ "${2:---build-only}" = --build-only ] || suites=$2
qemu_args+=$nodes

cd build/linux
kunit=tools/testing/kunit/kunit.py
if ! { $kunit config "${common[@]}" "${config[@]}" &&
       $kunit build "${common[@]}" "${config[@]}" --jobs "$(nproc)"; } \
       > "$log.build" 2>&1; then
	tail -n 30 "$log.build"
	echo "kunit-$variant: the kernel does not build, see $log.build"
	exit 1
fi
if grep -E 'lib/tslab/.*: (warning|error):' "$log.build"; then
	echo "kunit-$variant: built with warnings"
	exit 1
fi
[ "${2:-}" = --build-only ] && exit 0

# A crash ends the run instead of waiting for the timeout. No better clock is
# switched to seconds after the boot: a message amid the first lines of a suite
# hides it from kunit.py.
run()
{
	status=0
	$kunit exec "${common[@]}" --timeout=$timeout \
		--qemu_args="$qemu_args" \
		--kernel_args "oops=panic panic=-1" \
		--kernel_args "initcall_blacklist=init_tsc_clocksource" \
		--kernel_args "tsc=reliable" \
		--kernel_args "tslab.debug=-" \
		"${args[@]}" \
		"$suites" > "$log" 2>&1 || status=$?
}

run
# At hotplug 6.12's scheduler loses count of a task now and then, and hangs later.
if grep 'Dying CPU not properly vacated' "$build/test.log"; then
	echo "kunit-$variant: a bug of the kernel's scheduler: once more"
	run
fi
# QEMU's CPUs do not all survive the text that every boot patches.
if grep -q 'Kernel panic' "$build/test.log" &&
   ! grep -qE 'KTAP|tslab_' "$build/test.log"; then
	echo "kunit-$variant: the kernel panicked before the tests: once more"
	run
fi
if grep -P "$splats" "$build/test.log"; then
	echo "kunit-$variant: the kernel complained, see $build/test.log"
	exit 1
fi
if [ "$variant" = debug ] &&
   ! grep -q '^kmemleak scanned' <(tr -d '\r' < "$build/test.log"); then
	echo "kunit-$variant: no leak scan, see $build/test.log"
	exit 1
fi
if [ "$variant" = kcsan ]; then
	races=$(grep -o 'BUG: KCSAN: .*' "$build/test.log" | tr -d '\r' |
		grep -wFf <(nm "$build"/lib/tslab/*/*.o |
			    sed -nE 's/.* [tT] ([^.]*).*/\1/p' | sort -u) || true)
	if [ -n "$races" ]; then
		sed -n '/BUG: KCSAN/,/Reported by/p' "$build/test.log" |
			tr -d '\r'
		sort <<< "$races" | uniq -c
		echo "kunit-kcsan: data races, see $build/test.log"
		exit 1
	fi
	if ! grep -q 'kcsan: enabled' "$build/test.log"; then
		echo "kunit-kcsan: no KCSAN, see $build/test.log"
		exit 1
	fi
fi
grep -E '\[FAILED\]|\[CRASHED\]|\[SKIPPED\]|\[ERROR\]' "$log" || true
grep -E 'Testing complete\.' "$log" | sed 's/.*Testing complete\. //' || true
exit $status
