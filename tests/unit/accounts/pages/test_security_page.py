"""The security page: every word in every language, one script as a file, nothing inline."""

import re

import pytest

from kith.accounts.entities import LOCALES
from kith.accounts.pages.rendering import style_source
from kith.accounts.pages.security.rendering import (
    render_security_page,
    security_page_policy,
    security_script,
)


@pytest.mark.parametrize("locale", LOCALES)
def test_it_speaks_every_language(locale: str) -> None:
    html = render_security_page(locale)

    assert f'<html lang="{locale}"' in html
    assert "http" not in html


def test_the_languages_differ() -> None:
    assert len({render_security_page(locale) for locale in LOCALES}) == len(LOCALES)


def test_no_script_is_inline() -> None:
    html = render_security_page("en")

    assert re.findall(r"<script(.*?)>(.*?)</script>", html) == [(' src="/security.js" defer', "")]
    assert not re.search(r"\son[a-z]+=", html)


def test_the_policy_allows_no_markup_by_scripts_and_no_form_that_leaves() -> None:
    policy = security_page_policy()

    assert "script-src 'self';" in policy
    assert style_source() in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "form-action 'none'" in policy
    assert "unsafe" not in policy


def test_the_script_sets_text_only() -> None:
    script = security_script().decode()

    for sink in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval("):
        assert sink not in script


def test_every_word_of_the_script_is_on_the_page() -> None:
    used = set(re.findall(r"words\.([a-z]+)", security_script().decode()))

    shown = set(re.findall(r'data-([a-z]+)="', render_security_page("en")))

    assert used | {"totp"} == shown
