"""Constants that were measured, each with its source; newer ones replace them here."""

from typing import Final

# tests/benchmarks/planning.py, 50 contacts for each of 500 owners: 15 ms of PostgreSQL's processor
# and 39 ms of the function's, which has 0.58 of one; eight calls of SQS at once take the rest.
OWNERS_A_SLICE: Final = 500
SECONDS_A_SLICE: Final = 0.12
DATABASE_SECONDS_A_SLICE: Final = 0.015
# Most of it is SES's answer; six round trips of PostgreSQL.
SECONDS_A_LETTER: Final = 0.15
DATABASE_SECONDS_A_LETTER: Final = 0.003
# tests/benchmarks/contacts.py: a function holds its connection while it handles a request.
SECONDS_A_REQUEST: Final = 0.02
DATABASE_SECONDS_A_REQUEST: Final = 0.001
AUTHORIZER_SECONDS: Final = 0.005
SECONDS_A_LOGIN: Final = 0.27  # bcrypt of cost 12
# How many functions of a kind are busy at once in a burst, for each that is busy on average.
BURST: Final = 2
