# SPDX-License-Identifier: GPL-2.0
# Pages held over time, a column for each share of long-lived objects. In: out,
# term, rigs, titles, shares, kinds (in the order of the blocks), dir.
rows = words(rigs)
height = 70.0 + 300 * rows
set terminal @term size 1120, height font "sans,11"
set output out
set datafile missing "?"
set multiplot layout rows, words(shares) margins 0.08, 0.985, \
	60 / height, 1 - 65 / height spacing 0.06, 65 / height
set yrange [0:1 < *]
set ytics font ",9"
set xtics font ",9"
set grid ytics lt 1 lw 0.5 lc rgb "#cccccc"
set style line 1 lc rgb "#c0392b" lw 1.5
set style line 2 lc rgb "#1f6fb2" lw 1.5
set style line 3 lc rgb "#555555" lw 1.5
do for [r = 1:rows] {
	do for [s = 1:words(shares)] {
		unset ylabel
		unset xlabel
		if (s == 1) {
			set ylabel word(titles, r) . "\npages held" noenhanced
		}
		if (r == rows) {
			set xlabel "seconds"
		}
		set title word(shares, s) . " % of the objects live longer"
		if (r == 1 && s == 1) {
			set key at screen 0.5, 1 - 15 / height center horizontal
		} else {
			unset key
		}
		file = dir . "/" . word(rigs, r) . "-pages-" . word(shares, s) . ".dat"
		plot for [k = 1:words(kinds)] file index k - 1 \
			using ($1 / 1000):2 with lines ls k \
			title word(kinds, k) noenhanced, 0 with lines lt 1 lc rgb "#cccccc" notitle
	}
}
unset multiplot
