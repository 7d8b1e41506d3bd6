-- Other days on which the lake holds a call that came now: it has moved, and those days have to be made again too.
-- Grain: one day.
-- Sources: unfamiliar_calls, elsewhere (calls of the other days that may hold one of them).
select distinct e.call_date
from elsewhere as e
semi join unfamiliar_calls as u using (uniqueid)
