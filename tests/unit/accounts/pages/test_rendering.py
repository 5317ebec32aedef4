"""The pages: every word in every language, escaped, without a script."""

import base64
import hashlib
import re
import tomllib

import pytest

from kith.accounts.entities import LOCALES
from kith.accounts.pages import rendering

PAGES = [
    "verify",
    "verified",
    "taken",
    "reset",
    "changed",
    "gone",
    "undo",
    "undone",
    "undo_factor",
    "factor_undone",
    "unsubscribe",
    "unsubscribed",
    "unknown",
]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("page", PAGES)
def test_every_page_speaks_every_language(page: str, locale: str) -> None:
    html = rendering.render_page(
        page, locale, form="password" if page == "reset" else "", address="a@b.c"
    )

    assert f'<html lang="{locale}"' in html
    assert "<script" not in html
    assert "http" not in html
    assert "{least}" not in html


def test_all_languages_have_the_same_words() -> None:
    words = tomllib.loads((rendering._TEMPLATES / "words.toml").read_text(encoding="utf-8"))

    def shape(locale: str) -> dict[str, set[str]]:
        return {page: set(texts) for page, texts in words[locale].items()}

    assert shape("en") == shape("uk") == shape("pl")


def test_what_comes_from_outside_is_escaped() -> None:
    html = rendering.render_page(
        "reset", "en", form="password", token='"><script>', address="<b>@x.y"
    )

    assert "<script" not in html
    assert "<b>" not in html


def test_the_policy_allows_the_style_that_is_sent_and_nothing_else() -> None:
    (style,) = re.findall(r"<style>(.*?)</style>", rendering.render_page("gone", "en"), re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()

    assert f"style-src 'sha256-{digest}'" in rendering.content_security_policy()
    assert rendering.content_security_policy().startswith("default-src 'none'")


@pytest.mark.parametrize("reason", ["too_short", "too_long", "common", "own_address"])
def test_a_fault_is_told_in_words(reason: str) -> None:
    assert len({rendering.password_refusal_text(reason, locale) for locale in LOCALES}) == 3


@pytest.mark.parametrize(
    ("asked", "chosen"),
    [
        ("", "en"),
        ("uk-UA,uk;q=0.9,en;q=0.8", "uk"),
        ("de, pl;q=0.7", "pl"),
        ("fr", "en"),
        (",;,", "en"),
    ],
)
def test_a_browsers_language_is_heeded(asked: str, chosen: str) -> None:
    assert rendering.preferred_locale(asked) == chosen
