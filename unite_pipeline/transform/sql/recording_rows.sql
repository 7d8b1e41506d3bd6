-- Landed rows of recordings, typed; `reason` tells what does not fit, NULL if all does.
-- Grain: one landed row (source_no, position).
-- Sources: lines, clock, clock_days. A recording time carries an offset (+01, +01:00, +0100, Z); without one it is
-- meant on the tenant's clock, in its earlier reading.
with known as (
    select
        source_no,
        position,
        row,
        json_valid(row) as is_json,
        case when json_valid(row) then json_type(row) = 'OBJECT' end as is_object
    from lines
),
fields as (
    select
        *,
        case
            when is_object
            then json_transform(
                row,
                '{"callrecordkey": "VARCHAR", "recordtime": "VARCHAR", "duration": "VARCHAR", "filesize": "VARCHAR",
                  "file_totalpart": "VARCHAR", "file_partsize": "VARCHAR", "filename": "VARCHAR",
                  "from_number": "VARCHAR", "to_number": "VARCHAR", "to_number_formatted": "VARCHAR",
                  "tonumber_desc": "VARCHAR", "from_callerid": "VARCHAR", "from_callerid_formatted": "VARCHAR",
                  "queuename": "VARCHAR"}'
            )
        end as sent
    from known
),
named as (
    select
        source_no,
        position,
        row,
        is_json,
        is_object,
        text_of(sent.callrecordkey) as callrecordkey,
        regexp_extract(
            sent.recordtime,
            '^(\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(?:[.]\d*)?) ?([Zz]|([+-])(\d{2}):?(\d{2})?)?$',
            ['wall', 'zone', 'sign', 'hours', 'minutes']
        ) as recorded,
        text_of(sent.duration) as duration,
        text_of(sent.filesize) as filesize,
        text_of(sent.file_totalpart) as file_totalpart,
        text_of(sent.file_partsize) as file_partsize,
        text_of(sent.filename) as filename,
        text_of(sent.from_number) as from_number,
        text_of(sent.to_number) as to_number,
        text_of(sent.to_number_formatted) as to_number_formatted,
        text_of(sent.tonumber_desc) as to_description,
        text_of(sent.from_callerid) as from_callerid,
        text_of(sent.from_callerid_formatted) as from_callerid_formatted,
        text_of(sent.queuename) as queue_name
    from fields
),
typed as (
    select
        *,
        time_of(recorded.wall) as wall,
        case
            when lower(recorded.zone) = 'z' then 0
            when recorded.zone <> ''
            then (case recorded.sign when '-' then -1 else 1 end)
                * (try_cast(recorded.hours as bigint) * 3600 + coalesce(try_cast(recorded.minutes as bigint), 0) * 60)
                * 1000000
        end as sent_offset_us,
        seconds_of(duration) as duration_s,
        number_of(filesize) as size_bytes,
        try_cast(number_of(file_totalpart) as integer) as part_count,
        number_of(file_partsize) as part_size_bytes
    from named
),
instants as (
    select
        t.* exclude (recorded, wall, sent_offset_us),
        epoch_us(t.wall) - coalesce(t.sent_offset_us, c.offset_us) as recorded_at_us
    from typed as t
    left join clock_days as c
        on cast(t.wall as date) = c.day and t.wall >= c.local_from and t.wall < c.local_until
)
select
    i.* exclude (is_json, is_object, duration, filesize, file_totalpart, file_partsize),
    cast(make_timestamp(i.recorded_at_us + u.offset_us) as date) as recorded_date,
    case
        when not i.is_json then 'not_json'
        when not i.is_object then 'not_an_object'
        when i.callrecordkey is null or i.callrecordkey[1] in ('{', '[') then 'missing_key'
        when i.recorded_at_us is null or u.offset_us is null then 'bad_time'
        when (i.duration is not null and i.duration_s is null)
            or (i.filesize is not null and i.size_bytes is null)
            or (i.file_totalpart is not null and i.part_count is null)
            or (i.file_partsize is not null and i.part_size_bytes is null)
        then 'bad_number'
    end as reason
from instants as i
asof left join clock as u on make_timestamp(i.recorded_at_us) >= u.utc_from
