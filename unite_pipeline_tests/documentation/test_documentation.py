"""The documentation says what is so: commands, settings, tables, and what the demo prints."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from unite_pipeline.cli import cli
from unite_pipeline.lake.tables import TABLES
from unite_pipeline.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()


def test_every_command_is_in_the_readme() -> None:
    """Each command of the command line is named in the README."""
    assert [name for name in cli.commands if not re.search(rf"\b{name}\b", README)] == []


def test_every_setting_is_in_the_example_with_its_default() -> None:
    """.env.example lists each setting, in the order of the code, with its default."""
    shown = dict(re.findall(r"^#?(UNITE_\w+)=(.*)$", EXAMPLE, re.MULTILINE))
    expected = {f"{PREFIX}{name.upper()}": field.default for name, field in Settings.model_fields.items()}
    assert set(shown) == set(expected)
    for name, default in expected.items():
        if default is None:
            assert shown[name] == ""
        elif isinstance(default, float):
            assert float(shown[name]) == default
        else:
            assert shown[name] == str(default)


def test_every_dependency_earns_its_place() -> None:
    """Each dependency of pyproject.toml has its line in docs/dependencies.md."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = [re.split(r"[<>=\[ ]", each)[0] for each in project["dependencies"]]
    text = (ROOT / "docs" / "dependencies.md").read_text()
    assert [name for name in names if f"| {name} |" not in text] == []


def test_links_lead_somewhere() -> None:
    """Each relative link in the documents leads to a file or folder."""
    for document in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), ROOT / "CONTRIBUTING.md"]:
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


def test_constraints_hold_names_and_versions_only() -> None:
    """constraints.txt pins every runtime dependency, and holds no address and no path."""
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line) for line in lines)


@pytest.mark.processes
def test_demo_prints_what_the_readme_shows(tmp_path: Path) -> None:
    """The README's output of the demo is that of the demo, but for numbers, times and days, up to the first answer."""
    shown = re.search(r"```text\n(.*?answered\?\n)", README, re.DOTALL)[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("UNITE_", "DAGSTER_"))}
    command = [sys.executable, "-c", "from unite_pipeline.cli import main; main()", "demo"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True
    )
    printed = done.stdout.replace(f"{tmp_path}/", "")
    assert _shape(shown) == _shape(printed)[: len(_shape(shown))]
    assert {table.name for table in TABLES} == set(re.findall(r"^  ([a-z_]+) +[\d,]+  ", printed, re.MULTILINE))
    assert "refused 0." in printed


def _shape(text: str) -> list[str]:
    return [re.sub(r"[\d,.:]*\d", "#", re.sub(r" +", " ", line)).strip() for line in text.splitlines()]
