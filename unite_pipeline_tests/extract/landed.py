"""What stands in the raw layer, read back through the manifests, in the shape of the simulator's truth.

Here: reading back and comparing. Not here: assertions of one test.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from urllib.parse import urlencode

import pyarrow as pa

from unite_pipeline.api.transport import Answer, Transport
from unite_pipeline.extract.cdr_window import QUADRANTS
from unite_pipeline.extract.days import DayRange
from unite_pipeline.lake.manifests import Manifest, Part, Read, finished_reads
from unite_pipeline.simulator import RequestRecord, TrueCall
from unite_pipeline_tests.bench import Bench

Call = tuple[str, datetime, str, str, str, tuple[str, ...]]
"""Key, local start, seconds talked, seconds altogether, direction, numbers of the chain."""


def reads(bench: Bench, feed: str = "cdr_logs") -> list[Read]:
    """The finished reads of a feed, oldest first."""
    return finished_reads(bench.places.raw, feed, bench.places.tenant)


def manifests(bench: Bench, feed: str = "cdr_logs") -> list[Manifest]:
    """The manifests of a feed, oldest first."""
    return [read.manifest for read in reads(bench, feed)]


def rows_of(bench: Bench, read: Read, part: Part) -> list[dict]:
    """The rows of a part, followed to the read that holds them."""
    if part.rows_from is not None:
        read = next(each for each in reads(bench, read.manifest.feed) if each.manifest.read_id == part.rows_from)
        part = next(each for each in read.manifest.parts if each.part == part.part)
    return [row for page in read.page_files(part) for row in page_rows(page)]


def page_rows(page: Path) -> list[dict]:
    """The rows of a page file, decoded."""
    return [json.loads(line) for line in page_bytes(page).splitlines()]


def page_bytes(page: Path) -> bytes:
    """A page file, unpacked."""
    with pa.input_stream(str(page), compression="zstd") as stream:
        return stream.read()


def everything_on_disk(root: Path) -> bytes:
    """The contents of every file under a folder, compressed ones read through."""
    found = [path for path in sorted(root.rglob("*")) if path.is_file()]
    return b"\n".join(page_bytes(path) if path.suffix == ".zst" else path.read_bytes() for path in found)


def newest_read(bench: Bench, day: date) -> Read | None:
    """The newest read that went through a day in full, proven or not."""
    for read in reversed(reads(bench)):
        if any(window.day == day and not window.is_presumed for window in read.manifest.windows):
            return read
    return None


def landed(bench: Bench, days: DayRange) -> dict[Call, set[str]]:
    """The calls of some days by the newest read of each, clipped to the day, with the labels they came under."""
    found: dict[Call, set[str]] = defaultdict(set)
    by_read: dict[str, list[tuple[str, Call]]] = {}
    for day in days:
        read = newest_read(bench, day)
        if read is None:
            continue
        key = read.manifest.read_id
        if key not in by_read:
            by_read[key] = [
                (part.part, _call(row)) for part in read.manifest.parts for row in rows_of(bench, read, part)
            ]
        for label, call in by_read[key]:
            if call[1].date() == day:
                found[call].add(label)
    return dict(found)


def true(bench: Bench, days: DayRange) -> dict[Call, set[str]]:
    """The same as the simulator knows it to be now."""
    return {true_call(call): {label(call)} for call in bench.simulator.truth.calls(days.first, days.last)}


def true_call(call: TrueCall) -> Call:
    """A call of the simulator as it should have landed."""
    numbers = tuple(leg.number for leg in call.legs)
    return call.uniqueid, call.started_at_local, str(call.talk_s), str(call.duration_s), call.direction, numbers


def label(call: TrueCall) -> str:
    """The quadrant a call belongs to."""
    return f"{call.scope}_{'answered' if call.answered else 'missed'}"


def _call(row: Mapping) -> Call:
    numbers = tuple(leg["number"] for leg in row["call_chain"])
    started = datetime.fromisoformat(row["calltime"])
    return row["uniqueid"], started, str(row["billsecond"]), str(row["duration"]), row["direction"], numbers


def sent(bench: Bench, since: int = 0) -> list[RequestRecord]:
    """Requests the simulator counted from the `since`-th on, log-ins and the provision left out."""
    return [each for each in bench.simulator.requests[since:] if each.endpoint not in ("applogin", "appprovision")]


def is_count(record: RequestRecord) -> bool:
    """Whether a request for calls only counts."""
    return record.form["pagelimit"] == "1"


def quadrant_of(record: RequestRecord) -> str | None:
    """The quadrant that a request for calls asks; None with every filter open."""
    filters = {name: str(value) for name, value in record.form.items() if name.startswith("filter_")}
    for name, expected in QUADRANTS.items():
        if all(filters[key] == str(value) for key, value in expected.items()):
            return name
    return None


def asked_pages(records: Iterable[RequestRecord]) -> list[tuple[str | None, str]]:
    """Quadrant and page of each request that asks for calls, not for their number."""
    return [(quadrant_of(each), str(each.form["showpage"])) for each in records if not is_count(each)]


def windows_asked(records: Iterable[RequestRecord]) -> list[tuple[str, str]]:
    """The date filters of the requests that count."""
    return [(str(r.form["filter_datestart"]), str(r.form["filter_dateend"])) for r in records if is_count(r)]


def least_pages(calls: Sequence[TrueCall], page_size: int = 300) -> int:
    """Requests without which the calls cannot come: a page a quadrant at least, and one control count."""
    sizes = [sum(label(call) == name for call in calls) for name in QUADRANTS]
    return 1 + sum(max(1, -(-size // page_size)) for size in sizes)


def proof(bench: Bench) -> dict[date, tuple[bool, bool, bool]]:
    """Complete, final, presumed of each day, by its newest window."""
    return {
        window.day: (window.is_complete, window.is_final, window.is_presumed)
        for manifest in manifests(bench)
        for window in manifest.windows
        if window.day is not None
    }


def requests_in_manifests(bench: Bench) -> int:
    """Requests that the manifests of all feeds account for."""
    feeds = ("cdr_logs", "call_records", "extensions", "phonebook")
    return sum(manifest.requests for feed in feeds for manifest in manifests(bench, feed))


class ProcessKilledError(BaseException):
    """The process dies: nothing of ours catches this."""


@dataclass
class Dying:
    """A transport under which the process dies at its n-th request, before or after the server has seen it.

    Args:
        inner: what sends.
        at: which request, from 1.
        is_after: die when the answer is there already, but nobody has read it.
    """

    inner: Transport
    at: int
    is_after: bool = False
    sent: int = field(default=0)

    def send(self, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float) -> Answer:
        self.sent += 1
        if self.sent == self.at and not self.is_after:
            raise ProcessKilledError
        answer = self.inner.send(url, headers, body, timeout_s)
        if self.sent == self.at:
            raise ProcessKilledError
        return answer


def date_pages(bench: Bench, under: Path | None = None) -> None:
    """Give page files of reads without a manifest the time of the moved clock, as a real kill leaves them.

    `close_as_cut_off` reads the time of a dead read's last page off its file, and the machine's clock is not ours.
    """
    now = bench.time.now.timestamp()
    for page in (under or bench.places.raw).rglob("*.ndjson.zst"):
        if not (page.parent.parent / "manifest.json").exists():
            os.utime(page, (now, now))


def landed_recordings(bench: Bench) -> dict[str, dict[str, tuple[str, str, str, str]]]:
    """Recordings by extension and key: each listing replaces the one before, or adds to it where it says so."""
    found: dict[str, dict[str, tuple[str, str, str, str]]] = {}
    for read in reads(bench, "call_records"):
        for part in read.manifest.parts:
            if not part.is_complete or part.is_presumed:
                continue
            before = found.get(part.extension_id, {}) if part.known_rows else {}
            assert len(before) == part.known_rows
            rows = rows_of(bench, read, part)
            assert len(rows) == part.landed_rows
            found[part.extension_id] = before | {
                row["callrecordkey"]: (row["duration"], row["filesize"], row["from_number"], row["to_number"])
                for row in rows
            }
    return {extension: recordings for extension, recordings in found.items() if recordings}


def true_recordings(bench: Bench) -> dict[str, dict[str, tuple[str, str, str, str]]]:
    """The same as the simulator knows it to be now."""
    found: dict[str, dict[str, tuple[str, str, str, str]]] = defaultdict(dict)
    for item in bench.simulator.truth.recordings():
        for extension in item.extension_ids:
            fields = str(item.duration_s), str(item.size_bytes), item.from_number, item.to_number
            found[extension][item.callrecordkey] = fields
    return dict(found)


def write(bench: Bench, endpoint: str, **fields: str) -> None:
    """Change something through the vendor's own write endpoints, which the pipeline never calls."""
    login = bench.simulator.handle(
        "/unite/v1/applogin", body=urlencode({"logintoken": bench.simulator.new_login_token()}).encode()
    )
    token = json.loads(login.body)["data"]["accesstoken"]
    answer = bench.simulator.handle(f"/unite/v1/{endpoint}", body=urlencode({"accesstoken": token, **fields}).encode())
    assert json.loads(answer.body)["status"] is True, answer.body
