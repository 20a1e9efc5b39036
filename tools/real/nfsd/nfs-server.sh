# SPDX-License-Identifier: GPL-2.0
# Sourced in a guest, after guest.sh: a server of NFSv4 at 127.0.0.1, with the file
# system at /host/tmp/export as its root.

# server_begin: nfsd is loaded, and its programs run, with what they write
server_begin()
{
	modprobe nfsd || return 1
	mount -t tmpfs tmpfs /host/var/lib/nfs
	mount -t tmpfs tmpfs /host/run
	mkdir -p /host/var/lib/nfs/nfsdcld /host/run/rpc_pipefs
	touch /host/var/lib/nfs/etab /host/var/lib/nfs/rmtab
	mount -t rpc_pipefs pipefs /host/run/rpc_pipefs
	mount -t nfsd nfsd /proc/fs/nfsd
	mount --bind /proc/fs/nfsd /host/proc/fs/nfsd
	if [ ! -e /host/tmp/export ]; then
		mkdir /host/tmp/export
		mount -t tmpfs -o nr_inodes=0 export /host/tmp/export
	fi
	ip link set lo up
	chroot /host /usr/sbin/nfsdcld -F -p /run/rpc_pipefs > /tmp/nfsdcld 2>&1 &
	nfsdcld=$!
	chroot /host /usr/sbin/rpc.mountd -F -N 3 > /tmp/mountd 2>&1 &
	mountd=$!
	host exportfs -i -o rw,fsid=0,no_root_squash,insecure,no_subtree_check \
		'*:/tmp/export'
}

# serve THREADS: 0 ends it
serve()
{
	host rpc.nfsd -N 3 -U -G ${grace:-90} -L ${lease:-90} $1
}

# server_end: nothing of ours holds nfsd any more
server_end()
{
	host exportfs -ua
	kill $nfsdcld $mountd
	wait $nfsdcld $mountd
	umount /host/proc/fs/nfsd && umount /proc/fs/nfsd &&
		umount /host/run/rpc_pipefs && umount /host/run &&
		umount /host/var/lib/nfs
}
