# SPDX-License-Identifier: GPL-2.0
# In the guest: nfsd on tslab, in place of Debian's, serves two clients of the kernel,
# one of them in a network namespace, and many of nfs-clients, and leaves nothing. Each
# check prints "ok NAME" or "not ok NAME". What takes minutes is in nfsd-stress.sh.
instance=/sys/kernel/debug/tslab/instances/nfsd
lease=10
. /guest.sh
. /nfs-server.sh
. /check.sh
. /left.sh

# Clients of the kernel: what they see is /host/tmp/one and /host/tmp/two.
mount_one()
{
	mkdir -p /host/tmp/one
	host /sbin/mount.nfs4 127.0.0.1:/ /tmp/one -o vers=4.2,hard
}

# Its programs by their paths: busybox takes a name for one of its own.
in_two()
{
	nsenter -t $two -n -u chroot /host "$@"
}

mount_two()
{
	mkdir -p /host/tmp/two
	unshare -n -u sh -c "hostname two; exec sleep 1000" &
	two=$!
	until [ "$(nsenter -t $two -u hostname)" = two ]; do
		usleep 100000
	done
	host /bin/ip link add one type veth peer name two netns $two &&
		host /bin/ip address add 10.0.0.1/24 dev one && host /bin/ip link set one up &&
		in_two /bin/ip address add 10.0.0.2/24 dev two && in_two /bin/ip link set two up &&
		in_two /sbin/mount.nfs4 10.0.0.1:/ /tmp/two \
			-o vers=4.1,softerr,timeo=20,retrans=1
}

sum()
{
	(cd $1 && find . -type f | sort | xargs md5sum) | md5sum
}

# change DIR: renames, links and removes, and reads back
change()
{
	mv $1/dir1 $1/moved && [ "$(cat $1/moved/file1)" = "file 1" ] &&
		mv $1/dir2/file2 $1/dir3/ && [ ! -e $1/dir2/file2 ] &&
		rm -r $1/dir4 && ln $1/dir5/file5 $1/link && ln -s link $1/symbolic &&
		[ "$(cat $1/symbolic)" = "file 5" ] && echo more >> $1/link &&
		[ "$(tail -n 1 $1/dir5/file5)" = more ] && chmod 600 $1/dir6/file6
}

same()
{
	[ "$(sum /host/tmp/one)" = "$(sum /host/tmp/export)" ] &&
		[ "$(sum /host/tmp/two)" = "$(sum /host/tmp/export)" ]
}

live()
{
	value cache_$1 live_objects
}

# epochs STATE: how many there are of clients
epochs()
{
	grep -c " $1 client " $instance/epochs
}

# left CLIENTS: there are so many, and none that is gone has an object
left()
{
	[ "$(live nfs4_client)" = $1 ] && [ "$(epochs open)" = $1 ] &&
		[ "$(epochs draining)" = 0 ]
}

# locked WHERE: a file of it is, for others
locked()
{
	! host flock -n /tmp/$1/lock true
}

# hold WHERE: locks it, until it is told otherwise
hold()
{
	rm -f /host/tmp/held
	chroot /host /usr/bin/flock /tmp/$1/lock \
		/bin/sh -c "echo > /tmp/held; exec /bin/sleep 1000" &
	holder=$!
	soon 10 test -e /host/tmp/held
}

# With what flock has started.
let_go()
{
	kill $(cat /proc/$holder/task/$holder/children) $holder
	wait $holder
	return 0
}

restart()
{
	serve 0 && serve_tracked
}

# expire [NAME]: the clients of that name, or all, as an administrator does
expire()
{
	for client in /proc/fs/nfsd/clients/*; do
		if grep -q "name:.*${1:-}" $client/info; then
			echo expire > $client/ctl
		fi
	done
}

begin_many()
{
	clients_begin
	ask clients 30 && ask open 10 1
}

# With the open files of clients that are gone.
end_many()
{
	exec 3>&- 4<&-
	kill $many
	wait $many
	expire "client .* of"
	rm -f /host/tmp/export/*.*
}

empty()
{
	[ "$(value summary total_live_objects)" = 0 ]
}

# serve_tracked: serves once nfsdcld, which has a second for it, has seen that nfsd starts;
# if it has not, who was there before is unknown, and may not have back what it had
serve_tracked()
{
	for i in 1 2 3 4 5; do
		starts=$((${starts:-0} + 1))
		dmesg -c > /tmp/log.$starts
		serve 4 || return 1
		dmesg | grep -q "Unable to initialize client recovery" || return 0
		serve 0
	done
	return 1
}

# track: who was there before a restart is noted, by a daemon
track()
{
	mkdir -p /host/var/lib/nfs/nfsdcld
	chroot /host /usr/sbin/nfsdcld -F -p /run/rpc_pipefs > /tmp/nfsdcld 2>&1 &
	nfsdcld=$!
	serve_tracked
}

# cycle: all of it once, from load to unload
# A shell with children may be interrupted by their end while it waits for a server that
# has just begun.
cycle()
{
	nfsdcld=
	modprobe nfsd && server_begin && serve 4 && mount_one &&
		sh -c "echo cycle > /host/tmp/one/cycle" && [ "$(cat /host/tmp/one/cycle)" = cycle ] &&
		umount /host/tmp/one && serve 0 && server_end &&
		empty && rmmod nfsd
}

# The kernel finds no modprobe by itself here.
modprobe nfsv4 && modprobe veth
check "server" server_begin
check "serves" track
check "mount" mount_one
check "mount in a namespace" mount_two
check "an epoch for each client" left 2
check "writes" fill /host/tmp/one 100
check "writes from the other" change /host/tmp/two
echo 3 > /proc/sys/vm/drop_caches
check "both read back what is there" soon 10 same

echo shared > /host/tmp/export/shared
exec 5< /host/tmp/one/shared
check "has a delegation" [ "$(live nfs4_delegation)" -gt 0 ]
delegations=$(live nfs4_delegation)
check "writes what is delegated" sh -c "echo more >> /host/tmp/two/shared"
check "it was recalled" [ "$(live nfs4_delegation)" -lt $delegations ]
check "reads what was written" [ "$(tail -n 1 /host/tmp/one/shared)" = more ]
exec 5<&-

check "locks" hold one
check "is locked for the other" locked two
# With a delegation, the client had it to itself until then.
check "has the owner of the lock" [ "$(live nfs4_lockowner)" -gt 0 ]
let_go
check "is not locked any more" soon 5 eval '! locked two'
check "locks again" hold one
check "restart" restart
check "writes, over the grace period" fill /host/tmp/one/grace 10
check "is still locked for the other" locked two
let_go
check "both read back" soon 10 same

check "many clients" begin_many
check "an epoch for each of many" left 32
check "most of them go" ask leave 10
check "their epochs go" soon 10 left 5
kill -KILL $many
end_many
check "those that vanish go" soon 10 left 2

check "locks in the namespace" hold two
check "is locked" locked one
host /bin/ip link set one down
expire 10.0.0.2
check "who vanished has no lock" soon 10 eval '! locked one'
check "nor an epoch" soon 10 left 1
kill $(cat /proc/$holder/task/$holder/children) $holder
umount -f -l /host/tmp/two
kill $two

# Bounded by work; nfsd-stress.sh takes its time.
check "stress-ng" host stress-ng --temp-path /tmp/one --verify --timeout 20s \
	--dentry 1 --dentries 20 --dentry-ops 20 --rename 1 --rename-ops 100 \
	--hdd 1 --hdd-bytes 1m --hdd-ops 16 --flock 1 --flock-ops 50 \
	--lockf 1 --lockf-ops 50 --open 1 --open-max 50 --open-ops 50
check "umount" umount /host/tmp/one
check "the last client goes" soon 10 left 0
check "stops" serve 0
check "no object is left" soon 10 empty
check "every object is counted" counted
check "ends" server_end
check "rmmod nfsd" rmmod nfsd
check "from load to unload, again" cycle
check "rmmod tslab" rmmod tslab
check "kernel log is clean" log_is_clean "still has"
exit $failed
