-- Numbers of ours in E.164, by what lists say: in every notation a number is ours, if it is in one.
-- Grain: one number in E.164 (e164).
-- Sources: list_sightings (the lists' part of number_sightings), numbers_read.
select distinct r.e164
from list_sightings as s
inner join numbers_read as r on s.number = r.number
where s.role in ('own', 'shown') and r.e164 is not null
