# SPDX-License-Identifier: GPL-2.0
# Clients of which some stay: $clients of $files files each, which they open and lock in
# turn, $run files of each, as clients do that are at work at the same time. All but each
# $stay-th close them and go.
. /guest.sh
. /nfs-server.sh
. /config

# ask COMMAND...: what nfs-clients is to do
ask()
{
	echo "$*" >&3 && read -r answer <&4 && [ "$answer" = done ]
}

server_begin && serve 4 || exit 1
mkfifo /tmp/asked /tmp/answered
/nfs-clients < /tmp/asked > /tmp/answered &
exec 3> /tmp/asked 4< /tmp/answered
at before
timed clients $clients ask clients $clients
timed open $((clients * files)) ask open $files $run
at peak
timed leave $((clients - clients / stay)) ask leave $stay
# Files go when RCU lets them.
sleep 2
shrink
at kept
exec 3>&-
serve 0
sleep 1
shrink
at end
server_end && rmmod nfsd
