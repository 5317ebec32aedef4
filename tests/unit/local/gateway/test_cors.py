from dataclasses import replace

from infra.local.gateway.cors import actual_headers, is_preflight, preflight_headers, without_cors
from infra.local.stack.model import Cors

ONE = Cors(("https://app.example",), ("GET",), ("authorization",), ("etag",), 600, False)
ANY = replace(ONE, allow_origins=("*",))


def test_a_preflight_names_an_origin_and_a_method() -> None:
    asked = {b"origin": b"https://app.example", b"access-control-request-method": b"GET"}

    assert is_preflight("OPTIONS", asked)
    assert not is_preflight("GET", asked)
    assert not is_preflight("OPTIONS", {b"origin": b"https://app.example"})


def test_an_origin_on_the_list_is_told_what_it_may() -> None:
    assert dict(preflight_headers(ONE, b"https://app.example")) == {
        b"access-control-allow-origin": b"https://app.example",
        b"access-control-allow-methods": b"GET",
        b"access-control-allow-headers": b"authorization",
        b"access-control-max-age": b"600",
        b"vary": b"Origin",
    }


def test_another_origin_is_told_only_that_the_answer_varies() -> None:
    for origin in (b"https://evil", b"https://app.example.evil", b"null", b"\xff"):
        assert preflight_headers(ONE, origin) == [(b"vary", b"Origin")]
        assert actual_headers(ONE, origin) == [(b"vary", b"Origin")]


def test_any_origin_is_a_star_and_never_a_reflection() -> None:
    found = actual_headers(ANY, b"https://whoever")

    assert (b"access-control-allow-origin", b"*") in found
    assert not any(name == b"vary" for name, _ in found)


def test_credentials_are_allowed_only_to_a_named_origin() -> None:
    allowing = replace(ONE, allow_credentials=True)

    assert (b"access-control-allow-credentials", b"true") in actual_headers(
        allowing, b"https://app.example"
    )
    assert actual_headers(allowing, b"https://evil") == [(b"vary", b"Origin")]


def test_the_functions_own_cors_headers_are_dropped() -> None:
    kept = without_cors([(b"access-control-allow-origin", b"*"), (b"etag", b'"1"')])

    assert kept == [(b"etag", b'"1"')]
