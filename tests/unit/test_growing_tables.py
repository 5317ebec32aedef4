"""Every table has a bound: it is one owner's and limited, or the cleanup deletes from it."""

import importlib
import inspect
import re
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from kith.birthdays.retention import RULES
from kith.database.base import Base
from kith.settings import Settings
from tests.mapped_tables import mapped_tables

ROOT: Final = Path(__file__).resolve().parents[2]


class Owned(NamedTuple):
    """Deleted with its user, who has at most so many rows: as a setting says, or ``one``."""

    most: str


class Cleaned(NamedTuple):
    """A module that the scheduled cleanup calls deletes old rows."""

    module: str


class Fixed(NamedTuple):
    """It does not grow with use, or only with the number of accounts."""

    why: str


GROWTH: Final[dict[str, Owned | Cleaned | Fixed]] = {
    "account_events": Cleaned("kith.accounts.event_repository"),
    "calendar_feeds": Owned("feeds_per_user"),
    "challenges": Cleaned("kith.accounts.factors.repository"),
    "contacts": Cleaned("kith.contacts.repository"),  # and contacts_living bounds the others
    "contact_tombstones": Cleaned("kith.contacts.trash.purge"),
    "email_undos": Cleaned("kith.accounts.tokens.repository"),
    "factor_undos": Cleaned("kith.accounts.factors.repository"),
    "idempotency_keys": Cleaned("kith.contacts.trash.purge"),
    "import_items": Cleaned("kith.contacts.trash.purge"),
    "imported_cards": Cleaned("kith.birthdays.retention"),
    "imports": Cleaned("kith.contacts.trash.purge"),
    "invitations": Cleaned("kith.accounts.tokens.repository"),
    "limit_counts": Cleaned("kith.limits.postgres"),
    "login_failures": Cleaned("kith.accounts.login_failure_repository"),
    "merges": Cleaned("kith.birthdays.retention"),
    "one_time_tokens": Cleaned("kith.accounts.tokens.repository"),
    "orphaned_pictures": Cleaned("kith.accounts.orphaned_pictures"),
    "outbox": Cleaned("kith.birthdays.retention"),
    "passkeys": Owned("passkeys_per_user"),
    "personal_tokens": Cleaned("kith.accounts.personal_tokens.repository"),
    "planner": Fixed("one row"),
    "planner_slices": Cleaned("kith.birthdays.reminders.planner_sql"),
    "recovery_codes": Owned("one set"),
    "reminder_log": Cleaned("kith.birthdays.retention"),
    "sessions": Cleaned("kith.accounts.sessions.repository"),
    "suppressions": Cleaned("kith.birthdays.retention"),
    "totp_secrets": Owned("one"),
    "users": Fixed("one row for each account"),
    "waiting_photos": Cleaned("kith.avatars.repository"),
}


TABLES: Final = mapped_tables()


def _rules(kind: type[Owned | Cleaned | Fixed]) -> list[str]:
    return [name for name, rule in GROWTH.items() if isinstance(rule, kind)]


def test_every_table_has_one_rule() -> None:
    assert set(GROWTH) == set(TABLES)


@pytest.mark.parametrize("name", _rules(Owned))
def test_what_is_owned_goes_with_its_user_and_is_limited(name: str) -> None:
    rule, table = GROWTH[name], TABLES[name]
    assert isinstance(rule, Owned)

    keys = [key for key in table.foreign_keys if key.target_fullname == "users.id"]

    assert [key.ondelete for key in keys] == ["CASCADE"]
    assert rule.most.startswith("one") or rule.most in Settings.__dataclass_fields__


@pytest.mark.parametrize("name", _rules(Cleaned))
def test_what_is_cleaned_has_a_statement_that_deletes_it(name: str) -> None:
    rule = GROWTH[name]
    assert isinstance(rule, Cleaned)
    [model] = [each.class_.__name__ for each in Base.registry.mappers if _table_of(each) == name]

    source = inspect.getsource(importlib.import_module(rule.module))

    assert re.search(rf"(?:DELETE FROM {name}\b)|delete\({model}\)", source)  # noqa: S608 - no statement


@pytest.mark.parametrize("name", sorted(set(GROWTH) - {"planner", "users"}))
def test_the_docs_have_a_line_for_it(name: str) -> None:
    page = (ROOT / "docs/operating/backup.md").read_text()

    lines = page.partition("## What is forgotten")[2].splitlines()

    assert any(line.startswith("|") and f"`{name}`" in line for line in lines)


def test_the_rules_of_retention_are_those_of_this_list() -> None:
    ours = {name for name, rule in GROWTH.items() if rule == Cleaned("kith.birthdays.retention")}

    assert set(RULES) == ours


def _table_of(mapper: object) -> str:
    return str(getattr(mapper, "local_table", None))
