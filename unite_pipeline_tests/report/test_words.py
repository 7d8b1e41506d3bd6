"""How values are written: halves, one and many, opening hours."""

# ruff: noqa: RUF001  ranges have a dash

from __future__ import annotations

import pytest

from unite_pipeline.report.opening import opening_words
from unite_pipeline.report.words import say, written


@pytest.mark.parametrize(
    ("value", "form", "nl"),
    [
        (0.125, "pct0", "13\u00a0%"),
        (0.285, "pct0", "29\u00a0%"),
        (0.0005, "pct", "0,1\u00a0%"),
        (2.5, "n", "3"),
        (0.25, "n1", "0,3"),
        (90.5, "dur", "1:31\u00a0min"),
        (1375, "within", "23\u00a0minuten"),
        (45, "within", "45\u00a0s"),
        (7200, "within", "2:00\u00a0u"),
    ],
)
def test_halves_go_up(value: float, form: str, nl: str) -> None:
    """A half is rounded up, as whoever checks by hand does it, also where a computer has a little less than a half."""
    assert written(value, form).nl == nl


def test_one_is_no_plural() -> None:
    """Of one thing the singular is written, in either language."""
    one, two = (say("headline.no_week", days=days) for days in (1, 2))
    assert (one.nl[-5:], two.nl[-7:]) == ("1 dag", "2 dagen")
    assert (one.en[-5:], two.en[-6:]) == ("1 day", "2 days")


@pytest.mark.parametrize(
    ("notation", "nl", "en"),
    [
        ("Mo-Fr 08:30-17:30; PH off", "ma–vr 08:30–17:30, niet op feestdagen",
         "Mon–Fri 08:30–17:30, not on public holidays"),
        ("Mo-Th 09:00-12:30,13:00-17:00; Sa,Su 10:00-12:00", "ma–do 09:00–12:30, 13:00–17:00, za, zo 10:00–12:00",
         "Mon–Thu 09:00–12:30, 13:00–17:00, Sat, Sun 10:00–12:00"),
        ("24/7", "24/7", "24/7"),
        ("Mo-Fr 09:00-17:00; Dec 24 off", "Mo-Fr 09:00-17:00; Dec 24 off", "Mo-Fr 09:00-17:00; Dec 24 off"),
    ],
)  # fmt: skip
def test_opening_hours_in_words(notation: str, nl: str, en: str) -> None:
    """Days and hours of the usual notation are words of either language; what is unusual stays as it was set."""
    assert (opening_words(notation).nl, opening_words(notation).en) == (nl, en)
