-- Landed rows of call detail records, typed; `reason` tells what does not fit, NULL if all does.
-- Grain: one landed row (source_no, position).
-- Sources: lines, clock_days.
with fields as (
    select
        source_no,
        position,
        row,
        try(json_transform(
            row,
            '{"uniqueid": "VARCHAR", "calltime": "VARCHAR", "billsecond": "VARCHAR", "duration": "VARCHAR",
              "direction": "VARCHAR", "call_chain": ["JSON"]}'
        )) as sent
    from lines
),
named as (
    select
        source_no,
        position,
        row,
        text_of(sent.uniqueid) as uniqueid,
        time_of(sent.calltime) as started_at_local,
        text_of(sent.direction) as direction_sent,
        text_of(sent.duration) as duration,
        text_of(sent.billsecond) as billsecond,
        sent.call_chain as entries,
        case
            when sent.uniqueid is not null and sent.call_chain is null then json_extract(row, '$.call_chain')
        end as odd_chain
    from fields
),
typed as (
    select
        *,
        cast(started_at_local as date) as call_date,
        seconds_of(duration) as duration_s,
        seconds_of(billsecond) as talk_s,
        case when json_type(odd_chain) = 'OBJECT' then json_extract(odd_chain, '$.*') else entries end as legs
    from named
)
select
    t.source_no,
    t.position,
    t.row,
    hash(t.row) as row_hash,
    t.uniqueid,
    t.call_date,
    t.started_at_local,
    epoch_us(t.started_at_local) - c.offset_us as started_at_us,
    coalesce(t.started_at_local >= c.doubled_from, false) as is_ambiguous_local_time,
    t.direction_sent,
    t.duration_s,
    t.talk_s,
    t.legs,
    case
        when t.uniqueid is null or t.uniqueid[1] in ('{', '[') then misfit_of(t.row)
        when t.started_at_local is null or c.day is null then 'bad_time'
        when (t.duration is not null and t.duration_s is null) or (t.billsecond is not null and t.talk_s is null)
        then 'bad_number'
        when json_type(t.odd_chain) = 'OBJECT'
            and len(list_filter(json_keys(t.odd_chain), lambda name: not regexp_full_match(name, '\d+'))) > 0
        then 'bad_chain'
        when json_type(t.odd_chain) not in ('OBJECT', 'NULL') and t.odd_chain <> '""' then 'bad_chain'
    end as reason
from typed as t
left join clock_days as c
    on t.call_date = c.day and t.started_at_local >= c.local_from and t.started_at_local < c.local_until
