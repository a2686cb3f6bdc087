"""The command ``python -m report.experiments``."""

from report.experiments.page import main

main()
