"""What every kind of file tells, and how a card takes it."""

from collections.abc import Callable
from typing import Any, Final

from kith.contacts.exchange.card import Card
from kith.contacts.exchange.dates import ParsedDay, is_empty_date


def apply_birthday(card: Card, day: ParsedDay | None, text: str) -> None:
    """The first birthday that is one; a text that is none is kept as it stands."""
    if is_empty_date(text):
        return
    if day is None or card.birthday not in {None, day.text}:
        card.keep("birthday", text.strip())
        card.remark("birthday_kept_as_text")
        return
    card.birthday = day.text
    if day.year_dropped:
        card.remark("birthday_year_dropped")


def add_card_tag(card: Card, tag: str) -> None:
    """Google's own groups are no tags: one says that it is a contact, the other that it is dear."""
    word = tag.strip().removeprefix("* ").strip()
    if word.lower() == "starred":
        card.favourite = True
    elif word.lower() not in {"mycontacts", "my contacts"}:
        card.add_tag(word)


_SHAPES: Final[dict[str, Callable[[Any], bool]]] = {
    "favourite": lambda told: isinstance(told, bool),
    "muted": lambda told: isinstance(told, bool),
    "deceased": lambda told: isinstance(told, bool),
    "notes": lambda told: isinstance(told, str),
    "birthday": lambda told: isinstance(told, str),
    "lead_days": lambda told: isinstance(told, list) and all(type(each) is int for each in told),
    "tags": lambda told: isinstance(told, list) and all(isinstance(each, str) for each in told),
    "extra": lambda told: isinstance(told, dict),
}


def fits_field(name: str, told: Any) -> bool:
    """Whether this is one of our fields, in the shape that our own export gives it."""
    return name in _SHAPES and _SHAPES[name](told)


def apply_own_fields(card: Card, told: Any) -> None:
    """What our own export adds, where it has the shape that our own export gives it."""
    if not isinstance(told, dict):
        return
    for name in _SHAPES.keys() - {"extra"}:
        if fits_field(name, told.get(name)):
            setattr(card, name, told[name])
    card.extra.update(told["extra"] if fits_field("extra", told.get("extra")) else {})


def own_fields(card: Card, *, without: set[str]) -> dict[str, Any]:
    """What `take_ours` takes: what the other words of a file do not say of ``card``.

    Args:
        card: the one that is written.
        without: which keys of `extra` the file says in words of its own.
    """
    told: dict[str, Any] = {
        flag: True for flag in ("favourite", "muted", "deceased") if getattr(card, flag)
    }
    if card.lead_days is not None:
        told["lead_days"] = card.lead_days
    extra = {key: value for key, value in card.extra.items() if key not in without}
    return told | ({"extra": extra} if extra else {})
