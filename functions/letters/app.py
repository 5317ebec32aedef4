"""Letters: sends what waits in the outbox, and records what SES reports afterwards."""

from kith.accounts.email_composers import ACCOUNT_COMPOSERS as OF_ACCOUNTS
from kith.birthdays.reminders.complaints import stop_reminders
from kith.birthdays.reminders.composer import REMINDER_COMPOSERS as OF_BIRTHDAYS
from kith.mail.sqs_handler import LetterBatchHandler

handler = LetterBatchHandler({**OF_ACCOUNTS, **OF_BIRTHDAYS}, stop_reminders).handle
