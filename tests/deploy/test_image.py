"""The Dockerfile held against the folders: what it copies is there and is enough, and nothing else comes along."""

import re
import shutil
import sys
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.deploy import compose
from tests.deploy.processes import ROOT, run

LINES = [
    line.split(maxsplit=1)
    for line in (ROOT / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
    if line and not line.startswith("#")
]
# Loads all of the product where the packages that are its arguments can't be found.
LOAD = """
import sys
sys.modules.update(dict.fromkeys(sys.argv[1:]))
import flower.command, gunicorn.app.wsgiapp, wsgi, storefront.worker, bridge.__main__
from tornado.options import options
options.address = "127.0.0.1"
import flowerconfig
"""
SETTINGS = {"DATABASE_URL": "postgresql://shop@localhost/shop"}


def values(instruction: str) -> list[str]:
    return [rest for name, rest in LINES if name == instruction]


def copied() -> list[tuple[list[str], str]]:
    """What is copied from the project's folder: the sources and where they go."""
    words = [line.split() for line in values("COPY") if not line.startswith("--from")]
    return [(sources, target) for *sources, target in words]


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    """A folder with what the image has in its working directory, the stand-in's included."""
    for sources, target in copied():
        for source in (source for source in sources if not source.endswith(".txt")):
            place = tmp_path / target / (Path(source).name if target.endswith("/") else "")
            place.parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copyfile
            copy(ROOT / source, place)
    return tmp_path


def plain(name: str) -> str:
    return name.lower().replace("_", "-")


def brought_by(requirement: str, found: set[str]) -> set[str]:
    """Add the names of the distributions that `requirement` brings, itself included."""
    wanted = Requirement(requirement)
    name = plain(wanted.name)
    extras = [{"extra": extra} for extra in wanted.extras] or [{"extra": ""}]
    found.add(name)
    for needed in distribution(name).requires or []:
        marker = Requirement(needed).marker
        other = plain(Requirement(needed).name)
        if other not in found and (marker is None or any(marker.evaluate(extra) for extra in extras)):
            brought_by(needed.partition(";")[0], found)
    return found


def test_both_halves_start_from_the_same_exact_python() -> None:
    bases = {line.split()[0] for line in values("FROM")} - {"base"}
    assert len(bases) == 1
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-trixie", bases.pop())


def test_the_targets_of_the_compose_file_are_there_and_the_last_is_the_shop() -> None:
    stages = [line.split()[-1] for line in values("FROM")]
    used = {
        service.entries["build"]["target"] for service in compose.services(compose.SECRETS).values() if service.is_ours
    }
    assert used == {"shop", "inventory"} <= set(stages)
    assert stages[-1] == "shop"


def test_what_it_copies_is_there_and_is_sent_to_the_builder() -> None:
    ignored, *kept = [
        line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")
    ]
    sources = {source for sources, _ in copied() for source in sources}
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert ignored == "*"
    assert {line.removeprefix("!") for line in kept} == {*sources, "**/__pycache__"}


def test_it_installs_what_the_product_needs_at_the_tested_versions() -> None:
    [install] = [line for line in values("RUN") if "install --only-binary" in line]
    assert "--requirement /requirements.txt" in install
    assert "--constraint /constraints.txt" in install
    assert "requirements-dev" not in (ROOT / "Dockerfile").read_text()


def test_it_runs_as_a_user_with_a_fixed_number_who_owns_flowers_folder() -> None:
    [user] = values("USER")
    [made] = [line for line in values("RUN") if "useradd" in line]
    folder = Path(compose.services(compose.SECRETS)["flower"].environment["FLOWER_DB"]).parent
    assert re.fullmatch(r"(\d{5}):\1", user)
    assert f"--uid {user.partition(':')[0]} --gid shop " in made
    assert made.endswith(f"install --directory --owner shop --group shop {folder}")


def test_its_own_command_and_check_are_those_of_the_web_service() -> None:
    web = compose.services(compose.SECRETS)["web"]
    *_, command = values("CMD")
    [check] = values("HEALTHCHECK")
    assert [word for word in re.findall(r'"([^"]+)"', command) if word not in web.command] == []
    assert re.findall(r'"([^"]+)"', check) == web.health_command


def test_the_product_loads_from_what_is_shipped_without_the_development_packages(shipped: Path) -> None:
    wanted: set[str] = set()
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        if not line.startswith("#"):
            brought_by(line, wanted)
    hidden = [name for name, owners in packages_distributions().items() if wanted.isdisjoint(map(plain, owners))]
    assert {"pytest", "yaml", "supervisor"} <= set(hidden)
    loaded = run([sys.executable, "-c", LOAD, *hidden], SETTINGS, folder=shipped)
    assert loaded.returncode == 0, loaded.stderr


def test_the_stand_in_runs_from_what_is_shipped(shipped: Path) -> None:
    asked = run([sys.executable, "-m", "demo.inventory", "--help"], {}, folder=shipped)
    assert asked.returncode == 0, asked.stderr
    assert "simulate" in asked.stdout
    refused = run([sys.executable, "-m", "demo"], {}, folder=shipped)
    assert refused.returncode != 0, "the demo's own programs are not for an image"
