"""Answers that break the contract are told from those that keep it."""

import json
from typing import Any

import pytest

from tests.chaos.answers import Answer, Contract, Violation

ALICE, BOB = "owner-aaaaaaaaaaaa", "owner-bbbbbbbbbbbb"
ROUTE = "/api/contacts/{contact_id}"
CONTRACT = Contract(
    {"paths": {ROUTE: {"get": {"responses": {"200": {}, "404": {}, "429": {}, "503": {}}}}}}
)
PROBLEM = {"content-type": "application/problem+json"}


def answer(status: int, body: Any, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer("GET", ROUTE, status, json.dumps(body).encode(), PROBLEM | named)


def problem(status: int) -> dict[str, Any]:
    details = {"type": "about:blank", "title": "", "detail": "", "code": "x", "instance": "1"}
    return details | {"status": status}


def violations(given: Answer) -> set[Violation]:
    return CONTRACT.violations(given, ALICE, {ALICE, BOB})


@pytest.mark.parametrize(
    "given",
    [
        answer(200, {"first_name": ALICE}),
        answer(404, problem(404)),
        answer(503, problem(503), retry_after="1"),
        answer(503, {"message": "Service Unavailable"}, retry_after="1"),
        answer(403, {"message": "Forbidden"}),
        Answer("GET", ROUTE, None),
    ],
)
def test_what_the_document_knows_breaks_nothing(given: Answer) -> None:
    assert violations(given) == set()


@pytest.mark.parametrize(
    ("given", "broken"),
    [
        (answer(200, {"first_name": BOB}), Violation.FOREIGN),
        (answer(404, problem(404) | {"detail": BOB}), Violation.FOREIGN),
        (answer(202, {}), Violation.STATUS),
        (answer(418, problem(418)), Violation.STATUS),
        (answer(404, problem(410)), Violation.BODY),
        (answer(404, {"detail": "Not Found"}), Violation.BODY),
        (answer(404, problem(404), content_type="application/json"), Violation.BODY),
        (answer(503, problem(503)), Violation.RETRY_AFTER),
        (answer(429, problem(429), retry_after="0.5"), Violation.RETRY_AFTER),
        (answer(503, problem(503), retry_after="soon"), Violation.RETRY_AFTER),
    ],
)
def test_what_it_does_not_know_is_a_violation(given: Answer, broken: Violation) -> None:
    assert violations(given) == {broken}


def test_a_bare_500_is_undocumented_and_no_problem_document() -> None:
    found = violations(Answer("GET", ROUTE, 500, b"Internal Server Error"))

    assert found == {Violation.STATUS, Violation.BODY}


@pytest.mark.parametrize(
    ("given", "unknown"),
    [
        (Answer("POST", ROUTE, None), True),
        (Answer("POST", ROUTE, 503), True),
        (Answer("POST", ROUTE, 201), False),
        (Answer("POST", ROUTE, 409), False),
        (Answer("POST", ROUTE, 201, trusted=False), True),
    ],
)
def test_lost_answers_and_altered_ones_tell_nothing(given: Answer, unknown: bool) -> None:
    assert given.unknown is unknown
