"""The simulated company of a data directory: the same one every time it is served.

Here: its plan on disk, serving it, and the settings that point at it. Not here: the simulator.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
from pydantic import SecretStr

from unite_pipeline.cli.provision import provision_with
from unite_pipeline.installation import login_token
from unite_pipeline.lake.durable import write_durably
from unite_pipeline.settings import Settings, load_settings
from unite_pipeline.simulator import Company, CompanyPlan, Simulator
from unite_pipeline.simulator.server import Served, serve

DEMO_DIR = Path("data") / "demo"
DEMO_DAYS = 28
TENANT = "demo"
TIMEZONE = "Europe/Amsterdam"


class _Chosen(msgspec.Struct):
    """What makes a simulated company the same one again."""

    seed: int
    first_day: date


def plan_of(root: Path, days: int) -> CompanyPlan:
    """The company of a data directory; made up `days` local days ago at first use, and the same ever after."""
    path = root / "simulator.json"
    try:
        chosen = msgspec.json.decode(path.read_bytes(), type=_Chosen)
    except FileNotFoundError:
        today = datetime.now(UTC).astimezone(ZoneInfo(TIMEZONE)).date()
        chosen = _Chosen(seed=1, first_day=today - timedelta(days=days - 1))
        write_durably(path, msgspec.json.encode(chosen))
    return CompanyPlan(seed=chosen.seed, first_day=chosen.first_day, timezone=TIMEZONE)


@contextmanager
def simulated(root: Path, days: int, port: int = 0) -> Iterator[tuple[Served, Settings]]:
    """Serve the company of a data directory, with settings that reach it, provisioned and ready.

    Nothing of a real installation is used: neither its address, nor its tenant, token or directory.
    """
    plan = plan_of(root, days)
    with serve(Simulator(Company(plan)), port) as served:
        told = {
            "base_url": served.base_url,
            "tenant": TENANT,
            "timezone": TIMEZONE,
            "data_dir": root,
            "start_date": plan.first_day,
        }
        settings = load_settings(**told, login_token=None)
        provision_with(settings, served.sim.enable_invitation())
        yield served, load_settings(**told, login_token=SecretStr(login_token(settings)))
