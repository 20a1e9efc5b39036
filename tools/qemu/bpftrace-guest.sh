# SPDX-License-Identifier: GPL-2.0
# In the guest: a contended load is counted by tslab and by bpftrace. Prints
# "ok NAME = N" or "not ok NAME: tslab N, bpftrace M" for each counter.
. /check.sh
. /config
tslab=/sys/kernel/debug/tslab
run=/sys/kernel/debug/tslab_contend/run

# Whoever looks at a guest that hangs is to see where.
{
	sleep $hangs_after
	echo 8 > /proc/sys/kernel/printk
	echo l > /proc/sysrq-trigger
	echo w > /proc/sysrq-trigger
} &

die()
{
	echo "not ok $*"
	exit 1
}

unwatch()
{
	interrupt $watcher
	if grep -iE 'lost|error|warn|skipped' /tmp/seen; then
		die "bpftrace missed events"
	fi
}

# One file with all counters: CLASS NAME VALUE, class 0 for the sums.
counters()
{
	for class in 64 128 768 4096; do
		sed -n "s/^\\([a-z_]*\\) \\([0-9]*\\)$/$class \\1 \\2/p" \
			$tslab/class_$class
	done
	sed -n 's/^\([a-z_]*\) \([0-9]*\)$/200 \1 \2/p' \
		$tslab/instances/contend_$tier/cache_session
	sed -n 's/^total_\([a-z_]*\) \([0-9]*\)$/0 \1 \2/p' $tslab/summary
}

cpus_come_and_go()
{
	while :; do
		for cpu in 2 3; do
			echo 0 > /sys/devices/system/cpu/cpu$cpu/online &&
				echo $cpu >> /tmp/offlined
			usleep 200000
			echo 1 > /sys/devices/system/cpu/cpu$cpu/online
		done
	done
}

# compare TIER calls|locks: what bpftrace saw against what the counters say
compare()
{
	awk -v tier="$1" -v what="$2" '
	# "@map[key, key]: value"
	FILENAME == ARGV[1] && /^@[a-z_]+\[?.*: [0-9]+$/ {
		sub(/^@/, "")
		sub(/: /, "\t")
		split($0, field, "\t")
		gsub(/, /, ",", field[1])
		seen[field[1]] = field[2]
		next
	}
	FILENAME == ARGV[2] { before[$1, $2] = $3 }
	FILENAME == ARGV[3] { delta[$1, $2] = $3 - before[$1, $2] }

	function same(class, name, count, text)
	{
		text = tier " " (class ? "class_" class " " : "") name
		count += 0
		if (delta[class, name] == count)
			printf "ok %s = %d\n", text, count
		else {
			printf "not ok %s: tslab %d, bpftrace %d\n", text,
			       delta[class, name], count
			bad = 1
		}
	}

	function locks(s, i, sites, site, contended, all)
	{
		sites = split("alloc_full slow_acquire slow_full free_empty " \
			      "free_partial epoch_close", site)
		for (i = 1; i <= sites; i++) {
			contended = seen["contended[" s "," site[i] "]"]
			same(s, "lock_contended_" site[i], contended)
			all += contended
		}
		same(s, "lock_contended", all)
		return all
	}

	function calls(s)
	{
		same(s, "alloc_objects", seen["alloc[" s "]"])
		same(s, "bitmap_alloc_cas_retries", seen["cas[" s ",0]"])
		same(s, "bitmap_free_cas_retries", seen["cas[" s ",1]"])
		same(s, "current_partial_cas_failures", seen["cas[" s ",2]"])
		same(s, "slow_path_hits", seen["slow[" s "]"])
		same(s, "cpu_hits", seen["alloc[" s "]"] -
		     seen["slow[" s "]"] + seen["slow_null[" s "]"])
		same(s, "cpu_refills", seen["refill[" s "]"])
		same(s, "slow_path_cache_miss", seen["new_slab[" s "]"])
		same(s, "new_slab_count", seen["slab_new[" s "]"])
		same(s, "pages_released", seen["pages[" s "]"])
		same(s, "slow_path_epoch_closed", seen["epoch_closed[" s "]"])
		# The refused zone modifiers never were slow allocations.
		same(s, "alloc_failed", seen["failed[" s "]"] +
		     (s == 128 ? seen["misuse[allocation with zone modifier,gfp]"] : 0))
		return seen["alloc[" s "]"]
	}

	function totals(allocs, refused, kind, other)
	{
		same(0, "alloc_objects", allocs)
		refused = seen["misuse[double free of]"] +
			  seen["misuse[free of no object start]"] +
			  seen["misuse[free of foreign pointer]"]
		same(0, "free_objects",
		     seen["free"] + seen["discarded"] - refused)
		same(0, "free_double", seen["misuse[double free of]"])
		same(0, "free_invalid", seen["misuse[free of no object start]"])
		same(0, "free_foreign", seen["misuse[free of foreign pointer]"])
		same(0, "handle_invalid", seen["misuse[invalid handle]"])
		same(0, "handle_stale", seen["misuse[stale handle]"])
		same(0, "size_rejected",
		     seen["misuse[allocation of bad size]"])
		same(0, "epoch_close_calls", seen["closed[calls]"])
		same(0, "epoch_close_scanned_slabs",
		     seen["closed[scanned_slabs]"])
		same(0, "epoch_close_recycled_slabs",
		     seen["closed[recycled_slabs]"])
		same(0, "epoch_close_ns", seen["closed[ns]"])
		# All but those of CPUs that give up slabs; see validate.bt.
		other["contended"] = seen["trylock[0]"]
		other["fast_acquire"] = seen["trylock[1]"]
		for (kind in other) {
			delta[0, "lock_" kind "_but_slow_full"] =
				delta[0, "lock_" kind] -
				delta[0, "lock_" kind "_slow_full"]
			same(0, "lock_" kind "_but_slow_full", other[kind])
		}
	}

	END {
		# The last is the cache.
		n = split("64 128 768 4096 200", size)
		for (i = 1; i <= n; i++)
			all += what == "locks" ? locks(size[i]) : calls(size[i])
		if (what == "calls")
			totals(all)
		# A load that does not contend shows nothing.
		if (!all) {
			print "not ok " tier ": nothing happened"
			bad = 1
		}
		exit bad
	}' /tmp/seen /tmp/before /tmp/after
}

# load TIER: the load, with CPUs coming and going if that was asked for
load()
{
	if [ "$hotplug" = 1 ]; then
		rm -f /tmp/offlined
		cpus_come_and_go &
		toggler=$!
	fi
	for try in 1 2 3 4 5; do
		echo "$1 $threads $rounds" > $run || die "run of $1"
		[ "$hotplug" = 1 ] || break
		# On a host that is busy, it may have ended before a CPU had gone.
		[ ! -s /tmp/offlined ] || break
		echo "$1: no CPU went offline, try $try"
	done
	if [ "$hotplug" = 1 ]; then
		[ -s /tmp/offlined ] || die "no CPU went offline"
		kill $toggler
		wait $toggler 2> /dev/null
		for cpu in 2 3; do
			echo 1 > /sys/devices/system/cpu/cpu$cpu/online
		done 2> /dev/null
	fi
}

# counted NAME FILE: what counters with NAME in their names say together
counted()
{
	awk -v name="$1" '$2 ~ name { n += $3 } END { print n }' "$2"
}

# load_until NAME TIER: loads until such a counter has gone on
load_until()
{
	counters > /tmp/before
	for try in 1 2 3 4 5; do
		load $2
		counters > /tmp/after
		# On a host that is busy, the CPUs may just not have met.
		[ "$(counted $1 /tmp/before)" = "$(counted $1 /tmp/after)" ] || break
		echo "$2: no $1, try $try"
	done
}

# validate SCRIPT TIER calls|locks
validate()
{
	watch $1 || die "bpftrace $1"
	case $3 in
	calls) load_until alloc_objects $2 ;;
	locks) load_until lock_contended $2 ;;
	esac
	unwatch
	compare $2 $3 || failed=1
}

cp ./*.bt /host/tmp/
insmod tslab.ko
insmod tslab_contend.ko
for bad in "" shared "shared 2" "shared 0 1" "shared 65 1" "shared 1 0" \
	   "shared 1 10000001" "other 1 1" "shared 1 1 1"; do
	echo "$bad" > $run 2> /dev/null && die "tslab_contend takes '$bad'"
done
failed=0
for tier in percpu shared; do
	validate validate.bt $tier calls
	validate contended_locks.bt $tier locks
done
if grep -q '^\\x23mistakes\\x20made 128 slow_path_hits ' $tslab/labels; then
	echo "ok labels are escaped"
else
	echo "not ok labels are escaped"
	failed=1
fi

# shows NAME COMMAND PATTERN...: a script by itself, as an engineer would use it
shows()
{
	name=$1
	watch $name.bt || die "bpftrace $name.bt"
	$2 || die "$2"
	unwatch
	shift 2
	for pattern; do
		if grep -q "$pattern" /tmp/seen; then
			echo "ok $name shows $pattern"
		else
			echo "not ok $name shows $pattern"
			cat /tmp/seen
			failed=1
		fi
	done
}

if [ "$hotplug" = 0 ]; then
	shows cas_retries "load_until cas_retries shared" '^@retries\[[01], [0-9]*, [a-z_]*\]: '
	rounds=2000
	shows slow_allocs "load shared" '^@reasons\[64, 1, 0, ' '^@stacks\[' \
		'    tslab_alloc'
	shows epochs "load percpu" '^@open_us\[contend_percpu\]' \
		'^@drain_us\[' '^@pages_at_close\['
	shows top_callers "load percpu" '^@calls\[' '^@bytes\[' \
		'    run_thread'
	# Its 64 sessions stay alive.
	shows epoch_leaks "insmod tslab_request_sample.ko requests=5" \
		'^@closed\[' '^@alive\[' '^\]: 64$'
	rmmod tslab_request_sample
fi

rmmod tslab_contend
rmmod tslab
dmesg | grep -E "WARNING:|BUG:|Oops|Call Trace" && failed=1
exit $failed
