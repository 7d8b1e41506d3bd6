-- A sample of recordings with the one call that each fits by extension, other party and length, whatever the clocks say.
-- Grain: one pair (callrecordkey, uniqueid, is_whole_call): the recording is as long as the talk, or as the whole call.
-- Sources: recordings, recording_extensions, calls, call_legs, days. Sixty recordings a day are enough for a median, and
-- the last seven digits for a number that is written in several ways. Steps are materialized to be joined in this order:
-- joined by extension first, every call of an extension would meet each of its recordings.
with sample_days as (
    select distinct day - cast(n as integer) as day
    from days
    cross join range(28) as r(n)
),

sample as materialized (
    select callrecordkey, recorded_date, recorded_at, duration_s, from_number, to_number, from_callerid
    from recordings
    where recorded_date in (select day from sample_days) and duration_s >= 10
    qualify row_number() over (partition by recorded_date order by md5(callrecordkey), callrecordkey) <= 60
),

named as (
    select callrecordkey, unnest([from_number, to_number, from_callerid]) as number
    from sample
),

named_on as materialized (
    select distinct
        s.callrecordkey,
        right(list_extract(string_split(n.number, '*'), -1), 7) as digits,
        s.recorded_date + cast(r.n as integer) as call_date
    from sample as s
    inner join named as n on s.callrecordkey = n.callrecordkey and n.number <> ''
    cross join range(-1, 2) as r(n)
),

-- Few calls of a day have a certain number, so that is asked first.
near as materialized (
    select distinct n.callrecordkey, l.uniqueid, l.call_date, l.extension_id
    from named_on as n
    inner join call_legs as l
        on n.call_date = l.call_date and n.digits = right(list_extract(string_split(l.number, '*'), -1), 7)
    where l.party_type not in ('flow', 'own_number', 'anonymous')
),

long_enough as materialized (
    select
        s.callrecordkey,
        c.uniqueid,
        c.call_date,
        s.recorded_date,
        n.extension_id,
        k.is_whole_call,
        date_diff('millisecond', c.started_at, s.recorded_at) / 1000 as from_start_s,
        date_diff('millisecond', c.answered_at, s.recorded_at) / 1000 as from_answer_s,
        date_diff('millisecond', c.ended_at, s.recorded_at) / 1000 as from_end_s
    from near as n
    inner join sample as s on n.callrecordkey = s.callrecordkey
    inner join calls as c on n.uniqueid = c.uniqueid and n.call_date = c.call_date
    cross join (values (true), (false)) as k(is_whole_call)
    where
        c.is_connected and c.is_counted and not c.is_ambiguous_local_time
        and abs(s.duration_s - if(k.is_whole_call, c.duration_s, c.talk_s)) <= 2
        and abs(date_diff('second', c.started_at, s.recorded_at)) <= 12 * 3600
),

listed as materialized (
    select p.*, e.extension_id as own_extension_id
    from long_enough as p
    inner join recording_extensions as e on p.callrecordkey = e.callrecordkey and p.recorded_date = e.recorded_date
    where p.extension_id is distinct from e.extension_id
),

pairs as (
    select distinct p.* exclude (call_date, extension_id, own_extension_id)
    from listed as p
    inner join call_legs as l
        on p.uniqueid = l.uniqueid and p.call_date = l.call_date and p.own_extension_id = l.extension_id
)

select *
from pairs
qualify count(*) over (partition by callrecordkey, is_whole_call) = 1
