# SPDX-License-Identifier: GPL-2.0
# In the guest: runs every line "NAME OPTIONS" of /cells and prints its result
# between "@cell NAME" and "@end NAME"; after "@failed NAME: WHY" it is void.
bench=/sys/kernel/debug/tslab_bench
cache=/sys/kernel/slab/tslab_bench

# What the module does for the tslab backends: lines "pages_at MS PAGES".
watch_cache()
{
	while kill -0 "$1" 2>/dev/null; do
		read -r state ms rest < $bench/progress
		if [ "$state" = running ] && read -r slabs rest < $cache/slabs &&
		   read -r order < $cache/order; then
			echo "pages_at $ms $((slabs << order))"
		fi 2>/dev/null
		sleep 0.1
	done
}

insmod tslab.ko && insmod tslab_bench.ko || exit
echo "@rig $(uname -r) $(nproc)"
while read -r name options; do
	echo "@cell $name"
	echo "$options" > $bench/run 2> why &
	run=$!
	case $options in
	*pattern=churn*backend=kmem_cache*) watch_cache $run ;;
	esac
	if wait $run; then
		cat $bench/result
		echo "@end $name"
	else
		echo "@failed $name: $(cat $bench/error why | tr '\n' ' ')"
	fi
done < cells
rmmod tslab_bench tslab
if dmesg | grep -E 'WARNING:|BUG:|Oops|tslab: misuse'; then
	echo "@complaint"
	exit 1
fi
