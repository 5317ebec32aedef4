"""Which passwords are acceptable, and what a refusal says."""

import tomllib

import pytest

from kith import settings as environment
from kith.accounts.pages import rendering
from kith.accounts.passwords import policy
from kith.accounts.passwords.policy import PasswordNotAcceptable, validate_password

ALICE = "alice.liddell@wonder.example.com"

REFUSED = {
    "too_short": ["7 chars", "🦆" * 7],
    "too_long": ["x" * 257],
    "common": [
        "password1",
        "PassWord1",
        "ｐａｓｓｗｏｒｄ",
        "qwertyuiop",
        "qwertzuiop",
        "zaq12wsx",
        "Password!2024",
        "qwerty2026!",
        "пароль123",
        "любовь2024!",
        "Солнышко7",
        "україна1991",
        "Кохання!!!",
        "П'ятниця13",
        "kochanie1",
        "hasło1234",
        "haslo2024",
        "dziękuję",
        "Małgorzata",
        "liubov2024",
        "kohannya1",
        "gfhjkm2024",
        "k.,jdm2024",
    ],
    "own_address": [
        "Alice.Liddell@wonder.example.com",
        "alice.liddell",
        "alice.liddell99",
        "Liddell2026!",
        "wonder-alice-1",
    ],
    "own_name": ["grace_hopper1", "Hopper-Grace!", "gracehopper1906"],
    "product_name": ["kith2026!", "KITH12345", "kithkith", "password4kith"],
    "keyboard": [
        "йцукенгшщз",
        "фівапролдж",
        "фывапролдж",
        "ячсмитьбю",
        "1qay2wsx3edc",
    ],
    "pattern": ["aaaaaaaaaaaaaaaa", "abcdefgh12345678", "x9" * 36, "19901231"],
    "guessable": ["мамапапа", "kochamciebie", "сонечкокотик", "любовьнавсегда"],
}
ACCEPTED = [
    "seven quiet geese",
    "correct horse battery staple",
    "сім тихих гусей летять",
    "моя бабуся вирощує червоні троянди",
    "moja babcia hoduje czerwone róże",
    "alice likes seven quiet geese",
    "t6#kQz!9vL",
    "🦆🦢 duck and swan 🦢🦆",
    "a long passphrase of many words that nobody would ever think of, " * 3,
]


@pytest.mark.parametrize(
    ("reason", "password"),
    [(reason, each) for reason, passwords in REFUSED.items() for each in passwords],
)
def test_what_is_guessed_soon_is_refused_with_the_rule(reason: str, password: str) -> None:
    with pytest.raises(PasswordNotAcceptable) as refused:
        validate_password(password, ALICE, "Grace Hopper")

    (fault,) = refused.value.faults
    assert (fault.pointer, fault.code) == ("/password", f"password_{reason}")


@pytest.mark.parametrize("password", ACCEPTED)
def test_good_passphrases_pass(password: str) -> None:
    validate_password(password, ALICE, "Grace Hopper")


@pytest.mark.parametrize("reason", sorted(policy._REASONS))
def test_a_refusal_says_how_to_do_better(reason: str) -> None:
    (fault,) = PasswordNotAcceptable(reason).faults

    assert "unrelated words" in fault.detail


def test_the_pages_explain_every_rule_in_every_language() -> None:
    words = tomllib.loads((rendering._TEMPLATES / "words.toml").read_text(encoding="utf-8"))
    reasons = {*policy._REASONS, "too_short", "too_long"}

    assert {language: set(words[language]["faults"]) for language in words} == dict.fromkeys(
        ("en", "uk", "pl"), reasons
    )


def test_the_score_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KITH_PASSWORD_SCORE", "0")
    environment.settings.cache_clear()
    validate_password("мамапапа", ALICE)

    monkeypatch.setenv("KITH_PASSWORD_SCORE", "4")
    environment.settings.cache_clear()
    with pytest.raises(PasswordNotAcceptable):
        validate_password("Sup3rS3cret!", ALICE)


def test_a_name_of_two_letters_forbids_nothing() -> None:
    validate_password("seven quiet geese", "li@se.example", "Ng")
