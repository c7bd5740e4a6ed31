"""Ports and addresses of the demo's processes."""

import socket
from pathlib import Path

import pytest

from demo import environment
from demo.home import Home, Refused
from devservices.processes import HOST, free_port


def test_a_port_that_is_taken_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(environment, "USUAL_PORTS", {"web": port})
        chosen = environment.choose_ports(usual=True)["web"]
    assert port < chosen < port + 100


def test_a_socket_path_that_is_too_long_is_replaced_by_a_short_one(tmp_path: Path) -> None:
    deep = Home(tmp_path / ("d" * 100))
    socket_path = environment.settings(deep, environment.choose_ports(usual=False))["DEMO_SOCKET"]
    assert len(socket_path) < environment.SOCKET_PATH_LIMIT


@pytest.mark.parametrize(
    ("port", "ports"),
    [
        ("9464", ["9464", "9465", "9466", "9467"]),
        ("", ["0", "0", "0", "0"]),
        ("many", ["many", "many", "many", "many"]),
    ],
)
def test_each_process_gets_a_port_for_its_metrics(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, port: str, ports: list[str]
) -> None:
    monkeypatch.setenv("METRICS_PORT", port)
    settings = environment.settings(Home(tmp_path), environment.choose_ports(usual=False))
    assert [value for name, value in settings.items() if name.startswith("DEMO_METRICS_")] == ports


def test_what_a_killed_demo_left_on_a_port_is_named(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with socket.create_server((HOST, 0)) as left:
        home.environment.write_text(f"export DEMO_REDIS_PORT={left.getsockname()[1]}\n")
        with pytest.raises(Refused, match=r"left a process on port \d+ \(redis\)"):
            environment.wait_for_the_last_one_to_end(home, seconds=0.2)


def test_a_killed_demo_that_left_nothing_is_no_obstacle(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.environment.write_text(f"export DEMO_REDIS_PORT={free_port()}\n")
    environment.wait_for_the_last_one_to_end(home, seconds=0.2)
