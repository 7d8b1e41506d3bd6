-- How the numbers at hand are read: now, or as they were.
-- Grain: one number (number).
-- Sources: normalised_numbers (now), kept_numbers (what the lake holds of all others).
select number, e164, country, kind, is_valid, normalised_with
from normalised_numbers
union all
select k.number, k.e164, k.country, k.kind, k.is_valid, k.normalised_with
from kept_numbers as k
anti join normalised_numbers as n on k.number = n.number
