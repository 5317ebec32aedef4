"""What a client reads, each answer compared with the model."""

import time
from typing import Any, Final

from tests.chaos.answers import Answer, Violation
from tests.chaos.contact_operations import CONTACT, CONTACTS
from tests.chaos.load import Load
from tests.chaos.model import Place, State

PAGE: Final = 100
TRASH: Final = CONTACTS + "/trash"

Rows = list[dict[str, Any]]


async def read(load: Load) -> None:
    """One contact, that is there or not."""
    contact = load.rng.choice([c for c in load.book.contacts.values() if c.id] or [None])
    if contact is None:
        return
    answer = await load.client.ask("GET", CONTACT, path={"contact_id": contact.id})
    if answer.acknowledged:
        load.compare(load.book.compare([answer.json()], Place.LIVING, answer.sent_at), answer)
    is_missed = answer.status == 404 and answer.trusted
    if is_missed and (broken := contact.missed(Place.LIVING, answer.sent_at)):
        load.report(broken, contact.serial, answer)


async def read_all(load: Load) -> None:
    await _compare_all(load, CONTACTS, Place.LIVING, sort=load.rng.choice(["id", "name"]))


async def read_trash(load: Load) -> None:
    await _compare_all(load, TRASH, Place.TRASHED)


async def check(load: Load) -> None:
    """Everything: what lives, what is in the trash, and thereby what is gone."""
    await _compare_all(load, CONTACTS, Place.LIVING)
    await _compare_all(load, TRASH, Place.TRASHED)
    await read_profile(load)
    await load.client.try_ended()


async def search(load: Load) -> None:
    """By the serial: the search columns are written with the rest."""
    contact = load.pick(Place.LIVING)
    if contact is None:
        return
    field = load.rng.choice(["last_name", "q"])
    answer = await load.client.ask("GET", CONTACTS, params={field: contact.serial})
    rows = _items(answer)
    if rows is None:
        return
    load.compare(load.book.compare(rows, Place.LIVING, answer.sent_at), answer)
    if all(row["last_name"] != contact.serial for row in rows):
        load.report(Violation.LOST, f"{contact.serial} is not found by {field}", answer)


async def upcoming(load: Load) -> None:
    answer = await load.client.ask("GET", CONTACTS + "/upcoming_birthdays")
    load.compare(load.book.compare(_items(answer) or [], Place.LIVING, answer.sent_at), answer)


async def export(load: Load) -> None:
    """As our JSON, compared; as the other formats, whose rows they have is looked at."""
    form = load.rng.choice(["json", "json", "vcard", "csv"])
    answer = await load.client.ask("GET", CONTACTS + "/export", params={"format": form})
    if form == "json" and answer.acknowledged and "link" not in answer.headers:
        rows = answer.json()["contacts"]
        load.compare(load.book.compare_all(rows, Place.LIVING, answer.sent_at), answer)


async def read_profile(load: Load) -> None:
    answer = await load.client.ask("GET", "/api/users/me")
    if load.profile is None or not answer.acknowledged:
        return
    me = answer.json()
    seen = State(Place.LIVING, me["etag"], me["username"] or "", frozenset(), ())
    expected = load.profile.possible
    if broken := load.profile.seen(seen, answer.sent_at):
        load.report(broken, f"the profile: expected one of {expected}, saw {seen}", answer)


async def _compare_all(load: Load, route: str, place: Place, **query: str) -> None:
    """All pages; none is judged when one could not be read."""
    rows: Rows = []
    began = time.monotonic()
    cursor: dict[str, str] | None = {}
    while cursor is not None:
        params = {"limit": str(PAGE), **query, **cursor}
        answer = await load.client.ask("GET", route, params=params)
        page = _items(answer)
        if page is None:
            return
        rows += page
        following = answer.json()["next_cursor"]
        cursor = {"cursor": following} if following else None
    load.compare(load.book.compare_all(rows, place, began), answer)


def _items(answer: Answer) -> Rows | None:
    """The rows of a page; None when it is no such answer."""
    body = answer.json() if answer.acknowledged else None
    return body["items"] if body else None
