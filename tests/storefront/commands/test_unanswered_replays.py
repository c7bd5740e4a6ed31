"""What a replay says of letters whose tasks nobody answers."""

import pytest

from tests.storefront.commands.conftest import Query, Run
from tests.storefront.commands.letters import bury


def test_a_letter_that_was_replayed_before_is_not_said_to_be_applied_again(run: Run, query: Query) -> None:
    bury(query, 1)
    query("UPDATE dead_letters SET state = 'replayed', closed_at = now(), tries = 2")
    done = run("dead-letters", "replay", "1", "--wait", "1")
    assert done.exit_code == 1
    assert "     1  no worker has begun it\n0 replayed: 1 waiting.\n" in done.output


def test_no_transaction_is_open_while_an_answer_is_waited_for(
    run: Run, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_ones: list[object] = []

    def look(*_: object) -> dict[str, object]:
        open_ones.extend(
            query(
                "SELECT query FROM pg_stat_activity"
                " WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()"
            )
        )
        return {}

    bury(query, 1)
    monkeypatch.setattr("storefront.queue_client.QueueClient.heard", look)
    assert "no worker has begun it" in run("dead-letters", "replay", "1", "--wait", "1").output
    assert open_ones == []


def test_a_letter_that_is_purged_meanwhile_is_not_said_to_be_applied(
    run: Run, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    def purge(*_: object) -> dict[str, object]:
        query("DELETE FROM dead_letters")
        return {}

    bury(query, 1)
    monkeypatch.setattr("storefront.queue_client.QueueClient.tried_again", purge)
    done = run("dead-letters", "replay", "1", "--wait", "1")
    assert done.exit_code == 1
    assert "     1  its letter was purged, so nothing says whether it was applied\n" in done.output


def test_a_replay_whose_answer_got_lost_is_known_by_its_letter(
    run: Run, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    def apply(*_: object) -> dict[str, object]:
        query("UPDATE dead_letters SET state = 'replayed', closed_at = now(), tries = tries + 1")
        return {}

    bury(query, 1)
    monkeypatch.setattr("storefront.queue_client.QueueClient.tried_again", apply)
    assert "applied or stale; the answer got lost" in run("dead-letters", "replay", "1", "--wait", "1").output


def test_a_letter_that_was_discarded_meanwhile_is_said_to_be_so(
    run: Run, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    def discard(*_: object) -> dict[str, object]:
        query("UPDATE dead_letters SET state = 'discarded', closed_at = now()")
        return {}

    bury(query, 1)
    monkeypatch.setattr("storefront.queue_client.QueueClient.tried_again", discard)
    done = run("dead-letters", "replay", "1", "--wait", "1")
    assert "     1  discarded since: its task will apply nothing\n0 replayed: 1 discarded.\n" in done.output
