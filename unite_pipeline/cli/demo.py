"""`unite-pipeline demo`: four weeks of a simulated company, from the API to answers."""

from __future__ import annotations

import importlib.resources
import re
import sys
from pathlib import Path

import click
import duckdb

from unite_pipeline.cli.company import DEMO_DAYS, DEMO_DIR, simulated
from unite_pipeline.cli.screen import say
from unite_pipeline.cli.sync import sync_and_tell

_GRAIN_ENDS = re.compile(r"[.:;,]| \(")
"""A table's comment opens with its grain; what follows is too long for a list."""
QUESTIONS = ("calls_by_weekday", "busiest_hours", "who_talks_most")


@click.command()
@click.option("--data-dir", type=click.Path(path_type=Path), default=DEMO_DIR, show_default=True, help="Where it goes.")
def demo(data_dir: Path) -> None:
    """Sync a simulated company, build its warehouse, and show what is there. Needs no settings and no network."""
    say("A simulated Unite API of a small company is started; 30 requests a minute, as the real one.")
    with simulated(data_dir.absolute(), DEMO_DAYS) as (served, settings):
        before = len(served.sim.requests)
        report = sync_and_tell(settings, None, None)
        counted = len(served.sim.requests) - before
        say(f"The simulated API counted {counted} requests and refused {served.sim.refused_count}.")
    if counted != report.requests_sent:
        click.echo(f"That is not the {report.requests_sent} that the sync counted: please report it.", err=True)
    _show(settings.data_dir / "unite.duckdb")
    _what_next(data_dir)


def _show(warehouse: Path) -> None:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        connection.execute("set timezone = 'Europe/Amsterdam'")
        say("\nWhat is there (unite.duckdb):")
        found = connection.execute(
            "select table_name, comment from duckdb_tables() where schema_name = 'main' union all "
            "select view_name, comment from duckdb_views() where schema_name = 'main' and not internal order by all"
        )
        for name, comment in found.fetchall():
            rows = connection.execute(f"select count(*) from {name}").fetchall()[0][0]
            say(f"  {name:<28}{rows:>8,}  {_GRAIN_ENDS.split(str(comment))[0]}")
        for question in QUESTIONS:
            sql = importlib.resources.files("unite_pipeline.cli").joinpath("questions", f"{question}.sql").read_text()
            title, _, query = sql.partition("\n")
            say(f"\n{title.removeprefix('-- ')}\n{connection.execute(query).df().to_string(index=False)}")


def _what_next(data_dir: Path) -> None:
    command = sys.argv[0] if sys.argv[0].endswith("unite-pipeline") else "unite-pipeline"
    say(
        f"""
Open it yourself:
  the Dagster UI, on this data    {command} dev --simulator --data-dir {data_dir}
  the database, from Python       duckdb.connect("{data_dir}/unite.duckdb", read_only=True)
  the same questions as SQL       unite_pipeline/cli/questions/
Sync again (asks only for what is new): {command} demo --data-dir {data_dir}"""
    )
