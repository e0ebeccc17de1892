"""What an administration wants to read before it introduces such a system: one page, on paper or offline.

    closed loops ─▶ figures.py ─▶ plots.py ─▶ page.py ─▶ FILE.html
    (one a budget)     └─ costs.py     hours, delays, duty, what was missed; from which rate on it pays

Everything on the page is in the figures, and they stand in the page as JSON.
"""

from agents.backtest.report.costs import Assumptions
from agents.backtest.report.figures import figures
from agents.backtest.report.page import page
from agents.backtest.report.plots import matplotlib

__all__ = ["Assumptions", "figures", "matplotlib", "page"]
