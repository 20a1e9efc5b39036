# SPDX-License-Identifier: GPL-2.0
# In the guest: tslab_pair.ko with the switches off, on and off again.
set -e
tslab=/sys/kernel/debug/tslab

# run STATE: the works, each line begins with the state
run()
{
	insmod tslab_pair.ko
	dmesg -c | sed -n "s/.*tslab_pair: work/work $1/p"
	rmmod tslab_pair
}

dmesg -c > /dev/null
insmod tslab.ko
echo "kernel $(uname -r)"
run off
tried=
for switch in lock_timing alloc_sampling; do
	if [ ! -e $tslab/$switch ]; then
		echo "no $switch"
		continue
	fi
	tried=1
	echo 64 > $tslab/$switch
	run $switch
	echo 0 > $tslab/$switch
done
[ -z "$tried" ] || run off_again
rmmod tslab
