"""All routers of the birthdays package."""

from typing import Final

from fastapi import APIRouter

from kith.birthdays.feeds.router import router as feeds_router
from kith.birthdays.reminders.router import router as reminders_router
from kith.birthdays.upcoming.router import router as upcoming_router

ROUTERS: Final[tuple[APIRouter, ...]] = (upcoming_router, feeds_router, reminders_router)
