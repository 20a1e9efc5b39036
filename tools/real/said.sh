# SPDX-License-Identifier: GPL-2.0
# Sourced: said NAME KEY: what the lines of that key of NAME/subsystem say.

said()
{
	sed -n "s/^$2[[:space:]]\+//p" "tools/real/$1/subsystem"
}
