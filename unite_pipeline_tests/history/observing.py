"""One observation of a feed through a wire that notes what the API showed, and that can end the process.

Here: what was on the wire, in the vendor's own spelling. Not here: what landed of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl

from unite_pipeline.api.client import Client
from unite_pipeline.api.transport import Answer, Transport
from unite_pipeline.extract.source import Source
from unite_pipeline_tests.bench import TIMEZONE, Bench
from unite_pipeline_tests.extract.landed import ProcessKilledError, date_pages
from unite_pipeline_tests.history.expectation import Sighting
from unite_pipeline_tests.history.histories import Feed

_TICK_S = 0.001
"""What changes after an observation changes later than it: an instant belongs to one of them."""


@dataclass(frozen=True)
class Death:
    """The process ends at its n-th request of the feed's endpoint, before the API saw it or when it has answered."""

    at: int
    is_after: bool = False


@dataclass
class Wire:
    """A transport that notes whose rows came.

    Args:
        inner: what sends.
        feed: whose answers are looked at.
        death: where the process ends, if it does.
        meanwhile: called before each request of the feed's endpoint with its number, from 1.
    """

    inner: Transport
    feed: Feed
    death: Death | None = None
    meanwhile: Callable[[int], None] = lambda _request: None
    asked: int = 0
    lists: dict[tuple[tuple[str, str], ...], set[str]] = field(default_factory=dict)

    @property
    def shown(self) -> frozenset[str]:
        """Ids in the answers of the last walk of every list: a list that moved is read again, and only that counts."""
        return frozenset().union(*self.lists.values())

    def send(self, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float) -> Answer:
        if url.rpartition("/")[2] != self.feed.endpoint:
            return self.inner.send(url, headers, body, timeout_s)
        form = dict(parse_qsl(body.decode()))
        which = tuple((name, form[name]) for name in sorted(form) if name not in ("accesstoken", "showpage"))
        if form.get("showpage", "1") == "1":
            self.lists[which] = set()
        self.asked += 1
        self.meanwhile(self.asked)
        is_last = self.death is not None and self.death.at == self.asked
        if is_last and not self.death.is_after:
            raise ProcessKilledError
        answer = self.inner.send(url, headers, body, timeout_s)
        if is_last:
            raise ProcessKilledError
        self.lists[which] |= self._shown(form, answer)
        return answer

    def _shown(self, form: Mapping[str, str], answer: Answer) -> set[str]:
        try:
            envelope = json.loads(answer.body)
        except json.JSONDecodeError:
            return set()
        return set(self.feed.shown(form, envelope)) if envelope["status"] else set()


def observe(
    bench: Bench,
    feed: Feed,
    death: Death | None = None,
    trouble: str = "",
    meanwhile: Callable[[int], None] = lambda _request: None,
) -> Sighting:
    """Observe a feed in a process of its own, which may die."""
    wire = Wire(bench.transport, feed, death, meanwhile)
    client = Client(replace(bench.connection, transport=wire), bench.login_token)
    is_proven = has_died = False
    try:
        outcome = feed.observe(Source(client, bench.places, bench.clock, TIMEZONE), bench.clock.utc())
        is_proven = outcome.is_proven
    except ProcessKilledError:
        date_pages(bench, bench.places.feed(feed.name))
        has_died = True
    moment = bench.time.now
    bench.time.pass_time(_TICK_S)
    return Sighting(
        moment=moment,
        is_proven=is_proven,
        is_complete=is_proven and feed.is_paged,
        shown=wire.shown,
        whole=frozenset() if feed.is_paged else wire.shown,
        has_died=has_died,
        trouble=trouble,
    )
