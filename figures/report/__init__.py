"""The report: `write(results, path)` makes one static HTML page of judged claims."""

from figures.report.easel import Easel
from figures.report.page import write

__all__ = ["Easel", "write"]
