# SPDX-License-Identifier: GPL-2.0
# In the guest: loads what is installed in the tree, as its users do.
tar -xf modules.tar || exit
mkdir -p sbin
ln -s /kmod sbin/modprobe
sbin/modprobe tslab_user || exit
grep -q '^tslab ' /proc/modules || exit
dmesg | grep 'tslab_user: 1000 lines' || exit
sbin/modprobe -r tslab_user || exit
! grep '^tslab' /proc/modules
