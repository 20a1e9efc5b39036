# SPDX-License-Identifier: GPL-2.0
# In a guest: runs wrong programs, and prints who noticed. /config has $mode and
# $programs, words "tslab:NAME" or "slub:NAME", or "" to list them.
. /config
[ $mode != kfence ] || guarded=guarded=1
run=/sys/module/tslab_bugs/parameters/run
tslab=/sys/kernel/debug/tslab
leaks=/sys/kernel/debug/kmemleak

# What was reported before of a kind keeps silent what comes soon after.
fresh()
{
	[ -e tslab.ko ] || return 0
	rmmod tslab_bugs 2> /dev/null
	rmmod tslab 2> /dev/null
	insmod tslab.ko $options && insmod tslab_bugs.ko $guarded || exit 1
}

fresh
if [ -z "$programs" ]; then
	cat $run
	exit
fi

validate()
{
	case $1 in
	tslab) echo 1 > $tslab/validate ;;
	slub)
		for cache in bugs kmalloc-16 kmalloc-128; do
			[ ! -e /sys/kernel/slab/$cache/validate ] ||
				echo 1 > /sys/kernel/slab/$cache/validate
		done
		;;
	esac 2> /dev/null
}

# Whether objects that nobody knows of are named: it takes some seconds.
leaked()
{
	[ $1 != tslab:leak_in_epoch ] || ! grep -q " leak_in_epoch+" $tslab/leaks || echo leaks
	[ -e $leaks ] || return
	sleep 6
	echo scan > $leaks
	echo scan > $leaks
	grep -q "unreferenced object" $leaks && echo kmemleak
	echo clear > $leaks
}

# What is counted, of which not all is reported that comes at once.
misuses()
{
	grep -E "^total_(free_(double|invalid|foreign|kfree)|handle_(invalid|stale)|size_rejected|object_overwritten) " \
		$tslab/summary
}

# Words of the allocator itself, and of SLUB.
words="tslab: (BUG|misuse)|BUG (bugs|kmalloc)|cache_from_obj|Wrong slab"
words="$words|WARNING: .*(slub|slab_common)|__kmem_cache_shutdown|Objects remaining"
words="$words|Invalid object|object pointer"

verdict()
{
	grep -o "BUG: \(KASAN\|KFENCE\|KMSAN\)" log | sort -u | sed "s/BUG: //"
	grep -qE "$words" log || [ "$(misuses)" != "$before" ] && echo report
	grep -q "found by its content" log && echo content
	grep -q "tslab_bugs: refused" log && echo refused
	case $1 in *:leak*) leaked $1 ;; esac
}

for program in $programs; do
	side=${program%%:*} name=${program#*:}
	[ $side = slub ] || fresh
	dmesg -c > /dev/null
	echo 1 > /sys/kernel/debug/clear_warn_once
	before=$(misuses)
	echo "begins $program"
	what=$name
	[ $side = tslab ] || what="slub $name"
	(echo "$what" > $run) 2> /dev/null
	validate $side
	dmesg > log
	echo "ends $program $(verdict $program | tr '\n' ' ')"
	[ $side = slub ] || {
		grep -E "tslab|^\[[ 0-9.]*\]  [a-z_]*\+" log
		sed "s/^ /leaks: /" $tslab/leaks
	} | sed "s/^/log $name /"
done
