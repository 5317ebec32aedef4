"""Letters: sends what waits in the outbox, and records what SES reports afterwards."""

from kith.accounts.letters import COMPOSERS as OF_ACCOUNTS
from kith.birthdays.complaints import stop_reminders
from kith.birthdays.letters import COMPOSERS as OF_BIRTHDAYS
from kith.mail.batches import PostRoom

handler = PostRoom({**OF_ACCOUNTS, **OF_BIRTHDAYS}, stop_reminders).handle
