"""From a letter's folder to its words: subject, text and HTML in the reader's language.

``templates/<letter>/`` holds ``subject.txt``, ``letter.txt``, ``letter.html`` and ``words.toml``
with a table per language; the templates see those words as ``words``. HTML is always escaped.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

_TEMPLATES: Final = Path(__file__).parent / "templates"
_FALLBACK: Final = "en"


class RenderedLetter(NamedTuple):
    """What a letter says."""

    subject: str
    text: str
    html: str


def render_letter(letter: str, locale: str, facts: Mapping[str, Any]) -> RenderedLetter:
    """The words of a letter. Line breaks never get into the subject."""
    words = _words(letter)
    seen = {**facts, "words": words.get(locale, words[_FALLBACK]), "locale": locale}
    subject, text, html = (
        _environment().get_template(f"{letter}/{part}").render(seen)
        for part in ("subject.txt", "letter.txt", "letter.html")
    )
    return RenderedLetter(" ".join(subject.split()), text.strip() + "\n", html)


@cache
def _words(letter: str) -> dict[str, Any]:
    return tomllib.loads((_TEMPLATES / letter / "words.toml").read_text(encoding="utf-8"))


@cache
def _environment() -> Any:
    from jinja2 import (
        Environment,
        FileSystemLoader,
        StrictUndefined,
        select_autoescape,
    )

    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
