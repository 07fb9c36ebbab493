"""A claim's figure inside the page: inline SVG whose names clash with no other figure's, letters shared by all."""

import re

from figures.report.easel import Easel, Sketch
from figures.report.markup import Html, element, joined
from validations.core.result import Result

_NOISE = re.compile(r"<!--.*?-->\s*|<metadata>.*?</metadata>\s*|<style[^>]*>.*?</style>\s*", re.DOTALL)
_GROUPS = re.compile(r'<g id="[^"]*"')  # named by Matplotlib, and referred to by nothing
_LETTER = re.compile(r'<path id="([^"]+)" (d="[^"]*" transform="scale\(0\.015625\)")/>')
_NAMES = re.compile(r'(\bid="|href="#|url\(#)([^")]+)')


def picture(result: Result, name: str, easel: Easel) -> Html:
    """The figure of a judged claim, or why it could not be drawn: one broken drawing must not cost the page."""
    try:
        return inlined(easel.sketch(result), name)
    except Exception as problem:
        return element("p", f"The figure could not be drawn: {type(problem).__name__}: {problem}", class_="error")


def inlined(sketch: Sketch, name: str) -> Html:
    """The figure as an SVG element of this id, with its description for those who cannot see it."""
    svg = _NOISE.sub("", sketch.svg)
    svg = " ".join(_GROUPS.sub("<g", svg[svg.index("<svg") :]).split())
    letters = {letter for letter, _ in _LETTER.findall(svg)}
    svg = _NAMES.sub(lambda m: m[0] if m[2] in letters else f"{m[1]}{name}-{m[2]}", svg)
    box = svg.partition('viewBox="')[2].partition('"')[0]
    body = Html(svg[svg.index(">") + 1 : svg.rindex("</svg>")])
    return element("svg", body, id=name, viewBox=box, role="img", aria_label=sketch.alt, class_="drawing")


def with_shared_letters(figures: Html) -> Html:
    """The same with the outline of each letter once, ahead of all that use it."""
    outlines = dict(_LETTER.findall(figures))
    paths = (Html(f'<path id="{letter}" {outline}/>') for letter, outline in outlines.items())
    letters = element("svg", element("defs", *paths), class_="letters", width="0", height="0", aria_hidden="true")
    return joined([letters, Html(re.sub(r"<defs>\s*</defs>", "", _LETTER.sub("", figures)))])


def thumbnail(name: str, box: str) -> Html:
    """A small copy of the figure of this id, without a second set of its outlines."""
    return element("svg", element("use", href=f"#{name}"), viewBox=box, class_="thumbnail", aria_hidden="true")
