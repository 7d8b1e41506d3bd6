-- Every outside number that ever called. The first day is a minimum over days, taken when it is asked for: a day that is
-- back-filled or that loses a call moves it at once, and no build has to look through history for it.
-- Grain: caller. A view over calls_by_caller.
select
    tenant,
    caller,
    min(call_date) as first_call_date,
    max(call_date) as last_call_date,
    count(*) as days,
    cast(sum(offered) as bigint) as offered,
    cast(sum(answered) as bigint) as answered,
    cast(sum(missed) as bigint) as missed
from calls_by_caller
group by tenant, caller
