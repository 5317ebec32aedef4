"""Letters: sends the letters of the outbox, and records what SES reports afterwards."""

from kith.cold_start import cold_start

with cold_start():
    from kith.accounts.email_composers import ACCOUNT_COMPOSERS
    from kith.birthdays.reminders.complaints import stop_reminders
    from kith.birthdays.reminders.composer import REMINDER_COMPOSERS
    from kith.mail.sqs_handler import LetterBatchHandler
    from kith.telemetry import with_telemetry

    composers = {**ACCOUNT_COMPOSERS, **REMINDER_COMPOSERS}
    handler = with_telemetry(LetterBatchHandler(composers, stop_reminders).handle)
