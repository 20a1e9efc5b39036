# SPDX-License-Identifier: GPL-2.0
# In the guest: a machine that is monitored. Does what the host tells it to, one
# script after the other: /share/N.sh, whose exit status goes to /share/N.status
# and output to /share/N.output. The one that says so ends the guest.
n=1
: > /share/booted
while [ ! -e /tmp/end ]; do
	while [ ! -e /share/$n.sh ]; do
		usleep 100000
	done
	sh /share/$n.sh > /share/$n.output 2>&1
	echo $? > /share/$n.status.new
	mv /share/$n.status.new /share/$n.status
	n=$((n + 1))
done
dmesg | grep -E "WARNING:|BUG:|Oops|Call Trace" && exit 1
exit 0
