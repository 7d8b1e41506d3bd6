-- Numbers of which anything is said that was not said before, or is said no more.
-- Grain: one number.
-- Sources: number_parties, former_parties (the same before the lake's changes were loaded).
select distinct number
from (
    (from number_parties except from former_parties)
    union all
    (from former_parties except from number_parties)
)
