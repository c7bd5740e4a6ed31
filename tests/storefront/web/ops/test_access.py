import pytest
from flask import Flask

from storefront import create_app
from storefront.web.ops.access import WRONG_FROM_ALL, WRONG_FROM_ONE, WrongPasswords
from tests.storefront.web.ops.conftest import PASSWORD, Developer

PAGES = (
    "/ops", "/ops/letters", "/ops/letters/1", "/ops/replays", "/ops/replays/1", "/ops/unknown", "/ops/nowhere",
)  # fmt: skip
ACTIONS = (
    "/ops/letters/1/replay", "/ops/letters/1/discard", "/ops/letters/replay", "/ops/letters/discard",
    "/ops/replays/1/again", "/ops/sign-out",
)  # fmt: skip


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize("missing", ["OPS_USER", "OPS_PASSWORD_HASH", "SECRET_KEY"])
def test_without_any_of_its_settings_all_of_it_is_closed_and_says_how_to_open_it(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(missing)
    client = create_app().test_client()
    for address in (*PAGES, "/ops/sign-in"):
        response = client.get(address)
        assert response.status_code == 404
        assert "OPS_USER" in response.text
        assert "ops-password" in response.text
    for address in ACTIONS:
        assert client.post(address).status_code == 404


@pytest.mark.parametrize("address", PAGES)
def test_who_has_not_signed_in_is_asked_to_and_comes_back_here(stranger: Developer, address: str) -> None:
    response = stranger.client.get(f"{address}?state=open")
    assert response.status_code == 302
    asked = stranger.client.get(response.location)
    assert f'name="next" value="{address}?state=open"' in asked.text
    assert stranger.sign_in(next=f"{address}?state=open").location == f"{address}?state=open"


@pytest.mark.parametrize("address", ACTIONS)
def test_who_has_not_signed_in_can_do_nothing(stranger: Developer, address: str) -> None:
    stranger.bury(7)
    token = stranger.token("/ops/sign-in")
    response = stranger.client.post(address, data={"csrf_token": token, "because": "x"})
    assert (response.status_code, response.location) == (302, "/ops/sign-in")
    assert stranger.query("SELECT state, tries FROM dead_letters") == [("open", 1)]


@pytest.mark.parametrize("address", [*ACTIONS, "/ops/sign-in"])
def test_a_form_without_its_token_is_refused_with_a_sentence(developer: Developer, address: str) -> None:
    developer.bury(7)
    for token in ({}, {"csrf_token": "made-up"}):
        response = developer.client.post(address, data={"because": "x", **token})
        assert response.status_code == 400
        assert "Nothing was changed" in response.text
        assert "token is" in response.text
    assert developer.query("SELECT state, tries FROM dead_letters") == [("open", 1)]
    developer.get("/ops")  # still signed in


@pytest.mark.parametrize(("user", "password"), [("dev", "wrong"), ("Dev", PASSWORD), ("", ""), ("dévé", "x" * 9_999)])
def test_a_wrong_name_or_password_lets_nobody_in(stranger: Developer, user: str, password: str) -> None:
    response = stranger.sign_in(password, user)
    assert response.status_code == 403
    assert "The name or the password is wrong" in response.text
    assert f'name="user" value="{user}"' in response.text  # who mistyped the password need not type it again
    assert stranger.client.get("/ops").status_code == 302


def test_after_some_wrong_passwords_also_the_right_one_has_to_wait(stranger: Developer) -> None:
    for _ in range(WRONG_FROM_ONE):
        assert stranger.sign_in("wrong").status_code == 403
    response = stranger.sign_in()
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "60"
    assert "try again in 60 seconds" in response.text


def test_one_who_guesses_does_not_lock_out_the_others_unless_there_are_many() -> None:
    given = WrongPasswords()
    for _ in range(WRONG_FROM_ALL - 1):
        given.note("10.0.0.1")
    assert given.are_too_many("10.0.0.1")
    assert not given.are_too_many("10.0.0.2")
    given.note("10.0.0.3")
    assert given.are_too_many("10.0.0.2")


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/ops\\@evil.example",
        "/opsy",
        "/",
        "",
        "/ops/\n/x",
    ],
)
def test_nobody_is_sent_elsewhere_after_signing_in(stranger: Developer, address: str) -> None:
    assert stranger.sign_in(next=address).location == "/ops"
    assert stranger.client.get("/ops/sign-in", query_string={"next": address}).location == "/ops"


def test_the_cookie_is_for_this_page_alone_and_for_no_script(stranger: Developer) -> None:
    [cookie] = stranger.sign_in().headers.getlist("Set-Cookie")
    assert {"HttpOnly", "Path=/ops", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    assert "Set-Cookie" not in stranger.client.get("/").headers


def test_through_tls_the_cookie_is_for_tls_alone(stranger: Developer) -> None:
    response = stranger.client.get("/ops/sign-in", base_url="https://localhost")
    assert "; Secure;" in response.headers["Set-Cookie"]


def test_who_signs_out_is_out(developer: Developer) -> None:
    assert developer.post("/ops/sign-out").location == "/ops/sign-in"
    assert developer.client.get("/ops").status_code == 302


def test_another_password_ends_the_sessions_of_the_old_one(developer: Developer) -> None:
    settings = developer.app.config["SETTINGS"]
    developer.app.config["SETTINGS"] = settings.model_copy(update={"ops_password_hash": "pbkdf2:sha256:1$a$bb"})
    assert developer.client.get("/ops").status_code == 302


@pytest.mark.parametrize("address", [*PAGES, "/ops/sign-in", "/ops/letters?since=never"])
def test_no_page_is_kept_or_indexed_or_runs_anything(developer: Developer, address: str) -> None:
    headers = developer.client.get(address).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Robots-Tag"] == "noindex, nofollow"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert "unsafe" not in policy
    assert "script-src" not in policy


def test_the_command_makes_a_hash_that_lets_in(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    made = app.test_cli_runner().invoke(args=["ops-password"], input=f"{PASSWORD}\n{PASSWORD}\n")
    name, _, value = made.output.splitlines()[-1].partition("=")
    monkeypatch.setenv(name, value.strip("'"))
    client = create_app().test_client()
    client.get("/ops/sign-in")
    assert name == "OPS_PASSWORD_HASH"
    assert client.get("/ops").status_code == 302


def test_the_command_refuses_a_short_password(app: Flask) -> None:
    refused = app.test_cli_runner().invoke(args=["ops-password", "--password", "hunter2"])
    assert refused.exit_code == 2
    assert "it has 7 characters; expected 12 or more" in refused.output


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("OPS_PASSWORD_HASH", "correct horse battery", "OPS_PASSWORD_HASH is (not shown); expected what `flask"),
        ("FLOWER_URL", "flower:5555", "FLOWER_URL is 'flower:5555'; expected the address at which developers open"),
        ("OPS_USER", "x" * 65, "expected a name of 64 characters at most"),
    ],
)
def test_a_bad_setting_is_named(
    name: str, value: str, shown: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        create_app()
    assert shown in capsys.readouterr().err
