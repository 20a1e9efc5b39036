# SPDX-License-Identifier: GPL-2.0
# MemAvailable against that at the peak, in MiB, over seconds. In: out, term, data,
# titles.
columns = words(titles) < 3 ? words(titles) : 3
rows = (words(titles) + columns - 1) / columns
set terminal @term size 320 * columns, 240 * rows font "sans,11"
set output out
set multiplot layout rows, columns
set xlabel "seconds after"
set ylabel "MiB back"
set grid ytics lt 1 lw 0.5 lc rgb "#cccccc"
set key bottom right
do for [i = 1:words(titles)] {
	set title word(titles, i) noenhanced
	plot data index i - 1 using 1:2 with linespoints lc rgb "#c0392b" pt 7 ps 0.6 title "SLUB", \
	     data index i - 1 using 1:3 with linespoints lc rgb "#1f6fb2" pt 5 ps 0.6 title "tslab"
}
unset multiplot
