"""The switch endpoints.

Source: "Switch". newswitch is the one write that answers with data. Its `state` is required and has a default, both in
one line of the document; here it is required.
"""

from dataclasses import replace
from operator import attrgetter
from typing import Any

from unite_pipeline.simulator.company.model import TrueSwitch
from unite_pipeline.simulator.protocol.exchange import UNDOCUMENTED, RefusalError, Reply, Request, dumps, success
from unite_pipeline.simulator.protocol.paging import Kind, page_of
from unite_pipeline.simulator.protocol.rows import switch_row
from unite_pipeline.simulator.protocol.search import matching, sorted_rows

_LANGUAGES = ("nl", "en")
_STATES = {"false": False, "0": False, "": False, "true": True, "1": True}


def list_switches(request: Request) -> Reply:
    """Answers listswitches."""
    tenant = request.world.tenant

    def written(item: TrueSwitch) -> dict[str, Any]:
        return switch_row(item, tenant.tenant_id)

    rows = matching(request.form, list(tenant.switches.values()), written)
    rows = sorted_rows(request.form, rows, written, default="switch_no")
    kind: Kind[TrueSwitch] = Kind(
        key=attrgetter("switch_key"),
        write=lambda item: dumps(written(item)),
        altered=lambda item: replace(item, name=f"{item.name} (2)"),
    )
    page = page_of(request, rows, kind)
    pagination = f'{{"itemcount":"{page.item_count}","pagecount":"{page.page_count}"}}'
    return success(page.rows, with_code=True, pagination=pagination)


def get_switch(request: Request) -> Reply:
    """Answers getswitch."""
    return success(dumps(switch_row(_known(request), request.world.tenant.tenant_id)), with_code=False)


def new_switch(request: Request) -> Reply:
    """Answers newswitch with the new key and number."""
    tenant = request.world.tenant
    request.form.required("state")
    made = TrueSwitch(
        switch_key=tenant.new_switch_key(),
        switch_number=tenant.new_switch_number(),
        name=request.form.required("name"),
        language=_language(request, "nl"),
        is_on=_state(request, default=False),
    )
    tenant.put_switch(made)
    return success(dumps({"switchkey": made.switch_key, "switch_no": made.switch_number}), with_code=False)


def update_switch(request: Request) -> Reply:
    """Answers updateswitch; fields that are not sent stay."""
    item = _known(request)
    changed = replace(
        item,
        name=request.form.text("name") or item.name,
        language=_language(request, item.language),
        is_on=_state(request, default=item.is_on),
    )
    request.world.tenant.put_switch(changed)
    return success("[]", with_code=False)


def delete_switch(request: Request) -> Reply:
    """Answers deleteswitch."""
    request.world.tenant.remove_switch(_known(request).switch_key)
    return success("[]", with_code=False)


def _known(request: Request) -> TrueSwitch:
    item = request.world.tenant.switches.get(request.form.required("switchkey"))
    if item is None:
        raise RefusalError(UNDOCUMENTED, "Switch not found.")
    return item


def _language(request: Request, default: str) -> str:
    language = request.form.text("lang") or default
    if language not in _LANGUAGES:
        raise RefusalError(UNDOCUMENTED, "Parameter lang is invalid.", status=400)
    return language


def _state(request: Request, *, default: bool) -> bool:
    given = request.form.given("state")
    if given is None:
        return default
    if given.lower() not in _STATES:
        raise RefusalError(UNDOCUMENTED, "Parameter state is invalid.", status=400)
    return _STATES[given.lower()]
