"""Rendering of the security page: the words are rendered here, one script talks to the API.

WebAuthn takes a script. It comes from here as a file; nothing is inline and nothing from elsewhere,
and with Trusted Types no text can become markup. The access token lives in the script's memory and
ends with the page.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kith.accounts.pages.rendering import page_style, style_source

if TYPE_CHECKING:
    from jinja2 import Template

_FOLDER: Final = Path(__file__).parent


def render_security_page(locale: str) -> str:
    """The page as HTML, in one of our languages."""
    return _template().render(locale=locale, words=_words()[locale], style=page_style())


def security_script() -> bytes:
    """The script of the page."""
    return (_FOLDER / "security.js").read_bytes()


@cache
def security_page_policy() -> str:
    """The Content-Security-Policy of the page: no form leaves it, its script asks our API only."""
    return (
        f"default-src 'none'; style-src {style_source()}; script-src 'self'; "
        "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads((_FOLDER / "words.toml").read_text(encoding="utf-8"))


@cache
def _template() -> "Template":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("security.html")
