"""Whatever is read, answered, lost, revoked, cut or put back, in any order: no place past an open message."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.bridge.promise import Reader, World

ANY = st.integers(0, 1000)


class Promise(RuleBasedStateMachine):
    """The bridge's part of the promise: what a database says is dealt with is, and in the end all is."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.elections = 0

    @rule(records=st.integers(1, 7))
    def messages_are_written(self, records: int) -> None:
        self.world.append(records)

    @rule(records=st.integers(1, 9))
    def the_bridge_reads(self, records: int) -> None:
        self.world.read(self.world.reader, records)

    @rule()
    def the_bridge_asks(self) -> None:
        self.world.send(self.world.reader)

    @rule()
    def the_bridge_hears(self) -> None:
        self.world.hear(self.world.reader)

    @rule()
    def all_is_read_asked_answered_and_heard(self) -> None:
        self.world.turn(records=3)

    @precondition(lambda self: self.world.queue)
    @rule(number=ANY, left=st.sampled_from([0, 0, 1]))
    def a_worker_works(self, number: int, left: int) -> None:
        self.world.work(number, left)

    @precondition(lambda self: self.world.queue)
    @rule(number=ANY)
    def a_task_is_lost(self, number: int) -> None:
        self.world.queue.pop(number % len(self.world.queue))

    @precondition(lambda self: self.world.queue)
    @rule(number=ANY)
    def a_task_is_done_twice(self, number: int) -> None:
        self.world.queue.append(self.world.queue[number % len(self.world.queue)])

    @rule()
    def redis_is_wiped(self) -> None:
        self.world.queue.clear()
        self.world.answers.clear()

    @rule(seconds=st.sampled_from([2, 5, 40]))
    def time_passes(self, seconds: int) -> None:
        self.world.now += seconds

    @rule()
    def the_database_is_backed_up(self) -> None:
        self.world.back_up()

    @precondition(lambda self: self.world.backups)
    @rule(number=ANY)
    def the_database_is_put_back(self, number: int) -> None:
        backup = self.world.backups[number % len(self.world.backups)]
        if self.world.is_misplaced(backup) and not self.world.is_misplaced(self.world.database):
            return  # a limit: docs/guarantees.md
        self.world.restore(number)

    @precondition(lambda self: not self.world.is_misplaced(self.world.database))
    @rule()
    def another_bridge_takes_over(self) -> None:
        if self.world.asks_of_another_log():
            return  # a limit, too: it can't know that the log was cut
        self.world.former, self.world.reader = self.world.reader, Reader()

    @precondition(lambda self: self.world.former)
    @rule(records=st.integers(1, 9))
    def the_former_bridge_goes_on(self, records: int) -> None:
        assert self.world.former
        self.world.hear(self.world.former)
        self.world.read(self.world.former, records)
        self.world.send(self.world.former)

    @precondition(lambda self: self.world.reader.partition.ledger and self.world.reader.position)
    @rule(cut=st.integers(1, 9))
    def an_unclean_election_cuts_the_log(self, cut: int) -> None:
        if self.world.reader.position < len(self.world.log):
            return  # a limit: only who has read what is cut sees the log go backwards
        self.elections += 1
        self.world.elect_uncleanly(max(0, len(self.world.log) - cut))
        self.world.read(self.world.reader, 1)  # before anything else happens, or it is a limit again

    @invariant()
    def no_place_is_past_an_open_message(self) -> None:
        if not self.elections:
            assert self.world.unsettled() == []

    def teardown(self) -> None:
        self.world.heal()
        assert self.world.is_whole()


Promise.TestCase.settings = settings(max_examples=100, stateful_step_count=60, deadline=None)
TestPromise = Promise.TestCase


def test_a_lost_settle_is_noticed_where_another_one_came_after_it() -> None:
    world = World()
    world.append(6)
    world.turn(records=0)
    world.read(world.reader, 6)
    world.send(world.reader)  # two settles, of three messages each
    world.back_up()
    world.work(0)
    world.hear(world.reader)
    world.restore(0)  # as a failover does to a standby that missed it
    world.work(0)
    world.heal()
    assert world.is_whole()


def test_a_move_that_was_asked_for_before_an_election_is_not_believed_after_it() -> None:
    world = World()
    world.append(4)
    world.heal()
    world.append(6)
    world.turn()
    world.send(world.reader)
    [move] = world.queue
    world.queue.clear()
    world.elect_uncleanly(at=4)
    for _ in range(2):
        world.turn()
    world.queue.append(move)
    world.turn()
    assert world.database.place == 10
    world.heal()
    assert world.database.place == 5
