# SPDX-License-Identifier: GPL-2.0
# In the guest: caches that lose their oldest entries when memory is short, with tslab
# and with a kmem_cache, and what that gives back. Each check prints "ok NAME" or
# "not ok NAME"; the figures are lines "reclaim ...".
. /check.sh
sample=/sys/module/tslab_reclaim_sample/parameters
entries=1000000

pages_of()
{
	if [ "$1" = tslab ]; then
		echo $(($(sed -n 's/^total_committed_bytes //p' \
			/sys/kernel/debug/tslab/summary) / 4096))
	else
		awk '$1 == "entry" { print $15 * $6 }' /proc/slabinfo
	fi
}

# run NAME BY_AGE REPLACED: fills the machine until entries are lost
run()
{
	check "$1: a cache of which $3 are replaced" insmod tslab_reclaim_sample.ko \
		by_age=$2 entries=$entries replaced=$3
	before=$(pages_of $1)
	mount -t tmpfs -o size=100% none /fill
	i=0
	while [ "$(cat $sample/lost)" -lt $((entries / 10)) ] && [ $i -lt 1000 ]; do
		dd if=/dev/zero of=/fill/$i bs=1M count=4 2> /dev/null || break
		i=$((i + 1))
	done
	lost=$(cat $sample/lost)
	after=$(pages_of $1)
	umount /fill
	check "$1: it has lost its oldest" [ "$lost" -gt 0 -a "$lost" -lt $entries ]
	# What they would fill, of 34 to a page.
	gone=$((lost / 34))
	back=$((before - after))
	echo "reclaim $1 replaced=$3 pages=$before lost=$lost would_fill=$gone back=$back killed=$(dmesg | grep -c "Out of memory")"
	check "$1: rmmod" rmmod tslab_reclaim_sample
	check "$1: kernel log is clean" sh -c \
		'! dmesg | grep -E "WARNING:|BUG:|Oops|misuse"'
	dmesg -c > /dev/null
}

check "insmod tslab" insmod tslab.ko
mkdir /fill
for replaced in 0 500000; do
	run tslab Y $replaced
	check "tslab: pages are back for what was lost" [ $back -ge $((gone * 9 / 10)) ]
	run kmem_cache N $replaced
done
check "rmmod tslab" rmmod tslab
exit $failed
