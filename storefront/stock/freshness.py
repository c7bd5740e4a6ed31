"""Up to when the shop knows its stock: a page must not claim a number that the feed can't vouch for."""

from datetime import datetime

from sqlalchemy import DateTime, ScalarSelect, text

# A partition is dealt with up to its newest message that is; where nothing is left to read, up to the moment when the
# bridge asked for the end of its log. A topic that was created anew has another id, so its predecessor's rows, which
# nobody moves any more, don't count; a partition that never reported beside others that did is in its first second.
_STALE_SINCE = text("""
SELECT CASE WHEN oldest.until < now() - make_interval(secs => CAST(:stale_after AS float8)) THEN oldest.until END
FROM (
  SELECT coalesce(min(dealt_with.until) FILTER (WHERE reported), 'epoch') AS until
  FROM (
    SELECT reported_at IS NOT NULL AS reported,
           coalesce(greatest(to_timestamp(dealt_until / 1000.0),
                             CASE WHEN next_offset >= end_offset THEN reported_at END), 'epoch') AS until
    FROM feed_positions
    WHERE regexp_replace(source, '-[0-9]+$', '') = (
      SELECT regexp_replace(source, '-[0-9]+$', '') FROM feed_positions ORDER BY reported_at DESC NULLS LAST LIMIT 1
    )
  ) AS dealt_with
  HAVING count(*) > 0
) AS oldest
""")

NEVER = datetime.fromisoformat("1970-01-01T00:00:00Z")
"""Stands for a time that isn't known: a part of the log was never dealt with."""


def stale_since() -> ScalarSelect[datetime | None]:
    """Return the question since when counts are old, for a select's column; None: they are not, or there is no feed.

    Old is what the shop doesn't know for the last `stale_after` seconds, a parameter of the statement, by the
    database's clock.
    """
    return _STALE_SINCE.columns(stale_since=DateTime(timezone=True)).scalar_subquery()
