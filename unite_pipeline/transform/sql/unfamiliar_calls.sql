-- Calls that came now and do not stand on the days that are made anyhow.
-- Grain: one call (uniqueid).
-- Sources: cdr_newest, kept_calls (the days that are made anyhow).
select uniqueid
from cdr_newest
anti join kept_calls using (uniqueid)
