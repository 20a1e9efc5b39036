# SPDX-License-Identifier: GPL-2.0
# In the guest: measures every line of /cells, "WORK SIZE [OPTION=VALUE]...",
# with tslab_micro.ko. Between "@cell LINE" and "@end" there are lines "result"
# of the module, and "memory BEFORE AFTER" of /proc/meminfo for what it holds;
# after "@failed WHY" they are void.
slab=/sys/kernel/slab/tslab_micro

# What of a slab of SLUB is objects, in thousandths of a per cent.
slub_utilisation()
{
	[ -r $slab/objs_per_slab ] || return 0
	value=$(($(cat $slab/objs_per_slab) * $1 * 100000 /
		 (4096 << $(cat $slab/order))))
	echo "result utilisation $1 kmem_cache $value $value $value"
}

# In kB, by name. What is about to be freed is freed before, and what CPUs have
# counted and not told is told.
memory()
{
	sleep 1
	echo 3 > /proc/sys/vm/drop_caches
	cat /proc/sys/vm/stat_refresh
	sed -nE 's/^(SReclaimable|SUnreclaim|Percpu|VmallocUsed): *([0-9]+) kB/\1 \2/p' \
		/proc/meminfo | sort
}

measure()
{
	work=$1 size=$2
	shift 2
	case $work in
	hold_*) memory > before ;;
	esac
	dmesg -c > /dev/null
	insmod tslab_micro.ko work="$work" size="$size" "$@" 2> why || {
		echo "@failed $(dmesg | tail -n 3 | tr '\n' ' ') $(cat why)"
		return
	}
	case $work in
	hold_*)
		memory > after
		join_memory
		;;
	utilisation)
		slub_utilisation "$size"
		;;
	esac
	dmesg | sed -n 's/.*tslab_micro: result/result/p'
	rmmod tslab_micro
	echo "@end"
}

join_memory()
{
	while read -r name kb <&3 && read -r _ kb_after <&4; do
		echo "memory $name $kb $kb_after"
	done 3< before 4< after
}

insmod tslab.ko || exit
echo "@rig $(uname -r) $(nproc)"
while read -r line; do
	echo "@cell $line"
	# shellcheck disable=SC2086 # the words of a line are arguments
	measure $line
	dmesg | grep -E 'WARNING:|BUG:|Oops|tslab: misuse' && exit 1
done < cells
rmmod tslab
