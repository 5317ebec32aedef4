"""Challenges: random, alive for minutes, one-time rows of which only the digest is kept."""

from datetime import datetime

from kith.accounts.factors.repository import ChallengePurpose, ChallengeRepository
from kith.accounts.models import User
from kith.accounts.tokens.one_time import digest_token, generate_token
from kith.database.unit_of_work import UnitOfWork
from kith.settings import settings


def issue_challenge(
    work: UnitOfWork, purpose: ChallengePurpose, at: datetime, user: User | None = None
) -> str:
    """A challenge, in Base64url as WebAuthn wants it; a change of credentials voids a user's."""
    challenge, expires_at = generate_token(), at + settings().challenge_life
    ChallengeRepository(work.session).add(digest_token(challenge), purpose, expires_at, user)
    return challenge


def consume_challenge(
    work: UnitOfWork,
    challenge: str,
    purpose: ChallengePurpose,
    at: datetime,
    user: User | None = None,
) -> bool:
    """Use a challenge up; false: it does not count (any more)."""
    digest = digest_token(challenge)
    return ChallengeRepository(work.session).consume(digest, purpose, at, user)
