# SPDX-License-Identifier: GPL-2.0
# In the guest: loads what is installed in the tree, as its users do, and removes it as
# dpkg does.
tar -xf modules.tar || exit
mkdir -p sbin
ln -s /kmod sbin/modprobe
PATH=/sbin:$PATH
modprobe tslab_user || exit
grep -q '^tslab ' /proc/modules || exit
dmesg | grep 'tslab_user: 1000 lines' || exit
sh prerm remove 2>&1 | grep '^tslab.ko is in use by tslab_user and stays loaded' || exit
grep -q '^tslab ' /proc/modules || exit
rmmod tslab_user || exit
sh prerm remove || exit
! grep '^tslab' /proc/modules
