# SPDX-License-Identifier: GPL-2.0
# In the guest: tslab_micro, every work with a few batches, and what it refuses.
# What anything takes is not looked at. Each check prints "ok NAME" or "not ok
# NAME". The module itself fails with EUCLEAN if an object is left.
. /check.sh

# measured WORK RESULTS ALLOCATORS [OPTION=VALUE]...: one line for each result
# and allocator, in order of size, and no others
measured()
{
	work=$1 results=$2 allocators=$3
	shift 3
	dmesg -c >> /tmp/log.micro
	insmod tslab_micro.ko "work=$work" batches=3 "$@" || {
		dmesg
		return 1
	}
	dmesg | sed -n 's/.*tslab_micro: result //p' > lines
	rmmod tslab_micro || return 1
	for result in $results; do
		for allocator in $allocators; do
			echo "$result $allocator"
		done
	done | sort > wanted
	awk '{ print $1, $3 }' lines | sort | diff wanted - || return 1
	# WORK SIZE ALLOCATOR MEDIAN MIN MAX; the loop that is subtracted may
	# have been disturbed, that of nothing is not subtracted from itself.
	awk 'NF != 6 || $5 > $4 || $4 > $6 ||
	     ($3 == "nothing" && $5 < 0) ||
	     ($1 ~ /^(two_cpus|advance|create)/ && $6 <= 0) ||
	     ($1 == "utilisation" && ($4 < 90000 || $4 > 100000)) {
		print "not sane:", $0
		bad = 1
	     }
	     END { exit bad }' lines
}

# refused REASON OPTIONS...
refused()
{
	reason=$1
	shift
	dmesg -c >> /tmp/log.micro
	! insmod tslab_micro.ko "$@" && dmesg | grep -q "tslab_micro: $reason"
}

all="nothing nops tslab tslab_shared kmem_cache kmalloc"
three="tslab kmem_cache kmalloc"

insmod tslab.ko
for size in 64 2048; do
	for work in pair burst16 burst64 burst512 softirq_pair fifo lifo random \
		    remote_free remote_turns; do
		check "$work $size" measured $work $work "$all" size=$size
	done
done
check "two_cpus" measured two_cpus "two_cpus two_cpus_scaling" "$all"
for work in handle domain8; do
	check "$work" measured $work $work "nothing $three"
done
for work in request16 request64 request256 request16_cpus request16_open; do
	check "$work" measured $work $work \
		"nothing tslab tslab_shared kmem_cache kmalloc" ops=64
done
check "request4" measured request4 request4 \
	"nothing tslab tslab_shared kmem_cache kmalloc" ops=64
check "request_parts" measured request_parts \
	"request_part_open request_part_wrap request_part_enter
	 request_part_first request_part_second request_part_exit
	 request_part_destroy request_part_discard" tslab
check "latency" measured latency \
	"latency_p50 latency_p99 latency_p99.9 latency_max" "$three"
check "create" measured create create "tslab kmem_cache"
for n in 0 1000; do
	check "advance $n" measured advance advance_$n tslab others=$n
done
check "discard" measured discard \
	"discard_1 discard_10 discard_1000 discard_10000" "$three" size=256
check "close with others" measured close \
	"close_1_others_100 close_10_others_100 close_1000_others_100
	 close_10000_others_100 close_empty_1_others_100
	 close_empty_10_others_100 close_empty_1000_others_100" \
	tslab size=256 others=100
for size in 64 96 128 192 256 384 512 768 1024 1536 2048 3072 4096 6144 8192; do
	check "utilisation $size" measured utilisation utilisation tslab \
		size=$size
done
check "hold_instances" measured hold_instances held_instances tslab others=3
check "hold_slabs" measured hold_slabs held_pages tslab others=100

check "refuses an unknown work" refused "work=other: not one of pair " work=other
check_ranges size:7:8:8192 size:8193:8:8192 ops:0:1:1000000 \
	     ops:1000001:1:1000000 batches:0:1:10000 batches:10001:1:10000 \
	     others:1000001:0:1000000
check "rmmod tslab" rmmod tslab
check "kernel log is clean" log_is_clean
exit $failed
