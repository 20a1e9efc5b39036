# SPDX-License-Identifier: GPL-2.0
# In the guest: memory that is scarce, and many CPUs that could be there. Each
# check prints "ok NAME" or "not ok NAME".
tslab=/sys/kernel/debug/tslab
. /check.sh

scarce()
{
	dmesg -c > /dev/null
	insmod tslab_scarce.ko test=$1
	code=$?
	dmesg | grep tslab_scarce
	rmmod tslab_scarce 2> /dev/null
	return $code
}

# hundredths FILE: hundredths of a second that reading it 20 times takes
hundredths()
{
	begin=$(cut -d ' ' -f 1 /proc/uptime | tr -d .)
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		cat "$1" > /dev/null
	done
	end=$(cut -d ' ' -f 1 /proc/uptime | tr -d .)
	echo $((end - begin))
}

possible=$(cut -d - -f 2 /sys/devices/system/cpu/possible)
check "insmod tslab" insmod tslab.ko
if [ -e reading ]; then
	insmod tslab_request_sample.ko requests=200
	echo "reading $((possible + 1)) CPUs: percpu $(hundredths $tslab/percpu) class $(hundredths $tslab/class_128) epochs $(hundredths $tslab/epochs)"
	rmmod tslab_request_sample
elif [ "$possible" -gt 100 ]; then
	check "ring of 4096 with $((possible + 1)) possible CPUs" scarce ring
else
	check "refuses test=x" sh -c '! insmod tslab_scarce.ko test=x'
	check "fragmented memory" scarce fragmented
	check "nobody was killed" sh -c \
		'! dmesg | grep -E "Out of memory|invoked oom-killer"'
fi
check "rmmod tslab" rmmod tslab
check "kernel log is clean" log_is_clean
exit $failed
