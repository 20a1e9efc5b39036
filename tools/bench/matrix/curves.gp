# SPDX-License-Identifier: GPL-2.0
# A grid of curves against threads: a row for each rig, a column for each
# scenario. In: out, term, column (of the median; least and greatest follow),
# ytitle, rigs, titles (by rig), scenarios, backends (in the order of the blocks
# of a file: by name gnuplot takes the first that begins with it), dir.
rows = words(rigs)
height = 70.0 + 270 * rows
set terminal @term size 1120, height font "sans,11"
set output out
set datafile missing "?"
set multiplot layout rows, words(scenarios) margins 0.08, 0.985, \
	60 / height, 1 - 65 / height spacing 0.045, 75 / height
set logscale x 2
unset key
set xrange [0.9:18]
set xtics (1, 2, 4, 8, 16) font ",9"
set ytics font ",9"
set yrange [0:1 < *]
set grid ytics lt 1 lw 0.5 lc rgb "#cccccc"
set style line 1 lc rgb "#c0392b" pt 7 ps 0.5 lw 1.5
set style line 2 lc rgb "#1f6fb2" pt 5 ps 0.5 lw 1.5
set style line 3 lc rgb "#555555" pt 9 ps 0.6 lw 1.5
label(b) = b eq "tslab" ? "per-CPU tier" : \
	   b eq "tslab_shared" ? "shared tier" : b
do for [r = 1:rows] {
	do for [s = 1:words(scenarios)] {
		unset ylabel
		unset xlabel
		if (s == 1) {
			set ylabel word(titles, r) . "\n" . ytitle noenhanced
		}
		if (r == rows) {
			set xlabel "threads"
		}
		set title word(scenarios, s) noenhanced
		# A key would be no wider than the first plot.
		if (r == 1 && s == 1) {
			do for [b = 1:words(backends)] {
				set label b label(word(backends, b)) noenhanced \
					at screen 0.2 + 0.15 * b, 1 - 15 / height \
					point ls b offset 1, 0
			}
		} else {
			unset label
		}
		file = dir . "/" . word(rigs, r) . "-" . word(scenarios, s) . ".dat"
		plot for [b = 1:words(backends)] file index b - 1 \
			using 1:column:column + 1:column + 2 \
			with yerrorlines ls b notitle, 0 with lines lt 1 lc rgb "#cccccc" notitle
	}
}
unset multiplot
