"""What the page of a warehouse table tells of its content: sums that are right, and nothing of anybody."""

from __future__ import annotations

import re
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator
from datetime import date
from statistics import median

import duckdb
import pytest

from unite_pipeline.defs.plots import Bar, bars
from unite_pipeline.defs.preview import Previews
from unite_pipeline.lake.table import Table, flag, key, measure, text
from unite_pipeline.warehouse.profile import profile_of

PEOPLE = Table(
    "people",
    "One made-up row",
    ("name",),
    (
        key("name", "Whose it is"),
        text("kind", "What it is", codes=("cat", "dog")),
        measure("age_s", "How long"),
        flag("is_old", "Whether"),
        key("born", "When", "DATE"),
    ),
)
ROWS = [
    ("Aaltje", "cat", 3, True, date(2026, 1, 2)),
    ("Bert", "dog", 9, False, date(2026, 1, 5)),
    ("Cor", "cat", 4, False, date(2026, 1, 3)),
    ("Dirk", "Mr Private", None, True, date(2026, 1, 4)),
    ("Eef", None, 8, True, date(2026, 1, 3)),
    ("Fien", "cat", 12_345_678, True, date(2026, 1, 3)),
    ("Gijs", "cat", 5, False, date(2026, 1, 3)),
]


@pytest.fixture
def people() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database with a table of seven rows, one of which holds a word that is no known code."""
    with duckdb.connect() as connection:
        connection.execute(
            "create table people (tenant varchar, name varchar, kind varchar, age_s int, is_old bool, born date)"
        )
        connection.executemany("insert into people values ('acme', ?, ?, ?, ?, ?)", ROWS)
        yield connection


def test_sums_are_right(people: duckdb.DuckDBPyConnection) -> None:
    """Extremes, days and counts by code equal those of the rows; a word that is no code is counted and not told."""
    profile = profile_of(people, PEOPLE)
    ages = [age for _, _, age, _, _ in ROWS if age is not None]
    old = Counter(is_old for *_, is_old, _ in ROWS)
    assert profile.rows == len(ROWS)
    assert {each.name: (each.filled, each.told) for each in profile.columns} == {
        "tenant": (7, ""),
        "name": (7, ""),
        "kind": (6, "cat 4, dog 1, other 1"),
        "age_s": (6, f"{min(ages)} / {median(ages):g} / 12,345,678"),
        "is_old": (7, f"true {old[True]}, false {old[False]}"),
        "born": (7, "2026-01-02 to 2026-01-05"),
    }


def test_no_value_of_a_person(people: duckdb.DuckDBPyConnection) -> None:
    """The page names what is left out, with how far it is filled, and none of its values."""
    shown = Previews(people).of(PEOPLE)["preview"].value
    assert "| kind | 86 % | cat 4, dog 1, other 1 |" in shown
    assert "Not told, only how far they are filled: tenant (100 %), name (100 %)" in shown
    assert not [row[0] for row in ROWS if row[0] in shown]
    assert "Private" not in shown


def test_few_rows_tell_nothing(people: duckdb.DuckDBPyConnection) -> None:
    """Of fewer than five rows only their number is told: an extreme of them would be a row."""
    people.execute("delete from people where name >= 'Eef'")
    shown = Previews(people).of(PEOPLE)["preview"].value
    assert shown == "4 rows looked at (at most 100,000): too few to tell anything of them."


def test_few_values_tell_nothing(people: duckdb.DuckDBPyConnection) -> None:
    """Of a column that is filled in fewer than five rows no value is told, however many rows there are."""
    people.execute("update people set age_s = null where name > 'Aaltje'")
    assert {each.name: each.told for each in profile_of(people, PEOPLE).columns}["age_s"] == ""
    assert "age_s (14 %)" in Previews(people).of(PEOPLE)["preview"].value


def test_what_cannot_be_looked_at_is_said(people: duckdb.DuckDBPyConnection) -> None:
    """A table that the engine cannot read has its reason for a preview, without the engine's text, and no error."""
    people.execute("alter table people drop column kind")
    assert Previews(people).of(PEOPLE) == {"preview": "Not to be had: BinderException"}


def test_bars_are_as_high_as_their_values() -> None:
    """Each bar is drawn in the proportion of its value; an open day is an outline, also with no call."""
    svg = b64decode(bars([Bar(10), Bar(40), Bar(0), Bar(20, is_hollow=True), Bar(0, is_hollow=True)]).split(",")[1])
    solid, hollow = re.findall(r'd="([^"]*)"', svg.decode())
    assert [int(height) for height in re.findall(r"v-(\d+)", solid)] == [20, 80, 0]
    assert [int(height) for height in re.findall(r"v-(\d+)", hollow)] == [40, 3]
    assert ">40</text>" in svg.decode()


def test_no_bars_without_days() -> None:
    """An empty picture is a picture, and no error."""
    assert bars([]).startswith("data:image/svg+xml;base64,")
