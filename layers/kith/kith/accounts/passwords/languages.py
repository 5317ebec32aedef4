"""Common words of Ukrainian, Russian and Polish, in the forms in which they become passwords.

As they are written, without diacritics, in Latin letters, and typed on a keyboard that was left in
Latin: ``пароль`` is ``parol`` and ``gfhjkm``. The files name the most common ones first.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).parent / "words"
_LANGUAGES: Final = ("uk", "ru", "pl")

# From Ukrainian and Russian keyboards to the keys as QWERTY labels them.
KEYS: Final = str.maketrans(
    "йцукенгшщзхъїфыівапролджэєячсмитьбюґё", "qwertyuiop[]]assdfghjkl;''zxcvbnm,.\\`"
)
_UKRAINIAN: Final = str.maketrans(
    {
        "а": "a", "б": "b", "в": "v", "г": "h", "ґ": "g", "д": "d", "е": "e", "є": "ie", "ж": "zh",
        "з": "z", "и": "y", "і": "i", "ї": "i", "й": "i", "к": "k", "л": "l", "м": "m", "н": "n",
        "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh", "ц": "ts",
        "ч": "ch", "ш": "sh", "щ": "shch", "ь": "", "ю": "iu", "я": "ia", "ы": "y", "э": "e",
        "ё": "e", "ъ": "", "'": "",
    }
)  # fmt: skip
_INFORMAL: Final = _UKRAINIAN | str.maketrans(
    {"є": "ye", "ї": "yi", "й": "y", "х": "h", "ю": "yu", "я": "ya"}
)
_RUSSIAN: Final = _INFORMAL | str.maketrans({"г": "g", "и": "i", "х": "kh"})


@cache
def language_words() -> Mapping[str, list[str]]:
    """The words of each language by their frequency, each followed by its other forms."""
    return {language: list(dict.fromkeys(_forms(language))) for language in _LANGUAGES}


def _forms(language: str) -> Iterator[str]:
    for word in (_FOLDER / f"{language}.txt").read_text(encoding="utf-8").split():
        yield word
        yield _without_diacritics(word)
        for table in (_UKRAINIAN, _INFORMAL, _RUSSIAN, KEYS):
            yield word.translate(table)


def _without_diacritics(word: str) -> str:
    """``miłość`` is ``milosc``; ``й`` and ``ї`` are letters of their own."""
    if not word.isascii() and word[0] > "\u0400":
        return word
    decomposed = unicodedata.normalize("NFD", word.replace("ł", "l"))
    return "".join(each for each in decomposed if not unicodedata.combining(each))
