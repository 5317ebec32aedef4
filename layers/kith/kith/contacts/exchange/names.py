"""Full names and their parts, where a file has only the one or the other."""

from collections.abc import Iterator

from kith.contacts.exchange.card import Card
from kith.contacts.exchange.card_builder import CardBuilder


def split_full_name(full: str) -> tuple[str, str]:
    """First and last name: ``Hopper, Grace`` as ``Grace Hopper``; one word is a first name."""
    full = " ".join(full.split())
    last, comma, first = full.partition(", ")
    if comma and first and "," not in first:
        return first, last
    first, _, last = full.rpartition(" ")
    return (first, last) if first else (last, "")


def full_name(card: Card | CardBuilder) -> str:
    parts = (card.detail("name_prefix"), card.first_name, card.detail("middle_name"))
    more = (card.last_name, card.detail("name_suffix"))
    return " ".join(each for each in (*parts, *more) if each)


def apply_full_name(card: CardBuilder, full: str) -> None:
    """Use a full name where there are no parts; keep it where it says something else."""
    full = " ".join(full.split())
    if not full:
        return
    if not card.first_name and not card.last_name:
        is_company = full == card.detail("organization")
        card.first_name, card.last_name = (full, "") if is_company else split_full_name(full)
    elif full not in _full_names(card):
        card.keep("display_name", full)


def _full_names(card: CardBuilder) -> set[str]:
    names = [each for each in (card.first_name, card.last_name) if each]
    spellings = (" ".join(names), " ".join(reversed(names)), ", ".join(reversed(names)))
    return {" ".join(each.split()) for each in (full_name(card), *spellings)}


def fill_missing_name(card: CardBuilder) -> None:
    """Nobody comes in without a name: what else the card says serves as one."""
    if card.first_name or card.last_name:
        return
    name, source = next(_other_names(card), ("", ""))
    if name:
        card.first_name = name
        card.remark(f"name_from_{source}")
    else:
        card.failure = "no_name"


def _other_names(card: CardBuilder) -> Iterator[tuple[str, str]]:
    for text, source in (
        (card.detail("nickname"), "nickname"),
        (card.detail("organization"), "company"),
        (card.extra_text("display_name"), "display_name"),
    ):
        if text:
            yield text, source
    if card.first_email:
        yield card.first_email, "email"
    if card.first_phone:
        yield card.first_phone, "phone"
