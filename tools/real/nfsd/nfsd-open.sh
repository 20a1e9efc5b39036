# SPDX-License-Identifier: GPL-2.0
# A client opens, locks and closes a file, $count times, with $files others open.
. /guest.sh
. /nfs-server.sh
. /config

many_begin && ask clients 1 && ask open $files 1 && ask churn 200 || exit 1
at before
timed open $count ask churn $count
at peak
settle
many_end
