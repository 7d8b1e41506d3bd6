-- The numbers that a recording names, in digits: an extension or flow (`1234*0202`, `0202`) as it stands in a chain, an
-- outside number (`31612345678`, `0612345678`, `0031612345678`) without the zeros it is dialled with.
-- Grain: one number of a recording (callrecordkey, digits).
-- Sources: recordings, recording_window.
with sent as (
    select r.callrecordkey, unnest([r.from_number, r.to_number, r.from_callerid]) as number
    from recordings as r
    inner join recording_window as w on r.callrecordkey = w.callrecordkey and r.recorded_date = w.recorded_date
),

plain as (
    select distinct
        callrecordkey,
        if(
            regexp_full_match(number, '[0-9]+[*][0-9]+'),
            regexp_extract(number, '[*]([0-9]+)$', 1),
            regexp_replace(number, '[^0-9]', '', 'g')
        ) as digits
    from sent
)

select distinct
    callrecordkey,
    length(ltrim(digits, '0')) >= 7 as is_full,
    if(length(ltrim(digits, '0')) >= 7, ltrim(digits, '0'), digits) as digits
from plain
where digits <> ''
