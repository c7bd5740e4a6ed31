"""Gunicorn as gunicorn.conf.py sets it up."""

import json

import pytest

from devservices.processes import HOST, free_port
from tests.deploy.processes import Processes, fetch, run
from tests.end_to_end.conftest import eventually

pytestmark = pytest.mark.slow


class Web:
    """The pages of one test, served by gunicorn."""

    def __init__(self, processes: Processes, environment: dict[str, str]) -> None:
        self._processes = processes
        self._environment = environment
        self._port = free_port()

    def start(self, *options: str, **settings: str) -> None:
        command = ["gunicorn", "--bind", f"{HOST}:{self._port}", *options, "wsgi:app"]
        self._processes.start("web", command, {**self._environment, **settings})
        eventually(lambda: fetch(f"http://{HOST}:{self._port}/static/shop.css")[0])

    def end(self) -> list[str]:
        """End it; return the lines that it wrote."""
        assert self._processes.end("web") == 0
        return self._processes.said("web").splitlines()


@pytest.fixture
def web(processes: Processes, shop_environment: dict[str, str]) -> Web:
    return Web(processes, shop_environment)


def test_every_line_is_in_the_form_of_the_shops_own(web: Web) -> None:
    web.start("--access-logfile=-", LOG_FORMAT="json")
    events = [json.loads(line) for line in web.end()]
    assert {event["process"] for event in events} == {"web"}
    assert {event["logger"] for event in events} == {"gunicorn.error", "gunicorn.access"}
    assert events[0]["message"].startswith("Starting gunicorn")
    assert all(event["time"].endswith("Z") for event in events)


def test_it_says_no_more_than_was_asked_for(web: Web) -> None:
    web.start(LOG_LEVEL="WARNING")
    assert web.end() == []


def test_a_bad_setting_ends_its_start_with_one_sentence(shop_environment: dict[str, str]) -> None:
    ended = run(["gunicorn", "wsgi:app"], {**shop_environment, "LOG_FORMAT": "xml"})
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert ended.stderr.startswith("LOG_FORMAT is 'xml'; expected ")


def test_a_commands_lines_are_not_the_web_servers(shop_environment: dict[str, str]) -> None:
    done = run(["flask", "--app", "wsgi", "db", "upgrade"], {**shop_environment, "LOG_FORMAT": "json"})
    assert {json.loads(line)["process"] for line in done.stdout.splitlines()} == {"flask"}
