"""A stand-in whose broker is away: it keeps trying, and says so once a minute."""

import logging
from collections.abc import Sequence

import pytest

from demo.inventory import sender
from demo.inventory.sender import Message, NotSent, PatientSender

MESSAGE = Message(b"ABCD1234", b"{}")


class BrokerAwayAtFirst:
    """A sender whose broker comes back after three tries."""

    tries = 0

    def send(self, messages: Sequence[Message]) -> list[str]:
        type(self).tries += 1
        if self.tries <= 3:
            raise NotSent("No Kafka broker answers.")
        return [str(message) for message in messages]


def test_it_tries_until_the_message_is_sent_and_complains_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sender, "Sender", BrokerAwayAtFirst)
    monkeypatch.setattr("time.sleep", lambda _: None)
    with caplog.at_level(logging.INFO):
        PatientSender().send([MESSAGE])
    assert caplog.messages == ["No Kafka broker answers. Tried again every second.", "ABCD1234 → {}"]
