from xml.etree import ElementTree as ET

import pytest

from kith.avatars.initials import draw_initials, initials_of


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Іван Шевченко", "ІШ"),
        ("ivan.shevchenko", "IS"),
        ("Ada Augusta King", "AK"),
        ("alice", "A"),
        ("李小龙", "李"),
        ("ßtefan", "SS"),
        ("  ", "·"),
        ("<script>", "S"),
    ],
)
def test_initials_are_of_the_first_and_the_last_word(name: str, letters: str) -> None:
    assert initials_of(name) == letters


def test_a_picture_is_well_formed_and_of_one_colour_for_one_person() -> None:
    picture = draw_initials("Alice", "whose")

    assert ET.fromstring(picture).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314 - our own
    assert draw_initials("Alice", "whose") == picture
