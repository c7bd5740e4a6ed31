"""What a person reads of supervisord's events."""

import pytest

from demo.supervise import readable


@pytest.mark.parametrize(
    ("event", "line"),
    [
        ("spawned: 'worker-1' with pid 4711", "worker-1 started (process 4711)"),
        ("exited: worker-1 (terminated by SIGKILL; not expected)", "worker-1 died (SIGKILL); it is started again"),
        ("exited: web (exit status 1; not expected)", "web ended (status 1); it is started again"),
        ("exited: bridge (exit status 0; expected)", "bridge ended (status 0); it is started again"),
        ("stopped: bridge (exit status 0)", "bridge ended"),
        ("stopped: web (terminated by SIGKILL)", "web didn't end in time and was killed"),
        ("received SIGINT indicating exit request", "ending everything"),
        ("exited: opening (exit status 0; expected)", None),
        ("success: web entered RUNNING state, process has stayed up for > than 1 seconds (startsecs)", None),
    ],
)
def test_each_event_is_one_line_or_none(event: str, line: str | None) -> None:
    assert readable(event) == line
