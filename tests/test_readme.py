"""The README says what is true."""

import re
from pathlib import Path

import click
from flask import Flask

from bridge.config import Settings as BridgeSettings
from storefront import commands
from storefront.config import Settings as ShopSettings
from tests.deploy.test_compose import FLOWER_NAMES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_every_setting_is_in_the_readme_and_none_besides() -> None:
    table = README.partition("### Settings")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    listed = {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}
    ours = {name.upper() for kind in (BridgeSettings, ShopSettings) for name in kind.model_fields}
    assert listed == ours | FLOWER_NAMES


def test_every_runtime_dependency_has_its_reason() -> None:
    names = re.findall(r"^([A-Za-z-]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    table = README.partition("## Dependencies")[2].partition("\n## ")[0].lower()
    assert [name for name in names if name.lower() not in table] == []


def test_every_file_that_the_readme_links_to_is_there() -> None:
    links = re.findall(r"\]\(((?!http)[^)]+)\)", README)
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_command_of_the_shop_is_in_its_page_and_none_besides() -> None:
    commands.register(shop := Flask("shop"))
    groups = [group for group in shop.cli.commands.values() if isinstance(group, click.Group)]
    there = {f"{group.name} {name}" for group in groups for name in group.commands}
    page = (ROOT / "docs" / "commands.md").read_text()
    rows = re.findall(r"^\| `([a-z-]+) ([a-z-]+(?:\\\|[a-z-]+)*)", page, re.MULTILINE)
    assert {f"{group} {name}" for group, names in rows for name in names.split("\\|")} == there
    assert [name for name in shop.cli.commands if name not in page] == []
