# SPDX-License-Identifier: GPL-2.0
# Sourced in a guest, after guest.sh: a server of NFSv4 at 127.0.0.1, with the file
# system at /host/tmp/export as its root.

# server_begin: nfsd is loaded, and mountd runs, with what it writes
server_begin()
{
	modprobe nfsd || return 1
	mount -t tmpfs tmpfs /host/var/lib/nfs
	mount -t tmpfs tmpfs /host/run
	mkdir -p /host/run/rpc_pipefs
	touch /host/var/lib/nfs/etab /host/var/lib/nfs/rmtab
	mount -t rpc_pipefs pipefs /host/run/rpc_pipefs
	mount -t nfsd nfsd /proc/fs/nfsd
	mount --bind /proc/fs/nfsd /host/proc/fs/nfsd
	if [ ! -e /host/tmp/export ]; then
		mkdir /host/tmp/export
		mount -t tmpfs -o nr_inodes=0 export /host/tmp/export
	fi
	ip link set lo up
	chroot /host /usr/sbin/rpc.mountd -F -N 3 > /tmp/mountd 2>&1 &
	mountd=$!
	host exportfs -i -o rw,fsid=0,no_root_squash,insecure,no_subtree_check \
		'*:/tmp/export'
}

# serve THREADS: 0 ends it
serve()
{
	host rpc.nfsd -N 3 -U -G 10 -L ${lease:-90} $1
}

# server_end: nothing of ours holds nfsd any more
server_end()
{
	host exportfs -ua
	kill $mountd ${nfsdcld:-}
	wait $mountd ${nfsdcld:-}
	umount /host/proc/fs/nfsd && umount /proc/fs/nfsd &&
		umount /host/run/rpc_pipefs && umount /host/run &&
		umount /host/var/lib/nfs
}

# === For scenarios ===

# ask COMMAND...: what nfs-clients is to do
ask()
{
	echo "$*" >&3 && read -r answer <&4 && [ "$answer" = done ]
}

# many_begin: a server, and nfs-clients, which ask() commands
many_begin()
{
	server_begin && serve 4 || return 1
	# Nobody has noted who was there before, so the grace period takes its time.
	sleep 12
	# Once, so that nobody has to wait for mountd later, nor mountd for its files.
	printf '%s\n' 'clients 1' 'open 1 1' 'leave 0' | /nfs-clients > /tmp/first &&
		clients_begin
}

clients_begin()
{
	rm -f /tmp/asked /tmp/answered
	mkfifo /tmp/asked /tmp/answered
	/nfs-clients < /tmp/asked > /tmp/answered &
	many=$!
	exec 3> /tmp/asked 4< /tmp/answered
}

# many_end: all of them go, and the server, and nfsd
many_end()
{
	exec 3>&- 4<&-
	wait $many
	serve 0 && server_end && rmmod nfsd
}
