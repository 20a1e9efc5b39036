# SPDX-License-Identifier: GPL-2.0
# In the guest: the sample, the counters, the retention experiment.
set -e
tslab=/sys/kernel/debug/tslab
experiment=/sys/kernel/debug/tslab_retention/stage
cache=/sys/kernel/slab/tslab_retention
nodes=$tslab/instances/retention/nodes

pages_slub()
{
	read -r slabs rest < $cache/slabs
	read -r order < $cache/order
	echo $((slabs << order))
}

pages_tslab()
{
	awk '$1 == "retention" { pages += $4 } END { print +pages }' $nodes
}

# share PART WHOLE: per cent with one decimal
share()
{
	permille=$(((${1} * 1000 + ${2} / 2) / ${2}))
	echo "$((permille / 10)).$((permille % 10))"
}

echo "=== Linux $(uname -r), $(nproc) CPUs: insmod tslab.ko, tslab_request_sample.ko"
insmod tslab.ko
insmod tslab_request_sample.ko
dmesg | sed -n 's/.*tslab_request_sample: //p'
echo
echo "=== cat $tslab/class_128"
cat $tslab/class_128
echo
if [ -e tslabstat ]; then
	echo "=== tslabstat"
	./tslabstat
	echo
fi
echo "=== 200000 objects of 128 bytes, some long-lived, the others freed"
insmod tslab_retention.ko objects=200000 size=128
echo "            kmem_cache, shrunk       tslab, epoch closed"
echo "long-lived  peak    kept  retained   peak    kept  retained"
failed=0
for pct in 0 1 2 5 10; do
	echo "fill $pct" > $experiment
	slub_peak=$(pages_slub)
	tslab_peak=$(pages_tslab)
	echo release > $experiment
	slub_kept=$(pages_slub)
	tslab_kept=$(pages_tslab)
	slub=$(share "$slub_kept" "$slub_peak")
	ours=$(share "$tslab_kept" "$tslab_peak")
	printf '%8s %%  %5s  %5s   %5s %%  %5s  %5s   %5s %%\n' $pct \
		"$slub_peak" "$slub_kept" "$slub" \
		"$tslab_peak" "$tslab_kept" "$ours"
	case $pct in
	1) bar=2 ;;
	2) bar=3 ;;
	5) bar=6; last="pinned=5 slub=$slub tslab=$ours" ;;
	10) bar=11 ;;
	*) bar=0 ;;
	esac
	if [ $((tslab_kept * 100)) -gt $((tslab_peak * bar)) ]; then
		echo "FAILED: tslab kept more than $bar %"
		failed=1
	fi
done
echo clear > $experiment

rmmod tslab_retention tslab_request_sample
rmmod tslab
if dmesg | grep -E 'WARNING:|BUG:|Oops|tslab: misuse'; then
	echo "FAILED: the kernel complained"
	failed=1
fi
[ $failed -eq 0 ] && echo "retained_pct $last"
exit $failed
