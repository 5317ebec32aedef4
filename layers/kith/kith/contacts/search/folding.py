"""How names are compared: folded, so that case, accents and apostrophes do not matter.

Pure, and independent of the locale of the database. What is written is folded when it is stored,
what is searched for is folded when it is asked, by the same function. Beside the fold stand Latin
spellings of Cyrillic: the Ukrainian one (resolution 55 of 2010 of the Cabinet of Ministers) and
the usual Russian one.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final


def _table(pairs: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in pairs.split())


_APOSTROPHES: Final = dict.fromkeys(map(ord, "'\u2018\u2019\u02bb\u02bc"))
_PLAIN: Final = _APOSTROPHES | str.maketrans(_table("ł=l ø=o đ=d æ=ae œ=oe þ=th ґ=г ё=е ў=у"))

_SPELLED_ALIKE: Final = _table(
    "а=a б=b в=v д=d ж=zh з=z к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u ф=f х=kh ц=ts ч=ch ш=sh"
    " щ=shch ь= ъ= ў=u ј=j љ=lj њ=nj ћ=c џ=dzh ђ=dj"
)
_UKRAINIAN: Final = _SPELLED_ALIKE | _table(
    "г=h ґ=g е=e є=ie и=y і=i ї=i й=i ю=iu я=ia ы=y э=e ё=io"
)
_UKRAINIAN_FIRST: Final = _table("є=ye ї=yi й=y ю=yu я=ya")
_RUSSIAN: Final = _SPELLED_ALIKE | _table("г=g ґ=g е=e є=ye и=i і=i ї=yi й=y ю=yu я=ya ы=y э=e ё=e")
_FIRST: Final = re.compile(rf"(?<!\w)[{''.join(_UKRAINIAN_FIRST)}]")
# Letters that must not be taken apart before they are spelled or compared.
_WHOLE: Final = frozenset(_RUSSIAN)

# Unicode has є, і and ї after я; in the alphabet they follow е and и.
_AFTER: Final = "\uf8ff"  # sorts after every letter of a name
_IN_PLACE: Final = str.maketrans({"є": f"е{_AFTER}", "і": f"и{_AFTER}", "ї": f"и{_AFTER}{_AFTER}"})


def fold_text(text: str) -> str:
    """``text`` without its case, accents and apostrophes; blanks are single.

    ``Łódź`` becomes ``lodz``, ``Straße`` ``strasse``, ``Марʼяна`` ``маряна``.
    """
    if text.isascii():
        return _single_blanks(text.lower().translate(_APOSTROPHES))
    return _single_blanks(_bare(text).translate(_PLAIN))


def latin_key(text: str) -> tuple[str, ...]:
    """The Latin spellings of a text that has Cyrillic letters; none where it has not.

    ``Юрій`` has two: ``yurii`` and ``yuriy``.
    """
    if text.isascii():
        return ()
    bare = _bare(text).translate(_APOSTROPHES)
    if _WHOLE.isdisjoint(bare):
        return ()
    spellings = (_in_ukrainian(bare), _spelled(bare, _RUSSIAN))
    return tuple(dict.fromkeys(map(fold_text, spellings)))


def tag_key(tag: str) -> str:
    """What tags are compared by: without their case, with their accents."""
    return unicodedata.normalize("NFC", tag.casefold())


def distinct_tags(tags: Iterable[str]) -> list[str]:
    """Each tag once, in the spelling that came first."""
    spellings: dict[str, str] = {}
    for tag in tags:
        spellings.setdefault(tag_key(tag), tag)
    return list(spellings.values())


def sort_key(text: str) -> str:
    """What names are sorted by, code point by code point, whatever the database's locale is."""
    return fold_text(text).translate(_IN_PLACE)


def _bare(text: str) -> str:
    """Lower case without accents; only the Cyrillic letters that are letters keep theirs."""
    lowered = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(each if each in _WHOLE else _without_marks(each) for each in lowered)


@lru_cache(maxsize=4096)
def _without_marks(letter: str) -> str:
    parts = unicodedata.normalize("NFKD", letter)
    return "".join(each for each in parts if not unicodedata.combining(each)).casefold()


def _single_blanks(text: str) -> str:
    return " ".join(text.split())


def _in_ukrainian(text: str) -> str:
    first = _FIRST.sub(lambda found: _UKRAINIAN_FIRST[found[0]], text.replace("зг", "zgh"))
    return _spelled(first, _UKRAINIAN)


def _spelled(text: str, letters: dict[str, str]) -> str:
    return "".join(letters.get(each, each) for each in text)
