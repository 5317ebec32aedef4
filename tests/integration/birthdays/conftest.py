"""SES, SQS and the clock, in the hands of the tests."""

from tests.recorders import fresh_database, letters_queue, mail, moments, post

__all__ = ["fresh_database", "letters_queue", "mail", "moments", "post"]
