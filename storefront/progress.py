"""How far the shop is behind, by partition, as its bridges last reported."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select

from storefront.database import db
from storefront.models import FeedPosition

SILENT_AFTER_SECONDS = 10  # a bridge reports every few seconds also when it has nothing to do


@dataclass(frozen=True, slots=True)
class Progress:
    """Where one partition of the topic stood at `as_of`; None: not known yet."""

    topic: str
    partition: int
    as_of: datetime | None
    age: float | None  # seconds since then
    behind: int | None  # messages
    counts_age: float | None  # seconds since the newest message was written that is dealt with, 0 where none waits
    stopped_at: float | None  # the share of bad messages above which its bridge stopped reading

    @property
    def is_silent(self) -> bool:
        """Whether its bridge, or the workers that write for it, stand still."""
        return self.age is None or self.age > SILENT_AFTER_SECONDS


@dataclass(frozen=True, slots=True)
class Stop:
    """Partitions of one topic, in words, that aren't read any more: their share of bad messages was above `limit`."""

    topic: str
    partitions: str
    limit: float


def stops(places: Sequence[Progress]) -> list[Stop]:
    """Return where reading stopped: what a bridge stopped at once is one stop."""
    numbers: dict[tuple[str, float], list[str]] = {}
    for place in places:
        if place.stopped_at is not None:
            numbers.setdefault((place.topic, place.stopped_at), []).append(str(place.partition))
    return [
        Stop(topic, f"partition{'s' * (len(some) > 1)} {', '.join(some)}", limit)
        for (topic, limit), some in numbers.items()
    ]


def progress() -> list[Progress]:
    """Return where each partition of the topic stands that reported last, by number; nobody moves other topics' places.

    A topic made anew is another one: the source begins with its id.
    """
    topic_id = func.regexp_replace(FeedPosition.source, "-[0-9]+$", "")
    newest = select(topic_id).order_by(FeedPosition.reported_at.desc().nulls_last()).limit(1).scalar_subquery()
    places = select(FeedPosition, func.now()).where(topic_id == newest).order_by(FeedPosition.partition)
    return [_progress(place, now) for place, now in db.session.execute(places)]


def unknown_since(place: Progress) -> str | None:
    """Say since when nobody knows how far the shop is behind here; None where it is known."""
    if place.as_of is None or place.behind is None:
        return "not known yet"
    return f"not known since {place.as_of.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if place.is_silent else None


def remarks(places: Sequence[Progress]) -> Iterator[str]:
    """Give a sentence for what is wrong, and for what is known too little of."""
    if not places:
        yield "No bridge has reported yet: python -m bridge starts one, and the workers write down its place."
    silent = [place for place in places if place.is_silent]
    if silent:
        numbers = ", ".join(str(place.partition) for place in silent)
        yield (
            f"Nothing new of partition {numbers} for more than {SILENT_AFTER_SECONDS} s: the bridge, the workers or "
            "Redis stand still. Beside them, python -m runtime.health bridge (or worker) says why."
        )


def _progress(place: FeedPosition, now: datetime) -> Progress:
    behind = None if place.end_offset is None else max(0, place.end_offset - (place.next_offset or 0))
    age = None if place.reported_at is None else (now - place.reported_at).total_seconds()
    return Progress(
        topic=place.topic,
        partition=place.partition,
        as_of=place.reported_at,
        age=age,
        behind=behind,
        counts_age=_counts_age(place, behind, now),
        stopped_at=place.stopped_at,
    )


def _counts_age(place: FeedPosition, behind: int | None, now: datetime) -> float | None:
    """Broker's clock against ours."""
    if behind == 0:
        return 0
    if behind is None or place.dealt_until is None or place.dealt_until < 0:
        return None
    return max(0, now.timestamp() - place.dealt_until / 1000)
