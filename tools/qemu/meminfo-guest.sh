# SPDX-License-Identifier: GPL-2.0
# In the guest: what /proc/meminfo and the nodes show of slabs, less what it is of
# kmem_caches, is what tslab says it has, to the page, whatever way it has got and
# given it. Each check prints "ok NAME" or "not ok NAME".
tslab=/sys/kernel/debug/tslab
. /check.sh

# Pages of slabs that are no kmem_cache's: /proc/slabinfo has those. What CPUs have
# not yet added to the kernel's sums is added first.
others()
{
	cat /proc/sys/vm/stat_refresh
	slab=$(awk '/^Slab:/ { print $2 / 4 }' /proc/meminfo)
	caches=$(awk 'NR > 2 { pages += $15 * $6 } END { print pages }' /proc/slabinfo)
	echo $((slab - caches))
}

# Those that tslab says it has: of its objects, and ready for the next ones.
held()
{
	echo $(($(sed -n 's/^total_committed_bytes //p' $tslab/summary) / 4096 +
		$(sed -n 's/^total_stock_pages //p' $tslab/summary)))
}

line()
{
	awk -v name="$1:" '$1 == name { print $2 / 4 }' /proc/meminfo
}

# Caches change while they are looked at, or have pages that RCU frees later. What is
# wrong stays so.
tries="1 2 3 4 5 6 7 8"

# What there is before tslab has any
begin()
{
	before=$(others)
	for try in $tries; do
		sleep 1
		now=$(others)
		[ "$now" != "$before" ] || break
		before=$now
	done
}

# agrees NAME: what there is more than at the beginning is tslab's
agrees()
{
	for try in $tries; do
		pages=$(held)
		more=$(($(others) - before))
		[ "$pages" != "$more" ] || break
		sleep 1
	done
	echo "$1: tslab has $pages pages, /proc/meminfo $more more"
	check "meminfo agrees: $1" [ "$pages" = "$more" ]
}

take()
{
	check "take $1 $2 MiB" sh -c "echo $1 $2 > /sys/module/tslab_hold/parameters/take"
	agrees "$1 $2 MiB"
}

give()
{
	check "give $1" sh -c "echo $1 > /sys/module/tslab_hold/parameters/give"
	agrees "after $1"
}

check "insmod tslab" insmod tslab.ko
# What the kernel keeps of the first module of a kind is not to be in it.
insmod tslab_hold.ko
echo class 20 > /sys/module/tslab_hold/parameters/take
others > /dev/null
rmmod tslab_hold
sleep 2
for reclaimable in 0 1; do
	begin
	check "insmod tslab_hold reclaimable=$reclaimable" \
		insmod tslab_hold.ko reclaimable=$reclaimable
	for bad in "class" "class 0" "class 5000" "x 1" "class x"; do
		check "refuses take $bad" sh -c \
			"! echo $bad > /sys/module/tslab_hold/parameters/take"
	done
	agrees "nothing"
	reclaim=$(line SReclaimable)
	unreclaim=$(line SUnreclaim)
	available=$(line MemAvailable)
	take class 100
	take cache 100
	take large 100
	take node 100
	take epoch 100
	cat /proc/sys/vm/stat_refresh
	# A tenth for what else the kernel does, as for descriptors. Of what can be
	# reclaimed, it takes up to a half for not available.
	reclaim=$(($(line SReclaimable) - reclaim))
	unreclaim=$(($(line SUnreclaim) - unreclaim))
	available=$((available - $(line MemAvailable)))
	echo "500 MiB are $reclaim pages of SReclaimable, $unreclaim of SUnreclaim, $available of MemAvailable"
	if [ $reclaimable = 1 ]; then
		check "they are in SReclaimable" [ $reclaim -gt 128000 ]
		check "and not in SUnreclaim" [ $unreclaim -lt 12800 ]
		check "nor do they lack in MemAvailable" [ $available -lt 76800 ]
	else
		check "they are in SUnreclaim" [ $unreclaim -gt 128000 ]
		check "and not in SReclaimable" [ $reclaim -lt 12800 ]
		check "they lack in MemAvailable" [ $available -gt 115200 ]
	fi
	for node in 0 1; do
		pages=$(awk -v node=$node 'NR > 2 && $2 == node { n += $4 } END { print n + 0 }' \
			$tslab/nodes)
		slab=$(awk '/Slab:/ { print $4 / 4 }' /sys/devices/system/node/node$node/meminfo)
		echo "node $node: tslab has $pages pages, Slab $slab"
		check "node $node has what tslab has on it" \
			[ $pages -gt 0 -a $slab -ge $pages -a $slab -lt $((pages + 12800)) ]
	done
	give discard
	give advance
	give free
	check "little is left" [ "$(held)" -lt 2048 ]
	echo 2 > /proc/sys/vm/drop_caches
	sleep 1
	agrees "after the shrinker"
	take class 20
	give advance
	check "rmmod tslab_hold" rmmod tslab_hold
	agrees "after its end"
	check "nothing is left" [ "$(held)" = 0 ]
done

# What is live when an instance goes stays, and is seen: it is lost.
begin
check "insmod tslab_hold" insmod tslab_hold.ko
take cache 20
pages=$(held)
check "destroy" sh -c "echo destroy > /sys/module/tslab_hold/parameters/give"
lost=$(($(others) - before - $(held)))
echo "of $pages pages $lost are lost"
check "what is lost is in meminfo" [ $lost -ge 5120 -a $lost -le "$pages" ]
rmmod tslab_hold
check "kernel log is clean" log_is_clean "" "hold destroyed with"
exit $failed
