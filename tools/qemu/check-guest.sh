# SPDX-License-Identifier: GPL-2.0
# In the guest: what only a real kernel and real modules can show. Each check
# prints "ok NAME" or "not ok NAME".
tslab=/sys/kernel/debug/tslab
. /check.sh

refused()
{
	# refused PARAMETER MODULE: not loaded, and the log names the parameter
	# once more
	before=$(dmesg | grep -c "${1%%=*}")
	! insmod "$2" "$1" && ! lsmod | grep -q "^${2%.ko} " &&
		[ "$(dmesg | grep -c "${1%%=*}")" -gt "$before" ]
}

value()
{
	sed -n "s/^$2 //p" "$tslab/$1"
}

balanced()
{
	[ "$(value "$1" alloc_objects)" -eq \
	  $(($(value "$1" free_objects) + $(value "$1" live_objects))) ]
}

# sums FILE: the parts of each counter of class 64 are what the class has
sums()
{
	awk -v file="$1" '
	FILENAME == ARGV[1] { whole[$1] = $2; next }
	$2 == 64 { part[$3] += $4; n++ }
	END {
		for (name in part)
			if (part[name] != whole[name]) {
				print name, part[name], "of", whole[name]
				bad = 1
			}
		if (!n)
			print "no parts"
		exit bad || !n
	}' $tslab/class_64 "$tslab/$1"
}

# samples FILE KIND: how many of class 128 there are
samples()
{
	sed -n "s/^128 $2 \([0-9]*\) .*/\1/p" "$tslab/$1"
}

# Objects of a class that the parameter names, and of no other.
debugs_by_name()
{
	insmod tslab.ko 'debug=-;FZPU,nobody,class_6*' &&
		insmod tslab_request_sample.ko requests=200 || return
	cat $tslab/alloc_traces
	grep -q " class=64 " $tslab/alloc_traces &&
		! grep -q " class=128 " $tslab/alloc_traces &&
		echo 1 > $tslab/validate && ! echo 2 > $tslab/validate &&
		rmmod tslab_request_sample tslab
}

# Nothing but 0 and 1 to 1000000, and what was set before stays.
switches_refuse()
{
	for switch in lock_timing alloc_sampling; do
		echo 64 > $tslab/$switch || return 1
		for value in 1000001 -1 x 99999999999999999999; do
			! echo $value > $tslab/$switch || return 1
			[ "$(cat $tslab/$switch)" = 64 ] || return 1
		done
		echo 1 > $tslab/$switch || return 1
	done
}

for parameter in epochs=1 epochs=4097 epochs=x epochs=-2 empty_slabs=0 \
		 empty_slabs=1025 debug=Q debug=-Z 'debug=FZ,a;X,b'; do
	check "refuses $parameter" refused "$parameter" tslab.ko
done
check "insmod tslab" insmod tslab.ko epochs=8 empty_slabs=4
check "parameter is set" grep -qx 8 /sys/module/tslab/parameters/epochs
check "no instance, no figures" \
	[ "$(sed -n 's/^instances //p' $tslab/summary)" = 0 ]
check "sample refuses requests=0" refused requests=0 tslab_request_sample.ko
check "insmod sample" insmod tslab_request_sample.ko requests=2000
check "rmmod tslab with an instance is refused" sh -c '! rmmod tslab'
check "files of the instance" [ -r $tslab/instances/request_sample/class_128 ]
check "files are for root alone" \
	sh -c "[ \$(stat -c %a $tslab/class_128) = 400 ]"
for size in 8 16 24 32 48 64 96 128 192 256 384 512 768 1024 1536 2048 3072 4096 6144 8192 4194304; do
	check "class_$size balances" balanced class_$size
done
check "sessions live" [ "$(value class_64 live_objects)" = 64 ]
check "requests left nothing" [ "$(value class_128 committed_bytes)" = 0 ]
check "percpu adds up" sums percpu
check "labels add up" sums labels
check "percpu of the instance is the same" \
	cmp $tslab/percpu $tslab/instances/request_sample/percpu
check "labels of the instance are the same" \
	cmp $tslab/labels $tslab/instances/request_sample/labels
check "nodes of the instance are the same" \
	cmp $tslab/nodes $tslab/instances/request_sample/nodes
check "nodes add up" [ "$(awk 'NR > 2 { pages += $4 }
		END { print 4096 * pages }' $tslab/nodes)" = \
	"$(value summary total_committed_bytes)" ]
check "no cache, no figures" [ "$(wc -l < $tslab/caches)" = 2 ]
check "labels are told apart" grep -q '^sessions 64 ' $tslab/labels
check "nothing was timed" [ "$(wc -l < $tslab/lock_histogram)" = 2 ]
check "tslabstat" sh -c './tslabstat | grep -q "^ *128 "'
check "tslabstat --json" sh -c './tslabstat --json | grep -q "\"version\": *1"'
check "retention refuses size=9000" refused size=9000 tslab_retention.ko
check "insmod retention" insmod tslab_retention.ko objects=1000
check "stage refuses nonsense" \
	sh -c '! echo fill 101 > /sys/kernel/debug/tslab_retention/stage'
check "rmmod with everything live" sh -c \
	'echo fill 50 > /sys/kernel/debug/tslab_retention/stage &&
	 rmmod tslab_retention'

check "switches are off" \
	[ "$(cat $tslab/lock_timing $tslab/alloc_sampling | tr '\n' ' ')" = "0 0 " ]
check "switches refuse bad values" switches_refuse
rmmod tslab_request_sample
insmod tslab_request_sample.ko requests=500
# Requests take no lock: each is on one CPU.
insmod tslab_retention.ko objects=20000
echo fill 50 > /sys/kernel/debug/tslab_retention/stage
rmmod tslab_retention
check "locks are timed" [ "$(samples lock_histogram wait)" -gt 0 ]
check "as many holds as waits" \
	[ "$(samples lock_histogram hold)" = "$(samples lock_histogram wait)" ]
check "allocations are timed" [ "$(samples alloc_histogram wall)" -gt 500 ]
check "with a reason" grep -q '^128 new_slab ' $tslab/alloc_reasons
check "wait is in the counter" [ "$(value class_128 lock_wait_time_ns)" -gt 0 ]
echo 0 > $tslab/lock_timing
echo 0 > $tslab/alloc_sampling

# Tracepoints, as perf and trace-cmd see them.
tracing=/sys/kernel/debug/tracing
check "events are there" \
	[ "$(ls -d $tracing/events/tslab/tslab_* | wc -l)" = 14 ]
echo 1 > $tracing/events/tslab/enable
rmmod tslab_request_sample
insmod tslab_request_sample.ko requests=50
for event in alloc_slow slab_new slab_release epoch_open epoch_close \
	     epoch_drained epoch_discard domain_enter domain_exit; do
	check "event $event" sh -c "grep -q 'tslab_$event: instance=request_sample ' \
		$tracing/trace"
done
check "reasons are words" grep -q 'reasons=new_slab$' $tracing/trace
echo 0 > $tracing/events/tslab/enable

# Figures are read while instances come and go.
(for i in 1 2 3 4 5 6 7 8 9 10; do cat $tslab/* $tslab/instances/*/*; done) \
	> /dev/null 2>&1 &
for i in 1 2 3 4 5; do
	rmmod tslab_request_sample && insmod tslab_request_sample.ko requests=50
done
wait
check "rmmod sample" rmmod tslab_request_sample
check "rmmod tslab" rmmod tslab
check "files are gone" [ ! -e $tslab ]
check "debugs what is named" debugs_by_name
check "kernel log is clean" log_is_clean
exit $failed
