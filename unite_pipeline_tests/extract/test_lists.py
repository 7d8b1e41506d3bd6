"""The further lists: call flows, switches, the directories; each observed whole, and believed with reason."""

from __future__ import annotations

from datetime import timedelta

import pytest

from unite_pipeline.api.transport import Answer
from unite_pipeline.extract import lists
from unite_pipeline.simulator import ALWAYS, Fault
from unite_pipeline_tests.extract.landed import manifests, reads, rows_of, sent

FEEDS = {feed.name: feed for feed in lists.ALL_LISTS}


def observe(bench, name, after_s=60):
    """Observe a list some time later."""
    bench.time.pass_time(after_s)
    return lists.observe_list(bench.source, FEEDS[name], bench.clock.utc())


def rows(bench, name):
    """The rows by the newest observation, followed to where they stand."""
    read = reads(bench, name)[-1]
    return rows_of(bench, read, read.manifest.parts[0])


def test_call_flows_are_those_of_the_truth(bench):
    """Every call flow lands once, with its numbers, for one request, proven by the API's count."""
    outcome = observe(bench, "call_flows")
    flows = bench.simulator.truth.flows()
    assert (outcome.is_proven, outcome.requests, outcome.received_rows) == (True, 1, len(flows))
    assert {
        (row["id"], tuple(did["fullnumber"] for did in row["didnumbers"])) for row in rows(bench, "call_flows")
    } == {(flow.flow_id, flow.numbers) for flow in flows}


def test_switches_are_those_of_the_truth(bench):
    """Every switch lands once, with its state."""
    assert observe(bench, "switches").is_proven
    assert {(row["switchkey"], row["switch_no"], row["state"]) for row in rows(bench, "switches")} == {
        (item.switch_key, item.switch_number, item.is_on) for item in bench.simulator.truth.switches()
    }


def test_the_directory_is_that_of_the_truth(bench):
    """Extensions and flows stand apart in the one answer that is landed, and each entry is counted once."""
    outcome = observe(bench, "cdr_flows")
    (answer,) = rows(bench, "cdr_flows")
    truth = bench.simulator.truth
    assert answer["extuserlist"] == {item.extension_number: item.name for item in truth.extensions()}
    assert answer["flowuserlist"] == {item.flow_number: item.name for item in truth.flows()}
    assert outcome.received_rows == len(answer["fulluserlist"])
    (window,) = manifests(bench, "cdr_flows")[-1].windows
    assert (window.expected_rows, window.received_rows, window.is_complete) == (None, len(answer["fulluserlist"]), True)


@pytest.mark.parametrize("name", ["call_flows", "switches", "cdr_flows"])
def test_an_unchanged_list_is_not_kept_twice(bench, name):
    """What did not change costs a request and a manifest, and no second copy of its rows."""
    observe(bench, name)
    assert observe(bench, name).requests == 1
    first, second = manifests(bench, name)
    assert (second.parts[0].rows_from, second.parts[0].pages) == (first.read_id, ())
    assert len(list(bench.places.feed(name).rglob("*.zst"))) == 1


def test_a_flipped_switch_makes_a_new_copy(bench):
    """A switch that was turned lands the list again, as it is now."""
    observe(bench, "switches")
    item = bench.simulator.truth.switches()[0]
    token = bench.simulator.handle("/unite/v1/applogin", body=f"logintoken={bench.login_token}".encode())
    access = token.body.split(b'"accesstoken":"')[1].split(b'"')[0].decode()
    body = f"accesstoken={access}&switchkey={item.switch_key}&state={'false' if item.is_on else 'true'}"
    bench.simulator.handle("/unite/v1/updateswitch", body=body.encode())
    observe(bench, "switches")
    assert {row["switchkey"]: row["state"] for row in rows(bench, "switches")}[item.switch_key] is not item.is_on
    assert len(list(bench.places.feed("switches").rglob("*.zst"))) == 2


def test_the_companys_numbers_are_asked_once_a_day(bench):
    """A list that changes with the contract is taken from the day's observation, and asked again a day later."""
    assert observe(bench, "cdr_numbers").requests == 1
    assert observe(bench, "cdr_numbers", after_s=23 * 3600).requests == 0
    assert observe(bench, "cdr_numbers", after_s=2 * 3600).requests == 1
    assert bench.asked("listcdrnumbers") == 2


def test_a_refused_optional_list_is_no_fault(bench):
    """A login that may not list switches does without them: nothing is landed, nothing fails, and it is said why."""
    bench.faults.add(Fault("not_allowed", "listswitches"))
    outcome = observe(bench, "switches")
    assert (outcome.is_proven, outcome.requests) == (True, 1)
    assert "may not use the endpoint" in outcome.reasons[0]
    (manifest,) = manifests(bench, "switches")
    assert (manifest.is_complete, manifest.is_permitted) == (False, False)


def test_a_refused_list_of_extensions_is_a_fault(bench):
    """Without extensions nothing goes on: a login that may not list them has not done its job."""
    bench.faults.add(Fault("not_allowed", "listextensions"))
    assert not observe(bench, "extensions").is_proven
    assert manifests(bench, "extensions")[-1].is_permitted


@pytest.mark.parametrize("name", ["call_flows", "switches"])
def test_a_list_that_does_not_add_up_is_not_complete(bench, name):
    """Rows that are counted and do not come are said to be missing."""
    bench.faults.add(Fault("vanishing_row", FEEDS[name].endpoint.path))
    outcome = observe(bench, name)
    assert not outcome.is_proven
    assert f"{FEEDS[name].noun} came of" in outcome.reasons[0]
    assert not manifests(bench, name)[-1].windows[0].is_complete


class Renaming:
    """A transport on whose way the map of an answer loses its name."""

    def __init__(self, transport):
        self.transport = transport

    def send(self, url, headers, body, timeout_s):
        answer = self.transport.send(url, headers, body, timeout_s)
        return Answer(answer.status, answer.headers, answer.body.replace(b'"numberlist"', b'"lijst"'))


def test_an_answer_without_its_map_proves_nothing(bench):
    """An answer that lacks what it is about is kept, and called incomplete."""
    object.__setattr__(bench.connection, "transport", Renaming(bench.transport))
    outcome = observe(bench, "cdr_numbers")
    assert (outcome.is_proven, outcome.reasons) == (False, ("The answer lacks its numbers",))
    assert manifests(bench, "cdr_numbers")[-1].parts[0].pages != ()


def test_a_vanished_item_that_the_api_still_knows_is_not_believed_gone(bench):
    """A list that lacks a switch which the API knows by its key is not complete; lacking it again, it is."""
    observe(bench, "switches")
    bench.faults.add(Fault("late_rows", "listswitches", count=1))
    outcome = observe(bench, "switches")
    assert (outcome.is_proven, outcome.requests) == (False, 2)
    assert outcome.reasons == ("1 switches are no longer listed, and yet the API knows them",)
    again = observe(bench, "switches")
    assert (again.is_proven, again.requests) == (True, 1)


def test_a_removed_extension_is_confirmed_by_one_request(bench):
    """An extension that is gone from the list and unknown by its id is gone: the observation is complete."""
    observe(bench, "extensions")
    gone = bench.simulator.truth.extensions()[4]
    with bench.simulator.lock:
        bench.simulator.tenant.remove_extension(gone.extension_id)
    before = len(bench.simulator.requests)
    outcome = observe(bench, "extensions")
    assert outcome.is_proven
    asked = [(record.endpoint, record.form.get("extensionid")) for record in sent(bench, before)]
    assert asked == [("listextensions", None), ("getextension", gone.extension_id)]


def test_not_every_vanished_item_is_asked_for(bench):
    """When most of a list is gone no more than three single requests are spent on it."""
    observe(bench, "extensions")
    with bench.simulator.lock:
        for item in bench.simulator.truth.extensions()[2:]:
            bench.simulator.tenant.remove_extension(item.extension_id)
    assert observe(bench, "extensions").is_proven
    assert bench.asked("getextension") == 3


def test_an_api_that_fails_is_a_reason(bench):
    """An API that fails for good leaves a manifest that says so, and no exception."""
    bench.faults.add(Fault("server_error", "listcallflows", times=ALWAYS))
    outcome = observe(bench, "call_flows")
    assert not outcome.is_proven
    assert "problem of its own" in outcome.reasons[0]
    (manifest,) = manifests(bench, "call_flows")
    assert (manifest.is_complete, manifest.is_cut_off, manifest.is_permitted) == (False, True, True)
    assert manifest.fetched_at - manifest.started_at > timedelta(seconds=5)
