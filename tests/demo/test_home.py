"""A demo's directory: one demo at a time, and nothing left of it but its data."""

from pathlib import Path

import pytest

from demo.home import Home, Refused


def test_a_second_demo_is_refused_with_the_first_ones_page(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with (
        home.occupied(),
        home.exported({"DEMO_PAGE": "http://127.0.0.1:8001/"}),
        pytest.raises(Refused, match=r"A demo runs here already \(http://127.0.0.1:8001/\)"),
        Home(tmp_path).occupied(),
    ):
        pass


def test_data_are_not_forgotten_while_a_demo_runs(tmp_path: Path) -> None:
    home = Home(tmp_path / "demo")
    with home.occupied(), pytest.raises(Refused):
        Home(tmp_path / "demo").forget()
    assert home.directory.exists()
    home.forget()
    assert not home.directory.exists()
    home.forget()


def test_the_settings_are_there_for_this_user_alone_and_while_it_runs(tmp_path: Path) -> None:
    home = Home(tmp_path)
    settings = {"DATABASE_URL": "postgresql://x:it's secret@localhost/x", "DEMO_TIED": ""}
    with home.exported(settings):
        assert home.read_environment() == settings
        assert home.environment.stat().st_mode & 0o077 == 0
    assert not home.environment.exists()
    assert home.read_environment() == {}
