"""Whatever promise an API breaks, the run says which."""

import asyncio
from random import Random

import httpx
import pytest

from tests.chaos import account_operations, client, contact_operations, reading
from tests.chaos.client import Account, Client
from tests.chaos.journal import Journal
from tests.chaos.load import Load
from tests.chaos.model import Book
from tests.unit.chaos.fake_api import OPENAPI, FakeApi

ALICE = Account("owner-aaaaaaaaaaaa", "1", "alice@example.com", "seven quiet geese")
BOB = "owner-bbbbbbbbbbbb"
SCENE = (
    contact_operations.create,
    contact_operations.create,
    contact_operations.patch,
    contact_operations.delete,
    account_operations.refresh,
    account_operations.log_out,
    reading.read_all,
    reading.check,
)


def kinds_found(*flaws: str) -> set[str]:
    """What is reported of an API with these flaws."""
    journal = Journal(OPENAPI)
    journal.owners |= {ALICE.mark, BOB}

    async def scene() -> None:
        transport = httpx.MockTransport(FakeApi(ALICE, *flaws))
        async with httpx.AsyncClient(transport=transport, base_url="http://kith") as http:
            load = Load(Client(http, ALICE, journal), Book(ALICE.mark, 0), Random(1), 0, None)
            for operation in SCENE:
                await load.do(operation)

    asyncio.run(scene())
    return {each.partition(":")[0] for each in journal.violations}


@pytest.fixture(autouse=True)
def _nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "REVOKED_WITHIN_S", 0.0)


def test_an_api_that_keeps_its_promises_is_not_accused() -> None:
    assert kinds_found() == set()


@pytest.mark.parametrize(
    ("flaw", "kind"),
    [
        ("lost", "lost"),
        ("lost update", "lost"),
        ("twice", "twice"),
        ("two successors", "twice"),
        ("foreign", "foreign"),
        ("foreign tokens", "foreign"),
        ("revived", "revived"),
        ("revived session", "revived"),
        ("undocumented", "undocumented status"),
    ],
)
def test_a_planted_flaw_is_found(flaw: str, kind: str) -> None:
    assert kind in kinds_found(flaw)
