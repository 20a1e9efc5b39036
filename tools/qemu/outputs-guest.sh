# SPDX-License-Identifier: GPL-2.0
# In the guest: one command after the other, each with what it prints.
. /check.sh
tslab=/sys/kernel/debug/tslab
run=/sys/kernel/debug/tslab_contend/run
stage=/sys/kernel/debug/tslab_retention/stage

stat()
{
	echo "# tslabstat $*"
	/tslabstat "$@"
}

# traced SCRIPT COMMAND...: a bpftrace script while a command runs
traced()
{
	script=$1
	shift
	watch $script || exit 1
	"$@"
	interrupt $watcher
	echo "# tools/bpftrace/$script"
	cat /tmp/seen
}

load()
{
	echo "$1 4 $2" > $run
}

# Epochs while they are in use, at a moment when one is draining, if there is any.
epochs_meanwhile()
{
	load percpu 500000 &
	loader=$!
	usleep 300000
	for i in $(seq 50); do
		stat --epochs --instance contend_percpu > /tmp/epochs
		grep -q 'draining  session' /tmp/epochs && break
		usleep 20000
	done
	cat /tmp/epochs
	wait $loader
}

cp ./*.bt /host/tmp/
insmod tslab.ko
insmod tslab_contend.ko
load shared 50000
stat --instance contend_shared
stat --locks --instance contend_shared
load percpu 50000
stat --instance contend_percpu
stat --labels --instance contend_percpu
echo 64 > $tslab/lock_timing
echo 64 > $tslab/alloc_sampling
load shared 50000
stat --histogram --instance contend_shared
echo 0 > $tslab/lock_timing
echo 0 > $tslab/alloc_sampling
traced slow_allocs.bt load shared 2000
traced contended_locks.bt load shared 200000
traced cas_retries.bt load shared 200000
epochs_meanwhile
traced epochs.bt load percpu 20000
traced epoch_leaks.bt insmod tslab_request_sample.ko requests=5
rmmod tslab_request_sample
traced top_callers.bt insmod tslab_request_sample.ko
insmod tslab_retention.ko objects=20000
echo fill 5 > $stage
stat --epochs --instance retention
echo release > $stage
stat --epochs --instance retention
stat
stat --caches
rmmod tslab_retention
rmmod tslab_request_sample
rmmod tslab_contend

meminfo()
{
	echo "# grep -E 'MemAvailable|Slab|SReclaimable|SUnreclaim' /proc/meminfo"
	grep -E 'MemAvailable|Slab|SReclaimable|SUnreclaim' /proc/meminfo
}

insmod tslab_hold.ko reclaimable=1
meminfo
echo cache 300 > /sys/module/tslab_hold/parameters/take
meminfo
echo "# slabtop --once --sort=c"
chroot /host slabtop --once --sort=c
stat --memory
stat --caches --instance hold
