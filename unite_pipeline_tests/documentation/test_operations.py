"""The page for whoever is on duty: it quotes what is said, and leads to commands, sensors and fields that there are."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from unite_pipeline.alerts.alert import Alert, Kind
from unite_pipeline.cli import cli
from unite_pipeline.definitions import build_definitions
from unite_pipeline.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
PAGES = {name: (ROOT / "docs" / f"{name}.md").read_text() for name in ("operations", "deploy")}
OPERATIONS = PAGES["operations"]
QUOTED = [line for block in re.findall(r"```text\n(.*?)```", OPERATIONS, re.DOTALL) for line in block.splitlines()]


def said() -> str:
    """Every text in the package's code, with what is filled in left out."""
    nodes = [node for path in (ROOT / "unite_pipeline").rglob("*.py") for node in ast.walk(ast.parse(path.read_text()))]
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return "\n".join(texts)


def test_what_is_quoted_is_said() -> None:
    """Each text that the page quotes stands in the code, word for word, but for what is filled in.

    Clause by clause: some sentences are put together of two.
    """
    texts = said()
    assert len(QUOTED) > 30
    clauses = [part.strip() for line in QUOTED for part in re.split(r"…|[.;:]+ |[()]|[.:]$", line)]
    assert [clause for clause in clauses if len(clause) > 2 and clause not in texts] == []


def test_commands_and_settings_are_there() -> None:
    """Each command and each variable that the pages name is one."""
    for page in PAGES.values():
        commands = set(re.findall(r"unite-pipeline ([a-z]+)\b(?! \w+ \w+ \w+)", " ".join(re.findall(r"`[^`]+`", page))))
        assert commands - set(cli.commands) == set()
        variables = {name for name in re.findall(r"UNITE_[A-Z_]+", page) if not name.endswith("_")}
        assert variables - {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} == set()


def test_fields_of_an_alert_are_told() -> None:
    """The table of fields names those that are sent, and each kind of alert."""
    table = OPERATIONS.partition("## Being told")[2]
    named = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", table, re.MULTILINE))))
    assert named == set(Alert(kind=Kind.TEST, tenant="x", at="x").fields())
    assert [kind.value for kind in Kind if f"`{kind.value}`" not in table] == []


@pytest.mark.parametrize("name", ["end_dead_runs", "alerts"])
def test_sensors_are_there(tmp_path: Path, name: str) -> None:
    """The sensors that the page names are what Dagster loads."""
    assert f"`{name}`" in OPERATIONS
    assert build_definitions(Settings(data_dir=tmp_path)).resolve_sensor_def(name).name == name


def test_anchors_lead_somewhere() -> None:
    """Links to a heading, on the same page or from the other, lead to one."""
    headings = {
        name: {_anchor(line) for line in re.findall(r"^##+ (.*)$", page, re.MULTILINE)} for name, page in PAGES.items()
    }
    for name, page in PAGES.items():
        for target, anchor in re.findall(r"\]\((\w*)(?:\.md)?#([\w-]+)\)", page):
            assert anchor in headings[target or name], f"{name} links to {target}#{anchor}"


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-")


def test_what_had_to_be_told_is_told() -> None:
    """Every failure that an operator may meet has its heading."""
    headings = "\n".join(re.findall(r"^## (.*)$", OPERATIONS, re.MULTILINE))
    for each in (
        "login token", "not permitted", "429", "API is down", "API is slow", "cannot be proven", "something new",
        "disk is full", "not published", "reader blocks", "Killed worker", "Power loss", "machine slept",
        "clock is wrong", "Two installations", "state.db", "raw layer is damaged", "lake", "data/dagster", "restore",
    ):  # fmt: skip
        assert each in headings
