"""The last step of a sync: fails, with one line a feed, if not everything asked for is proven complete.

Here: the verdict as an asset, after everything that was proven has reached the warehouse. Not here: the judging.
"""

import dagster as dg

from unite_pipeline.defs import raw, warehouse
from unite_pipeline.defs.failures import not_proven, told
from unite_pipeline.defs.requests import PROOF, request_of, selected
from unite_pipeline.extract.days import local_day
from unite_pipeline.extract.verdict import verdict
from unite_pipeline.installation import Unite
from unite_pipeline.warehouse.model import WAREHOUSE_TABLES

_DEPS = [*raw.FEED_OF, *(warehouse.key_of(table.name) for table in WAREHOUSE_TABLES)]


@dg.asset(key=PROOF, group_name="proof", kinds={"python"}, deps=_DEPS)
@told
def proof(context: dg.AssetExecutionContext, unite: dg.ResourceParam[Unite]) -> dg.MaterializeResult:
    """Whether every day and list that the run asked for is proven complete by the API's own counts."""
    today = local_day(unite.clock.utc(), unite.settings.zone)
    request = request_of(context, unite.settings.lookback_days, today)
    feeds = [feed for key, feed in raw.FEED_OF.items() if selected(context, key)]
    judged = verdict(unite.places, request, unite.settings.zone, feeds)
    requests = unite.requests_of_run
    context.log.info("%d requests were sent by this run, log-ins and retries included", requests)
    if not judged.is_proven:
        text = "Not everything is proven complete; what came is kept, and the next sync asks for the rest. "
        raise not_proven(text + " | ".join(judged.faults), judged.faults, unite.failures_of_run, {"requests": requests})
    return dg.MaterializeResult(metadata={"requests": requests, "feeds": ", ".join(feeds), "days": str(request.days)})
