from typing import Self

import pytest
from pydantic import Field, model_validator

from runtime.settings import EnvironmentSettings, load, refuse


class Example(EnvironmentSettings):
    shelf_count: int = Field(ge=1, description="a whole number from 1 on", examples=["4"])
    pass_phrase: str = Field("long enough", min_length=8, description="8 or more characters", repr=False)


def sentence(capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        load(Example)
    assert ended.value.code == 2
    return capsys.readouterr().err


def test_a_missing_setting_ends_the_start_with_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SHELF_COUNT", raising=False)
    said = sentence(capsys)
    assert said == "SHELF_COUNT is not set; expected a whole number from 1 on. Example: SHELF_COUNT=4\n"


def test_a_bad_setting_is_named_with_its_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SHELF_COUNT", "many")
    said = sentence(capsys)
    assert said == "SHELF_COUNT is 'many'; expected a whole number from 1 on. Example: SHELF_COUNT=4\n"


def test_a_secret_is_never_shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("SHELF_COUNT", "4")
    monkeypatch.setenv("PASS_PHRASE", "secret")
    assert sentence(capsys) == "PASS_PHRASE is (not shown); expected 8 or more characters.\n"


def test_settings_are_read_and_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELF_COUNT", "4")
    assert load(Example).shelf_count == 4


class Paired(EnvironmentSettings):
    left: str | None = Field(None, description="a left shoe", examples=["brown"])
    right: str | None = Field(None, description="a right shoe")

    @model_validator(mode="after")
    def _pair(self) -> Self:
        refuse({"left": "the left shoe of this pair {size}", "right": "none"} if self.right and not self.left else {})
        return self


def test_settings_that_contradict_each_other_say_what_would_fit(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RIGHT", "black")
    with pytest.raises(SystemExit):
        load(Paired)
    assert capsys.readouterr().err == (
        "LEFT is not set; expected the left shoe of this pair {size}. Example: LEFT=brown\n"
        "RIGHT is 'black'; expected none.\n"
    )


def test_settings_that_fit_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RIGHT", "black")
    monkeypatch.setenv("LEFT", "black")
    assert load(Paired).right == "black"
