"""`python -m infra.local.impersonation USER_ID`: a session of that user's, without a password.

The console runs it in the environment of the function that signs tokens. It is not part of what is
deployed, and refuses any other stage than the local one.
"""

import sys
from uuid import UUID

from kith import clock
from kith.accounts.entities import Caller
from kith.accounts.sessions.service import start_session
from kith.accounts.tokens.signing_keys import signing_keys
from kith.accounts.user_repository import UserRepository
from kith.database.unit_of_work import database
from kith.settings import settings


def main(user_id: str) -> int:
    if settings().stage != "local":
        print("impersonation exists on the local stage only", file=sys.stderr)
        return 2
    caller = Caller(origin="127.0.0.1", device="the console of the local cloud")
    key = signing_keys().signing_key()
    with database().writing() as work:
        user = UserRepository(work.session).get(UUID(user_id))
        if user is None:
            print("there is no such user", file=sys.stderr)
            return 1
        at = max(clock.now(), user.tokens_valid_after)
        tokens = start_session(work, user.id, caller, at, key)
    print(tokens.model_dump_json())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
