"""The command line: `unite-pipeline`, one module a command or a family of them.

Here: words, exit codes, what is shown. Not here: anything a program would want to call.
"""

from __future__ import annotations

import logging
import sys
import traceback

import click

from unite_pipeline.cli.backup import backup
from unite_pipeline.cli.demo import demo
from unite_pipeline.cli.dev import dev, simulate
from unite_pipeline.cli.doctor import doctor
from unite_pipeline.cli.plan import plan
from unite_pipeline.cli.provision import provision
from unite_pipeline.cli.rebuild import rebuild
from unite_pipeline.cli.report import report
from unite_pipeline.cli.screen import Loudness, listen, with_loudness
from unite_pipeline.cli.status import status
from unite_pipeline.cli.sync import sync
from unite_pipeline.clock import Clock, machine_clock
from unite_pipeline.errors import ConfigurationError, UnitePipelineError
from unite_pipeline.lake.durable import keep_private
from unite_pipeline.simulator.server import PortError

log = logging.getLogger(__name__)

NOT_DONE, WRONG_USE, INTERRUPTED = 1, 2, 130


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-v", "--verbose", is_flag=True, help="Say more.")
@click.option("-q", "--quiet", is_flag=True, help="Say only what is wrong.")
@click.version_option(package_name="unite-pipeline")
def cli(*, verbose: bool, quiet: bool) -> None:
    """Calls, recordings, extensions and phonebook of a Unite telephone system, as Parquet and a DuckDB warehouse."""
    listen(Loudness.of(verbose=verbose, quiet=quiet))


for command in (backup, demo, dev, doctor, plan, provision, rebuild, report, simulate, status, sync):
    cli.add_command(with_loudness(command))


def main() -> None:
    """The console script: runs a command and turns what ends it into an exit code."""
    keep_private()
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str], clock: Clock | None = None) -> int:
    """Run one command line and return its exit code (interface: command line).

    Args:
        arguments: what stands after the name of the command.
        clock: what commands that look at ages go by; the machine's, unless a test moves another.
    """
    try:
        cli.main(arguments, prog_name="unite-pipeline", standalone_mode=False, obj=clock or machine_clock())
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return WRONG_USE
    except (click.Abort, KeyboardInterrupt):
        return _end("Interrupted; what had come is kept", INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - the outermost line: a person gets a sentence and an exit code
        return _explain(error)
    return 0


def _explain(error: Exception) -> int:
    if isinstance(error, UnitePipelineError):
        return _end(error, WRONG_USE if isinstance(error, ConfigurationError) else NOT_DONE)
    if isinstance(error, PortError):
        what_to_do = "End what listens there, or choose another port with --port"
        return _end(f"Port {error.port} of this machine cannot be used: {error.strerror}. {what_to_do}", NOT_DONE)
    if isinstance(error, OSError):
        where = error.filename or "no file is named"
        return _end(f"{error.strerror or type(error).__name__}: {where}. Check UNITE_DATA_DIR and its disk", NOT_DONE)
    # The place only: the text of somebody else's error may quote a row.
    log.debug("%s at\n%s", type(error).__name__, "".join(traceback.format_tb(error.__traceback__)))
    return _end(f"{type(error).__name__}, which is a fault of ours. Run it with -v and report what it shows", NOT_DONE)


def _end(message: object, code: int) -> int:
    click.echo(f"unite-pipeline: {message}", err=True)
    return code
