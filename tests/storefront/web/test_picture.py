from storefront.web.picture import picture_of


def test_a_code_always_has_the_same_picture() -> None:
    assert picture_of("JANW7810") == picture_of("JANW7810")
    assert [tile.turn for tile in picture_of("JANW7810").tiles] == [0, 90, 90, 180, 0, 90, 0, 90, 180]


def test_no_two_of_a_thousand_codes_share_a_picture() -> None:
    assert len({repr(picture_of(f"JANW{number:04}")) for number in range(1_000)}) == 1_000


def test_any_code_has_a_picture() -> None:
    for code in ("é漢字🫖", "\n", "x" * 64):
        assert len(picture_of(code).tiles) == 9
