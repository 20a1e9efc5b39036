# SPDX-License-Identifier: GPL-2.0
# In a guest: how fast connections are set up and go, $rounds of $udp flows of a datagram
# that are flushed, and $tcp connections of TCP.
. /guest.sh
. /config
. /talk.sh

modprobe nf_conntrack enable_hooks=1 hashsize=16384 || exit 1
modprobe nf_conntrack_netlink || exit 1
start_flows

rounds()
{
	for i in $(seq $1); do
		flows flows 0 $udp 1 && flows flush || return 1
	done
}

rounds 2 || echo "@failed rounds"
# What loading has left to workers is not to be timed.
sleep 3
at before
timed rounds $((rounds * udp)) rounds $rounds
timed udp $udp flows flows 0 $udp 1
at peak
timed flush $udp flows flush
timed tcp $tcp flows flows $tcp 0 1
settle
