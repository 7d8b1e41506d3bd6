-- Numbers that have to be normalised: new ones, and those that became internal or ceased to be; each time also the few
-- that are internal by their form alone, which cannot be told from the latter.
-- Grain: one number (number).
-- Sources: numbers_seen, kept_numbers (what the lake holds, as far as it was normalised in the same way).
select
    s.number,
    s.is_known_internal
from numbers_seen as s
anti join kept_numbers as k on s.number = k.number and s.is_known_internal = k.is_internal
