"""The accounts over HTTP, all of it."""

from typing import Final

from fastapi import APIRouter

from kith.accounts import auth_router, page_router, session_router, status_router, user_router

ROUTERS: Final[tuple[APIRouter, ...]] = (
    auth_router.router,
    session_router.router,
    user_router.router,
    page_router.router,
    status_router.router,
)
