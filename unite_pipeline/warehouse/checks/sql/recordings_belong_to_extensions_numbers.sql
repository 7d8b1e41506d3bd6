-- What was looked at: recordings and who lists them.
-- Grain: one row.
-- Sources: recordings, recording_extensions, extensions.
with sizes as (
    select
        (select count(*) from recordings) as recordings,
        (select count(*) from recording_extensions) as listings,
        (select count(*) from extensions) as extensions
)
select
    format(
        '{} in {} of {} looked at',
        counted(recordings, 'recording'),
        counted(listings, 'listing'),
        counted(extensions, 'extension')
    ) as summary,
    recordings,
    listings,
    extensions
from sizes
