# SPDX-License-Identifier: GPL-2.0
# In a guest, for minutes: stress-ng and fio on a client of the kernel, of nfsd on tslab,
# while other clients come and go; then nothing is wrong and nothing left.
instance=/sys/kernel/debug/tslab/instances/nfsd
lease=10
. /guest.sh
. /nfs-server.sh
. /check.sh
. /left.sh

# others: until there is /tmp/enough, clients that hold files, and leave or vanish
others()
{
	while [ ! -e /tmp/enough ]; do
		printf '%s\n' 'clients 10' 'open 20 1' 'leave 3' | /nfs-clients 2>> /tmp/others
		# Who vanished has its locks until its lease is over.
		rm -f /host/tmp/export/[0-9]*.*
		sleep 1
	done
}

others_had_all()
{
	cat /tmp/others
	[ ! -s /tmp/others ]
}

# By its path: busybox takes the name for one of its own.
mounted()
{
	mkdir -p /host/tmp/one
	host /sbin/mount.nfs4 127.0.0.1:/ /tmp/one -o vers=4.2,hard
}

# What one operation of some stressors is takes minutes here.
stress()
{
	host stress-ng --temp-path /tmp/one --verify --timeout 10s \
		--dentry 1 --dentries 50 --rename 1 --link 1 --link-ops 1 --hdd 1 \
		--hdd-bytes 4m --flock 1 --lockf 1 --open 1 --open-max 100 --dir 1 \
		--dir-dirs 64 --fcntl 1 --chmod 1 > /tmp/stress 2>&1 ||
		{ tail -n 25 /tmp/stress; return 1; }
}

verify()
{
	host fio --name=fio --directory=/tmp/one --rw=randrw --bsrange=4k-64k --size=16m \
		--numjobs=2 --time_based --runtime=20 --verify=crc32c --verify_fatal=1 \
		--verify_backlog=256 --randseed=7 > /tmp/fio 2>&1 ||
		{ tail -n 20 /tmp/fio; return 1; }
}

# left: what is gone soon is gone
left()
{
	tries=0
	while [ "$(sed -n 's/^total_live_objects //p' $instance/summary)" != 0 ]; do
		tries=$((tries + 1))
		if [ $tries -ge 200 ]; then
			grep -H '^live_objects' $instance/cache_* | grep -v ' 0$'
			return 1
		fi
		usleep 100000
	done
}

modprobe nfsv4
check "server" server_begin
check "serves" serve 8
check "mount" mounted
[ $failed = 0 ] || exit 1
# Nobody may open a file before, and stress-ng, whose time is up then, and nfs-clients take
# that for a fault. A shell without children: the end of one would interrupt it.
check "opens when the grace period is over" sh -c "echo first > /host/tmp/one/first"
others > /dev/null 2>&1 &
others=$!
check "stress-ng" stress
check "fio verifies" verify
touch /tmp/enough
wait $others
check "the other clients had what they asked for" others_had_all
check "umount" umount /host/tmp/one
check "stops" serve 0
check "no object is left" left
check "every object is all_freed" all_freed
check "ends" server_end
check "rmmod" rmmod nfsd tslab
check "kernel log is clean" log_is_clean
exit $failed
