"""Text in figures: wrapped, shortened, and never mistaken for a formula that does not parse."""

import re
import textwrap

from matplotlib.mathtext import MathTextParser

_GLUE = "\ue000"  # a private character: a space at which no line ends
_parser = MathTextParser("path")


def plain(text: str) -> str:
    """The text as it stands: a dollar sign is a dollar sign."""
    return text.replace("\\$", "$").replace("$", r"\$")


def formula(text: str) -> str:
    """The text with its $formulas$ where Matplotlib can set them, else as it stands."""
    if "$" not in text or any(line.count("$") % 2 for line in text.split("\n")):
        return plain(text)
    try:
        for line in text.split("\n"):
            _parser.parse(line)
    except ValueError:
        return plain(text)
    return text


def wrapped(text: str, width: int, lines: int) -> str:
    """The text in at most so many lines of this width, shortened by an ellipsis where it must be, no formula broken."""
    whole = re.sub(r"\$[^$]*\$", lambda m: m.group().replace(" ", _GLUE), " ".join(text.split()))
    folded = textwrap.wrap(whole, width, max_lines=lines, placeholder=" …", break_on_hyphens=False)
    return "\n".join(folded).replace(_GLUE, " ")


def number(value: float) -> str:
    """A number for reading, to three digits, whole ones of four or five in full, with a minus sign that is one.

    >>> number(0.5), number(-1.25e-7), number(1024.0)
    ('0.5', '−1.25e−07', '1024')
    """
    full = 1000 <= abs(value) < 100_000 and value == round(value)
    return f"{value:.0f}".replace("-", "−") if full else f"{value:.3g}".replace("-", "−")
