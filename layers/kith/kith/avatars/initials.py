"""Initials: what is shown of somebody who has no picture yet."""

import hashlib
import html
import re
from typing import Final

_SIDE: Final = 512
_BREAKS: Final = re.compile(r"[\W_]+")
_PADDING: Final = "·"
# White letters on any of these have a contrast of at least 4.5 to 1 (WCAG 2.2, 1.4.3).
_COLOURS: Final = (
    "#b3261e", "#8e4a00", "#4f6300", "#00695c", "#00629b", "#4a4fb5", "#7b3fa0", "#a4306b",
)  # fmt: skip


def initials_of(name: str) -> str:
    """The first letters of the first and the last word, at most two: ``Іван Шевченко`` is ІШ."""
    words = [each for each in _BREAKS.split(name) if each]
    chosen = words[:1] + words[-1:] if len(words) > 1 else words
    return "".join(word[0] for word in chosen).upper()[:2] or _PADDING


def draw_initials(name: str, whose: str) -> str:
    """An SVG picture of the letters; ``whose`` decides the colour, so that it never changes."""
    colour = _COLOURS[hashlib.sha256(whose.encode()).digest()[0] % len(_COLOURS)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIDE} {_SIDE}"'
        f' width="{_SIDE}" height="{_SIDE}" role="img">'
        f'<rect width="{_SIDE}" height="{_SIDE}" fill="{colour}"/>'
        '<text x="50%" y="50%" dy=".35em" text-anchor="middle" fill="#fff"'
        ' font-family="system-ui, sans-serif" font-size="208" font-weight="600">'
        f"{html.escape(initials_of(name))}</text></svg>"
    )
