import pytest
from hypothesis import given
from hypothesis import strategies as st

from kith.contacts.search.folding import fold_text, latin_key, sort_key


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Іван", "іван"),
        ("ІВАН", "іван"),
        ("Марʼяна", "маряна"),
        ("Мар'яна", "маряна"),
        ("Мар’яна", "маряна"),
        ("Łódź", "lodz"),
        ("Straße", "strasse"),
        ("Ærøskøbing", "aeroskobing"),
        ("Đorđe Þór", "dorde thor"),
        ("Ґалаґан", "галаган"),
        ("Ёлка", "елка"),
        ("йї", "йї"),
        ("ЙЇ", "йї"),
        ("и\u0306 і\u0308", "й ї"),
        ("ﬁn\u00a0 \tde", "fin de"),
        ("İstanbul", "istanbul"),
        ("a%b_c\\", "a%b_c\\"),
        ("", ""),
    ],
)
def test_case_accents_and_apostrophes_do_not_matter(text: str, folded: str) -> None:
    assert fold_text(text) == folded


@pytest.mark.parametrize(
    ("text", "spellings"),
    [
        ("Шевченко", ("shevchenko",)),
        ("Марʼяна", ("mariana", "maryana")),
        ("Юрій", ("yurii", "yuriy")),
        ("Згурський", ("zghurskyi", "zgurskiy")),
        ("Єва Медвєдєва", ("yeva medviedieva", "yeva medvyedyeva")),
        ("Її", ("yii", "yiyi")),
        ("Знамʼянка", ("znamianka", "znamyanka")),
        ("Галаґан", ("halagan", "galagan")),
        ("Дмитрий", ("dmytryi", "dmitriy")),
        ("Ёжик", ("iozhyk", "ezhik")),
        ("Grace", ()),
        ("Łódź", ()),
    ],
)
def test_cyrillic_has_its_latin_spellings(text: str, spellings: tuple[str, ...]) -> None:
    assert latin_key(text) == spellings


def test_names_are_sorted_as_in_the_alphabet() -> None:
    names = ["Яна", "Іван", "Їжак", "Йосип", "Игорь", "Єва", "Ева", "Еяна", "Жанна", "Anna"]

    assert sorted(names, key=sort_key) == [
        "Anna",
        "Ева",
        "Еяна",
        "Єва",
        "Жанна",
        "Игорь",
        "Іван",
        "Їжак",
        "Йосип",
        "Яна",
    ]


@given(st.text())
def test_what_is_folded_stays_as_it_is(text: str) -> None:
    assert fold_text(fold_text(text)) == fold_text(text)


@given(st.text(), st.text())
def test_folding_never_looks_at_the_neighbours(one: str, other: str) -> None:
    assert fold_text(f"{one} {other}") == f"{fold_text(one)} {fold_text(other)}".strip()


@given(st.text(alphabet="абвгґдеєжзиіїйклмнопрстуфхцчшщьюя ʼ'-АБЖЇ"))
def test_latin_spellings_have_only_latin_letters(text: str) -> None:
    assert all(spelling.isascii() for spelling in latin_key(text))
