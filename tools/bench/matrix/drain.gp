# SPDX-License-Identifier: GPL-2.0
# Share of slabs that drain against the share of long-lived objects, a column
# for each rig. In: out, term, rigs, titles, dir. Block 0 is mixed, 1 isolated.
columns = words(rigs)
set terminal @term size 560 * columns, 340 font "sans,11"
set output out
set datafile missing "?"
set multiplot layout 1, columns
set xlabel "per cent of the objects that live longer"
set ylabel "per cent of the slabs"
set yrange [0:105]
set xrange [0:*]
set grid ytics lt 1 lw 0.5 lc rgb "#cccccc"
set style line 1 lc rgb "#c0392b" pt 7 ps 0.7 lw 1.5
set style line 2 lc rgb "#1f6fb2" pt 5 ps 0.7 lw 1.5
set key center right
do for [r = 1:columns] {
	set title word(titles, r) noenhanced
	file = dir . "/" . word(rigs, r) . "-drain.dat"
	plot file index 1 using 1:2 with linespoints ls 2 \
		title "isolated: drainable", \
	     file index 1 using 1:3 with linespoints ls 2 dt 2 \
		title "isolated: by the close", \
	     file index 0 using 1:2 with linespoints ls 1 \
		title "mixed: drainable", \
	     file index 0 using 1:3 with linespoints ls 1 dt 2 \
		title "mixed: by the close"
}
unset multiplot
