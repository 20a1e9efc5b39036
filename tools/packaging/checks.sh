# SPDX-License-Identifier: GPL-2.0
# Sourced by what checks packages and refusals: $suite begins the names of logs.

status=0

# check NAME COMMAND...: one line, and what it printed if it failed
check()
{
	local name=$1 log=build/log/$suite-${1// /-}
	shift

	if "$@" > "$log" 2>&1; then
		echo "ok $name"
		return
	fi
	tail -n 20 "$log"
	echo "not ok $name, see $log"
	status=1
}
