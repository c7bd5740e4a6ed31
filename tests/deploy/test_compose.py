"""The compose file held against the code: names, values, commands, and what each service must have."""

import re
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from bridge.config import Settings as BridgeSettings
from runtime.settings import EnvironmentSettings
from storefront.config import Settings as ShopSettings
from tests.deploy import compose
from tests.deploy.compose import SECRETS, Service, VariableMissing
from tests.deploy.processes import PATH, ROOT

SERVICES = compose.services(SECRETS)
OURS = {name: service for name, service in SERVICES.items() if service.is_ours}
STAYING = {name: service for name, service in SERVICES.items() if name != "setup"}
READ_BY: dict[str, list[type[EnvironmentSettings]]] = {
    "setup": [ShopSettings, BridgeSettings],
    "web": [ShopSettings],
    "worker": [ShopSettings],
    "bridge": [BridgeSettings],
    "flower": [ShopSettings],
    "inventory": [ShopSettings, BridgeSettings],
}
# What the images themselves say of their settings: hub.docker.com/_/postgres, /_/redis. Kafka's: test_kafka.py.
POSTGRES_NAMES = {"POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"}
FLOWER_NAMES = {"FLOWER_BASIC_AUTH", "FLOWER_DB"}  # flowerconfig.py; test_flower.py shows them at work

# The settings that .env can't set, each with its reason.
FIXED = {
    "DATABASE_URL": "made of POSTGRES_PASSWORD, and names the service postgres",
    "REDIS_URL": "names the service redis",
    "PULSE_FILE": "the container's own; its health check reads it",
    "METRICS_PORT": "each container has an address of its own, so that one port does for all",
    "METRICS_HOST": "only the containers' network sees the port",
}

ADDRESSES = {"KAFKA_BOOTSTRAP_SERVERS": "kafka-1:9092,kafka-2:9092"}
EXACT = re.compile(r"\d+\.\d+(\.\d+)?(-trixie|-slim-trixie)?$")
NEEDED = {"image", "restart", "logging", "deploy", "stop_grace_period", "healthcheck"}


def in_seconds(duration: str) -> int:
    match = re.fullmatch(r"(\d+)(s|m)", duration)
    assert match
    return int(match[1]) * {"s": 1, "m": 60}[match[2]]


def test_all_that_the_shop_needs_is_there() -> None:
    assert set(SERVICES) == {"kafka", "redis", "postgres", *READ_BY}
    assert set(OURS) == set(READ_BY)


@pytest.mark.parametrize("name", sorted(OURS))
def test_each_setting_is_known_and_each_value_is_taken(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = SERVICES[name].environment
    known = {field.upper() for kind in READ_BY[name] for field in kind.model_fields}
    assert set(environment) - known == (FLOWER_NAMES if name == "flower" else set())
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    for kind in READ_BY[name]:
        loaded = kind()
        given = {field for field in kind.model_fields if environment.get(field.upper())}
        assert given <= loaded.model_fields_set


@pytest.mark.parametrize("kind", [BridgeSettings, ShopSettings], ids=["bridge", "shop"])
def test_each_setting_can_be_set_by_the_environment_of_compose(kind: type[EnvironmentSettings]) -> None:
    marked = {name: f"a-{name}" for name in compose.variables()}
    services = [*compose.services(marked).items(), *compose.services(marked, compose.OWN_KAFKA).items()]
    environments = [service.environment for name, service in services if kind in READ_BY.get(name, ())]
    fixed = {
        name
        for name in map(str.upper, kind.model_fields)
        if not any(environment.get(name) == f"a-{name}" for environment in environments)
    }
    assert fixed == {name for name in FIXED if name.lower() in kind.model_fields}


def test_the_addresses_are_those_of_the_services() -> None:
    postgres, web, bridge = (
        SERVICES["postgres"].environment,
        SERVICES["web"].environment,
        SERVICES["bridge"].environment,
    )
    user, password, database = (postgres[f"POSTGRES_{part}"] for part in ("USER", "PASSWORD", "DB"))
    assert set(postgres) == POSTGRES_NAMES
    assert web["DATABASE_URL"] == f"postgresql://{user}:{password}@postgres:5432/{database}"
    assert bridge["REDIS_URL"] == "redis://redis:6379/0"
    advertised = dict(
        one.split("://") for one in SERVICES["kafka"].environment["KAFKA_ADVERTISED_LISTENERS"].split(",")
    )
    assert advertised == {"INTERNAL": bridge["KAFKA_BOOTSTRAP_SERVERS"], "HOST": "localhost:9092"}


@pytest.mark.parametrize("service", OURS.values(), ids=list(OURS))
def test_each_program_and_module_that_a_command_names_is_there(service: Service) -> None:
    script = service.command[2] if service.command[0] == "sh" else " ".join(service.command)
    programs = [line.split()[0] for line in script.splitlines() if line.split()[0] not in {"if", "fi"}]
    assert programs
    for program in programs:
        assert (Path(PATH.split(":")[0]) / program).exists()
    for module in re.findall(r"(?:-m|-A|--app) ([\w.]+)", script):
        assert find_spec(module), module


@pytest.mark.parametrize("missing", sorted(SECRETS))
def test_without_a_secret_nothing_starts_and_a_sentence_says_which(missing: str) -> None:
    with pytest.raises(VariableMissing) as caught:
        compose.services({name: value for name, value in SECRETS.items() if name != missing})
    assert str(caught.value) == (
        f"required variable {missing} is missing a value: copy .env.example to .env and set it there"
    )


def test_the_example_names_each_variable_and_holds_no_secret() -> None:
    lines = re.findall(r"^(#?)([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE)
    variables = compose.variables()
    assert {name for _, name, _ in lines} == set(variables)
    assert {name for comment, name, value in lines if not (comment or value)} == set(SECRETS)
    for _, name, value in lines:
        assert value == (variables[name] or ADDRESSES.get(name, ""))


def test_where_kafka_is_somebody_elses_the_bridge_knows_all_of_its_settings() -> None:
    services = compose.services(ADDRESSES, compose.OWN_KAFKA)
    assert set(services) == {"kafka", "setup", "bridge"}
    bridge = services["bridge"].environment
    known = {name.upper() for name in BridgeSettings.model_fields if name.startswith("kafka_")}
    assert set(bridge) == known - {"KAFKA_TOPIC", "KAFKA_GROUP_ID"}
    assert bridge["KAFKA_BOOTSTRAP_SERVERS"] == ADDRESSES["KAFKA_BOOTSTRAP_SERVERS"]
    assert " ".join(services["setup"].command) in SERVICES["setup"].command[2]
    with pytest.raises(VariableMissing, match="KAFKA_BOOTSTRAP_SERVERS is missing a value: set it to host:port"):
        compose.services({}, compose.OWN_KAFKA)


def test_every_image_is_an_exact_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    for service in SERVICES.values():
        _, _, tag = service.entries["image"].partition(":")
        assert EXACT.match(tag)
        assert tag == version or not service.is_ours


def test_whatever_stays_comes_back_ends_in_time_and_is_bounded() -> None:
    for service in STAYING.values():
        assert set(service.entries) >= NEEDED
        assert service.entries["restart"] == "unless-stopped"
        assert service.entries["logging"] == {"driver": "local"}
    for service in SERVICES.values():
        assert set(service.entries["deploy"]["resources"]["limits"]) == {"cpus", "memory"}
    assert SERVICES["setup"].entries["restart"] == "no"


def test_our_containers_can_do_next_to_nothing() -> None:
    for service in OURS.values():
        assert service.entries["read_only"]
        assert service.entries["tmpfs"] == ["/tmp"]
        assert service.entries["cap_drop"] == ["ALL"]
        assert service.entries["security_opt"] == ["no-new-privileges:true"]
        assert service.entries["init"]


def test_what_a_service_waits_for_can_come_true() -> None:
    for service in SERVICES.values():
        for other, condition in service.entries.get("depends_on", {}).items():
            kind = condition["condition"]
            assert kind in {"service_started", "service_healthy", "service_completed_successfully"}
            assert (kind == "service_completed_successfully") == (other == "setup")
            if kind == "service_healthy":
                assert SERVICES[other].health_command


def test_workers_and_bridges_can_be_started_many_times() -> None:
    for service in SERVICES.values():
        assert "container_name" not in service.entries
        assert "hostname" not in service.entries
    for name in ("worker", "bridge"):
        assert "ports" not in SERVICES[name].entries
    assert "worker@%h" in SERVICES["worker"].command


def test_the_host_sees_pages_flower_and_kafka_and_nobody_else_sees_them() -> None:
    ports = {name: service.entries["ports"] for name, service in SERVICES.items() if "ports" in service.entries}
    assert ports == {
        "web": ["127.0.0.1:8000:8000"],
        "flower": ["127.0.0.1:5555:5555"],
        "kafka": ["127.0.0.1:9092:9092"],
    }
    moved = compose.services({**SECRETS, "WEB_ADDRESS": "0.0.0.0", "WEB_PORT": "80"})["web"]  # noqa: S104
    assert moved.entries["ports"] == ["0.0.0.0:80:8000"]


def test_the_time_to_end_is_longer_than_what_may_still_run() -> None:
    web, worker = SERVICES["web"], SERVICES["worker"]
    graceful = int(web.command[web.command.index("--graceful-timeout") + 1])
    assert in_seconds(web.entries["stop_grace_period"]) > graceful
    assert in_seconds(worker.entries["stop_grace_period"]) > float(worker.environment["WORKER_TASK_LIMIT"])


def test_redis_forgets_nothing_and_is_smaller_than_its_container() -> None:
    command = SERVICES["redis"].command
    options = dict(zip(command[1::2], command[2::2], strict=True))
    assert options["--appendonly"] == "yes"
    assert options["--maxmemory-policy"] == "noeviction"
    assert options["--maxmemory"] == "512mb"
    assert SERVICES["redis"].entries["deploy"]["resources"]["limits"]["memory"] == "1G"


def test_data_is_kept_in_volumes() -> None:
    kept = yaml.safe_load(compose.FILE.read_text())["volumes"]
    volumes = dict(volume.split(":") for service in SERVICES.values() for volume in service.entries.get("volumes", []))
    assert volumes == {
        "kafka": SERVICES["kafka"].environment["KAFKA_LOG_DIRS"],
        "redis": "/data",  # the image's working directory
        "postgres": "/var/lib/postgresql",  # where the image's data is since PostgreSQL 18
        "flower": str(Path(SERVICES["flower"].environment["FLOWER_DB"]).parent),
    }
    assert set(volumes) == set(kept)


def test_the_stand_in_runs_only_where_it_is_asked_for() -> None:
    assert [name for name, service in SERVICES.items() if "profiles" in service.entries] == ["inventory"]
    assert SERVICES["inventory"].entries["profiles"] == ["demo"]
