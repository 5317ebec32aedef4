"""SnapStart: a function is frozen after its start and goes on long after, as another one."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from tests import events
from tests.certificates import Authority
from tests.clients import Response
from tests.databases import FreshDatabase
from tests.factories import create_user
from tests.forgetful_proxy import forgetful_proxy
from tests.rds_front import RdsFront
from tests.runtime_api import RuntimeApi
from tests.signing import PAIR, key_set
from tests.waiting import HANG_SECONDS, wait_until

HOST: Final = "localhost"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.make(tmp_path)


@pytest.fixture
def rds(fresh_database: FreshDatabase, authority: Authority) -> Iterator[RdsFront]:
    context = authority.server_context(HOST)
    with RdsFront(fresh_database.url, HOST, context, secret="testing").running() as front:
        yield front


def variables(rds: RdsFront, authority: Authority, redis_url: str) -> dict[str, str]:
    return {
        "KITH_STAGE": "test",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "DATABASE_URL": f"postgresql://kith_app@{HOST}:{rds.port}/kith"
        f"?sslmode=verify-full&sslrootcert={authority.roots}&iam=true",
        "REDIS_URL": redis_url,
        "KITH_PUBLIC_KEYS": key_set(PAIR),
        "KITH_REQUEST_SECONDS": str(int(HANG_SECONDS)),
    }


def test_a_restored_function_serves_after_its_connections_died_and_its_token_expired(
    fresh_database: FreshDatabase, rds: RdsFront, authority: Authority, valkey_url: str
) -> None:
    with fresh_database.engine.begin() as connection:
        alice = create_user(connection, "alice")
    identity = events.signed_in(alice, alice)
    event: dict[str, Any] = events.request("GET", "/api/contacts", identity=identity)
    port = int(valkey_url.rpartition(":")[2].partition("/")[0])
    with forgetful_proxy(port) as network:
        redis_url = valkey_url.replace(f":{port}", f":{network.port}")
        with RuntimeApi().running("contacts", variables(rds, authority, redis_url)) as runtime:
            assert runtime.is_frozen.wait(HANG_SECONDS)
            wait_until(lambda: rds.connections == 0)  # nothing is open in the snapshot
            before = len(rds.tokens)
            rds.expire_tokens()
            network.forget("silently")
            frozen = _second()
            wait_until(lambda: _second() != frozen)  # a token of this second would be the same
            runtime.restore()
            responses = [Response.of(runtime.invoke(event)) for _ in range(3)]

    assert [response.status for response in responses] == [200, 200, 200]
    assert (before, len(rds.tokens), rds.refused) == (1, 2, [])


def test_the_authorizer_is_restored_with_connections_of_its_own(
    rds: RdsFront, authority: Authority, valkey_url: str
) -> None:
    with RuntimeApi().running("authorizer", variables(rds, authority, valkey_url)) as runtime:
        assert runtime.is_frozen.wait(HANG_SECONDS)
        runtime.restore()
        answer = runtime.invoke({"version": "2.0", "identitySource": ["Bearer nonsense"]})

    assert answer == {"isAuthorized": False, "context": {}}


def _second() -> int:
    return int(datetime.now(UTC).timestamp())  # noqa: TID251 - tokens are signed by this clock
