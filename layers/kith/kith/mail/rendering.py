"""Renders a letter's templates: subject, text and HTML in the recipient's language.

``templates/<letter>/`` holds ``subject.txt``, ``letter.txt``, ``letter.html`` and ``words.toml``
with a table per language, which the templates see as ``words``. HTML is always escaped.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES: Final = Path(__file__).parent / "templates"
_FALLBACK: Final = "en"


class RenderedLetter(NamedTuple):
    """A letter in words."""

    subject: str
    text: str
    html: str


def render_letter(letter: str, locale: str, context: Mapping[str, object]) -> RenderedLetter:
    """A letter in words. Line breaks never get into the subject."""
    words = _words(letter)
    context = {**context, "words": words.get(locale, words[_FALLBACK]), "locale": locale}
    subject, text, html = (
        _environment().get_template(f"{letter}/{part}").render(context)
        for part in ("subject.txt", "letter.txt", "letter.html")
    )
    return RenderedLetter(" ".join(subject.split()), text.strip() + "\n", html)


@cache
def _words(letter: str) -> dict[str, object]:
    return tomllib.loads((_TEMPLATES / letter / "words.toml").read_text(encoding="utf-8"))


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
