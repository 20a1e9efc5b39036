# SPDX-License-Identifier: GPL-2.0
# In a guest of another architecture, which has no programs but busybox: the sample,
# the counters, retention, and every function at once.
. /check.sh
tslab=/sys/kernel/debug/tslab

sample()
{
	insmod tslab_request_sample.ko requests=2000 || return
	dmesg | grep 'tslab_request_sample: 2000 requests' || return
	[ "$(sed -n 's/^live_objects //p' $tslab/instances/request_sample/class_64)" -eq 64 ]
}

balanced()
{
	for count in alloc free live; do
		eval "$count=$(sed -n "s/^total_${count}_objects //p" $tslab/summary)"
	done
	[ "$alloc" -gt 0 ] && [ "$alloc" -eq $((free + live)) ]
}

check "module loads" insmod tslab.ko
check "sample runs" sample
check "counters balance" balanced
check "sample unloads" rmmod tslab_request_sample
check "retention" insmod tslab_retention.ko
rmmod tslab_retention
check "kernel log is clean" log_is_clean
check "torture begins" insmod tslab_torture.ko torture_secs=20 stat_interval=10
sleep 25
rmmod tslab_torture
check "torture succeeds" sh -c 'dmesg | grep "End of test: SUCCESS"'
check "module unloads" rmmod tslab
exit $failed
