-- A violation: a row, or a leg, that did not fit its contract and came since yesterday. A row that comes again with
-- every reading of its day counts once.
-- Grain: one feed and reason (feed, reason).
-- Sources: rejected_rows.
with words (reason, in_words) as (
    values
        ('not_json', 'no JSON'),
        ('not_an_object', 'no JSON object'),
        ('missing_key', 'its key is missing'),
        ('bad_time', 'a time that cannot be read'),
        ('bad_number', 'a duration or size that cannot be read'),
        ('bad_flag', 'a truth value that cannot be read'),
        ('bad_chain', 'a chain of legs that cannot be read'),
        ('bad_leg', 'a leg that cannot be read'),
        ('outside_days', 'outside the days that were asked for'),
        ('duplicate_key', 'its key came twice; the later one counts')
),
new as (
    select feed, reason, hash(row) as row_hash, min(fetched_at) as first_at, max(fetched_at) as last_at
    from rejected_rows
    where fetched_at >= $new_since
    group by feed, reason, hash(row)
)
select
    count(*) as violations,
    format(
        '{}: {} ({}), last on {}',
        n.feed,
        counted(count(*), 'row'),
        coalesce(any_value(w.in_words), n.reason),
        strftime(timezone($timezone, max(n.last_at)), '%Y-%m-%d %H:%M')
    ) as finding,
    n.feed,
    n.reason,
    strftime(timezone($timezone, min(n.first_at)), '%Y-%m-%d %H:%M') as first_at_local,
    strftime(timezone($timezone, max(n.last_at)), '%Y-%m-%d %H:%M') as last_at_local
from new as n
left join words as w on n.reason = w.reason
group by n.feed, n.reason
order by violations desc, n.feed, n.reason
