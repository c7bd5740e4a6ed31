"""The systemd units held against the code and against the compose file."""

import pytest

from bridge.config import Settings as BridgeSettings
from storefront.config import Settings as ShopSettings
from tests.deploy import compose, systemd
from tests.deploy.processes import ROOT, run
from tests.deploy.systemd import FOLDER, PROGRAMS, Unit
from tests.deploy.test_compose import FLOWER_NAMES, in_seconds

UNITS = systemd.services()
STAYING = {name: unit for name, unit in UNITS.items() if name != "setup"}
COMPOSE = compose.services(compose.SECRETS)
SECRETS = {"SECRET_KEY", "FLOWER_BASIC_AUTH"}


def test_there_is_a_unit_for_each_process() -> None:
    assert set(UNITS) == {"setup", "web", "worker@", "bridge@", "flower"}


@pytest.mark.parametrize("unit", UNITS.values(), ids=list(UNITS))
def test_each_program_is_there_and_starts_where_the_code_is(unit: Unit) -> None:
    assert unit.one("WorkingDirectory") == "/opt/storefront"
    for line, command in zip(unit.settings["ExecStart"], unit.commands, strict=True):
        assert line.startswith(PROGRAMS)
        assert (ROOT / ".venv" / "bin" / command[0]).exists()


@pytest.mark.parametrize(
    ("name", "differs"),
    [
        ("web", {"--bind", "0.0.0.0:8000"}),  # its port is the socket's
        ("worker@", {"worker@%h", "worker-1@%h"}),
        ("bridge@", set()),
        ("flower", {"--address=0.0.0.0", "--address=127.0.0.1"}),
    ],
)
def test_the_commands_are_those_of_the_compose_file(name: str, differs: set[str]) -> None:
    [command] = UNITS[name].commands
    assert set(command) ^ set(COMPOSE[name.rstrip("@")].command) == differs


def test_the_setup_does_what_the_compose_file_does() -> None:
    migrate, create_topic = (" ".join(command) for command in UNITS["setup"].commands)
    assert migrate in COMPOSE["setup"].command[2]
    assert create_topic in COMPOSE["setup"].command[2]
    assert UNITS["setup"].one("Type") == "oneshot"


def test_each_setting_is_known_and_the_example_works(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {name.upper() for kind in (ShopSettings, BridgeSettings) for name in kind.model_fields}
    example = systemd.example()
    assert set(example) <= known | FLOWER_NAMES
    assert {name for name, value in example.items() if not value} == SECRETS
    for unit in UNITS.values():
        assert set(unit.environment({})) <= known | FLOWER_NAMES
        assert unit.settings["EnvironmentFile"][0] == "/etc/storefront/environment"
    for name, value in example.items():
        monkeypatch.setenv(name, value)
    ShopSettings()
    BridgeSettings()


@pytest.mark.parametrize("name", ["worker@", "bridge@"])
def test_each_instance_has_a_pulse_and_settings_of_its_own(name: str) -> None:
    first, second = (Unit(FOLDER / f"storefront-{name}.service", instance) for instance in "12")
    assert first.environment({})["PULSE_FILE"] == f"/run/{first.one('RuntimeDirectory')}/pulse"
    assert first.environment({}) != second.environment({})
    assert first.settings["EnvironmentFile"][1] == f"-/etc/storefront/{name.rstrip('@')}-1"
    assert first.commands != second.commands or name == "bridge@"


def test_flowers_history_is_where_it_may_write() -> None:
    flower = UNITS["flower"]
    assert flower.environment({})["FLOWER_DB"] == f"/var/lib/{flower.one('StateDirectory')}/tasks"


def test_whatever_stays_comes_back_for_ever_unless_a_setting_is_bad() -> None:
    for unit in STAYING.values():
        assert unit.one("Restart") == "always"
        assert unit.one("RestartPreventExitStatus") == "2"
        assert unit.one("StartLimitIntervalSec") == "0"
        assert unit.one("WantedBy") == "multi-user.target"


@pytest.mark.parametrize("name", sorted(STAYING))
def test_a_bad_setting_ends_a_process_with_that_status(name: str) -> None:
    [command] = UNITS[name].commands
    ended = run(command, {**systemd.example(), "LOG_LEVEL": "LOUD"})
    assert ended.returncode == 2
    assert "LOG_LEVEL is 'LOUD'; expected DEBUG, INFO, WARNING or ERROR." in ended.stderr


def test_times_and_sizes_are_those_of_the_compose_file() -> None:
    for name, unit in STAYING.items():
        service = COMPOSE[name.rstrip("@")].entries
        assert int(unit.one("TimeoutStopSec")) == in_seconds(service["stop_grace_period"])
        assert unit.one("MemoryMax") == service["deploy"]["resources"]["limits"]["memory"]


def test_all_are_locked_in_alike() -> None:
    blocks = [[line for line in unit.block if line not in {"", "[Install]"}] for unit in UNITS.values()]
    locks = [[line for line in block if not line.startswith("WantedBy")] for block in blocks]
    assert all(lock == locks[0] for lock in locks)
    assert {"DynamicUser=yes", "CapabilityBoundingSet=", "SystemCallFilter=@system-service"} <= set(locks[0])


def test_the_pages_port_is_held_by_a_socket() -> None:
    socket = Unit(FOLDER / "storefront-web.socket")
    assert socket.one("ListenStream") == "127.0.0.1:8000"
    assert UNITS["web"].one("Requires") == socket.name
    assert UNITS["web"].one("Type") == "notify"
