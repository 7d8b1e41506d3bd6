"""The page itself: HTML that needs nothing else, both languages, and nobody's number."""

from __future__ import annotations

import re
import stat
import string
from datetime import date
from importlib import resources

import pytest

from unite_pipeline.report.charts.when import DARK
from unite_pipeline.report.words import LANGUAGES, say, texts
from unite_pipeline_tests.report.pages import Reported, reported, words


def test_nothing_is_fetched(company: Reported) -> None:
    """No attribute and no style names anything outside the file, and there is no script."""
    names = {tag for element in company.tree.iter() for tag in element.attrib}
    assert names.isdisjoint({"src", "href", "srcset", "data", "action", "poster"})
    assert not [
        element for element in company.tree.iter() if str(element.tag).lower() in {"script", "link", "iframe", "img"}
    ]
    assert not [name for name in names if str(name).startswith("on")]
    assert "url(" not in company.html
    assert "@import" not in company.html
    assert re.findall(r"https?://", company.html) == []


def test_a_policy_forbids_it_too(company: Reported) -> None:
    """The page's own policy lets a browser load nothing but the style inside."""
    policies = [each.get("content") for each in company.tree.iter("meta")
                if each.get("http-equiv") == "Content-Security-Policy"]  # fmt: skip
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'"]


def test_both_languages_are_complete(report: Reported) -> None:
    """Wherever one language has words the other has too, and no value was left unwritten."""
    for parent in report.tree.iter():
        found = [child.get("lang") for child in parent if child.get("lang") in LANGUAGES]
        assert found == list(LANGUAGES) * (len(found) // 2)
    for language in LANGUAGES:
        assert len(report.words(language)) > 5000
        assert "{" not in report.words(language)
        assert "None" not in report.words(language)


def test_every_text_has_the_same_values_in_both_languages() -> None:
    """Each text is there in Dutch and in English, with the same values, each written the same way."""
    for name, text in texts().items():
        values = [
            sorted(
                {
                    (field, form)
                    for _, field, form, _ in string.Formatter().parse(text.of(language))
                    if field and "|" not in (form or "")
                }
            )
            for language in LANGUAGES
        ]
        assert values[0] == values[1], name
        assert text.nl, name
        assert text.en, name


@pytest.mark.parametrize(
    ("name", "values", "nl", "en"),
    [
        ("days.busiest", {"most": 1234}, "1.234", "1,234"),
        ("interval", {"low": 0.125, "high": 0.5}, "12,5\u00a0", "12.5\u00a0"),
        ("interval", {"low": 0.125, "high": 0.5}, "50,0\u00a0%", "50.0%"),
    ],
)
def test_each_language_writes_its_numbers(name: str, values: dict, nl: str, en: str) -> None:
    """Dutch has the comma for decimals and the point for thousands, English the other way about."""
    text = say(name, busiest=date(2026, 3, 2), **values)
    assert nl in text.nl
    assert en in text.en


def test_every_chart_tells_what_it_is(report: Reported) -> None:
    """Each chart has a title, a finding, n, the period, a formula and a drawing that a screen reader can name."""
    empty = {each.get("id") for each in report.tree.iter("figure") if "niets over te zeggen" in words(each)}
    assert empty <= {"recording_coverage"}
    for figure in report.tree.iter("figure"):
        name = figure.get("id")
        if name in empty:
            continue
        note = next(words(each) for each in figure.iter("p") if each.get("class") == "note")
        assert re.search(r"^n = [\d.]+ \w+", note), name
        assert re.search(r"\d+ \w{3} t/m \d+ \w{3} 20\d\d", note), name
        assert "Formule:" in note, name
        ids = {element.get("id") for element in figure.iter()}
        drawings = [each[0] for each in figure.iter("div") if each.get("class") == "drawing"]
        assert drawings, name
        for drawing in drawings:
            assert drawing.get("role") in {"img", "group"}
            assert {drawing.get("aria-labelledby"), drawing.get("aria-describedby")} - {None} <= ids
            assert drawing.get("aria-labelledby") == f"title-{name}"


def test_no_number_of_a_caller(company: Reported) -> None:
    """No number of anybody outside stands in the page, neither with names nor without."""
    rows = company.query("select distinct external_number, external_e164 from calls")
    outside = [number for row in rows for number in row if number]
    assert len(outside) > 100
    assert [number for number in outside if number in company.html] == []
    with_names = reported(company.places, has_names=True).html
    reported(company.places)
    assert [number for number in outside if number in with_names] == []


def test_names_are_off_unless_switched_on(company: Reported) -> None:
    """No extension's name or number and no direct number stands in the page, but with names on all of them do."""
    names = [name for (name,) in company.query("select name from extensions where name <> 'Receptie'")]
    numbers = [number for (number,) in company.query("select extension_number from extensions")]
    direct = [formatted for (formatted,) in company.query(
        "select label from labels where kind = 'own_number' and id in (select own_number from calls) "
        "and id not in (select number from call_flow_numbers)"
    )]  # fmt: skip
    assert min(len(names), len(numbers), len(direct)) > 5
    without = company.html
    assert [each for each in (*names, *direct) if each in without] == []
    assert [each for each in numbers if re.search(rf"(?<![0-9]){each}(?![0-9])", without)] == []
    assert "Toestel A" in company.words()
    with_names = reported(company.places, has_names=True).words()
    reported(company.places)
    assert [each for each in (*names, *direct) if each not in with_names] == []
    assert "Toestel A" not in with_names


def test_one_letter_for_one_extension(company: Reported) -> None:
    """An extension has the same letter in every chart: the one that has its figures when names are on."""
    charts = ("extensions", "recording_coverage")
    letters = {chart: [row[0] for row in company.rows(chart)] for chart in charts}
    named = reported(company.places, has_names=True)
    names = {chart: [row[0] for row in named.rows(chart)] for chart in charts}
    reported(company.places)
    of_name = dict(zip(names["extensions"], letters["extensions"], strict=True))
    assert len(set(of_name.values())) == len(of_name) > 5
    assert letters["recording_coverage"] == [of_name[name] for name in names["recording_coverage"]]
    assert letters["recording_coverage"] != letters["extensions"][: len(letters["recording_coverage"])]


def test_words_in_shades_can_be_read() -> None:
    """Letters in a heat map differ from every shade below them by 4.5 to 1 at least, as WCAG asks."""
    style = resources.files("unite_pipeline.report").joinpath("templates/style.css").read_text(encoding="utf-8")
    shades = re.findall(r"\.(?:cool|warm)-(\d) { fill: (#[0-9a-f]{6}); }", style)
    ink = re.search(r"--ink: (#[0-9a-f]{6})", style)
    assert ink is not None
    assert len(shades) == 12
    for step, colour in shades:
        light, dark = sorted((_luminance(colour), _luminance("#ffffff" if int(step) >= DARK else ink[1])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, colour


def _luminance(colour: str) -> float:
    """Relative luminance, by WCAG 2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_only_its_owner_reads_it(company: Reported) -> None:
    """The file is readable by whoever runs the pipeline, and by nobody else."""
    assert stat.S_IMODE(company.places.report.stat().st_mode) == 0o600
