"""Figures drawn with matplotlib as SVG text: charts, the names at the ends of their lines, the sheet they stand on."""
