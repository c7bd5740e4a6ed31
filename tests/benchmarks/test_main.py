import pytest
from click.testing import CliRunner

from benchmarks.__main__ import main
from benchmarks.case import Case
from benchmarks.cases import CASES


def test_the_list_names_every_case() -> None:
    listed = CliRunner().invoke(main, ["--list"])
    assert listed.exit_code == 0
    for name in CASES:
        assert name in listed.output


def test_an_unknown_case_ends_with_a_sentence() -> None:
    refused = CliRunner().invoke(main, ["--case", "speed"])
    assert refused.exit_code == 1
    assert refused.output == "Error: no case is named 'speed'; --list shows their names\n"


@pytest.mark.parametrize("case", CASES.values(), ids=lambda case: str(case.name))
def test_goals_name_figures_that_the_case_has(case: Case) -> None:
    for goal in case.goals:
        assert goal.figure in case.figures
