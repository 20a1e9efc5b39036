# SPDX-License-Identifier: GPL-2.0
# In the guest: tslab_bench, every pattern on every backend, and what it
# refuses. Each check prints "ok NAME" or "not ok NAME".
bench=/sys/kernel/debug/tslab_bench
patterns="hotspot steady straggler cross_thread_free burst leak request churn"
. /check.sh

run()
{
	echo "$1" > $bench/run || {
		cat $bench/error
		return 1
	}
}

# value NAME: of the last run
value()
{
	sed -n "s/^$1 //p" $bench/result
}

# is NAME NUMBER: the last run's value, said if it is another
is()
{
	[ "$(value "$1")" = "$2" ] || {
		echo "$1 is $(value "$1"), not $2"
		return 1
	}
}

# Requests short enough that each pattern is a matter of milliseconds.
size_of()
{
	case $1 in
	burst)	echo rounds=10 objs_min=100 objs_max=1000 duration_s=30 ;;
	churn)	echo rounds=50 objs_min=100 objs_max=500 duration_s=30 ;;
	*)	echo rounds=300 objs_min=1 objs_max=32 duration_s=30 ;;
	esac
}

# The module itself fails with EUCLEAN if an object or a page is left.
accounted()
{
	options="pattern=$1 backend=$2 threads=4 $(size_of "$1")"
	run "$options" || return 1
	is failed 0 && is phases_refused 0 && is pages_after 0 &&
		is interrupted 0 && is frees "$(value allocs)" || return 1
	rounds=$(value rounds)
	case $1 in
	straggler) is requests $((3 * rounds + 1)) ;;
	*)	is requests $((4 * rounds)) ;;
	esac || return 1
	case $2 in
	tslab*)	is counter_alloc_objects "$(value allocs)" &&
			is counter_free_objects "$(value allocs)" ;;
	esac
}

# The same seed does the same, whoever runs when.
repeatable()
{
	options="pattern=$1 threads=3 $(size_of "$1") seed="
	run "${options}7" || return 1
	allocs=$(value allocs)
	run "${options}7" && is allocs "$allocs" || return 1
	run "${options}8" && ! is allocs "$allocs"
}

# refused REASON OPTIONS
refused()
{
	! run "$2" && [ "$(cat $bench/error)" = "$1" ]
}

# A signal ends a run early, and its result is whole.
interrupted()
{
	echo "duration_s=60 threads=2" > $bench/run &
	pid=$!
	for i in 1 2 3 4 5 6 7 8 9 10; do
		sleep 0.1
		grep -q '^running [1-9]' $bench/progress && break
	done
	grep '^running [1-9]' $bench/progress || return 1
	! rmmod tslab_bench || return 1
	kill -TERM $pid
	wait $pid
	grep -qx idle $bench/progress && is interrupted 1 &&
		is frees "$(value allocs)" && [ "$(value elapsed_ns)" -lt 30000000000 ]
}

insmod tslab.ko
check "insmod tslab_bench" insmod tslab_bench.ko
check "idle at first" grep -qx idle $bench/progress
check "no result at first" [ -z "$(cat $bench/result)" ]
for file in run error progress result; do
	check "$file is for root alone" \
		sh -c "stat -c %a $bench/$file | grep -q '^[246]00$'"
done

for pattern in $patterns; do
	for backend in tslab tslab_shared kmem_cache kmalloc; do
		check "$pattern on $backend" accounted $pattern $backend
	done
	check "$pattern repeats" repeatable $pattern
done
check "no reason after a run" [ -z "$(cat $bench/error)" ]
check "interrupted" interrupted

check_ranges threads:0:1:64 threads:65:1:64 threads:-1:1:64 threads::1:64 \
	     size:7:8:8192 size:8193:8:8192 duration_s:0:1:3600 \
	     duration_s:3601:1:3600 rounds:1000000001:0:1000000000 \
	     batch_size:0:1:1000000 batch_size:1000001:1:1000000 lag:0:1:1024 \
	     lag:1025:1:1024 leak_pct:101:0:100 objs_min:0:1:65536 \
	     objs_min:65537:1:65536 objs_max:0:1:65536 objs_max:65537:1:65536 \
	     seed:x:0:18446744073709551615 \
	     seed:18446744073709551616:0:18446744073709551615
for option in \
	"pattern:$patterns" \
	"backend:tslab tslab_shared kmem_cache kmalloc" \
	"epoch_policy:per_req batch manual" \
	"free_policy:within_req lag leak" \
	"routing:isolated mixed"; do
	key=${option%%:*}
	check "refuses $key=other" refused \
		"$key=other: not one of ${option#*:}" "$key=other"
done
check "refuses an unknown key" refused "other: no such option" "other=1"
check "refuses a key alone" refused "threads: no such option" "threads"
check "refuses objs_min over objs_max" \
	refused "objs_min=17: more than objs_max=16" "objs_min=17"
check "refuses a wrong option after a good one" \
	refused "size=1: not 8 to 8192" "threads=2 size=1"
check "goes on after a refusal" run "rounds=10"

# The front end, for real.
check "tslab-bench" \
	sh -c './tslab-bench rounds=10 threads=2 | grep -q "^hotspot on tslab: 2"'
check "tslab-bench --json" \
	sh -c './tslab-bench --json rounds=10 | grep -q "\"allocs\": 160,"'
check "tslab-bench tells why" \
	sh -c './tslab-bench threads=65 2>&1 | grep -q "threads=65: not 1 to 64"'
check "tslab-bench sees the pages of a kmem_cache" \
	sh -c './tslab-bench backend=kmem_cache pattern=leak duration_s=1 |
	       grep -q "^pages  *peak [1-9]"'
check "rmmod tslab_bench" rmmod tslab_bench
check "rmmod tslab" rmmod tslab
check "kernel log is clean" log_is_clean
exit $failed
