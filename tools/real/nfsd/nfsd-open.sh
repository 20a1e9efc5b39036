# SPDX-License-Identifier: GPL-2.0
# A client opens, locks and closes a file, $count times, with $files others open.
. /guest.sh
. /nfs-server.sh
. /config

ask()
{
	echo "$*" >&3 && read -r answer <&4 && [ "$answer" = done ]
}

server_begin && serve 4 || exit 1
mkfifo /tmp/asked /tmp/answered
/nfs-clients < /tmp/asked > /tmp/answered &
exec 3> /tmp/asked 4< /tmp/answered
ask clients 1 && ask open $files 1 && ask churn 200 || exit 1
at before
timed open $count ask churn $count
at peak
sleep 2
shrink
at kept
exec 3>&-
serve 0
server_end && rmmod nfsd
