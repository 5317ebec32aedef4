"""Birthdays: upcoming ones, calendar feeds and the history of reminders over HTTP."""

from kith.cold_start import cold_start

with cold_start():
    from kith.birthdays.router import ROUTERS
    from kith.http.application import serve

    handler = serve(*ROUTERS)
