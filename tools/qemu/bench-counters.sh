#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# What the counters cost: instructions per pair of alloc and free with tslab.ko
# as it is, and with one that has no counters and is built for this alone.
#
# usage: bench-counters.sh
#   The last line is "delta_insns=N delta_pct=P": one CPU, 128 bytes, one
#   object at a time, with the counters against without.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/qemu/packages.sh

with=build/module-6.12 without=build/module-6.12-nocounters
log=build/log/bench-counters

# boot MODULES: writes what the guest measured
boot()
{
	tools/qemu/boot.sh --kernel 6.12 --icount \
		--add "$1/tslab.ko" \
		--add "$1/tools/bench/tslab_micro.ko" \
		tools/qemu/bench-counters-guest.sh
}

need build-essential gcc-12 busybox-static cpio qemu-system-x86 kmod pahole xz-utils \
     libelf1
tools/qemu/kernels.sh headers
tools/qemu/kernels.sh image
mkdir -p build/log
if ! { tools/qemu/module.sh 6.12 &&
       tools/qemu/module.sh --out $without 6.12 TSLAB_COUNTERS=n; } \
     > $log-build 2>&1; then
	cat $log-build >&2
	exit 1
fi
# Two equal modules would show that counters are free.
if grep -q TSLAB_WITHOUT_COUNTERS $with/tslab/.alloc.o.cmd ||
   ! grep -q TSLAB_WITHOUT_COUNTERS $without/tslab/.alloc.o.cmd; then
	echo "bench-counters.sh: TSLAB_COUNTERS=n did not take the counters out" >&2
	exit 1
fi
for guest in with without; do
	if ! boot ${!guest} > $log-$guest; then
		cat $log-$guest >&2
		exit 1
	fi
done

# Lines of the guest: result STATE WORK SIZE ALLOCATOR MEDIAN MIN MAX, in
# thousandths.
awk '
FNR == 1 { module = FILENAME; sub(/.*-/, "", module) }
$1 == "kernel" { kernel = $2 }
$1 == "no" && module == "with" { missing[$2] = 1 }
$1 == "result" { insns[module, $2, $5 "_" $3] = $6 / 1000 }
END {
	split("pair burst16", pattern)
	text["pair"] = "one by one"
	text["burst16"] = "16 at a time"
	split("tslab tslab_shared kmem_cache kmalloc", allocator)
	text["tslab"] = "tslab, per CPU"
	text["tslab_shared"] = "tslab, shared"
	text["kmem_cache"] = "kmem_cache"
	text["kmalloc"] = "kmalloc"
	split("lock_timing alloc_sampling off_again", state)

	for (p = 1; p <= 2; p++) {
		check("with", "nops_" pattern[p])
		check("without", "nops_" pattern[p])
	}

	print "Linux " kernel " in QEMU with -icount: instructions per pair of"
	print "alloc and free, 128 bytes, median, without the loop around the pairs"
	print ""
	print "                                      counters"
	print "                                    in      out   delta   per cent"
	for (a = 1; a <= 4; a++)
		for (p = 1; p <= 2; p++) {
			work = allocator[a] "_" pattern[p]
			in_ = got("with", "off", work)
			out = got("without", "off", work)
			printf "%s %8.1f %8.1f %+7.1f %+8.1f %%\n",
			       name(a, p), in_, out, in_ - out,
			       (in_ - out) * 100 / out
		}

	print ""
	print "Counters in; the switches off, each set to 64, off again"
	print ""
	print "                                   off     lock_timing   " \
	      "alloc_sampling        off again"
	for (a = 1; a <= 2; a++)
		for (p = 1; p <= 2; p++) {
			work = allocator[a] "_" pattern[p]
			off = got("with", "off", work)
			printf "%s %8.1f", name(a, p), off
			for (s = 1; s <= 3; s++)
				cell(state[s], work, off)
			print ""
		}
	for (s = 1; s <= 2; s++)
		if (missing[state[s]])
			print "not measured: there is no debugfs/tslab/" state[s]

	print ""
	in_ = got("with", "off", "tslab_pair")
	out = got("without", "off", "tslab_pair")
	printf "delta_insns=%.1f delta_pct=%.1f\n", in_ - out,
	       (in_ - out) * 100 / out
}
function name(a, p)
{
	return sprintf("%-14s  %-12s", text[allocator[a]], text[pattern[p]])
}
function fail(why)
{
	print "bench-counters.sh: " why > "/dev/stderr"
	exit 1
}
function got(module, state, work)
{
	if (!((module, state, work) in insns))
		fail("no result of " work ", counters " module)
	return insns[module, state, work]
}
# 100 instructions that do nothing, to know that instructions are counted
function check(module, work, n)
{
	n = got(module, "off", work)
	if (n < 99.5 || n > 100.5)
		fail("100 instructions took " n ": not a clock of instructions")
}
function cell(state, work, off)
{
	if (("with", state, work) in insns) {
		off = insns["with", state, work] - off
		printf " %8.1f %+7.1f", insns["with", state, work], off
	} else {
		printf " %8s %7s", "-", "-"
	}
}
' $log-with $log-without
