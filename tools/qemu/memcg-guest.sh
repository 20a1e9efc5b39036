# SPDX-License-Identifier: GPL-2.0
# In the guest: what tslab charges to memory cgroups is what it has, is limited, and
# goes with it. Each check prints "ok NAME" or "not ok NAME".
tslab=/sys/kernel/debug/tslab
hold=/sys/module/tslab_hold/parameters
cgroups=/sys/fs/cgroup
. /check.sh

# Pages of slabs that are charged to a cgroup: what tasks and tslab itself have of small
# objects of the kernel's is less than one.
charged()
{
	awk '/^slab_(un)?reclaimable / { n += $2 } END { print int(n / 4096) }' \
		$cgroups/$1/memory.stat
}

# Whether they are in what is charged for the kernel, to which each CPU adds up to a
# page for small objects before there are any.
in_kernel()
{
	kernel=$(sed -n 's/^kernel //p' $cgroups/$1/memory.stat)
	echo "kernel $kernel"
	[ "$kernel" -ge $(($2 * 4096)) ] && [ "$kernel" -le $(($2 * 4096 + 65536)) ]
}

# Pages that tslab has in the epochs of a label
epochs()
{
	awk -v label="$1" '$1 == "hold" && $5 == label { pages += $NF }
		END { print pages + 0 }' $tslab/epochs
}

# in_cgroup NAME COMMAND: by a task of it
in_cgroup()
{
	sh -c "echo \$\$ > $cgroups/$1/cgroup.procs; shift; $2"
}

# is WANTED COMMAND...: what it prints, within some seconds: the sums are slow
is()
{
	wanted=$1
	shift
	tries=0
	while got=$("$@"); [ "$got" != "$wanted" ]; do
		tries=$((tries + 1))
		[ $tries -lt 300 ] || { echo "$*: $got, not $wanted"; return 1; }
		usleep 100000
	done
}

# no_more_than WANTED COMMAND...: likewise
no_more_than()
{
	most=$1
	shift
	tries=0
	while got=$("$@"); [ "$got" -gt "$most" ]; do
		tries=$((tries + 1))
		[ $tries -lt 300 ] || { echo "$*: $got, more than $most"; return 1; }
		usleep 100000
	done
}

# What a CPU has charged in advance keeps a cgroup, also if that is nothing, until it
# does so for another.
dying()
{
	for cpus in 1 2; do
		in_cgroup other "taskset $cpus ls -lR /proc/self/task > /dev/null"
	done
	sed -n 's/^nr_dying_descendants //p' $cgroups/cgroup.stat
}

check "insmod tslab" insmod tslab.ko
if [ ! -e $cgroups ]; then
	echo "# there are no cgroups"
	exit 1
fi

# Nothing is charged to a task that is in the root, or where nobody has mounted them.
check "insmod tslab_hold without cgroups" insmod tslab_hold.ko account=1
check "take without cgroups" sh -c "echo class 20 > $hold/take"
check "epoch without cgroups" sh -c "echo epoch 20 > $hold/take"
check "discard without cgroups" sh -c "echo discard > $hold/give"
check "rmmod without cgroups" rmmod tslab_hold

if ! mount -t cgroup2 none $cgroups ||
   ! grep -q memory $cgroups/cgroup.controllers; then
	# As with cgroup_disable=memory.
	check "memory is no controller" grep -q cgroup_disable=memory /proc/cmdline
	exit $failed
fi
echo +memory > $cgroups/cgroup.subtree_control
mkdir $cgroups/a $cgroups/b $cgroups/c $cgroups/other
base=$(dying)

check "insmod tslab_hold" insmod tslab_hold.ko account=1
check "the root is charged nothing" is 0 charged a

# Whoever allocates: it was opened in the cgroup.
check "epoch opened in a" in_cgroup a "echo discard > $hold/give"
check "take 30 MiB in b" in_cgroup b "echo epoch 30 > $hold/take"
pages=$(epochs held)
check "it is tslab's memory" [ "$pages" -ge 7680 ]
check "memory.stat has what the epoch has" is "$pages" charged a
check "as memory of the kernel" in_kernel a "$pages"
check "memory.current has it" [ "$(cat $cgroups/a/memory.current)" -ge $((pages * 4096)) ]
check "b is charged nothing" [ "$(charged b)" -lt 256 ]

# What the current epoch has is charged to nobody: it was opened in the root.
check "take 10 MiB of the current epoch in b" in_cgroup b "echo class 10 > $hold/take"
check "still nothing" [ "$(charged b)" -lt 256 ]
check "advance in c" in_cgroup c "echo advance > $hold/give"
check "take 10 MiB of the current epoch" sh -c "echo class 10 > $hold/take"
check "large objects as well" sh -c "echo large 10 > $hold/take"
check "c is charged for it" [ "$(charged c)" -ge 5120 ]

# The limit.
echo 64M > $cgroups/a/memory.max
check "no more than the limit" sh -c "! echo epoch 64 > $hold/take"
echo "at the limit: $(cat $cgroups/a/memory.current) bytes, $(grep max $cgroups/a/memory.events)"
check "it was reached" [ "$(sed -n 's/^max //p' $cgroups/a/memory.events)" -gt 0 ]
check "memory.current is within it" [ "$(cat $cgroups/a/memory.current)" -le 67108864 ]
check "and near to it" [ "$(cat $cgroups/a/memory.current)" -ge 60000000 ]
check "the others still have memory" sh -c "echo class 10 > $hold/take"
check "what it has is charged" is "$(epochs held)" charged a

# Nothing is left of what is discarded, nor of the cgroup.
check "discard" sh -c "echo discard > $hold/give"
check "nothing is charged to a" is 0 charged a
check "nor as memory of the kernel" in_kernel a 0
check "rmdir a" rmdir $cgroups/a
check "a is no dying cgroup" is "$base" dying

# A cgroup that goes before its memory: no more is charged to it than there is.
check "epoch opened in b" in_cgroup b "echo discard > $hold/give"
check "take 10 MiB" sh -c "echo epoch 10 > $hold/take"
check "close" sh -c "echo close > $hold/give"
check "rmdir b" rmdir $cgroups/b
check "b does not wait for its objects" is "$base" dying
check "epoch opened in c" in_cgroup c "echo discard > $hold/give"
check "take 5 MiB" sh -c "echo epoch 5 > $hold/take"
check "rmdir c" rmdir $cgroups/c
check "take 5 MiB of a cgroup that has gone" sh -c "echo epoch 5 > $hold/take"
check "free all" sh -c "echo free > $hold/give"
check "discard after c" sh -c "echo discard > $hold/give"
check "advance after c" sh -c "echo advance > $hold/give"
check "c is no dying cgroup" is "$base" dying

# One that is given.
mkdir $cgroups/d
for bad in "" /none; do
	check "refuses cgroup '$bad'" sh -c "! echo $bad > $hold/charge"
done
check "epoch charged to d" sh -c "echo /d > $hold/charge"
check "take 10 MiB of d" sh -c "echo epoch 10 > $hold/take"
check "d is charged for it" is "$(epochs charged)" charged d
check "rmdir d" rmdir $cgroups/d
check "refuses one that is offline" sh -c "! echo again > $hold/charge"
check "and says so" sh -c "{ echo again > $hold/charge; } 2>&1 | grep 'No such device'"
check "rmmod tslab_hold" rmmod tslab_hold
check "d is no dying cgroup" is "$base" dying

# Of a cache alone.
mkdir $cgroups/e
check "insmod tslab_hold account_cache=1" insmod tslab_hold.ko account_cache=1
check "advance in e" in_cgroup e "echo advance > $hold/give"
check "take 20 MiB of classes" sh -c "echo class 20 > $hold/take"
check "nothing of it is charged" is 0 charged e
check "take 20 MiB of the cache" sh -c "echo cache 20 > $hold/take"
cache=$(sed -n 's/^committed_bytes //p' $tslab/instances/hold/cache_hold_cache)
check "what the cache has is charged" is $((cache / 4096)) charged e
check "rmmod after the cache" rmmod tslab_hold
check "nothing is charged to e" is 0 charged e
check "rmdir e" rmdir $cgroups/e
check "e is no dying cgroup" is "$base" dying

# What a cgroup at its limit gets back: of an open epoch what is empty, and what the
# owner of a cache can do without. Others keep theirs.
case $(uname -r) in
6.1.*)
	echo "skipped reclaim within a cgroup: a shrinker has no number before it is registered"
	;;
*)
	mkdir $cgroups/f $cgroups/g
	check "insmod tslab_hold again" insmod tslab_hold.ko account=1
	check "epoch opened in f" in_cgroup f "echo discard > $hold/give"
	check "take 30 MiB of f" sh -c "echo epoch 30 > $hold/take"
	check "free all of f" sh -c "echo free > $hold/give"
	kept=$(epochs held)
	check "a cache of g" in_cgroup g \
		"insmod tslab_reclaim_sample.ko account=1 entries=200000 replaced=0"
	cache=$(sleep 3; charged g)
	lost=/sys/module/tslab_reclaim_sample/parameters/lost
	check "an open epoch keeps what is empty" [ "$kept" -gt 256 ]
	echo 40M > $cgroups/f/memory.reclaim
	left=$(epochs held)
	echo "f: of $kept pages that were empty $left are left"
	check "it goes when its cgroup is at its limit" [ "$left" -lt $((kept / 8)) ]
	check "and is charged no more" is "$left" charged f
	check "the cache of g has lost nothing" [ "$(cat $lost)" = 0 ]
	echo 8M > $cgroups/g/memory.reclaim
	echo "g: $(cat $lost) entries of a cache of $cache pages are lost"
	check "the cache of g loses its oldest" [ "$(cat $lost)" -gt 0 ]
	check "but not all" [ "$(cat $lost)" -lt 200000 ]
	check "their pages are back" no_more_than $((cache - $(cat $lost) / 34)) charged g
	check "rmmod the cache" rmmod tslab_reclaim_sample
	check "rmmod tslab_hold again" rmmod tslab_hold
	check "rmdir f and g" rmdir $cgroups/f $cgroups/g
	check "f and g are no dying cgroups" is "$base" dying
	;;
esac
check "kernel log is clean" log_is_clean "" "hold destroyed with"
exit $failed
