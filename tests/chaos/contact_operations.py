"""What a client does with contacts. Whatever it writes has its owner's mark and a serial."""

import time
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

from kith import clock
from tests.chaos.answers import Violation
from tests.chaos.load import Load
from tests.chaos.model import Place, State, Tracked

CONTACTS: Final = "/api/contacts"
CONTACT: Final = "/api/contacts/{contact_id}"
MOST_LIVING, MOST_TRASHED, MOST_PHONES = 40, 20, 5  # of one client

Body = dict[str, Any]


def content_of(load: Load, contact: Tracked) -> Body:
    rng = load.rng
    soon = clock.now() + timedelta(days=rng.randrange(7))
    return {
        "first_name": load.book.owner,
        "last_name": contact.serial,
        "email": f"{contact.serial}@example.com",
        "phones": [{"number": _number(load)} for _ in range(rng.randrange(3))],
        "birthday": f"--{soon:%m-%d}",
        "tags": sorted({_tag(load) for _ in range(rng.randrange(3))}),
        "notes": _notes(load),
    }


def _number(load: Load) -> str:
    return f"+38067{load.rng.randrange(10_000_000):07}"


def _tag(load: Load) -> str:
    return f"tag-{load.rng.randrange(10)}"


def _notes(load: Load) -> str:
    return f"{load.book.owner} {load.rng.randrange(10**9)}"


def written_state(body: Body) -> State:
    numbers = tuple(phone["number"] for phone in body["phones"])
    return State(Place.LIVING, None, body["notes"], frozenset(body["tags"]), numbers)


async def create(load: Load) -> None:
    """With an Idempotency-Key or without; where there are many, one goes instead."""
    if len(load.book.in_place(Place.LIVING, time.monotonic())) >= MOST_LIVING:
        await delete(load)
        return
    contact = load.book.track()
    body = content_of(load, contact)
    headers = {"idempotency-key": str(uuid4())} if load.rng.random() < 0.7 else {}
    contact.request = {"json": body, "headers": headers} if headers else None
    await load.write(contact, written_state(body), "POST", CONTACTS, json=body, headers=headers)


async def probe(load: Load) -> bool:
    """Whether a create succeeds."""
    contact = load.book.track()
    body = content_of(load, contact)
    answer = await load.write(contact, written_state(body), "POST", CONTACTS, json=body)
    return answer.succeeded


async def retry(load: Load) -> None:
    """A create whose outcome is unknown, again with the same key: done once in all."""
    now = time.monotonic()
    made = [c for c in load.book.contacts.values() if c.request and c.id is None]
    unknown = [each for each in made if not each.is_known(now)]
    if not unknown:
        return
    contact = load.rng.choice(unknown)
    after = written_state(contact.request["json"]) if contact.request else contact.state
    await load.write(contact, after, "POST", CONTACTS, **(contact.request or {}))


async def repeat(load: Load) -> None:
    """A create that was acknowledged, again with the same key: the first answer again."""
    made = [c for c in load.book.contacts.values() if c.request and c.id is not None]
    if not made:
        return
    contact = load.rng.choice(made)
    answer = await load.client.ask("POST", CONTACTS, **(contact.request or {}))
    row = answer.json()
    if answer.acknowledged and row["id"] != contact.id:
        load.report(Violation.TWICE, f"{contact.serial} as {contact.id} and {row['id']}", answer)
    elif not answer.succeeded and not answer.unknown:
        load.judge_refusal(contact, answer)


async def patch(load: Load) -> None:
    if contact := load.pick(Place.LIVING):
        notes = _notes(load)
        after = contact.state._replace(etag=None, notes=notes)
        await load.write(contact, after, "PATCH", CONTACT, json={"notes": notes})


async def put(load: Load) -> None:
    if contact := load.pick(Place.LIVING):
        body = content_of(load, contact)
        await load.write(contact, written_state(body), "PUT", CONTACT, json=body)


async def delete(load: Load) -> None:
    """Where the trash is full, what has been there goes for good."""
    if len(load.book.in_place(Place.TRASHED, time.monotonic())) >= MOST_TRASHED:
        await purge(load)
    if contact := load.pick(Place.LIVING):
        after = contact.state._replace(place=Place.TRASHED, etag=None)
        await load.write(contact, after, "DELETE", CONTACT)


async def restore(load: Load) -> None:
    if contact := load.pick(Place.TRASHED):
        after = contact.state._replace(place=Place.LIVING, etag=None)
        await load.write(contact, after, "POST", CONTACT + "/restore")


async def purge(load: Load) -> None:
    if contact := load.pick(Place.TRASHED):
        route = CONTACTS + "/trash/{contact_id}"
        await load.write(contact, State(Place.GONE), "DELETE", route)


async def tag(load: Load) -> None:
    """One tag more, or one less."""
    contact = load.pick(Place.LIVING)
    if contact is None or contact.state.tags is None:
        return
    name, has = _tag(load), contact.state.tags
    method, tags = ("DELETE", has - {name}) if name in has else ("PUT", has | {name})
    after = contact.state._replace(etag=None, tags=tags)
    await load.write(contact, after, method, CONTACT + "/tags/{tag}", path={"tag": name})


async def phone(load: Load) -> None:
    """One number more, or one less."""
    contact = load.pick(Place.LIVING)
    if contact is None or contact.state.numbers is None:
        return
    if len(contact.state.numbers) >= MOST_PHONES:
        await _remove_phone(load, contact, contact.state.numbers)
        return
    number = _number(load)
    after = contact.state._replace(etag=None, numbers=(*contact.state.numbers, number))
    route = CONTACT + "/phones"
    answer = await load.write(contact, after, "POST", route, json={"number": number})
    if answer.acknowledged:
        contact.phone_ids[number] = answer.json()["id"]


async def _remove_phone(load: Load, contact: Tracked, numbers: tuple[str, ...]) -> None:
    number = load.rng.choice(numbers)
    if number not in contact.phone_ids:
        return
    left = tuple(each for each in numbers if each != number)
    after = contact.state._replace(etag=None, numbers=left)
    path = {"phone_id": contact.phone_ids[number]}
    await load.write(contact, after, "DELETE", CONTACT + "/phones/{phone_id}", path=path)
