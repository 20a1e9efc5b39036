# SPDX-License-Identifier: GPL-2.0
# In the guest: what debugfs shows and where objects are, and then a panic. Each line
# begins with what it is of.
tslab=/sys/kernel/debug/tslab

insmod qemu_fw_cfg.ko
insmod tslab.ko
insmod tslab_request_sample.ko requests=100
insmod tslab_hold.ko
for way in class cache large epoch; do
	echo $way 2 > /sys/module/tslab_hold/parameters/take
done
# Caches, labels and CPUs that were, too.
insmod tslab_contend.ko
for tier in percpu shared; do
	echo $tier 4 500 > /sys/kernel/debug/tslab_contend/run
done
insmod tslab_where.ko
cd $tslab/instances
# What is given back when nobody uses it is gone.
sleep 3
# Soon, before what this leaves ready for the next phase is given back.
cat /sys/module/tslab_where/parameters/where > /where
sed '/^[v#]/d; s/^/epoch /' $tslab/epochs
grep -E '^([a-z]*_(objects|slabs)|committed_bytes) ' */class_* */cache_* |
	sed 's|[/:]| |g; s/^/type /'
sed 's/^/summary /' $tslab/summary
sed 's/^/where /' /where
echo "guest dump"
echo 1 > /sys/module/tslab_where/parameters/crash
