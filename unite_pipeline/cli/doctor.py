"""`unite-pipeline doctor`: looks at everything a sync needs, and says what to do about each finding."""

from __future__ import annotations

import importlib.resources
import json
import shutil
import stat
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import click
import duckdb
import msgspec

from unite_pipeline import locks
from unite_pipeline.alerts.alert import Alert, Kind
from unite_pipeline.alerts.delivery import DeliveryError, targets_of
from unite_pipeline.api.endpoints import LIST_CALL_RECORDS, LIST_CDR_LOGS, LIST_EXTENSIONS
from unite_pipeline.cli.directory import make_directory
from unite_pipeline.cli.screen import say
from unite_pipeline.clock import Clock
from unite_pipeline.defs.resources import say_wait
from unite_pipeline.errors import UnitePipelineError
from unite_pipeline.extract.cdr_window import EVERYTHING
from unite_pipeline.extract.days import DayRange, filter_dates, local_day
from unite_pipeline.extract.lists import recording_counts
from unite_pipeline.installation import Unite, has_login_token, pin
from unite_pipeline.instance import changed_by_hand, prepare
from unite_pipeline.settings import load_settings, unknown_names
from unite_pipeline.syncing import request_for

_ENOUGH_DISK_BYTES = 1_000_000_000
_MAX_CLOCK_ERROR = timedelta(minutes=2)
_MAX_FUTURE = timedelta(minutes=5)
# A data directory is pinned to its zone: days that were read in another are not the same days.
_SET_ZONE = "set UNITE_TIMEZONE to the API's zone, in a new data directory (login_token can move there)"


class FindingsError(UnitePipelineError):
    """Something is wrong; what and what to do was printed."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `is_ok` is None where it could not be told."""

    subject: str
    is_ok: bool | None
    text: str


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for scripts.")
@click.option("--send-alert", is_flag=True, help="Only send a test alert to everybody whom the settings name.")
@click.pass_obj
def doctor(clock: Clock, *, as_json: bool, send_alert: bool) -> None:
    """Check settings, API, token, clock and time-zone assumptions, disk and locks.

    Costs three requests, and a log-in if one is due; with --send-alert none.
    """
    settings = load_settings()
    with Unite(settings, clock, on_wait=say_wait) as unite:
        findings = list(_send_alert(unite) if send_alert else _look(unite))
    if as_json:
        click.echo(json.dumps({"findings": [asdict(finding) for finding in findings]}))
    else:
        for finding in findings:
            mark = {True: "ok", False: "WRONG", None: "?"}[finding.is_ok]
            tell = click.echo if finding.is_ok is False else say
            tell(f"{mark:<6}{finding.subject:<12}{finding.text}")
    wrong = [finding.subject for finding in findings if finding.is_ok is False]
    if wrong:
        message = f"{len(wrong)} of {len(findings)} findings want doing: {', '.join(wrong)}"
        raise FindingsError(message)


def _look(unite: Unite) -> Iterator[Finding]:
    yield from _told("settings", _settings(unite))
    directory = list(_told("directory", _directory(unite)))
    yield from directory
    if any(finding.is_ok for finding in directory):  # without one there is nothing to look at, nor to ask from
        yield from _told("privacy", _privacy(unite))
        yield from _told("instance", _instance(unite))
        yield from _told("token", _token(unite))
        yield from _told("api", _api(unite))
        yield from _told("locks", _locks(unite))
        yield from _told("warehouse", _warehouse(unite))
    names = [target.name for target in targets_of(unite.settings)]
    nobody = "nobody is told of failures: see UNITE_ALERT_WEBHOOK_URL and UNITE_ALERT_MAIL_TO"
    yield Finding("alerts", True if names else None, f"by {' and '.join(names)}" if names else nobody)


def _send_alert(unite: Unite) -> Iterator[Finding]:
    targets = targets_of(unite.settings)
    if not targets:
        yield Finding("alerts", False, "nobody to send to: set UNITE_ALERT_WEBHOOK_URL or UNITE_ALERT_MAIL_TO")
    at = unite.clock.utc().isoformat(timespec="seconds")
    for target in targets:
        try:
            target.send(Alert(kind=Kind.TEST, tenant=unite.settings.tenant, at=at))
        except DeliveryError as error:
            yield Finding(target.name, False, f"the test alert did not get through ({error}): check its settings")
        else:
            yield Finding(target.name, True, "the test alert was taken")


def _told(subject: str, findings: Iterator[Finding]) -> Iterator[Finding]:
    """The findings of one check; what ends it is one, too."""
    try:
        yield from findings
    except (UnitePipelineError, OSError) as error:
        yield Finding(subject, False, " ".join(str(error).split()))


def _settings(unite: Unite) -> Iterator[Finding]:
    for name, nearest in unknown_names().items():
        remedy = f"is {nearest} meant?" if nearest else "see .env.example for those there are"
        yield Finding("settings", None, f"{name} is no setting, and does nothing: {remedy}")
    request_for(unite.settings, None, None, unite.clock.utc())
    yield Finding("settings", True, f"tenant {unite.settings.tenant}, {unite.settings.timezone}")


def _directory(unite: Unite) -> Iterator[Finding]:
    root = unite.places.root
    make_directory(root)
    pin(unite.settings)
    free = shutil.disk_usage(root).free
    yield Finding("directory", True, f"{root}, {free / 1e9:.1f} GB free")
    if free < _ENOUGH_DISK_BYTES:
        yield Finding("disk", False, "less than 1 GB is free: make room, or set UNITE_DATA_DIR to another disk")


def _privacy(unite: Unite) -> Iterator[Finding]:
    """Folders that an earlier version left open. The data directory itself may be open to some, for its one file."""
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in unite.places.root.iterdir() if path.is_dir()}
    open_to_all = sorted(str(path) for path, mode in modes.items() if mode & stat.S_IRWXO)
    open_to_group = sorted(str(path) for path, mode in modes.items() if mode & stat.S_IRWXG)
    if open_to_all:
        paths = " ".join(open_to_all)
        yield Finding(
            "privacy", False, f"calls are personal data, and others may read them: run `chmod -R go= {paths}`"
        )
    elif open_to_group:
        text = f"their group may read {' '.join(open_to_group)}: `chmod -R g=` closes them if that is not wanted"
        yield Finding("privacy", None, text)
    else:
        yield Finding("privacy", True, "the folders are closed to others")


def _instance(unite: Unite) -> Iterator[Finding]:
    home = prepare(unite.places)
    for path in changed_by_hand(unite.places):
        shipped = importlib.resources.files("unite_pipeline").joinpath(path.name)
        text = f"{path} was changed by hand and is left so: compare it with {shipped}, or delete it and run this again"
        yield Finding("instance", None, text)
        return
    yield Finding("instance", True, f"{home}, with the configuration of this version")


def _token(unite: Unite) -> Iterator[Finding]:
    path = unite.places.login_token
    if not has_login_token(unite.settings):
        yield Finding("token", False, "none: run `unite-pipeline provision INVITATION_ID`")
    elif unite.settings.login_token is not None:
        yield Finding("token", True, "from UNITE_LOGIN_TOKEN")
    else:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = f"from {path}" if mode == 0o600 else f"{path} can be read by others: run `chmod 600 {path}`"  # noqa: PLR2004
        yield Finding("token", mode == 0o600, text)  # noqa: PLR2004


def _api(unite: Unite) -> Iterator[Finding]:
    page = unite.source.client.fetch(LIST_EXTENSIONS)
    yield Finding("api", True, f"answers, and counts {page.itemcount} extensions")
    yield _clock(unite, page.served_at)
    yield from _told("time zone", _time_zone(unite, page.rows))
    yield from _told("call times", _call_times(unite))


def _clock(unite: Unite, served_at: datetime | None) -> Finding:
    if served_at is None:
        return Finding("clock", None, "the API tells no time to compare with")
    error = abs(unite.clock.utc() - served_at)
    text = f"{error.total_seconds():.0f} s from the API's"
    is_ok = error <= _MAX_CLOCK_ERROR
    return Finding("clock", is_ok, text if is_ok else f"{text}: set this machine's clock (NTP)")


class _Recording(msgspec.Struct):
    recordtime: str = ""


def _time_zone(unite: Unite, extensions: Sequence[bytes]) -> Iterator[Finding]:
    """Recordings tell the offset of their time: the one that the zone of the settings has then, if it is the API's."""
    counts = recording_counts(extensions)
    most = max(counts, key=lambda extension_id: counts[extension_id] or 0, default=None)
    if most is None or not counts[most]:
        yield Finding("time zone", None, "no recording to compare with")
        return
    page = unite.source.client.fetch(LIST_CALL_RECORDS, {"extensionid": most})
    times = [time for row in page.rows if (time := _recorded_at(row)) is not None]
    others = [time for time in times if _is_elsewhere(time, unite.settings.zone)]
    if not times:
        yield Finding("time zone", None, "no recording tells the offset of its time")
    elif others:
        sent, here = _offset(others[0]), _offset(others[0].astimezone(unite.settings.zone))
        text = f"recordings have the offset {sent} where {unite.settings.timezone} has {here}: {_SET_ZONE}"
        yield Finding("time zone", False, text)
    else:
        yield Finding("time zone", True, f"the offset of {len(times)} recordings is that of {unite.settings.timezone}")


def _recorded_at(row: bytes) -> datetime | None:
    try:
        time = datetime.fromisoformat(msgspec.json.decode(row, type=_Recording).recordtime)
    except (msgspec.DecodeError, ValueError):
        return None  # a row that does not fit is rejected on its way to the lake, and says so there
    return None if time.tzinfo is None else time


def _is_elsewhere(time: datetime, zone: ZoneInfo) -> bool:
    return time.utcoffset() != time.astimezone(zone).utcoffset()


def _offset(time: datetime) -> str:
    return time.isoformat()[-len("+00:00") :]


class _Call(msgspec.Struct):
    calltime: str = ""


def _began_at(row: bytes) -> datetime | None:
    """The naive local time of a call, as the API tells it."""
    try:
        return datetime.strptime(msgspec.json.decode(row, type=_Call).calltime[:19], "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007
    except (msgspec.DecodeError, ValueError):
        return None  # as above


def _call_times(unite: Unite) -> Iterator[Finding]:
    """No call can have begun in the future: if one did, the zone of the settings is behind the API's."""
    now = unite.clock.utc()
    zone = unite.settings.zone
    today = local_day(now, zone)
    params = {**filter_dates(DayRange(today, today), is_wide=True), **EVERYTHING, "sortkey": "calltime", "sorttype": 1}
    page = unite.source.client.fetch(LIST_CDR_LOGS, params)
    times = [time for row in page.rows if (time := _began_at(row)) is not None]
    if not times:
        text = "no call of today tells when it began" if page.rows else "no call today to compare with"
        yield Finding("call times", None, text)
        return
    # Of the whole page: that it is sorted is the API's word.
    is_ok = max(times) <= (now + _MAX_FUTURE).astimezone(zone).replace(tzinfo=None)
    wrong = f"the newest call is ahead of {unite.settings.timezone}: {_SET_ZONE}"
    yield Finding("call times", is_ok, "no call is ahead of the clock" if is_ok else wrong)


def _locks(unite: Unite) -> Iterator[Finding]:
    held = sorted(path.stem for path in unite.places.locks.glob("*.lock") if locks.is_held(path))
    yield Finding("locks", True, f"held just now: {', '.join(held)}" if held else "none held")


def _warehouse(unite: Unite) -> Iterator[Finding]:
    path = unite.places.warehouse
    if not path.exists():
        yield Finding("warehouse", None, "not built yet: run `unite-pipeline sync`")
        return
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            row = connection.execute("select count(*) from calls").fetchone()
    except duckdb.Error as error:
        yield Finding("warehouse", False, f"cannot be opened ({type(error).__name__}): run `unite-pipeline rebuild`")
        return
    yield Finding("warehouse", True, f"{path}, {row[0] if row else 0:,} calls")
