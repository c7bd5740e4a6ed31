"""What is said of Redis's errors."""

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError, ReadOnlyError

from runtime.redis_trouble import why

REFUSED = "Error 111 connecting to 127.0.0.1:1. Connection refused."


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RedisConnectionError(REFUSED), f"{REFUSED[:-1]}; start it, or correct REDIS_URL"),
        (TimeoutError(), "TimeoutError; start it, or correct REDIS_URL"),
        (ReadOnlyError("You can't write against a read only replica."), "it answers: You can't write against a read o"),
        (
            OutOfMemoryError('Command # 1 (LPUSH inventory {"body":) of pipeline caused error: command not allowed'),
            "it is full (maxmemory); make room, or raise maxmemory: docs/operating.md, 'Redis is full', says how",
        ),
        (
            ReadOnlyError("Command # 1 (LPUSH inventory {) of pipeline caused error: read only."),
            "it answers: read only",
        ),
    ],
)
def test_each_error_is_one_sentence_that_says_what_to_do(error: Exception, said: str) -> None:
    assert why(error).startswith(said)
    assert not why(error).endswith(".")
