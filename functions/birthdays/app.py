"""Birthdays: who is next, the calendar feeds, and what became of the reminders, over HTTP."""

from kith.birthdays.router import ROUTERS
from kith.http.application import serve

handler = serve(*ROUTERS)
