"""What a client does with several contacts at once: files that come, contacts made one."""

import time
from collections.abc import Mapping
from typing import Any, Final
from uuid import uuid4

from tests.chaos.answers import Answer, Violation
from tests.chaos.contact_operations import CONTACTS, Body, content_of, written_state
from tests.chaos.load import Load, Merged
from tests.chaos.model import Place, State, Tracked

IMPORTED: Final = 3  # cards of a file


async def import_file(load: Load) -> None:
    """A file of new cards; where the outcome is unknown, the same file again."""
    contacts = [load.book.track() for _ in range(IMPORTED)]
    bodies = [content_of(load, each) for each in contacts]
    content = "".join(_card(each) for each in bodies)
    for _ in range(2):
        answer = await load.client.ask(
            "POST", CONTACTS + "/import", content=content, headers={"content-type": "text/vcard"}
        )
        items = answer.json()["items"] if answer.acknowledged else [None] * IMPORTED
        for contact, body, item in zip(contacts, bodies, items, strict=True):
            _imported(load, contact, body, item, answer)
        if not answer.unknown:
            return


def _imported(
    load: Load, contact: Tracked, body: Body, item: Mapping[str, Any] | None, answer: Answer
) -> None:
    contact.written(answer, written_state(body))
    if item and item["status"] in {"created", "skipped"}:
        contact.id = item["id"]
    elif item:
        load.report(Violation.REFUSED, f"the card of {contact.serial}: {item}", answer)


def _card(body: Body) -> str:
    lines = [
        "BEGIN:VCARD",
        "VERSION:4.0",
        f"UID:urn:uuid:{uuid4()}",
        f"N:{body['last_name']};{body['first_name']};;;",
        f"FN:{body['first_name']} {body['last_name']}",
        f"NOTE:{body['notes']}",
        *(f"TEL:{phone['number']}" for phone in body["phones"]),
        *([f"CATEGORIES:{','.join(body['tags'])}"] if body["tags"] else []),
        "END:VCARD",
    ]
    return "".join(line + "\r\n" for line in lines)


async def merge(load: Load) -> None:
    winner, loser = load.pick(Place.LIVING), load.pick(Place.LIVING)
    if winner is None or loser is None or winner is loser:
        return
    before, gone = winner.state, loser.state
    body = {"into": winner.id, "from": [loser.id]}
    headers = {"idempotency-key": str(uuid4())}
    answer = await load.client.ask("POST", CONTACTS + "/merge", json=body, headers=headers)
    loser.written(answer, gone._replace(place=Place.TRASHED, etag=None))
    winner.written(answer, load.shown(winner, State(Place.LIVING), answer, "contact"))
    if answer.acknowledged:
        merge_id = answer.json()["merge_id"]
        load.merges.append(Merged(merge_id, winner, loser, before, gone, winner.state))
    elif not answer.unknown:
        load.judge_refusal(winner, answer)


async def undo(load: Load) -> None:
    """A merge of which nothing was changed since: both are as they were."""
    merge_ = load.merges.pop() if load.merges else None
    if merge_ is None or not _as_merged(merge_):
        return
    route = CONTACTS + "/merges/{merge_id}/undo"
    answer = await load.client.ask("POST", route, path={"merge_id": merge_.id})
    after = merge_.winner_before._replace(etag=None)
    merge_.loser.written(answer, merge_.loser_before._replace(etag=None))
    merge_.winner.written(answer, load.shown(merge_.winner, after, answer, "contact"))
    if not answer.succeeded and not answer.unknown:
        load.judge_refusal(merge_.winner, answer)


def _as_merged(merge_: Merged) -> bool:
    now = time.monotonic()
    both_known = merge_.winner.is_known(now) and merge_.loser.is_known(now)
    trashed = merge_.loser.state.place is Place.TRASHED
    return both_known and trashed and merge_.winner.state == merge_.winner_after
