-- Grain: one recording whose audio was asked for (callrecordkey); a complete one speaks before one that vanished.
-- Sources: sidecars, of the audio folder. Two stand only where the API changed a recording's day in between.
select *
from sidecars
qualify row_number() over (partition by callrecordkey order by is_complete desc, fetched_at desc, path) = 1
