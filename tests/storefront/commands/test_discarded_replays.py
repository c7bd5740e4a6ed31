"""A replay from the command line whose letter is discarded before a worker begins it; and its reason."""

import io
import threading

from tests.storefront.commands.conftest import Query, Run
from tests.storefront.commands.letters import bury
from tests.storefront.commands.test_replay import message, queued, wait_for
from tests.storefront.conftest import Working


def test_a_letter_that_is_discarded_while_its_task_waits_is_not_applied(
    run: Run, query: Query, redis_url: str, working: Working
) -> None:
    bury(query, 1, message(3))
    said = io.StringIO()
    replaying = threading.Thread(target=lambda: said.write(run("dead-letters", "replay", "1").output))
    replaying.start()
    wait_for(lambda: queued(redis_url))
    query("UPDATE dead_letters SET state = 'discarded', closed_at = now()")
    with working():
        replaying.join()
    assert said.getvalue() == (
        "     1  discarded: somebody did so after this replay was asked for; nothing was applied\n"
        "0 replayed: 1 discarded.\n"
    )
    assert query("SELECT * FROM stock_levels") == []


def test_a_reason_in_bytes_that_are_no_text_is_kept_escaped(run: Run, query: Query, working: Working) -> None:
    bury(query, 1, message(3))
    with working():
        done = run("dead-letters", "replay", "1", "--because", "caf\udce9")
    assert "1 replayed: 1 unknown product.\n" in done.output
    assert query("SELECT because FROM dead_letters") == [("caf\\udce9",)]
