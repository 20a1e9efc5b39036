# SPDX-License-Identifier: GPL-2.0
# In the guest: the counters where debugfs is off, as booted with debugfs=off, and
# otherwise under kernel lockdown. Each check prints "ok NAME" or "not ok NAME".
debugfs=/sys/kernel/debug/tslab
proc=/proc/tslab
instance=instances/request_sample
. /check.sh

files()
{
	# What is written to is in debugfs alone.
	(cd "$1" && find . -type f ! -name validate | sort)
}

# Ages in the files of epochs are never the same twice.
content()
{
	sed 's/^\([^ ]* [0-9]* [0-9]* [a-z]* [^ ]*\) [0-9]*/\1/' "$1"
}

same()
{
	[ "$(files $debugfs)" = "$(files $proc)" ] || return
	for file in $(files $debugfs); do
		[ "$(content $debugfs/$file)" = "$(content $proc/$file)" ] || {
			echo $file
			return 1
		}
	done
}

# all_are MODE TYPE: no file of the type has another mode
all_are()
{
	[ -z "$(find $proc -type $2 ! -perm $1)" ]
}

switches_refuse()
{
	for switch in lock_timing alloc_sampling; do
		! echo 1 > $1/$switch || return
	done
}

source_is()
{
	./tslabstat --json | grep -F "\"source\": \"$1\""
}

collected()
{
	./tslabstat --prometheus --output tslab.prom &&
		grep 'alloc_objects_total{size_class="64"} [1-9]' tslab.prom
}

# Who has a file open does not keep the instance, and reads nothing more.
instance_goes()
{
	exec 3< $proc/$instance/epochs
	rmmod tslab_request_sample || return
	! cat <&3 || return
	exec 3<&-
	[ ! -e $proc/$instance ]
}

# As a kernel without CONFIG_DEBUG_FS compiles it.
without_debugfs()
{
	insmod tslab_without.ko && grep -x 'instances 0' $proc/summary &&
		rmmod tslab && [ ! -e $proc ]
}

check "insmod tslab" insmod tslab.ko
check "insmod sample" insmod tslab_request_sample.ko requests=2000
check "figures are there" grep -x 'live_objects 64' $proc/$instance/class_64
check "directories are for root alone" all_are 0500 d
check "files are for root alone" all_are 0400 f
check "switches are not written to" switches_refuse $proc

if grep -q debugfs=off /proc/cmdline; then
	check "no debugfs" [ ! -e $debugfs ]
	check "tslabstat" sh -c './tslabstat 2> err | grep "^ *128 "'
	check "tslabstat says where from" grep -x 'tslabstat: reading /proc/tslab' err
	for i in 1 2 3 4 5 6 7 8 9 10; do
		cat $proc/* $proc/instances/*/*
	done > /dev/null 2>&1 &
	for i in 1 2 3 4 5; do
		rmmod tslab_request_sample &&
			insmod tslab_request_sample.ko requests=50
	done
	wait
else
	echo 64 > $debugfs/lock_timing
	check "the same as in debugfs" same
	check "tslabstat prefers debugfs" source_is $debugfs
	mount -t securityfs securityfs /sys/kernel/security
	check "lockdown" sh -c \
		'echo confidentiality > /sys/kernel/security/lockdown'
	check "switches of debugfs are closed" sh -c "! cat $debugfs/lock_timing"
	check "and refuse" switches_refuse $debugfs
	check "switches are seen" grep -x 64 $proc/lock_timing
	check "figures of debugfs are still read" source_is $debugfs
	umount /sys/kernel/debug
fi
check "tslabstat finds them" source_is $proc
check "of an instance, too" \
	sh -c './tslabstat --check --instance request_sample'
check "a collector, too" collected
check "an instance goes with a reader" instance_goes
check "rmmod tslab" rmmod tslab
check "files are gone" [ ! -e $proc ]
check "tslabstat says what is missing" sh -c \
	'./tslabstat 2>&1 | grep "the tslab module is not loaded"'
[ ! -e tslab_without.ko ] ||
	check "a module without debugfs has them" without_debugfs
check "kernel log is clean" log_is_clean
exit $failed
