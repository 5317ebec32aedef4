"""Full names and their parts, where a file has only the one or the other."""

from collections.abc import Iterator

from kith.contacts.exchange.card import Card


def split_full_name(full: str) -> tuple[str, str]:
    """First and last name: ``Hopper, Grace`` as ``Grace Hopper``; one word is a first name."""
    full = " ".join(full.split())
    last, comma, first = full.partition(", ")
    if comma and first and "," not in first:
        return first, last
    first, _, last = full.rpartition(" ")
    return (first, last) if first else (last, "")


def full_name(card: Card) -> str:
    parts = (card.extra.get("name_prefix"), card.first_name, card.extra.get("middle_name"))
    more = (card.last_name, card.extra.get("name_suffix"))
    return " ".join(each for each in (*parts, *more) if isinstance(each, str) and each)


def apply_full_name(card: Card, full: str) -> None:
    """Use a full name where there are no parts; keep it where it says something else."""
    full = " ".join(full.split())
    if not full:
        return
    if not card.first_name and not card.last_name:
        is_company = full == card.extra.get("company")
        card.first_name, card.last_name = (full, "") if is_company else split_full_name(full)
    elif not _says_the_same(card, full):
        card.keep("display_name", full)


def _says_the_same(card: Card, full: str) -> bool:
    names = [each for each in (card.first_name, card.last_name) if each]
    told = {full_name(card), " ".join(names), " ".join(reversed(names)), ", ".join(reversed(names))}
    return " ".join(full.split()) in {" ".join(each.split()) for each in told}


def fill_missing_name(card: Card) -> None:
    """Nobody comes in without a name: what else the card says serves as one."""
    if card.first_name or card.last_name:
        return
    name, source = next(_other_names(card), ("", ""))
    if name:
        card.first_name = name
        card.remark(f"name_from_{source}")
    else:
        card.trouble = "no_name"


def _other_names(card: Card) -> Iterator[tuple[str, str]]:
    for key in ("nickname", "company", "display_name"):
        if isinstance(card.extra.get(key), str):
            yield card.extra[key], key
    if card.emails:
        yield card.emails[0].value, "email"
    if card.phones:
        yield card.phones[0].value, "phone"
