-- Numbers in E.164 that have become ours, or ceased to be.
-- Grain: one number in E.164 (e164).
-- Sources: own_numbers (now), former_list_sightings with kept_numbers (before).
with former as (
    select distinct k.e164
    from former_list_sightings as s
    inner join kept_numbers as k on s.number = k.number
    where s.role in ('own', 'shown') and k.e164 is not null
)
(select e164 from own_numbers except select e164 from former)
union all
(select e164 from former except select e164 from own_numbers)
