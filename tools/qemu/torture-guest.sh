# SPDX-License-Identifier: GPL-2.0
# In the guest: torture, for as long as /config says, with empty slabs taken away
# and allocations failing meanwhile. Each check prints "ok NAME" or "not ok NAME".
. /check.sh
. /config

# Until the last line of the test, or its deadline.
wait_for_end()
{
	deadline=$(($(cut -d . -f 1 /proc/uptime) + seconds * 2 + 240))
	until dmesg | grep -q 'tslab-torture:--- End of test'; do
		[ "$(cut -d . -f 1 /proc/uptime)" -lt $deadline ] || return 1
		# Often: it is to come amid what others do.
		for _ in 0 1 2 3 4 5 6 7 8 9; do
			echo 2 > /proc/sys/vm/drop_caches
			usleep 100000
		done
	done
}

# It is built in, and began with the boot, where there is no module.
if [ -e tslab.ko ]; then
	check "insmod tslab" insmod tslab.ko
	for value in nworkers=0 nworkers=1025 torture_secs=x misuse=2 epochs=1 \
		     epochs=4097; do
		check "refuses $value" sh -c "! insmod tslab_torture.ko $value"
	done
	check "insmod tslab_torture" \
		insmod tslab_torture.ko torture_secs=$seconds $options
fi
fail=/sys/kernel/debug/fail_tslab
if [ -e $fail ]; then
	echo 0 > $fail/verbose
	echo -1 > $fail/times
	echo 1 > $fail/interval
	echo 1 > $fail/probability
fi
check "comes to its end" wait_for_end
dmesg | grep 'tslab-torture:' | tail -n 30
check "SUCCESS" sh -c "dmesg | grep -q 'tslab-torture:--- End of test: SUCCESS'"
if [ -e tslab.ko ]; then
	check "rmmod tslab_torture" rmmod tslab_torture
	# A small ring is busy most of the time; and it is removed before its end.
	check "insmod tslab_torture epochs=4" \
		insmod tslab_torture.ko torture_secs=0 epochs=4 nworkers=4
	sleep 15
	check "rmmod tslab_torture epochs=4" rmmod tslab_torture
	check "SUCCESS epochs=4" sh -c \
		"dmesg | grep -q 'End of test: SUCCESS:.* epochs=4 '"
	# Before anything has begun.
	check "insmod and rmmod at once" sh -c \
		"insmod tslab_torture.ko torture_secs=0 && rmmod tslab_torture"
	check "rmmod tslab" rmmod tslab
	dmesg | grep 'tslab-torture:' | tail -n 4
fi
leaks=/sys/kernel/debug/kmemleak
if [ -e $leaks ]; then
	sleep 6
	echo scan > $leaks
	echo scan > $leaks
	check "no leak" sh -c "! grep . $leaks"
fi
check "kernel log is clean" sh -c \
	'! dmesg | grep -E "WARNING:|BUG:|Oops|Call Trace|KASAN|blocked for more|possible circular|stall"'
exit $failed
