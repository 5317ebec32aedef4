"""Random books: imported, corrected, imported again as their files changed, undone; a model agrees.

The model knows no cards, digests or rows: of each person what is here, and what the last file said.
"""

import json
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.clients import Client
from tests.databases import RolledBack
from tests.factories import create_user
from tests.functions.contacts.test_importing import imports
from tests.functions.contacts.test_imports import undo

Person = dict[str, Any]
File = dict[str, Person]

TEXTS: Final = ("notes", "birthday", "rank")  # the rank is one of `extra`
LISTS: Final = ("tags", "emails")

words = st.sampled_from(["", "one", "two", "three"])
days = st.sampled_from(["", "1906-12-09", "--02-29", "1990-05-17"])
several = st.lists(st.sampled_from(["a", "b", "c"]), unique=True)
persons = st.fixed_dictionaries(
    {
        "notes": words,
        "birthday": days,
        "rank": words,
        "tags": several,
        "emails": several.map(lambda names: [f"{each}@example.com" for each in names]),
    }
)
files = st.dictionaries(st.sampled_from(["ada", "grace", "mary"]), persons, min_size=1)


@dataclass
class Model:
    """The book: what is here, and what the last file said of whom."""

    here: File = field(default_factory=dict)
    said: File = field(default_factory=dict)

    def take(self, file: File) -> dict[str, set[str]]:
        """Import a file; returns what was kept, by person."""
        kept: dict[str, set[str]] = {}
        for name, news in file.items():
            kept[name] = set()
            if name in self.here:
                kept[name] = self._merge(self.here[name], self.said[name], news)
            else:
                self.here[name] = deepcopy(news)
            self.said[name] = deepcopy(news)
        return kept

    def _merge(self, here: Person, said: Person, news: Person) -> set[str]:
        kept = set()
        for name in TEXTS:
            if not news[name] or news[name] in (said[name], here[name]):
                continue
            if here[name] == said[name]:
                here[name] = news[name]
            else:
                kept.add(name)
        for name in LISTS:
            dropped = set(said[name]) - set(news[name]) if news[name] else set()
            added = set(news[name]) - set(said[name]) - set(here[name])
            if added and dropped and not dropped & set(here[name]):
                kept.add(name)
            else:
                here[name] = sorted(set(here[name]) - dropped | added)
        return kept


def take_back(now: Person, before: Person, after: Person) -> Person:
    """A person without what an import brought, where it is so still."""
    person = {}
    for name in TEXTS:
        person[name] = before[name] if now[name] == after[name] else now[name]
    for name in LISTS:
        came = set(after[name]) - set(before[name])
        went = set(before[name]) - set(after[name])
        person[name] = sorted(set(now[name]) - came | went)
    return person


def as_json(file: File) -> str:
    contacts = [
        {
            "uid": name,
            "first_name": name,
            "notes": person["notes"] or None,
            "birthday": person["birthday"] or None,
            "tags": person["tags"],
            "emails": [{"address": each} for each in person["emails"]],
            "extra": {"rank": person["rank"]} if person["rank"] else {},
        }
        for name, person in file.items()
    ]
    return json.dumps({"contacts": contacts})


def shown(client: Client) -> File:
    items = client.request("GET", "/api/contacts").body["items"]
    return {
        each["first_name"]: {
            "notes": each["notes"] or "",
            "birthday": each["birthday"] or "",
            "rank": each["extra"].get("rank", ""),
            "tags": sorted(each["tags"]),
            "emails": sorted(email["address"] for email in each["emails"]),
        }
        for each in items
    }


def sorted_lists(file: File) -> File:
    return {
        name: person | {each: sorted(person[each]) for each in LISTS}
        for name, person in file.items()
    }


def correct(client: Client, model: Model, corrections: File) -> None:
    """The owner changes everything about some people, those that are here."""
    items = client.request("GET", "/api/contacts").body["items"]
    for item in items:
        if corrected := corrections.get(item["first_name"]):
            body = json.loads(as_json({"x": corrected}))["contacts"][0]
            body = {
                name: value for name, value in body.items() if name not in {"uid", "first_name"}
            }
            body["extra"] = {"rank": corrected["rank"] or None}
            answered = client.request("PATCH", f"/api/contacts/{item['id']}", body=body)
            assert answered.status == 200, answered.body
            model.here[item["first_name"]] = deepcopy(corrected)


def kept_of(answered: Any, file: File) -> dict[str, set[str]]:
    """What the report says was kept, by person; the items are in the order of the file."""
    return {
        name: {each.removeprefix("extra.") for each in item["kept_yours"]}
        for name, item in zip(file, answered.body["items"], strict=True)
    }


@given(files, files, files, files)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_plain_model_agrees(
    database: RolledBack, first: File, corrections: File, second: File, later: File
) -> None:
    client, model = Client(create_user(database.connection)), Model()
    imports(client, as_json(first), "application/json")
    model.take(first)
    correct(client, model, corrections)
    before = deepcopy(model)

    again = imports(client, as_json(second), "application/json")

    assert kept_of(again, second) == model.take(second)
    assert shown(client) == sorted_lists(model.here)
    after = deepcopy(model)
    correct(client, model, later)

    undone = undo(client, again)

    assert undone.status == 200, undone.body
    restored = {
        name: take_back(model.here[name], person, after.here[name])
        for name, person in sorted_lists(before.here).items()
    }
    assert shown(client) == sorted_lists(restored)
    model = Model(restored, before.said)
    third = imports(client, as_json(second), "application/json")
    assert kept_of(third, second) == model.take(second)
    assert shown(client) == sorted_lists(model.here)
