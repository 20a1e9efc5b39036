# SPDX-License-Identifier: GPL-2.0
# Clients of which some stay: $clients of $files files each, which they open and lock in
# turn, $run files of each, as clients do that are at work at the same time. All but each
# $stay-th close them and go.
. /guest.sh
. /nfs-server.sh
. /config

many_begin || exit 1
at before
timed clients $clients ask clients $clients
timed open $((clients * files)) ask open $files $run
at peak
timed leave $((clients - clients / stay)) ask leave $stay
# Files go when RCU lets them.
settle
many_end
