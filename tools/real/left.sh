# SPDX-License-Identifier: GPL-2.0
# Sourced in a guest, as /left.sh, by what checks a subsystem: files, and what $instance
# has when they are gone.

# value FILE NAME: of $instance
value()
{
	sed -n "s/^$2 //p" $instance/$1
}

counted()
{
	[ "$(value summary total_alloc_objects)" -eq \
	  $(($(value summary total_free_objects) +
	     $(value summary total_live_objects))) ]
}

# Of all that there was, nothing is live.
all_freed()
{
	[ "$(value summary total_alloc_objects)" -gt 0 ] && counted &&
		[ "$(value summary total_live_objects)" = 0 ]
}

# soon COMMAND...: within five seconds; RCU and workers take their time
soon()
{
	tries=0
	until "$@"; do
		tries=$((tries + 1))
		if [ $tries -ge 50 ]; then
			grep -H '^live_objects' $instance/cache_* | grep -v ' 0$'
			cat $instance/epochs
			return 1
		fi
		usleep 100000
	done
}

# fill DIR COUNT: that many files in ten directories of it
fill()
{
	i=0
	while [ $i -lt $2 ]; do
		[ -d $1/dir$((i % 10)) ] || mkdir -p $1/dir$((i % 10)) || return 1
		echo "file $i" > $1/dir$((i % 10))/file$i || return 1
		i=$((i + 1))
	done
}
