"""All routers of the accounts package."""

from typing import Final

from fastapi import APIRouter

from kith.accounts.account.router import router as account_router
from kith.accounts.factors.router import router as factors_router
from kith.accounts.flows.router import router as flows_router
from kith.accounts.health.router import router as health_router
from kith.accounts.pages.router import router as pages_router
from kith.accounts.pages.security.router import router as security_router
from kith.accounts.personal_tokens.router import router as personal_tokens_router
from kith.accounts.sessions.router import router as sessions_router

ROUTERS: Final[tuple[APIRouter, ...]] = (
    flows_router,
    sessions_router,
    factors_router,
    account_router,
    personal_tokens_router,
    pages_router,
    security_router,
    health_router,
)
