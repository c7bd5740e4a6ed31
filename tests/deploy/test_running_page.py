"""docs/running.md names what is there."""

import re

from tests.deploy import compose, systemd
from tests.deploy.processes import ROOT

PAGE = (ROOT / "docs" / "running.md").read_text()
BLOCKS = "".join(re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL))
SERVICES = set(compose.services(compose.SECRETS))


def test_each_service_it_names_is_in_the_compose_file() -> None:
    named = {
        *re.findall(r"docker compose exec (\w+)", BLOCKS),
        *re.findall(r"--scale (\w+)=", BLOCKS),
        *" ".join(re.findall(r"logs --follow (.+)", BLOCKS)).split(),
    }
    assert len(named) > 4
    assert named <= SERVICES


def test_each_unit_it_names_is_there() -> None:
    named = set(re.findall(r"(storefront-[a-z]+(?:@|\.socket)?)(?=[\s'\d{])", BLOCKS))
    units = {path.name.removesuffix(".service") for path in systemd.FOLDER.iterdir()}
    assert named == units - {"environment.example"}


def test_each_file_it_names_is_there() -> None:
    named = {".env.example", *re.findall(r"deploy/[\w./-]+\w", PAGE)}
    assert [path for path in named if path not in PAGE or not (ROOT / path).exists()] == []


def test_each_option_of_the_bridge_and_each_variable_of_the_compose_file_is_known() -> None:
    bridge = (ROOT / "bridge" / "__main__.py").read_text()
    assert [option for option in re.findall(r"-m bridge (--[a-z-]+)", PAGE) if f'"{option}"' not in bridge] == []
    with_compose = PAGE.partition("## As plain processes")[0]
    named = {"ALLOWED_HOSTS", "APP_ENV", "TRUSTED_PROXIES", "WEB_ADDRESS"}
    assert set(re.findall(r"\b([A-Z_]+)=", with_compose)) == named < set(compose.variables())
