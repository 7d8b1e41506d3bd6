"""The documentation says what is so: commands, settings, tables, and what the demo prints."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from unite_pipeline.cli import cli
from unite_pipeline.instance import prepare
from unite_pipeline.lake.places import Places
from unite_pipeline.settings import PREFIX, Settings
from unite_pipeline.warehouse.model import WAREHOUSE_TABLES

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def _normal(name: str) -> str:
    """A distribution's name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _declared(requirements: list[str]) -> set[str]:
    return {_normal(re.split(r"[<>=~!\[; ]", each)[0]) for each in requirements}


RUNTIME = _declared(PROJECT["dependencies"])
DEVELOPMENT = _declared([each for extra in PROJECT["optional-dependencies"].values() for each in extra])


def test_every_command_is_in_the_readme() -> None:
    """Each command of the command line is named in the README."""
    assert [name for name in cli.commands if not re.search(rf"\b{name}\b", README)] == []


def test_every_setting_is_in_the_example_with_its_default() -> None:
    """.env.example lists each setting once, in the order of the code, with its default."""
    lines = re.findall(r"^#?(UNITE_\w+)=(.*)$", EXAMPLE, re.MULTILINE)
    shown = dict(lines)
    expected = {f"{PREFIX}{name.upper()}": field.default for name, field in Settings.model_fields.items()}
    assert [name for name, _ in lines] == list(expected)
    for name, default in expected.items():
        if default is None:
            assert shown[name] == ""
        elif isinstance(default, bool):
            assert shown[name] == str(default).lower()
        elif isinstance(default, float):
            assert float(shown[name]) == default
        else:
            assert shown[name] == str(default)


def test_every_document_is_linked_from_the_readme() -> None:
    """Each page of docs/ is in the README's list of documents."""
    assert [path.name for path in (ROOT / "docs").glob("*.md") if f"(docs/{path.name})" not in README] == []


def test_settings_of_limits_and_alerts_are_explained() -> None:
    """Each setting of the budget and of alerts is named where a server is set up."""
    page = (ROOT / "docs" / "deploy.md").read_text()
    names = [
        f"{PREFIX}{name.upper()}" for name in Settings.model_fields if name.startswith(("rate_", "alert_", "smtp_"))
    ]
    assert len(names) >= 10
    assert [name for name in names if name not in page] == []


def test_every_dependency_earns_its_place() -> None:
    """Each runtime dependency of pyproject.toml has its line in docs/dependencies.md, each other one is named there."""
    text = (ROOT / "docs" / "dependencies.md").read_text()
    assert [name for name in sorted(RUNTIME) if f"| {name} |" not in text] == []
    development = _normal(text.partition("For development: ")[2])
    assert [name for name in sorted(DEVELOPMENT) if not name.startswith("types-") and name not in development] == []


@pytest.mark.parametrize(
    ("package", "declared"),
    [("unite_pipeline", RUNTIME), ("unite_pipeline_tests", RUNTIME | DEVELOPMENT)],
    ids=["package", "tests"],
)
def test_what_is_imported_is_declared(package: str, declared: set[str]) -> None:
    """Whatever is imported by name comes from a distribution that pyproject.toml names, not from another's needs."""
    providers = {"playwright": ["playwright"], **packages_distributions()}  # not installed for `make test`
    ours = {"unite_pipeline", "unite_pipeline_tests"}
    for module in sorted(_imported(ROOT / package) - sys.stdlib_module_names - ours):
        assert {_normal(name) for name in providers[module]} & declared, f"{module} is imported and not declared"


def test_what_is_declared_is_pinned() -> None:
    """constraints.txt has an exact version of every dependency of pyproject.toml, those for development too."""
    pinned = {_normal(line.partition("==")[0]) for line in _constraints()}
    assert sorted((RUNTIME | DEVELOPMENT) - pinned) == []


def test_dagster_home_is_the_one_the_readme_names(tmp_path: Path) -> None:
    """What the README has people set DAGSTER_HOME to is the folder of the data directory that becomes an instance."""
    named = re.search(r"DAGSTER_HOME=/absolute/path/of/UNITE_DATA_DIR/(\w+) ", README)[1]
    home = prepare(Places(tmp_path, "main"))
    assert home == tmp_path / named
    assert (home / "dagster.yaml").exists()


def test_links_lead_somewhere() -> None:
    """Each relative link in the documents leads to a file or folder."""
    for document in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), ROOT / "CONTRIBUTING.md"]:
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


def test_constraints_hold_names_and_versions_only() -> None:
    """Each line of constraints.txt is a name and an exact version, without an address, a path or a hash."""
    assert [line for line in _constraints() if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line)] == []


def _constraints() -> list[str]:
    return [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]


def _imported(folder: Path) -> set[str]:
    """First names of every module that some file under a folder imports, wherever in the file."""
    nodes = [node for path in folder.rglob("*.py") for node in ast.walk(ast.parse(path.read_text()))]
    plain = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    of = [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and node.level == 0]
    return {name.partition(".")[0] for name in [*plain, *of]}


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
    assert {table.name for table in WAREHOUSE_TABLES} == set(
        re.findall(r"^  ([a-z_]+) +[\d,]+  ", printed, re.MULTILINE)
    )
    assert "refused 0." in printed


def _shape(text: str) -> list[str]:
    return [re.sub(r"[\d,.:]*\d", "#", re.sub(r" +", " ", line)).strip() for line in text.splitlines()]
