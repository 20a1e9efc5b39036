# SPDX-License-Identifier: GPL-2.0
# Pages that are kept, in per cent of SLUB's peak. In: out, term, data, rows.
set terminal @term size 900, 60 + 34 * rows font "sans,12"
set output out
set style fill solid
set boxwidth 0.35
set yrange [rows - 0.3:-0.7]
set xrange [0:105]
set xlabel "pages kept, per cent of SLUB's peak"
set grid xtics lt 1 lw 0.5 lc rgb "#cccccc"
set ytics scale 0
set key outside top right
plot data using ($2 / 2):0:($2 / 2):(0.17):ytic(1) with boxxyerror lc rgb "#ffffff" notitle, \
     data using ($2 / 2):($0 - 0.18):($2 / 2):(0.16) with boxxyerror lc rgb "#c0392b" title "SLUB", \
     data using ($3 / 2):($0 + 0.18):($3 / 2):(0.16) with boxxyerror lc rgb "#1f6fb2" title "tslab"
