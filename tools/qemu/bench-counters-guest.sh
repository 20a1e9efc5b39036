# SPDX-License-Identifier: GPL-2.0
# In the guest: tslab_micro.ko with the switches off, on and off again.
set -e
tslab=/sys/kernel/debug/tslab

# run STATE: the works, each line begins with the state
run()
{
	for work in pair burst16; do
		insmod tslab_micro.ko work=$work
		dmesg -c | sed -n "s/.*tslab_micro: result/result $1/p"
		rmmod tslab_micro
	done
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
