"""What a person sees while something runs: a progress bar on a terminal, plain lines elsewhere.

Here: loudness, log lines, the bar, durations in words. Not here: what is reported.
"""

from __future__ import annotations

import logging
import pkgutil
import sys
from enum import IntEnum
from typing import Self

import click
from tqdm import tqdm

import unite_pipeline
from unite_pipeline.extract.source import Watch
from unite_pipeline.lake.manifests import Manifest

ROOT = unite_pipeline.__name__


class Loudness(IntEnum):
    """How much is said, as a level of the log."""

    QUIET = logging.ERROR
    NORMAL = logging.INFO
    VERBOSE = logging.DEBUG

    @classmethod
    def of(cls, *, verbose: bool, quiet: bool) -> Self:
        """What the two flags mean; quiet wins."""
        if quiet:
            return cls(cls.QUIET)
        return cls(cls.VERBOSE if verbose else cls.NORMAL)


class _Lines(logging.Handler):
    """Writes log lines to stderr, above a progress bar if there is one."""

    def emit(self, record: logging.LogRecord) -> None:
        tqdm.write(self.format(record), file=sys.stderr)


def listen(loudness: Loudness) -> None:
    """Show our log lines, and nobody else's below a warning; may be told again."""
    handler = _Lines()
    handler.setFormatter(logging.Formatter("%(asctime)s  %(message)s", "%H:%M:%S"))
    logger = logging.getLogger(ROOT)
    # On the handler: Dagster sets the logger's own level for the lines that it keeps with its runs.
    handler.setLevel(loudness)
    logger.handlers[:] = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False
    # Within a run Dagster sets that logger to its python_log_level, and would end the details there: the packages below
    # have a level of their own. What it keeps is never less than that, however little is shown.
    details = logging.DEBUG if loudness < logging.INFO else logging.NOTSET
    for package in pkgutil.iter_modules(unite_pipeline.__path__):
        logging.getLogger(f"{ROOT}.{package.name}").setLevel(details)


def with_loudness(command: click.Command) -> click.Command:
    """Let a command take `-v` and `-q` too: people write them last."""
    for name, text in (("verbose", "Say more."), ("quiet", "Say only what is wrong.")):
        command.params.append(
            click.Option([f"-{name[0]}", f"--{name}"], is_flag=True, expose_value=False, callback=_heed, help=text)
        )
    return command


def _heed(context: click.Context, option: click.Parameter, value: bool) -> None:  # noqa: FBT001 - as click calls it
    given = context.find_root().params
    if value and option.name is not None:
        given[option.name] = True
        listen(Loudness.of(verbose=given["verbose"], quiet=given["quiet"]))


def say(text: str) -> None:
    """Print what came of a command, unless only what is wrong was asked for."""
    if not _is_quiet():
        click.echo(text)


def _is_quiet() -> bool:
    return any(handler.level > logging.INFO for handler in logging.getLogger(ROOT).handlers)


class DayBar:
    """Days proven, of the days that wanted reading; only where a person looks at a terminal."""

    def __init__(self) -> None:
        self._bar: tqdm[int] = tqdm(
            (), total=0, unit=" days", disable=_is_quiet() or not sys.stderr.isatty(), leave=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._bar.close()

    def watch(self) -> Watch:
        """What moves the bar."""
        return Watch(on_read=self._advance, on_plan=self._expect)

    def _expect(self, days_left: int) -> None:
        self._bar.total = max(self._bar.total or 0, self._bar.n + days_left)
        self._bar.refresh()

    def _advance(self, manifest: Manifest) -> None:
        self._bar.update(sum(window.is_complete for window in manifest.windows))


def in_words(seconds: float) -> str:
    """A duration as a person says it."""
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"
