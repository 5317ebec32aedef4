"""Rendering of the pages that letters link to: GET shows, POST acts, since scanners open links.

No script, no cookie, nothing from elsewhere. The policy allows one style, by its digest, and a form
that goes back to us.
"""

import base64
import hashlib
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kith.accounts.entities import LOCALES
from kith.settings import settings

if TYPE_CHECKING:
    from jinja2 import Template

_TEMPLATES: Final = Path(__file__).parent / "templates"
_DONE: Final = frozenset({"verified", "changed", "undone", "factor_undone", "unsubscribed"})
_GONE: Final = frozenset({"gone", "unknown", "taken"})


def render_page(page: str, locale: str, **facts: str) -> str:
    """A page as HTML. ``facts``: ``form``, ``action``, ``token``, ``address``, ``fault``."""
    words = _words()[locale]
    context: dict[str, object] = {
        "form": "",
        "action": "",
        "token": "",
        "address": "",
        "fault": "",
        "least": settings().password_min,
        "locale": locale,
        "words": {**words["every"], "after": "", **words[page]},
        "style": page_style(),
        "tone": "done" if page in _DONE else "gone" if page in _GONE else "ask",
        **facts,
    }
    return _template().render(context)


def password_refusal_text(reason: str, locale: str) -> str:
    """Why a password was not accepted, in the language of the reader."""
    text = _words()[locale]["faults"][reason]
    return text.format(least=settings().password_min, most=settings().password_max)


def busy_text(locale: str) -> str:
    return _words()[locale]["every"]["busy"]


def preferred_locale(accept_language: str) -> str:
    """The first of our languages that a browser asks for (RFC 9110, 12.5.4); English else."""
    wanted = [each.partition(";")[0].strip().lower()[:2] for each in accept_language.split(",")]
    return next((each for each in wanted if each in LOCALES), LOCALES[0])


@cache
def content_security_policy() -> str:
    """The Content-Security-Policy of every page."""
    return (
        f"default-src 'none'; style-src {style_source()}; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )


@cache
def style_source() -> str:
    """The one style that a policy allows, by its digest."""
    digest = base64.b64encode(hashlib.sha256(page_style().encode()).digest()).decode()
    return f"'sha256-{digest}'"


@cache
def page_style() -> str:
    """The style of every page."""
    return (_TEMPLATES / "style.css").read_text(encoding="utf-8").strip()


@cache
def _words() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    return tomllib.loads((_TEMPLATES / "words.toml").read_text(encoding="utf-8"))


@cache
def _template() -> "Template":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html")
