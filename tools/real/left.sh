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

# soon SECONDS COMMAND...: succeeds before long; RCU and workers take their time
soon()
{
	tries=$(($1 * 10))
	shift
	until "$@"; do
		tries=$((tries - 1))
		if [ $tries = 0 ]; then
			grep -H '^live_objects' $instance/cache_* | grep -v ' 0$'
			grep -v ' drained ' $instance/epochs
			return 1
		fi
		usleep 100000
	done
}

# change DIR: of what fill() made, changes, makes, renames and removes, and reads back
change()
{
	echo more >> $1/dir0/file0 &&
		[ "$(cat $1/dir0/file0)" = "file 0
more" ] &&
		mv $1/dir1 $1/moved && [ "$(cat $1/moved/file1)" = "file 1" ] &&
		mv $1/dir2/file2 $1/dir3/ && [ ! -e $1/dir2/file2 ] &&
		rm -r $1/dir4 && mkdir $1/dir4 && [ -z "$(ls $1/dir4)" ] &&
		ln $1/dir5/file5 $1/link && ln -s link $1/symbolic &&
		[ "$(cat $1/symbolic)" = "file 5" ] &&
		fill $1/made 100 && chmod 600 $1/dir6/file6
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
