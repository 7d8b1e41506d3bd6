"""The recording endpoints: an extension's list, newest first, and the audio in parts of 4 MiB.

Source: "Call records of extensions". The audio is silence in valid frames; bytes depend on key and part alone.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from operator import attrgetter

from unite_pipeline.simulator.company.company import CompanyDay
from unite_pipeline.simulator.company.model import TrueRecording
from unite_pipeline.simulator.company.recordings import FRAME_BYTES, PART_BYTES
from unite_pipeline.simulator.protocol.exchange import (
    EXTENSION_MISMATCH,
    UNDOCUMENTED,
    USER_VERIFICATION,
    RefusalError,
    Reply,
    Request,
    dumps,
    failure,
    success,
)
from unite_pipeline.simulator.protocol.paging import Kind, Stretch, page_of
from unite_pipeline.simulator.protocol.rows import recording_row

# MPEG-2 layer III, no CRC, 48 kbit/s, 16 kHz, mono: the one layout whose frames have 216 bytes at 6000 bytes a second.
_FRAME_HEADER = bytes.fromhex("fff368c4")
_SIDE_INFORMATION = bytes(9)


def visible_days(request: Request) -> list[CompanyDay]:
    """Returns the days whose recordings may be listed now, in order."""
    company = request.world.company
    plan = company.plan
    if not plan.recording_share:
        return []
    today = company.today(request.now)
    kept = plan.recording_retention_days
    first = plan.first_day if kept is None else max(plan.first_day, today - timedelta(days=kept))
    return list(company.days(first, today, request.now))


def visible_parts(request: Request, extension_id: str) -> list[Sequence[TrueRecording]]:
    """Returns the recordings an extension lists now, a part for each day, in order of time."""
    purged = request.world.tenant.purged_recordings
    parts: list[Sequence[TrueRecording]] = []
    for day in visible_days(request):
        items = day.recordings_by_extension().get(extension_id, [])
        if request.now < day.all_published_at:
            items = [item for item in items if item.published_at <= request.now]
        if purged:
            items = [item for item in items if item.callrecordkey not in purged]
        parts.append(items)
    return parts


def recording_counts(request: Request) -> Counter[str]:
    """Returns how many recordings each extension lists now."""
    purged = request.world.tenant.purged_recordings
    counts: Counter[str] = Counter()
    for day in visible_days(request):
        for extension_id, items in day.recordings_by_extension().items():
            if purged or request.now < day.all_published_at:
                counts[extension_id] += sum(
                    item.published_at <= request.now and item.callrecordkey not in purged for item in items
                )
            else:
                counts[extension_id] += len(items)
    return counts


def list_call_records(request: Request) -> Reply:
    """Answers listcallrecords: newest first unless sorttype says otherwise, whatever the document's default."""
    extension_id = request.form.text("extensionid")
    _check_extension(request, extension_id)
    backwards = request.form.integer("sorttype", 1, highest=1) == 1
    zone = request.world.company.zone
    rows: Sequence[TrueRecording] = Stretch(visible_parts(request, extension_id), backwards=backwards)
    text = request.form.text("stext").lower()
    if text:
        rows = [row for row in rows if any(text in str(value).lower() for value in recording_row(row, zone).values())]
    kind: Kind[TrueRecording] = Kind(
        key=attrgetter("callrecordkey"),
        write=lambda item: dumps(recording_row(item, zone)),
        altered=lambda item: replace(item, duration_s=item.duration_s + 1),
    )
    page = page_of(request, rows, kind)
    data = f'{{"itemcount":"{page.item_count}","pagecount":{page.page_count},"items":{page.rows}}}'
    return success(data, with_code=False)


def _check_extension(request: Request, extension_id: str) -> None:
    if not extension_id:
        raise RefusalError(USER_VERIFICATION, "User Verified Error")
    if extension_id not in request.world.tenant.extensions:
        raise RefusalError(EXTENSION_MISMATCH, "API User & TenantID & ExtensionID mismatch")


def audio_part(item: TrueRecording, number: int) -> bytes:
    """Returns one part of a recording's audio, 1 to `part_count`."""
    frame = (_FRAME_HEADER + _SIDE_INFORMATION + bytes(96) + sha256(item.callrecordkey.encode()).digest()).ljust(
        FRAME_BYTES, b"\0"
    )
    start = (number - 1) * PART_BYTES
    length = min(item.size_bytes - start, PART_BYTES)
    shift = start % FRAME_BYTES
    return (frame * (length // FRAME_BYTES + 2))[shift : shift + length]


def download_call_record(request: Request) -> Reply:
    """Answers downloadcallrecord with the bytes of one part, or a JSON error."""
    key = request.form.required("callrecordkey")
    number = request.form.integer("partition_number", 0)
    extension_id = request.form.text("extensionid")
    if extension_id:
        _check_extension(request, extension_id)
    item = _recording(request, key)
    if item is None or (extension_id and extension_id not in item.extension_ids):
        raise RefusalError(UNDOCUMENTED, "Call record not found.")
    if not 1 <= number <= item.part_count:
        raise RefusalError(UNDOCUMENTED, "Parameter partition_number is invalid.")
    purged = request.faults.due("purged_recording")
    if purged is not None and purged.fault.key in (None, key):
        purged.fired += 1
        raise RefusalError(UNDOCUMENTED, "Call record not found.")
    if request.faults.hit("json_instead_of_mp3") is not None:
        return failure(UNDOCUMENTED, "Call record is not available.")
    body = audio_part(item, number)
    if request.faults.hit("truncated_part") is not None:
        body = body[: len(body) // 2]
    return Reply(body, {"content-type": "audio/mpeg"})


def _recording(request: Request, key: str) -> TrueRecording | None:
    if key in request.world.tenant.purged_recordings:
        return None
    for day in reversed(visible_days(request)):
        item = day.recording(key)
        if item is not None:
            return item if item.published_at <= request.now else None
    return None
