# SPDX-License-Identifier: GPL-2.0
# Sourced in a guest, as /check.sh. $failed is 1 after a check that failed.
failed=0

# check NAME COMMAND...: prints "ok NAME", or "not ok NAME" and the output
check()
{
	name=$1
	shift
	if "$@" > out 2>&1; then
		echo "ok $name"
	else
		echo "not ok $name"
		cat out
		failed=1
	fi
}

# log_is_clean [PATTERN [BUT]]: the kernel has reported nothing, and said nothing that
# PATTERN finds, but for lines that BUT finds; what dmesg -c took away is in /tmp/log.*.
# Lockdep, if there is one, was there to the end.
log_is_clean()
{
	[ ! -e /proc/lockdep_stats ] || grep -q "debug_locks:  *1$" /proc/lockdep_stats ||
		{ dmesg; return 1; }
	! { cat /tmp/log.* 2> /dev/null; dmesg; } | grep -vE "${2:-^$}" | grep -E -A 60 \
		"WARNING:|BUG:|INFO: (possible|task|trying)|Oops|Call Trace|tslab: BUG|misuse|destroyed${1:+|$1}"
}

# check_ranges KEY:VALUE:LEAST:MOST...: "refused REASON KEY=VALUE" succeeds, as
# the value is none of the option's
check_ranges()
{
	for option; do
		given=${option%:*:*}
		given=${given%%:*}=${given#*:}
		range=${option#*:*:}
		check "refuses $given" refused \
			"$given: not ${range%:*} to ${range#*:}" "$given"
	done
}

# interrupt PID: has a child end as by Ctrl-C. A signal that comes amid its work
# bpftrace may not see.
interrupt()
{
	kill -INT "$1"
	tries=0
	while grep -q '^State:.[RSD]' "/proc/$1/status" 2> /dev/null; do
		tries=$((tries + 1))
		[ $((tries % 50)) != 0 ] || kill -INT "$1"
		usleep 100000
	done
	wait "$1"
}

# watch SCRIPT: starts bpftrace, of /host, with a script of /host/tmp, and waits until
# its probes are in place; what it prints is in /tmp/seen
watch()
{
	# The command of -c, a program, is run then. What a script prints may come before.
	printf ': > /tmp/attached\nexec sleep 1000\n' > /host/tmp/attached.sh
	rm -f /host/tmp/attached
	chroot /host bpftrace -c "/bin/sh /tmp/attached.sh" "/tmp/$1" > /tmp/seen 2>&1 &
	watcher=$!
	for i in $(seq 120); do
		[ ! -e /host/tmp/attached ] || return 0
		kill -0 $watcher 2> /dev/null || break
		sleep 1
	done
	cat /tmp/seen
	return 1
}
