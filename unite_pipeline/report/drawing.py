"""Charts as SVG that needs no script: x in percent of the width, y in pixels.

So one drawing fits a phone, a laptop and paper, and its letters stay as large as those around it. Colours and the
sizes of letters are classes of `templates/style.css`. Not here: what is drawn (`charts/`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from markupsafe import Markup

from unite_pipeline.report.words import LANGUAGES, Both, plain

Point = tuple[float, float]
Bar = tuple[Both, Both, Sequence[tuple[float, str]]]
"""Label, words at the right, and the parts of the bar: lengths with their classes."""
_ABOVE, _BELOW = 12, 26
_UNITS = 1000
"""Units of a path across the whole width."""


def nice_ticks(top: float, about: int = 4) -> list[float]:
    """Round values from 0 to the first that is not below `top`; 1, 2 or 5 times a power of ten apart."""
    rough = max(top, 1e-9) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * each for each in (1, 2, 5, 10) if power * each >= rough * (1 - 1e-9))
    return [step * i for i in range(math.ceil(top / step - 1e-9) + 1)] if top > 0 else [0.0, 1.0]


def whole_ticks(top: float, about: int = 4) -> list[float]:
    """The same for things that are counted: no tick between two whole numbers."""
    return nice_ticks(max(top, about), about)


class Plot:
    """One drawing; x is 0 to 1 from left to right, y a value from 0 to `top`.

    Args:
        name: of the chart; its title and its finding are what a screen reader tells of the drawing.
        top: value at the upper edge.
        height_px: from the x axis to the upper edge.
        has_axis: whether there is room for labels below.
    """

    def __init__(self, name: str, top: float, height_px: int = 220, *, has_axis: bool = True) -> None:
        self._name, self._top, self._height = name, top, height_px
        self._below = _BELOW if has_axis else 4
        self._parts: list[Markup] = []

    @property
    def svg(self) -> Markup:
        """The finished drawing."""
        height = _ABOVE + self._height + self._below
        return Markup(
            '<svg class="plot" width="100%" height="{}" role="img" aria-labelledby="title-{}" '
            'aria-describedby="finding-{}">{}</svg>'
        ).format(height, self._name, self._name, Markup().join(self._parts))

    def y(self, value: float) -> float:
        """Pixels from the top of the drawing."""
        return _ABOVE + self._height * (1 - value / self._top)

    def rect(self, x: tuple[float, float], y: tuple[float, float], kind: str, tip: str = "") -> None:
        """A filled area; `tip` shows where a mouse rests on it."""
        upper, lower = self.y(max(y)), self.y(min(y))
        title = Markup("<title>{}</title>").format(tip) if tip else ""
        self._parts.append(
            Markup('<rect class="{}" x="{}%" y="{}" width="{}%" height="{}">{}</rect>').format(
                kind, _short(x[0] * 100), _short(upper), _short((x[1] - x[0]) * 100), _short(lower - upper), title
            )
        )

    def line(self, points: Sequence[Point | None], kind: str) -> None:
        """A line through points, broken at each None; of a stretch of fewer than two, nothing."""
        shapes = ["M" + "L".join(map(self._at, part)) for part in _stretches(points)]
        if shapes:
            self._path("".join(shapes), kind)

    def band(self, low: Sequence[Point | None], high: Sequence[Point | None], kind: str) -> None:
        """The area between two lines over the same x, broken where they are."""
        shapes = [
            "M" + "L".join(map(self._at, [*upper, *reversed(lower)])) + "Z"
            for lower, upper in zip(_stretches(low), _stretches(high), strict=True)
        ]
        if shapes:
            self._path("".join(shapes), kind)

    def dot(self, point: Point, kind: str, tip: str = "", radius_px: float = 3.5) -> None:
        """A round mark."""
        title = Markup("<title>{}</title>").format(tip) if tip else ""
        self._parts.append(
            Markup('<circle class="{}" cx="{}%" cy="{}" r="{}">{}</circle>').format(
                kind, _short(point[0] * 100), _short(self.y(point[1])), radius_px, title
            )
        )

    def words(self, x: float, y_px: float, text: Both, kind: str = "", anchor: str = "middle", dx: float = 0) -> None:
        """Words at a place; `y_px` is pixels from the top of the drawing, `dx` pixels to the right."""
        self._parts.append(words(x, y_px, text, kind, anchor, dx))

    def y_axis(self, ticks: Iterable[float], labels: Iterable[Both]) -> None:
        """Lines across, with their values at the left."""
        for tick, label in zip(ticks, labels, strict=True):
            self.across(tick, "grid")
            self.words(0, self.y(tick) + 4, label, "tick", "end", -8)

    def x_labels(self, labels: Sequence[tuple[float, Both]], most: int, most_narrow: int) -> None:
        """Labels below the x axis from the first on, as many as there is room for on a laptop, and on a phone."""
        step, narrow = (max(math.ceil(len(labels) / each), 1) for each in (most, most_narrow))
        for i, (x, label) in enumerate(labels):
            kind = {(True, True): "tick", (True, False): "tick wide", (False, True): "tick narrow"}.get(
                (i % step == 0, i % narrow == 0)
            )
            if kind is not None:
                self.x_label(x, label, kind)

    def x_label(self, x: float, label: Both, kind: str = "tick", anchor: str = "middle") -> None:
        """A label below the x axis."""
        self.words(x, _ABOVE + self._height + 18, label, kind, anchor)

    def across(self, value: float, kind: str) -> None:
        """A line from left to right."""
        y = _short(self.y(value))
        self._parts.append(Markup('<line class="{}" x1="0" x2="100%" y1="{}" y2="{}"/>').format(kind, y, y))

    def upright(self, x: float, kind: str) -> None:
        """A line from the axis to the upper edge."""
        self._parts.append(
            Markup('<line class="{}" x1="{}%" x2="{}%" y1="{}" y2="{}"/>').format(
                kind, _short(x * 100), _short(x * 100), _ABOVE, _ABOVE + self._height
            )
        )

    def _at(self, point: Point) -> str:
        return f"{_short(point[0] * _UNITS)} {_short(self.y(point[1]))}"

    def _path(self, shape: str, kind: str) -> None:
        height = _ABOVE + self._height + self._below
        self._parts.append(
            Markup(
                '<svg class="stretched" width="100%" height="{}" viewBox="0 0 {} {}" preserveAspectRatio="none">'
                '<path class="{}" d="{}"/></svg>'
            ).format(height, _UNITS, height, kind, shape)
        )


def _stretches(points: Sequence[Point | None]) -> list[list[Point]]:
    """The runs of two points or more between the gaps."""
    runs: list[list[Point]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    return [run for run in runs if len(run) > 1]


def words(x: float, y_px: float, text: Both, kind: str, anchor: str, dx: float = 0) -> Markup:
    """Words in a drawing, once where both languages have the same."""
    at = Markup('class="{}" x="{}%" y="{}" text-anchor="{}"').format(kind, _short(x * 100), _short(y_px), anchor)
    if dx:
        at += Markup(' dx="{}"').format(_short(dx))
    if text.is_same:
        return Markup("<text {}>{}</text>").format(at, text.nl)
    return Markup('<text {} lang="nl">{}</text><text {} lang="en">{}</text>').format(at, text.nl, at, text.en)


def bars(name: str, rows: Sequence[Bar], longest: float) -> Markup:
    """Bars that lie: a label above each at the left, words at the right, and parts of the bar side by side.

    The words are HTML and not part of the drawing, so that a long name takes a second line where a phone needs it.

    Args:
        name: of the chart.
        rows: from top to bottom.
        longest: the length that takes the whole width.
    """
    parts: list[Markup] = []
    for label, beside, lengths in rows:
        begin, drawn = 0.0, []
        for length, kind in lengths:
            width = length / longest if longest else 0.0
            drawn.append(
                Markup('<rect class="{}" x="{}%" width="{}%" height="14"/>').format(
                    kind, _short(begin * 100), _short(width * 100)
                )
            )
            begin += width
        parts.append(
            Markup(
                '<div class="bar"><span class="row">{}</span><span class="beside">{}</span>'
                '<svg width="100%" height="14" aria-hidden="true">{}</svg></div>'
            ).format(both(label), both(beside), Markup().join(drawn))
        )
    return Markup('<div class="bars" role="group" aria-labelledby="title-{}">{}</div>').format(
        name, Markup().join(parts)
    )


def both(text: Both | None) -> Markup:
    """A text as HTML: each language marked as such, so that the style shows one and a screen reader knows which."""
    if text is None:
        return Markup()
    if text.is_same:
        return Markup("{}").format(text.nl)
    return Markup().join(
        Markup('<span lang="{}">{}</span>').format(language, text.of(language)) for language in LANGUAGES
    )


def spark(values: Sequence[float | None], least: float) -> Markup:
    """A small line of a card, the last value marked; gaps where there is none.

    Args:
        values: from left to right, one place each.
        least: what the height stands for at least, so that a small difference looks small.
    """
    known = [each for each in values if each is not None]
    if len(known) < 2:  # noqa: PLR2004  one point is no line
        return Markup()
    span = max(max(known) - min(known), least)
    bottom = (max(known) + min(known) - span) / 2
    plot = Plot("spark", 1, 26, has_axis=False)
    places: list[Point | None] = [
        None if value is None else (i / (len(values) - 1), (value - bottom) / span) for i, value in enumerate(values)
    ]
    plot.line(places, "spark-line")
    for place, before, after in zip(places, [None, *places], [*places[1:], None], strict=False):
        if place is not None and before is None and after is None:
            plot.dot(place, "spark-alone", radius_px=2)
    plot.dot(next(place for place in reversed(places) if place is not None), "spark-dot")
    inner = Markup().join(plot._parts)  # noqa: SLF001  its own module's
    return Markup('<svg class="spark" width="100%" height="42" aria-hidden="true">{}</svg>').format(inner)


def scale(steps: Sequence[tuple[str, Both]]) -> Markup:
    """The legend of a heat map: what each shade stands for, from light to dark."""
    parts = [
        Markup('<li><svg width="100%" height="10" aria-hidden="true"><rect class="{}" width="100%" height="10"/></svg>'
               "{}</li>").format(kind, both(text))
        for kind, text in steps
    ]  # fmt: skip
    return Markup('<ul class="scale">{}</ul>').format(Markup().join(parts))


def whole(value: float) -> Both:
    """A tick without decimals."""
    return plain(f"{value:.0f}")


def _short(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if value else "0"
