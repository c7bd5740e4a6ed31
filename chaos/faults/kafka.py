"""Faults of Kafka, and of what stands in the topic."""

import signal
from contextlib import closing
from itertools import count, islice

from kafka import KafkaProducer

from chaos import programs, traffic
from chaos.cluster import three_brokers
from chaos.experiment import Experiment
from chaos.fault import Setup, fault
from chaos.fold import Letter
from chaos.segment import rot_last_batch

NOBODY_KNOWS = -1  # the leader epoch of a record that can't be read
LONG, SHORT = 2000, 30  # messages
TRANSACTIONS = 10
PER_TRANSACTION = 20
TRANSACTIONAL = 2_000_000  # counts from here on


@fault()
def killed(run: Experiment) -> None:
    """The broker is killed (SIGKILL) and comes back, twice."""
    for _ in range(2):
        run.servers.kafka.kill()
        run.servers.kafka.start()
        run.wait(5)


@fault()
def away(run: Experiment) -> None:
    """The broker is stopped for 30 s."""
    run.servers.kafka.stop()
    run.wait(30)
    run.servers.kafka.start()


@fault()
def topic_anew_shorter(run: Experiment) -> None:
    """The topic is deleted and created again while the bridge reads; its place is far behind the new one's end."""
    run.stream.burst(LONG)
    run.catch_up()
    _make_anew(run, SHORT)
    run.wait(5)
    run.stream.start()


@fault()
def topic_anew_longer(run: Experiment) -> None:
    """The topic is deleted, created and filled between two looks of the bridge; its place is within the new one."""
    run.catch_up()
    run.shop.send("bridge", signal.SIGSTOP)
    _make_anew(run, LONG)
    run.shop.send("bridge", signal.SIGCONT)
    run.stream.start()


@fault()
def topic_anew_shorter_unseen(run: Experiment) -> None:
    """The topic is deleted and created again while no bridge runs; the old place is far behind the new one's end."""
    run.stream.burst(LONG)
    run.catch_up()
    run.shop.stop("bridge")
    _make_anew(run, SHORT)
    run.start("bridge", programs.bridge())
    run.wait(5)
    run.stream.start()


@fault()
def topic_anew_longer_unseen(run: Experiment) -> None:
    """The topic is deleted, created and filled while no bridge runs; the old place is within the new one."""
    run.catch_up()
    run.shop.stop("bridge")
    _make_anew(run, LONG)
    run.start("bridge", programs.bridge())
    run.stream.start()


@fault()
def partitions_grown(run: Experiment) -> None:
    """The topic gets three more partitions: products move, and the broker's time says which count is the newer."""
    run.topic.grow(6)
    run.wait(12)


@fault()
def batch_rotten(run: Experiment) -> None:
    """A batch goes bad on the broker's disk before the bridge has read it: each of its messages is a dead letter."""
    run.shop.stop("bridge")
    run.wait(2)
    run.stream.stop()
    source = run.topic.sources()[0]
    run.servers.kafka.stop()
    rotten = rot_last_batch(run.servers.kafka.data_dir / "log", run.topic.name, 0)
    run.servers.kafka.start()
    run.unreadable[0] = rotten
    run.fold.letters |= {Letter(source, NOBODY_KNOWS, offset): None for offset in rotten}
    run.stream.start()
    run.start("bridge", programs.bridge())
    run.wait(5)


@fault(Setup(may_end="bridge"))
def codec_missing(run: Experiment) -> None:
    """Messages come compressed in a way that the bridge can't undo: it says so and ends, until that is installed."""
    run.replace("bridge", programs.bridge("chaos.broken.bridge_without_zstd"))
    run.stream.stop()
    run.stream.compression = "zstd"
    run.stream.start()
    run.until("the bridge says what to install", lambda: "install the codec" in run.log("bridge"))
    run.wait(5)
    run.replace("bridge", programs.bridge())


@fault()
def transactions_aborted(run: Experiment) -> None:
    """Beside the stream transactions are written; every other one is aborted, and so the log ends."""
    counts = count(TRANSACTIONAL)
    with closing(_transactional_producer(run)) as producer:
        producer.init_transactions()
        for number in range(TRANSACTIONS):
            producer.begin_transaction()
            for message in (traffic.counted(f"SHOP{one % 200:04}", one) for one in islice(counts, PER_TRANSACTION)):
                producer.send(run.topic.name, message.value, key=message.key)
            run.wait(1)
            end = producer.abort_transaction if number % 2 else producer.commit_transaction
            end()
    run.stream.stop()


@fault(Setup(servers=three_brokers, replicas=3))
def leader_killed(run: Experiment) -> None:
    """Of three brokers two are killed (SIGKILL) and come back, one after the other; each leads partitions."""
    run.until("each broker leads a partition", lambda: run.topic.leaders() == {1, 2, 3}, seconds=10)
    for broker in run.servers.brokers[1:]:  # the first is the controller, too
        broker.kill()
        run.wait(12)
        broker.start()
        run.until("all replicas are in sync", run.topic.is_in_sync)


def _make_anew(run: Experiment, messages: int) -> None:
    run.remember_log()
    run.topic.delete()
    run.topic.create(run.fault.setup.partitions)
    run.stream.burst(messages)


def _transactional_producer(run: Experiment) -> KafkaProducer:
    return KafkaProducer(bootstrap_servers=run.topic.bootstrap_servers, transactional_id=run.name)
