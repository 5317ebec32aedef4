"""The users of a run: signed up before anything is harmed, each with a few clients."""

import asyncio
from dataclasses import dataclass
from random import Random

import httpx

from tests.chaos.client import Account, Client
from tests.chaos.journal import Journal
from tests.chaos.load import Load
from tests.chaos.model import Book, Place, State, Tracked
from tests.journeys.people import PASSWORD, Person


@dataclass
class Users:
    """Signs users up, and gives each of their clients a model of its own."""

    http: httpx.AsyncClient
    journal: Journal
    rng: Random
    pause_s: float

    async def loads(self, users: int, clients: int) -> list[Load]:
        accounts = [await asyncio.to_thread(self._sign_up) for _ in range(users)]
        return [self._load(account, each) for account in accounts for each in range(clients)]

    def _sign_up(self) -> Account:
        mark = f"owner-{self.rng.getrandbits(48):012x}"
        with httpx.Client(base_url=self.http.base_url, timeout=30) as http:
            person = Person.signed_up(http, mark)
            user_id = http.get("/api/users/me").json()["id"]
        self.journal.owners.add(mark)
        self.journal.user_ids.add(user_id)
        return Account(mark, user_id, person.email, PASSWORD)

    def _load(self, account: Account, number: int) -> Load:
        profile = Tracked("profile", [State(Place.LIVING)]) if number == 0 else None
        return Load(
            Client(self.http, account, self.journal),
            Book(account.mark, number),
            Random(f"{account.mark} {number}"),
            self.pause_s,
            profile,
        )
