import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from benchmarks import picture, report, table
from tests.benchmarks.results import at_least, results


@pytest.mark.parametrize(
    ("value", "shown"),
    [(12_345, "12,300"), (100, "100"), (99.94, "99.9"), (4.5678, "4.57"), (0.01234, "0.0123"), (0, "0")],
)
def test_a_number_shows_three_digits_that_mean_something(value: float, shown: str) -> None:
    assert table.number(value) == shown


def test_the_page_has_each_contender_with_its_spread(tmp_path: Path) -> None:
    page = _page(tmp_path)
    assert "| ours | 900 · **1,000** · 2,000 |" in page
    assert "| theirs | 300 · **500** · 500 |" in page


def test_the_page_says_of_each_goal_whether_it_was_reached(tmp_path: Path) -> None:
    page = _page(tmp_path)
    assert "| rows: ours against theirs | 2.00 · **3.00** · 4.00 | ≥ 3× | reached |" in page
    assert "| rows: ours against theirs | 2.00 · **3.00** · 4.00 | ≥ 12× | **missed** |" in page


def test_the_page_marks_rounds_that_others_disturbed(tmp_path: Path) -> None:
    assert "to be doubted" not in _page(tmp_path)
    assert "to be doubted: round 1 (others took 8% of its CPU time), round 2" in _page(tmp_path, stolen=0.08)


def test_a_page_keeps_the_cases_that_were_measured_before(tmp_path: Path) -> None:
    one = results((1, 1))
    report.ended(one, [one.case], tmp_path)
    (tmp_path / "race.json").rename(tmp_path / "other.json")
    page = table.page([json.loads((tmp_path / "other.json").read_text()), report.document(one)])
    assert page.count("## A race") == 2


def test_all_figures_of_all_rounds_are_kept_for_programs(tmp_path: Path) -> None:
    _page(tmp_path)
    document = json.loads((tmp_path / "race.json").read_text())
    assert [one["figures"]["ours"]["rows"] for one in document["rounds"]] == [1000, 2000, 900]


def test_the_picture_is_svg_that_asks_nobody_for_anything() -> None:
    drawn = picture.drawn(results((1000, 500)))
    assert ET.fromstring(drawn).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314  (our own)
    assert b"<script" not in drawn
    assert b"href" not in drawn
    for name in (b"ours", b"theirs", b"1,000"):
        assert name in drawn


def _page(folder: Path, stolen: float = 0.0) -> str:
    rounds = results((1000, 500), (2000, 500), (900, 300), goals=(at_least(3), at_least(12)), stolen=stolen)
    report.ended(rounds, [rounds.case], folder)
    return (folder / "README.md").read_text()
