"""README and docs say what is true: settings, dependencies, commands, and where their links lead."""

import re
from importlib.util import find_spec
from pathlib import Path

import click
import pytest
from flask import Flask
from pydantic.fields import FieldInfo

from bridge.config import Settings as BridgeSettings
from storefront import commands
from storefront.config import Settings as ShopSettings
from tests.deploy.test_compose import FLOWER_NAMES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
SETTINGS = README.partition("## Settings")[2].partition("\n## ")[0]
ROWS = [line.split("|")[1:3] for line in SETTINGS.splitlines() if line.startswith("| `")]
FIELDS: dict[str, FieldInfo] = {
    name.upper(): field for kind in (BridgeSettings, ShopSettings) for name, field in kind.model_fields.items()
}
PAGES = [ROOT / "README.md", ROOT / "contracts" / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXTS = "".join(page.read_text() for page in PAGES)


@pytest.fixture(scope="module")
def shop() -> Flask:
    """An application that has the shop's commands and no more."""
    commands.register(shop := Flask("shop"))
    return shop


def test_every_setting_is_in_the_readme_once_and_none_besides() -> None:
    listed = [name for names, _ in ROWS for name in re.findall(r"`([A-Z_]+)`", names)]
    assert sorted(listed) == sorted(FIELDS.keys() | FLOWER_NAMES)


@pytest.mark.parametrize(("names", "default"), ROWS, ids=[names.strip() for names, _ in ROWS])
def test_a_settings_default_is_the_one_that_the_readme_says(names: str, default: str) -> None:
    for name in set(re.findall(r"`([A-Z_]+)`", names)) - FLOWER_NAMES:
        field = FIELDS[name]
        has_none = field.is_required() or field.default is None
        assert default.strip() == ("none" if has_none else f"`{field.default}`")


def test_every_runtime_dependency_has_its_reason() -> None:
    names = re.findall(r"^([A-Za-z-]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    table = README.partition("## Dependencies")[2].partition("\n## ")[0].lower()
    assert [name for name in names if name.lower() not in table] == []


def anchors(page: Path) -> set[str]:
    """What a link into `page` may end with, as GitHub makes it of each heading."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_that_is_there_and_to_a_heading_of_it(page: Path) -> None:
    for link in re.findall(r"\]\(((?!http)[^)]+)\)", page.read_text()):
        path, _, anchor = link.partition("#")
        there = page.parent / path if path else page
        assert there.exists(), link
        assert not anchor or anchor in anchors(there), link


def test_the_readme_leads_to_every_page() -> None:
    assert [page.name for page in PAGES[1:] if f"({page.relative_to(ROOT)})" not in README] == []


def test_every_make_target_that_is_named_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z-]+)(?=`|$| +#| [A-Z]+=)", TEXTS, re.MULTILINE))
    assert {"demo", "test"} < named <= targets


def runs(name: str) -> bool:
    """Whether `python -m name` finds something to run."""
    spec = find_spec(name)
    return spec is not None and not (spec.submodule_search_locations and find_spec(f"{name}.__main__") is None)


def test_every_module_that_is_run_is_there() -> None:
    named = set(re.findall(r"python -m ([a-z_.]+[a-z])", TEXTS))
    assert {"bridge", "demo.inventory", "runtime.health"} < named
    assert [name for name in named if not runs(name)] == []


def test_every_program_of_the_demo_that_is_named_is_there() -> None:
    named = set(re.findall(r"(?:stop|start) (\w+):([\w-]+)", TEXTS))
    programs = (ROOT / "demo" / "supervisord.conf").read_text()
    assert len(named) > 1
    for group, program in named:
        assert re.search(rf"^\[group:{group}\]\nprograms=.*\b{program}\b", programs, re.MULTILINE)


def test_every_flask_command_that_is_named_is_there(shop: Flask) -> None:
    named = re.findall(r"flask --app wsgi ([a-z-]+)(?: ([a-z-]+)\b)?", TEXTS)
    assert len(named) > 9
    for name, below in named:
        command = shop.cli.commands.get(name)
        assert name == "db" or command, name
        assert not (below and isinstance(command, click.Group)) or below in command.commands, below


def test_every_command_of_the_shop_is_in_its_page_and_none_besides(shop: Flask) -> None:
    groups = [group for group in shop.cli.commands.values() if isinstance(group, click.Group)]
    there = {f"{group.name} {name}" for group in groups for name in group.commands}
    page = (ROOT / "docs" / "commands.md").read_text().partition("`python -m bridge`")[0]
    rows = re.findall(r"^\| `([a-z-]+) ([a-z-]+(?:\\\|[a-z-]+)*)", page, re.MULTILINE)
    assert {f"{group} {name}" for group, names in rows for name in names.split("\\|")} == there | {"db upgrade"}
    assert [name for name in shop.cli.commands if name not in page] == []
