# SPDX-License-Identifier: GPL-2.0
# In the guest: memory allocation profiling and page_owner name who has allocated from
# tslab. Each check prints "ok NAME" or "not ok NAME".
hold=/sys/module/tslab_hold/parameters
. /check.sh

# Bytes that are counted at the lines of a function
bytes_of()
{
	awk -v name="func:$1" '$NF == name { n += $1 } END { print n + 0 }' /proc/allocinfo
}

# Those at the lines of files of a module
bytes_in()
{
	awk -v module="[$1]" '$4 == module { n += $1 } END { print n + 0 }' /proc/allocinfo
}

check "insmod tslab" insmod tslab.ko
check "insmod tslab_hold" insmod tslab_hold.ko
own=$(bytes_in tslab)
for way in class epoch cache large node; do
	check "take $way" sh -c "echo $way 20 > $hold/take"
	bytes=$(bytes_of take_$way)
	echo "take_$way has $bytes bytes"
	check "allocinfo names take_$way" [ "$bytes" -ge 20971520 -a "$bytes" -lt 25165824 ]
done
more=$(($(bytes_in tslab) - own))
echo "lines of tslab have $more bytes more"
check "and no line of the allocator" [ $more -lt 10485760 ]
grep -A 16 'Page allocated via order' /sys/kernel/debug/page_owner > owners
for way in class epoch cache large node; do
	check "page_owner names take_$way" grep -q "take_$way+" owners
done
check "free" sh -c "echo free > $hold/give"
check "discard" sh -c "echo discard > $hold/give"
check "advance" sh -c "echo advance > $hold/give"
echo 2 > /proc/sys/vm/drop_caches
for way in class epoch cache large node; do
	check "take_$way has given all back" [ "$(bytes_of take_$way)" -lt 1048576 ]
done
check "rmmod tslab_hold" rmmod tslab_hold
check "rmmod tslab" rmmod tslab
check "kernel log is clean" log_is_clean
exit $failed
