"""The letters that the local SES accepted."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from infra.local.mail.mailbox import Letter, Mailbox

FIRST = Letter(
    id="a-1",
    to="Alice <Alice@Example.com>, carol@example.com",
    sender="Kith <kith@example.com>",
    subject="Їжак",
    text="Hello",
    html="<p>Hello</p>",
    sent_at="2027-02-28T12:00:00.000Z",
    headers={"List-Unsubscribe": "<https://kith.example/u>"},
)
SECOND = replace(FIRST, id="a-2", to="bob@example.com")


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    with closing(Mailbox(tmp_path / "mail.sqlite")) as mailbox:
        yield mailbox


def test_letters_outlive_the_process_in_the_order_of_sending(tmp_path: Path) -> None:
    before = Mailbox(tmp_path / "mail.sqlite")
    before.keep(FIRST)
    before.keep(SECOND)
    before.close()

    with closing(Mailbox(tmp_path / "mail.sqlite")) as after:
        assert after.letters() == [FIRST, SECOND]


def test_letters_are_found_by_the_address_they_went_to(mailbox: Mailbox) -> None:
    mailbox.keep(FIRST)
    mailbox.keep(SECOND)

    assert mailbox.letters("alice@example.com") == [FIRST]
    assert mailbox.letters("CAROL@example.com ") == [FIRST]
    assert mailbox.letters("lice@example.com") == []


def test_a_letter_is_shown_with_the_names_of_the_contract() -> None:
    shown = FIRST.shown()

    assert {"id", "to", "from", "subject", "text", "html", "headers", "sent_at"} <= set(shown)
    assert shown["from"] == "Kith <kith@example.com>"


def test_an_emptied_mailbox_knows_nothing(mailbox: Mailbox) -> None:
    mailbox.keep(FIRST)

    mailbox.empty()

    assert (mailbox.letters(), mailbox.letters("alice@example.com")) == ([], [])
    assert (mailbox.letter("a-1"), mailbox.count()) == (None, 0)


def test_nobody_else_may_read_the_letters(mailbox: Mailbox, tmp_path: Path) -> None:
    mailbox.keep(FIRST)

    modes = {file.stat().st_mode & 0o077 for file in tmp_path.iterdir()}

    assert modes == {0}
