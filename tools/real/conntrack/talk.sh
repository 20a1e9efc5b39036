# SPDX-License-Identifier: GPL-2.0
# Sourced in a guest, as /talk.sh: how scripts have flows make connections.

# start_flows: for flows, below
start_flows()
{
	rm -f /tmp/to /tmp/from
	mkfifo /tmp/to /tmp/from
	/flows < /tmp/to > /tmp/from &
	helper=$!
	exec 3> /tmp/to 4< /tmp/from
}

# flows LINE: has it done
flows()
{
	echo "$@" >&3
	read -r answer <&4
	[ "$answer" = ok ] || echo "$answer"
	[ "$answer" = ok ]
}

# stop_flows: what it keeps alive ends
stop_flows()
{
	exec 3>&- 4<&-
	wait $helper
}
