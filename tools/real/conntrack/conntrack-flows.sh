# SPDX-License-Identifier: GPL-2.0
# In a guest: $tcp connections and $udp flows of a datagram in each of $namespaces
# network namespaces, in turn, $run of a kind at a time. Those of UDP expire, or, if
# $stay is not 1, the namespaces go but each $stay-th.
. /guest.sh
. /config
. /talk.sh

modprobe nf_conntrack enable_hooks=1 hashsize=65536 || exit 1
start_flows

# Reading the table takes what has expired out of it, as the worker does that comes by
# each minute; some of it, as places in the file change meanwhile.
expire()
{
	tries=0
	while [ $(cat /proc/sys/net/netfilter/nf_conntrack_count) -gt $tcp ]; do
		cat /proc/net/nf_conntrack > /dev/null
		tries=$((tries + 1))
		[ $tries -lt 50 ] || return 1
	done
}

timeout=/proc/sys/net/netfilter/nf_conntrack_udp_timeout
echo $expires > $timeout
# What loading has left to workers is not to be timed.
sleep 3
at before
[ $namespaces = 1 ] || timed namespaces $namespaces flows namespaces $namespaces
timed setup $((namespaces * (tcp + udp))) flows flows $tcp $udp $run
at peak
if [ $stay = 1 ]; then
	sleep $((expires + 1))
	timed expire $udp expire
	[ $(grep -c tcp /proc/net/nf_conntrack) = $tcp ] || echo "@failed left"
else
	timed leave $((namespaces - namespaces / stay)) flows keep $stay
	sleep 3
fi
# Connections go when RCU lets them.
settle
