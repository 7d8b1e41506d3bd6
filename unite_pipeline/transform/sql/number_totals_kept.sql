-- The counts to remember: of numbers that had to be counted over all days, then or now.
-- Grain: one number, place and answer (number, seen_in, role, formatted, e164, country).
-- Sources: kept_number_totals, number_totals, number_changes.
select * exclude (is_kept)
from number_totals
where is_kept
union all by name
select k.*
from kept_number_totals as k
where k.number not in (select number from number_totals where is_kept)
    and k.number not in (select number from number_changes where is_known and has_lost)
