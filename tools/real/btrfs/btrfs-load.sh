# SPDX-License-Identifier: GPL-2.0
# What is usual of a file system: $load is scan: $files files are read, of which each
# $used-th stays open, then what is not in use has to go; create: $files files are made,
# looked at and removed; fio: writes of 4 KiB all over $size MiB, with checksums and
# compression. The disk is memory: with --icount, time goes on while a disk is waited for.
. /guest.sh
. /config
at=/host/tmp/b
mkdir $at
bring bash fio

for module in crc32c_intel xxhash_generic blake2b_generic btrfs; do
	modprobe $module || exit 1
done
modprobe brd rd_nr=1 rd_size=400000 || exit 1

# fresh OPTIONS: nothing of what was before is in memory
fresh()
{
	umount $at
	echo 3 > /proc/sys/vm/drop_caches
	mount -t btrfs -o $1 /dev/ram0 $at || exit 1
}

make_all()
{
	(cd $at/dir && touch $names)
}

look_through()
{
	(cd $at/dir && ls -l) > /dev/null
}

remove_all()
{
	(cd $at/dir && rm $names)
}

write_all()
{
	near fio --name=fio --directory=/b --rw=randwrite --bs=4k --size=${size}m --thread \
		--fallocate=none --buffer_compress_percentage=50 --randseed=7 > /tmp/fio
}

host mkfs.btrfs -q -f /dev/ram0 > /dev/null 2>&1 &&
	mount -t btrfs -o noatime /dev/ram0 $at && mkdir $at/dir || exit 1
names=$(seq ${files:-0})
case $load in
scan)
	awk -v files=$files -v dir=$at/dir 'BEGIN {
		for (i = 1; i <= files; i++) {
			print "file", i > dir "/" i
			close(dir "/" i)
		}
	}'
	fresh noatime
	# Bash has as many files open as it is let.
	cat > /host/tmp/scan <<-END
	ulimit -n 100000
	cd /b/dir
	for ((i = 1; i <= $files; i++)); do
		if ((i % $used)); then read -r line < \$i; else exec {fd}< \$i; fi
	done
	echo > /done
	read -r line < /end
	END
	mkfifo /host/tmp/done /host/tmp/end
	scan()
	{
		near bash /scan &
		read -r line < /host/tmp/done
	}
	at before
	timed scan $files scan
	at peak
	timed drop $files sh -c "echo 3 > /proc/sys/vm/drop_caches"
	;;
create)
	at before
	timed create $files make_all
	timed sync $files sync
	at peak
	timed look $files look_through
	timed remove $files remove_all
	timed sync_removed $files sync
	;;
fio)
	fresh noatime,compress=zstd:1
	at before
	timed write $((size * 256)) write_all
	at peak
	timed sync $((size * 256)) sync
	;;
esac
# What RCU, cleaner and workers still hold goes soon.
settle
[ $load != scan ] || echo > /host/tmp/end
wait
umount $at && rmmod btrfs
