"""What waits in the outbox, composed as the letters function would, and not sent."""

import re

from sqlalchemy import select

from kith import clock
from kith.accounts.email_composers import ACCOUNT_COMPOSERS
from kith.database.unit_of_work import Database
from kith.mail.models import OutboxLetter
from kith.mail.outbox import claim_letter, finish
from kith.mail.sender import LetterObsolete
from kith.mail.ses import EmailMessage
from kith.settings import settings


def compose_pending_letters(database: Database) -> list[EmailMessage]:
    """Compose every letter that waits, in order, and count it as sent."""
    with database.reading() as connection:
        waiting = connection.scalars(
            select(OutboxLetter.id).where(OutboxLetter.state == "pending").order_by(OutboxLetter.id)
        ).all()
    composed = [_compose(database, letter_id) for letter_id in waiting]
    return [each for each in composed if each is not None]


def token_in(message: EmailMessage) -> str:
    """The token of the link in a letter."""
    found = re.search(r"[?]token=([\w-]+)", message.text)
    assert found is not None
    return found[1]


def _compose(database: Database, letter_id: int) -> EmailMessage | None:
    with database.writing() as work:
        letter = claim_letter(work.connection, letter_id, clock.now(), settings().letter_lease)
        assert letter is not None
        try:
            message = ACCOUNT_COMPOSERS[letter.kind](work, letter)
        except LetterObsolete:
            message = None
        state = "sent" if message else "dropped"
        finish(work.connection, letter, state, done_at=clock.now())
    return message
