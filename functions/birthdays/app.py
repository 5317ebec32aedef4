"""Birthdays: who is next, the calendar feeds, and what became of the reminders, over HTTP."""

from kith.birthdays import feed_router, reminder_router, router
from kith.http.application import serve

handler = serve(router.router, feed_router.router, reminder_router.router)
