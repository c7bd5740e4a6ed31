"""What a person is told of a replay that has not closed its letter."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from storefront.models import DeadLetter
from storefront.standing import PATIENCE_SECONDS, last_replay, standing

NOON = datetime(2025, 11, 24, 12, tzinfo=UTC)
LATER = NOON + timedelta(seconds=PATIENCE_SECONDS)


def letter(**columns: Any) -> DeadLetter:
    return DeadLetter(**{"id": 1, "state": "open", "reason": "not JSON", "last_at": NOON, **columns})


@pytest.mark.parametrize(
    ("columns", "now", "state", "said"),
    [
        ({"replay_begun_at": NOON, "replay_retries": 0}, NOON, "running", "begun at 2025-11-24 12:00:00 UTC"),
        (
            {"replay_begun_at": NOON, "replay_retries": 0},
            LATER,
            "undecided",
            "begun at 2025-11-24 12:00:00 UTC; it never said how it ended: its worker ended, or the database was away",
        ),
        (
            {"replay_begun_at": NOON, "replay_retries": 2, "replay_trouble": "read-only"},
            NOON,
            "running",
            "begun at 2025-11-24 12:00:00 UTC after 2 tries, the last: read-only",
        ),
        (
            {"replay_retries": 0, "replay_trouble": "read-only"},
            NOON,
            "tried again",
            "1 try in vain, the last at 2025-11-24 12:00:00 UTC: read-only",
        ),
        (
            {"replay_retries": 6, "replay_trouble": "read-only"},
            LATER,
            "undecided",
            "7 tries in vain, the last at 2025-11-24 12:00:00 UTC: read-only; no worker has gone on since; mend that,",
        ),
        ({"replay_retries": 0}, LATER, "failed again", "not JSON"),
        ({}, LATER, "begun", "not applied so far: not JSON"),
    ],
)
def test_it_is_said_since_when_how_often_and_why(columns: dict[str, Any], now: datetime, state: str, said: str) -> None:
    stands = standing(letter(**columns), now)
    assert stands.state == state
    assert stands.said.startswith(said)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"replay_begun_at": NOON}, "running: begun at 2025-11-24 12:00:00 UTC"),
        ({"replay_retries": 0}, "failed again: not JSON"),
        ({"replay_retries": 0, "state": "replayed", "closed_at": NOON - timedelta(days=1)}, None),
        ({"replay_retries": 0, "state": "discarded", "closed_at": LATER}, None),
        ({}, None),
        ({"replay_begun_at": NOON, "state": "discarded", "closed_at": LATER}, None),
        (
            {"replay_begun_at": NOON, "state": "discarded", "closed_at": NOON - timedelta(days=1)},
            "running: begun at 2025-11-24 12:00:00 UTC",
        ),
    ],
)
def test_a_letter_says_so_while_it_is_open_or_replayed_after_it_was_closed(
    columns: dict[str, Any], said: str | None
) -> None:
    assert last_replay(letter(**columns), NOON) == said
