from collections.abc import Iterator

from runtime.findings import Finding, tell


def test_a_warning_does_not_make_a_check_fail() -> None:
    said: list[str] = []
    assert tell([Finding("ok", "a"), Finding("note", "b"), Finding("warning", "c")], said.append) is True
    assert said == ["ok       a", "note     b", "warning  c", "1 warning"]


def test_what_is_wrong_makes_it_fail_and_is_counted() -> None:
    said: list[str] = []
    assert tell([Finding("wrong", "a"), Finding("warning", "b"), Finding("wrong", "c")], said.append) is False
    assert said[-1] == "1 warning; 2 things are wrong"


def test_a_check_without_a_blemish_says_so() -> None:
    said: list[str] = []
    assert tell([Finding("ok", "a")], said.append) is True
    assert said[-1] == "everything is all right"


def test_each_finding_is_said_before_the_next_is_looked_for() -> None:
    said: list[str] = []

    def slow() -> Iterator[Finding]:
        yield Finding("ok", "first")
        assert said == ["ok       first"]
        yield Finding("ok", "second")

    tell(slow(), said.append)
    assert len(said) == 3
