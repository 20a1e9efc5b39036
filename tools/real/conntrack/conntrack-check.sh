# SPDX-License-Identifier: GPL-2.0
# In the guest: nf_conntrack on tslab, in place of Debian's, under modules that are
# Debian's, does what it is for, and leaves nothing. Each check prints "ok NAME" or
# "not ok NAME".
#
# To be run with --cpus 4 --append page_poison=1: more CPUs than the machine has stop
# amid lookups, and what was a connection then faults if its page was freed too early.
# Without TSLAB_CACHE_TYPESAFE_BY_RCU it does so within seconds.
instance=/sys/kernel/debug/tslab/instances/conntrack
. /check.sh
. /left.sh
. /guest.sh
. /talk.sh

live()
{
	value cache_nf_conntrack live_objects
}

# epochs STATE: how many there are of namespaces
epochs()
{
	grep -cE " $1 (tcp|other) " $instance/epochs
}

# in_epoch LABEL: objects of the first namespace's
in_epoch()
{
	awk -v label=$1 '$5 == label { print $7; exit }' $instance/epochs
}

# is VALUE COMMAND...: what it says is that
is()
{
	want=$1
	shift
	[ "$("$@")" = "$want" ]
}

flush()
{
	host conntrack -F > /dev/null 2>&1
}

# listed PROTOCOL: connections, each known by its address
listed()
{
	host conntrack -L -p $1 2> /dev/null |
		sed -n 's/.* src=127.0.0.1 dst=\(127\.1\.[0-9.]*\) .*/\1/p'
}

# all_listed PROTOCOL EACH: of 5500 flows, each so many-th is of TCP, the rest of UDP
all_listed()
{
	listed $1 | sort > /tmp/listed
	awk -v protocol=$1 -v each=$2 'BEGIN { for (i = 0; i < 5500; i++)
		if ((protocol == "tcp") == (i % each == each - 1))
			printf "127.1.%d.%d\n", i / 256, i % 256 }' | sort > /tmp/made
	diff /tmp/made /tmp/listed > /tmp/differ || { head -n 5 /tmp/differ; return 1; }
}

stress()
{
	host stress-ng --temp-path /tmp --verify --timeout 7 --metrics-brief "$@" \
		> /tmp/stress 2>&1 || { tail -n 20 /tmp/stress; return 1; }
	! grep fail: /tmp/stress
}

unload()
{
	for module in nf_conntrack_netlink nft_masq nft_nat nft_chain_nat nf_nat nft_ct \
			nf_conntrack_ftp nf_conntrack; do
		! grep -q "^$module " /proc/modules || rmmod $module || return 1
	done
}

# ip has things below it.
mount -t tmpfs tmpfs /host/run
ip link set lo up
check "modprobe nf_conntrack" modprobe nf_conntrack enable_hooks=1 hashsize=16384
check "modprobe nf_conntrack_netlink" modprobe nf_conntrack_netlink
check "has its epochs" [ "$(epochs open)" = 2 ]
check "is on tslab" grep -q "^tslab .*nf_conntrack" /proc/modules

# However slow the machine is.
echo 600 > /proc/sys/net/netfilter/nf_conntrack_udp_timeout
start_flows
check "makes flows" flows flows 500 5000 1
check "lists what was made of tcp" all_listed tcp 11
check "lists what was made of udp" all_listed udp 11
check "all tcp is established" sh -c \
	"[ $(host conntrack -L -p tcp 2> /dev/null | grep -c ESTABLISHED) = 500 ]"
check "tcp is in its epoch" soon 10 is 500 in_epoch tcp
check "udp is in the other" soon 10 is 5000 in_epoch other
host conntrack -D -p udp > /tmp/deleted 2>&1
check "deletes udp" grep " 5000 flow entries have been deleted" /tmp/deleted
check "udp is gone" soon 10 is 500 live
check "tcp is left" all_listed tcp 11
check "adds by netlink" host conntrack -I -p udp -s 192.0.2.1 -d 192.0.2.2 \
	--sport 1 --dport 2 -t 100
check "has it" sh -c "host() { chroot /host env PATH=/usr/sbin:/usr/bin \"\$@\"; }
	host conntrack -L -s 192.0.2.1 2> /dev/null | grep -q 'dst=192.0.2.2'"
echo 2 > /proc/sys/net/netfilter/nf_conntrack_udp_timeout
check "makes flows that expire" flows flows 0 3000 1
sleep 4
cat /proc/net/nf_conntrack /proc/net/nf_conntrack /proc/net/nf_conntrack > /dev/null
stop_flows
check "flush" sh -c "chroot /host conntrack -F 2> /dev/null"
check "leaves nothing" soon 10 is 0 live

# A lookup may find what was freed, and what is some other connection by now.
ip addr add 10.8.0.1/32 dev lo
ip route add local 10.9.0.0/16 dev lo
ip route add local 10.10.0.0/16 dev lo
cat > /host/tmp/nat.nft <<'END'
table ip nat {
	chain output {
		type nat hook output priority -100
		dnat ip prefix to ip daddr map { 10.9.0.0/16 : 10.10.0.0/16 }
	}
}
table ip filter {
	chain input {
		type filter hook input priority 0
		ct state invalid counter drop
		ct state new,established,related,untracked counter accept
		counter drop
	}
}
END
check "nft with nat and ct state" host nft -f /tmp/nat.nft
lookups()
{
	echo 1 > /proc/sys/net/netfilter/nf_conntrack_udp_timeout
	echo "verify 10" | /flows > /tmp/verified &
	verifier=$!
	# All of this, and expiry in lookups, go on meanwhile.
	stress --udp 1 --sock 1 --udp-flood 1 &
	stress=$!
	start_flows
	while [ -e /proc/$verifier ] && ! grep -q Z /proc/$verifier/stat; do
		for i in 1 2 3 4 5 6 7 8; do
			usleep 100000
			flows flush > /dev/null
		done
		host conntrack -D -p udp > /dev/null 2>&1
		cat /proc/net/nf_conntrack > /dev/null
	done
	stop_flows
	wait $verifier || { cat /tmp/verified; return 1; }
	wait $stress || return 1
	awk -F'[= ]' '{ right = $3; untranslated = $5 }
		END { exit !(right > 1000 && untranslated > 0) }' /tmp/verified
}
# Lookups are long in a small table.
check "resizes its table" sh -c "echo 512 > /sys/module/nf_conntrack/parameters/hashsize"
check "lookups are right while connections go" lookups
cat /tmp/verified
host nft flush ruleset
# What TCP sends after a flush is a connection again.
flushed()
{
	flush
	[ "$(live)" = 0 ]
}
check "lookups leave nothing" soon 5 flushed

# From a namespace through another that masquerades to a third.
in_ns()
{
	ns=/host/run/netns/$1
	shift
	nsenter --net=$ns chroot /host env PATH=/usr/sbin:/usr/bin "$@"
}
masquerade()
{
	for ns in inside router outside; do
		host /bin/ip netns add $ns && in_ns $ns /bin/ip link set lo up || return 1
	done
	host /bin/ip link add in netns inside type veth peer name in netns router &&
	host /bin/ip link add out netns outside type veth peer name out netns router &&
	in_ns inside /bin/ip addr add 10.1.0.2/24 dev in &&
	in_ns router /bin/ip addr add 10.1.0.1/24 dev in &&
	in_ns router /bin/ip addr add 10.2.0.1/24 dev out &&
	in_ns outside /bin/ip addr add 10.2.0.2/24 dev out &&
	in_ns inside /bin/ip link set in up && in_ns outside /bin/ip link set out up &&
	in_ns router /bin/ip link set in up && in_ns router /bin/ip link set out up &&
	in_ns inside /bin/ip route add default via 10.1.0.1 &&
	nsenter --net=/host/run/netns/router sh -c "echo 1 > /proc/sys/net/ipv4/ip_forward" &&
	in_ns router nft 'table ip nat {
		chain post { type nat hook postrouting priority 100; oif out masquerade; }; }
	table ip filter { chain forward { type filter hook forward priority 0; policy drop
		ct state established,related accept; iif in ct state new accept; }; }'
}
# Outside has no way back but by the address of the router.
through()
{
	head -c 4000000 /dev/urandom > /host/tmp/sent
	# At the end of its input it would go.
	sleep 60 | nsenter --net=/host/run/netns/outside nc -l -p 77 > /tmp/received &
	nc=$!
	sleep 1
	nsenter --net=/host/run/netns/inside nc 10.2.0.2 77 < /host/tmp/sent &
	tries=0
	while [ "$(wc -c < /tmp/received)" != 4000000 ] && [ $tries -lt 150 ]; do
		tries=$((tries + 1))
		usleep 100000
	done
	cmp /host/tmp/sent /tmp/received && in_ns router conntrack -L -p tcp 2> /dev/null |
		grep -q "src=10.1.0.2 dst=10.2.0.2 .*src=10.2.0.2 dst=10.2.0.1"
	through=$?
	kill $nc $! 2> /dev/null
	return $through
}
check "sets up masquerading" masquerade
check "each namespace has its epochs" [ "$(epochs open)" = 8 ]
check "tcp gets through, translated" through
# What templates are of is kmalloc()'s, also in our module.
check "sets zones, which takes templates" in_ns router nft 'table ip zones {
	chain pre { type filter hook prerouting priority -300; ct zone set 5; }; }'
check "ping through it, in a zone" sh -c \
	"nsenter --net=/host/run/netns/inside ping -c 3 -W 2 10.2.0.2 > /dev/null"
in_ns router conntrack -L -w 5 > /tmp/zone 2> /dev/null
check "is in its zone" grep "icmp .*dst=10.2.0.2 .*zone=5" /tmp/zone
check "removes zones" in_ns router nft flush ruleset
for ns in inside router outside; do
	host /bin/ip netns del $ns
done
check "namespaces leave their epochs" soon 10 is 2 epochs open
check "and none that drains" soon 10 is 0 epochs draining

churn()
{
	for i in 1 2 3 4 5 6; do
		{ echo "namespaces 8"; echo "flows 3 100 1"; echo "keep 8"; } | /flows || return 1
	done
}
check "namespaces come and go" churn
check "churn leaves no epoch" soon 10 is 2 epochs open
check "nor one that drains" soon 10 is 0 epochs draining
check "flush before the end" sh -c "chroot /host conntrack -F 2> /dev/null"
check "nothing is live" soon 10 is 0 live
check "every object is counted" counted
check "unload" unload
check "the instance is gone" [ ! -e $instance ]

again()
{
	for i in 1 2 3 4 5; do
		modprobe nf_conntrack enable_hooks=1 && modprobe nf_conntrack_netlink &&
			echo "flows 20 500 1" | /flows &&
			[ $(live) -gt 500 ] && unload || return 1
	done
}
check "load and unload with connections, in a loop" again
check "rmmod tslab" rmmod tslab
check "kernel log is clean" log_is_clean
exit $failed
