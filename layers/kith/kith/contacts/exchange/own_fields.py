"""What our exports add as JSON, where the words of a file do not say all of a card."""

from collections.abc import Set as AbstractSet

from kith.contacts.exchange.card import Card


def unnamed_fields(
    card: Card, *, without: AbstractSet[str], details: AbstractSet[str]
) -> dict[str, object]:
    """What a file has no word for.

    Args:
        card: what is written.
        without: the keys of `extra` that have one.
        details: the details that have one.
    """
    flags = {"favourite": card.favourite, "muted": card.muted, "deceased": card.deceased}
    fields: dict[str, object] = {name: True for name, flag in flags.items() if flag}
    if card.lead_days is not None:
        fields["lead_days"] = card.lead_days
    known = card.details.to_json() or {}
    fields |= {name: value for name, value in known.items() if name not in details}
    extra = {key: value for key, value in card.extra.items() if key not in without}
    return fields | ({"extra": extra} if extra else {})


def misread_fields(card: Card, read: Card) -> dict[str, object]:
    """What the file has a word for, but its reader would understand otherwise."""
    fields: dict[str, object] = {}
    if read.tags != card.tags:
        fields["tags"] = card.tags
    if read.notes != card.notes:
        fields["notes"] = card.notes
    if read.birthday != card.birthday and card.birthday:
        fields["birthday"] = str(card.birthday)
    return fields
