"""Small pictures that fit into a line of metadata.

Here: bars as an SVG in a data URI; Dagster's pages show it, and it loads nothing. Not here: what is drawn.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_BAR, _GAP, _HEIGHT = 5, 1, 80
_FILLED = "#4f43dd"


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, as high as its value; a hollow one is drawn as an outline."""

    value: int
    is_hollow: bool = False


def bars(shown: Sequence[Bar]) -> str:
    """Bars from left to right, the highest as high as the picture, with its value written; a data URI of an SVG."""
    highest = max((bar.value for bar in shown), default=0)
    width = max(len(shown) * (_BAR + _GAP), 60)
    placed = [(place * (_BAR + _GAP), bar) for place, bar in enumerate(shown)]
    solid = _path(((left, bar) for left, bar in placed if not bar.is_hollow), highest)
    hollow = _path(((left, bar) for left, bar in placed if bar.is_hollow), highest)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{_HEIGHT + 14}">'
        f'<text x="0" y="10" font-family="sans-serif" font-size="10" fill="#888">{highest:,}</text>'
        f'<path fill="{_FILLED}" d="{solid}"/><path fill="none" stroke="{_FILLED}" d="{hollow}"/></svg>'
    )
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"


def _path(placed: Iterable[tuple[int, Bar]], highest: int) -> str:
    # A hollow bar of nothing shows as well: that a day is open matters more than that it has no call yet.
    drawn = ((left, max(round(bar.value / max(highest, 1) * _HEIGHT), 3 * bar.is_hollow)) for left, bar in placed)
    return "".join(f"M{left} {_HEIGHT + 14}v-{height}h{_BAR}v{height}z" for left, height in drawn)
