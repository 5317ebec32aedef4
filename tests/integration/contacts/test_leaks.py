"""Random people do random things at random addresses; a model says what each may see."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from kith import settings as environment
from tests.clients import Client, Response
from tests.databases import RolledBack
from tests.factories import create_user

NAMES = ("alice", "bob", "carol")
WHO = st.sampled_from(NAMES)
IDS = st.integers(1, 6)
WORDS = st.sampled_from(["red", "green", "blue"])


@dataclass
class Known:
    """What a contact should look like to its owner."""

    name: str
    notes: str | None = None
    tags: list[str] = field(default_factory=list)
    phones: dict[int, str] = field(default_factory=dict)
    phones_made: int = 0
    buried: bool = False


class Books(RuleBasedStateMachine):
    """Three address books, and the model of each."""

    database: RolledBack

    @initialize()
    def sign_up(self) -> None:
        connection = self.database.connection
        self.people = {name: Client(create_user(connection, name)) for name in NAMES}
        self.books: dict[str, dict[int, Known]] = {name: {} for name in NAMES}
        self.given = dict.fromkeys(NAMES, 0)

    def ask(self, who: str, method: str, path: str, body: Any = None, **query: Any) -> Response:
        """An answer, after it was searched for what belongs to others."""
        answered = self.people[who].request(method, f"/api/contacts{path}", body=body, query=query)
        assert answered.status < 500
        seen = json.dumps([answered.body, dict(answered.headers)])
        assert not [other for other in NAMES if other != who and other in seen]
        return answered

    def living(self, who: str, contact_id: int) -> Known | None:
        known = self.books[who].get(contact_id)
        return None if known is None or known.buried else known

    @rule(who=WHO, notes=st.none() | WORDS)
    def create(self, who: str, notes: str | None) -> None:
        self.given[who] += 1
        name = f"{who} {self.given[who]}"
        answered = self.ask(who, "POST", "", {"first_name": name, "notes": notes})
        assert (answered.status, answered.body["id"]) == (201, self.given[who])
        self.books[who][self.given[who]] = Known(name, notes)

    @rule(who=WHO, contact_id=IDS)
    def read(self, who: str, contact_id: int) -> None:
        known = self.living(who, contact_id)
        answered = self.ask(who, "GET", f"/{contact_id}")
        assert answered.status == (200 if known else 404)
        if known:
            shown = answered.body
            assert (shown["first_name"], shown["notes"]) == (known.name, known.notes)
            assert shown["tags"] == known.tags
            assert {each["id"]: each["number"] for each in shown["phones"]} == known.phones

    @rule(who=WHO, contact_id=IDS, notes=WORDS)
    def patch(self, who: str, contact_id: int, notes: str) -> None:
        known = self.living(who, contact_id)
        answered = self.ask(who, "PATCH", f"/{contact_id}", {"notes": notes})
        assert answered.status == (200 if known else 404)
        if known:
            known.notes = notes

    @rule(who=WHO, contact_id=IDS)
    def replace(self, who: str, contact_id: int) -> None:
        known = self.living(who, contact_id)
        name = f"{who} again"
        answered = self.ask(who, "PUT", f"/{contact_id}", {"first_name": name})
        assert answered.status == (200 if known else 404)
        if known:
            self.books[who][contact_id] = Known(name, phones_made=known.phones_made)

    @rule(who=WHO, contact_id=IDS)
    def delete(self, who: str, contact_id: int) -> None:
        known = self.living(who, contact_id)
        assert self.ask(who, "DELETE", f"/{contact_id}").status == (204 if known else 404)
        if known:
            known.buried = True

    @rule(who=WHO, contact_id=IDS)
    def restore(self, who: str, contact_id: int) -> None:
        known = self.books[who].get(contact_id)
        answered = self.ask(who, "POST", f"/{contact_id}/restore")
        assert answered.status == (404 if known is None else 200 if known.buried else 409)
        if known:
            known.buried = False

    @rule(who=WHO, contact_id=IDS)
    def purge(self, who: str, contact_id: int) -> None:
        known = self.books[who].get(contact_id)
        buried = known is not None and known.buried
        assert self.ask(who, "DELETE", f"/trash/{contact_id}").status == (204 if buried else 404)
        if buried:
            del self.books[who][contact_id]

    @rule(who=WHO, contact_id=IDS, number=st.sampled_from(["111", "222"]))
    def add_phone(self, who: str, contact_id: int, number: str) -> None:
        known = self.living(who, contact_id)
        answered = self.ask(who, "POST", f"/{contact_id}/phones", {"number": number})
        if known is None:
            assert answered.status == 404
        elif number in known.phones.values():
            assert answered.status == 200
        else:
            assert answered.status == 201
            known.phones_made += 1
            known.phones[known.phones_made] = number

    @rule(who=WHO, contact_id=IDS, phone_id=st.integers(1, 3))
    def remove_phone(self, who: str, contact_id: int, phone_id: int) -> None:
        known = self.living(who, contact_id)
        there = known is not None and phone_id in known.phones
        answered = self.ask(who, "DELETE", f"/{contact_id}/phones/{phone_id}")
        assert answered.status == (204 if there else 404)
        if known and there:
            del known.phones[phone_id]

    @rule(who=WHO, contact_id=IDS, tag=WORDS)
    def tag(self, who: str, contact_id: int, tag: str) -> None:
        known = self.living(who, contact_id)
        answered = self.ask(who, "PUT", f"/{contact_id}/tags/{tag}")
        assert answered.status == (200 if known else 404)
        if known and tag not in known.tags:
            known.tags.append(tag)

    @rule(who=WHO, ids=st.lists(IDS, min_size=1), action=st.sampled_from(["delete", "restore"]))
    def bulk(self, who: str, ids: list[int], action: str) -> None:
        results = self.ask(who, "POST", "/bulk", {"action": action, "ids": ids}).body["items"]
        for each in results:
            known = self.books[who].get(each["id"])
            before = action == "restore"
            done = known is not None and known.buried == before
            assert each["status"] == ("done" if done else "failed")
            if known and done:
                known.buried = not before

    @rule(who=WHO, word=WORDS | WHO)
    def search(self, who: str, word: str) -> None:
        found = self.ask(who, "GET", "", q=word).body["items"]
        assert [each["id"] for each in found] == [
            contact_id
            for contact_id, known in sorted(self.books[who].items())
            if not known.buried and word in f"{known.name} {known.notes} {known.tags}"
        ]

    @invariant()
    def everybody_sees_all_that_is_theirs(self) -> None:
        for who, book in self.books.items():
            living = self.ask(who, "GET", "", count="true").body
            trash = self.ask(who, "GET", "/trash").body["items"]
            ids = [each["id"] for each in living["items"]]
            assert ids == sorted(key for key, known in book.items() if not known.buried)
            assert living["total"] == len(ids)
            assert {each["id"] for each in trash} == {
                key for key, known in book.items() if known.buried
            }


def test_nobody_ever_sees_or_moves_what_is_of_another(
    database: RolledBack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITH_CONTACTS_REQUESTS_PER_MINUTE", "1000000")
    environment.settings.cache_clear()
    Books.database = database

    run_state_machine_as_test(
        Books,
        settings=settings(
            max_examples=8,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
