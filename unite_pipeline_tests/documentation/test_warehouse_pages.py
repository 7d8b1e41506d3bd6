"""Pages and SQL that are made from what the warehouse declares."""

from __future__ import annotations

import re

import pytest

from unite_pipeline.warehouse.documents import pages, statements
from unite_pipeline.warehouse.metrics import METRICS, NOT_DERIVABLE
from unite_pipeline.warehouse.model import WAREHOUSE_TABLES
from unite_pipeline.warehouse.questions import QUESTIONS, question

MADE = {**pages(), **statements()}


def page(name):
    """What a page says."""
    return next(path for path in MADE if path.name == name).read_text()


@pytest.mark.parametrize("path", MADE, ids=lambda path: path.name)
def test_what_is_made_is_fresh(path):
    """It is what is declared; if not, `python -m unite_pipeline.warehouse.documents` makes it again."""
    assert path.read_text() == MADE[path]


def test_every_column_is_in_the_dictionary():
    """Each table has its section, and each column but the tenant one line in it, with its type."""
    sections = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##|\Z)", page("data-dictionary.md"), re.MULTILINE | re.DOTALL))
    assert sections.keys() == {table.name for table in WAREHOUSE_TABLES}
    for table in WAREHOUSE_TABLES:
        lines = re.findall(r"^\| `(\w+)` \| (\w+) \|", sections[table.name], re.MULTILINE)
        assert lines == [(column.name, column.type) for column in table.all_columns if column.name != "tenant"]
        assert table.description in sections[table.name]


def test_numbers_and_names_are_marked_as_personal():
    """A caller's number and a contact's name are; a count and a day are not."""
    text = page("data-dictionary.md")
    for column in ("caller", "label", "external_number", "first_name"):
        assert re.search(rf"^\| `{column}` \| VARCHAR \| (yes)? ?\| personal \|", text, re.MULTILINE), column
    for column in ("call_date", "offered", "resolved_by"):
        assert not re.search(rf"^\| `{column}` \| \w+ \| (yes)? ?\| personal \|", text, re.MULTILINE), column


def test_every_metric_is_on_its_page():
    """Each metric has one line, and what cannot be derived stands there with its reason."""
    text = page("metrics.md")
    for metric in METRICS:
        assert len(re.findall(rf"^\| `{metric.name}` \|", text, re.MULTILINE)) == 1
    for asked, reason in NOT_DERIVABLE.items():
        assert f"| {asked} | {reason} |" in text


def test_every_question_is_on_its_page():
    """Twenty questions, each a sentence that ends in a question mark, with its SQL."""
    text = page("questions.md")
    assert len(set(QUESTIONS)) == 20
    for number, name in enumerate(QUESTIONS, 1):
        asked = question(name)
        assert asked.asks.endswith("?")
        assert f"## {number}. {asked.asks}\n" in text
        assert f"```sql\n{asked.sql}\n```" in text
