"""Big files: uploaded to S3, worked through piece by piece, killed, cancelled, undone."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, func, select

from functions.imports.app import handler
from functions.reminders.app import _CLEANUP
from kith import settings as environment
from kith.accounts.models import User
from kith.contacts.exchange.repository import ExchangeRepository
from kith.contacts.imports import importer, job, pieces, recording, uploads
from kith.contacts.models import WaitingPhoto
from kith.mail.queue import breaker
from tests.clients import Client, Response
from tests.clock import FrozenClock
from tests.databases import RolledBack, patient_engine
from tests.functions.contacts.test_derived_columns import unfaithful
from tests.functions.contacts.test_importing import ADA, HOPPER, counts, imports, people
from tests.functions.contacts.test_imports import URL, listed
from tests.recorders import RecordingQueue
from tests.upload_bucket import UploadBucket, s3_server, upload_bucket

MANY = 25
PHOTO = "PHOTO;ENCODING=b:/9j/4AAQ\r\n"


def card(number: int) -> str:
    return (
        f"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:card-{number}\r\nN:Body;Some{number};;;\r\n"
        f"{PHOTO}END:VCARD\r\n"
    )


FILE = "".join(map(card, range(MANY)))


class Killed(BaseException):
    """The process is gone: nothing of ours catches this."""


class Context:
    """Lambda's context: so many milliseconds, or so many pieces until the time is over."""

    function_name, aws_request_id = "imports", "1"

    def __init__(self, pieces: int = 10_000) -> None:
        self._pieces = pieces

    def get_remaining_time_in_millis(self) -> int:
        self._pieces -= 1
        return 20_000 if self._pieces >= 0 else 0


@pytest.fixture(scope="module")
def s3_address() -> Iterator[str]:
    with s3_server() as address:
        yield address


@pytest.fixture
def bucket(
    s3_address: str, letters_queue: RecordingQueue, monkeypatch: pytest.MonkeyPatch
) -> Iterator[UploadBucket]:
    with upload_bucket(s3_address, monkeypatch) as made:
        yield made


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch, bucket: UploadBucket) -> None:
    """Pieces of five cards."""
    monkeypatch.setattr(pieces, "_MOST_CARDS", 5)


def create(person: Client, file: str | bytes = FILE, form: str = "vcard", **more: Any) -> Response:
    size = len(file.encode() if isinstance(file, str) else file)
    body = {"format": form, "size": size, "filename": "all.vcf"} | more
    return person.request("POST", URL, body=body)


def upload(created: Response, file: str | bytes = FILE) -> int:
    """As a browser would: the fields first, the file last."""
    form = created.body["upload"]
    sent = httpx.post(form["url"], data=form["fields"], files={"file": ("all.vcf", file)})
    return sent.status_code


def start(person: Client, created: Response) -> Response:
    return person.request("POST", f"{URL}/{created.body['id']}/start")


def begin(person: Client, file: str | bytes = FILE, form: str = "vcard", **more: Any) -> Response:
    """An import that waits for its worker."""
    created = create(person, file, form, **more)
    assert created.status == 201, created.body
    assert upload(created, file) == 204
    assert start(person, created).status == 202
    return created


def message(queue: RecordingQueue) -> dict[str, Any]:
    body, _ = queue.messages[-1]
    return {"Records": [{"messageId": "1", "body": body}]}


def work(queue: RecordingQueue, pieces: int = 10_000) -> dict[str, Any]:
    """One invocation for the latest message; it has time for so many pieces."""
    return handler(message(queue), Context(pieces))


def read(person: Client, created: Response) -> dict[str, Any]:
    shown: dict[str, Any] = person.request("GET", f"{URL}/{created.body['id']}").body
    return shown


def test_a_file_goes_to_s3_and_through_the_queue_into_the_book(
    alice: Client, letters_queue: RecordingQueue, bucket: UploadBucket, database: RolledBack
) -> None:
    created = create(alice)
    assert (created.body["state"], created.body["percent"]) == ("uploading", 0)
    assert created.headers["location"].endswith(f"{URL}/{created.body['id']}")
    assert upload(created) == 204
    started = start(alice, created)
    assert (started.status, started.body["state"]) == (202, "queued")

    assert work(letters_queue) == {"batchItemFailures": []}

    done = read(alice, created)
    assert (done["state"], done["percent"], done["read"], done["created"]) == (
        "done",
        100,
        MANY,
        MANY,
    )
    assert len(people(alice)) == MANY
    photos = select(func.count()).select_from(WaitingPhoto)
    assert database.connection.scalar(photos) == MANY
    assert bucket.keys() == []
    items = alice.request("GET", f"{URL}/{done['id']}/items").body["items"]
    assert [each["line"] for each in items] == list(range(1, 6 * MANY, 6))
    assert counts(imports(alice, FILE)) == (0, 0, MANY, 0)


def test_a_job_that_is_killed_twice_on_the_way_is_complete_and_nothing_is_there_twice(
    alice: Client, letters_queue: RecordingQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    created = begin(alice)
    record = recording.record_results

    for piece in (1, 2):
        left = iter(range(piece))

        def killed(*arguments: Any, left: Iterator[int] = left) -> None:
            """In the middle of a transaction that has done almost all of its work."""
            record(*arguments)
            if next(left, None) is None:
                raise Killed

        monkeypatch.setattr(job, "record_results", killed)
        with pytest.raises(Killed):
            work(letters_queue)
        assert read(alice, created)["state"] == "running"
    monkeypatch.setattr(job, "record_results", record)

    assert 0 < read(alice, created)["percent"] < 100
    work(letters_queue)

    done = read(alice, created)
    assert (done["state"], done["created"], done["read"]) == ("done", MANY, MANY)
    names = [each["first_name"] for each in people(alice)]
    assert names == [f"Some{number}" for number in range(MANY)]
    items = alice.request("GET", f"{URL}/{done['id']}/items").body["items"]
    assert [each["line"] for each in items] == list(range(1, 6 * MANY, 6))


def test_what_an_invocation_has_no_time_for_is_posted_again(
    alice: Client, letters_queue: RecordingQueue
) -> None:
    created = begin(alice)

    progress = []
    for _ in range(3):
        work(letters_queue, pieces=2)
        shown = read(alice, created)
        progress.append((shown["state"], shown["read"]))

    assert progress == [("running", 10), ("running", 20), ("done", 25)]


def test_a_message_that_comes_twice_does_nothing_twice(
    alice: Client, letters_queue: RecordingQueue
) -> None:
    created = begin(alice)
    work(letters_queue)

    assert work(letters_queue) == {"batchItemFailures": []}
    assert read(alice, created)["created"] == MANY == len(people(alice))


def test_two_workers_of_one_import_do_not_do_a_piece_twice(
    alice: Client, letters_queue: RecordingQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    created = begin(alice)
    prepare = importer.prepare_import

    def overtaken(*arguments: Any) -> Any:
        """Another worker takes the piece while this one has read it."""
        monkeypatch.setattr(job, "prepare_import", prepare)
        work(letters_queue, pieces=1)
        return prepare(*arguments)

    monkeypatch.setattr(job, "prepare_import", overtaken)
    work(letters_queue)
    work(letters_queue)

    assert read(alice, created)["created"] == MANY == len(people(alice))


def test_a_cancelled_import_stops_between_its_pieces_and_can_be_undone(
    alice: Client, letters_queue: RecordingQueue, bucket: UploadBucket
) -> None:
    created = begin(alice)
    work(letters_queue, pieces=2)

    cancelled = alice.request("DELETE", f"{URL}/{created.body['id']}")
    again = alice.request("DELETE", f"{URL}/{created.body['id']}")
    work(letters_queue)

    assert (cancelled.status, again.status) == (204, 204)
    shown = read(alice, created)
    assert (shown["state"], shown["created"], len(people(alice))) == ("cancelled", 10, 10)
    assert bucket.keys() == []
    assert start(alice, created).body["code"] == "import_finished"
    undone = alice.request("POST", f"{URL}/{created.body['id']}/undo")
    assert (undone.body["trashed"], people(alice)) == (10, [])


def test_an_import_that_has_not_ended_is_not_undone_and_one_that_has_not_cancelled(
    alice: Client, letters_queue: RecordingQueue
) -> None:
    created = begin(alice)

    early = alice.request("POST", f"{URL}/{created.body['id']}/undo")
    work(letters_queue)
    late = alice.request("DELETE", f"{URL}/{created.body['id']}")

    assert (early.status, early.body["code"]) == (409, "import_not_finished")
    assert (late.status, late.body["code"]) == (409, "import_finished")


def test_without_a_file_nothing_starts_and_a_second_start_changes_nothing(
    alice: Client, letters_queue: RecordingQueue
) -> None:
    created = create(alice)

    early = start(alice, created)
    upload(created)
    first, second = start(alice, created), start(alice, created)

    assert (early.status, early.body["code"]) == (409, "upload_missing")
    assert (first.status, second.status, len(letters_queue.messages)) == (202, 202, 1)


def test_the_upload_is_bounded_and_its_place_is_the_owners(
    alice: Client, letters_queue: RecordingQueue
) -> None:
    created = create(alice)

    fields = created.body["upload"]["fields"]
    assert fields["key"] == f"imports/{alice.id}/{created.body['id']}"
    assert create(alice, size=100_000_001).status == 413
    assert create(alice, size=0).status == 422
    assert create(alice, form="xls").status == 422


def test_bob_cannot_reach_an_import_of_alices(
    alice: Client, bob: Client, letters_queue: RecordingQueue
) -> None:
    created = begin(alice)

    answers = [
        start(bob, created),
        bob.request("DELETE", f"{URL}/{created.body['id']}"),
        bob.request("GET", f"{URL}/{created.body['id']}/items"),
    ]

    assert {each.status for each in answers} == {404}
    work(letters_queue)
    assert (len(people(alice)), people(bob)) == (MANY, [])


def test_there_are_only_so_many_imports_that_have_not_ended(
    alice: Client, bob: Client, letters_queue: RecordingQueue
) -> None:
    for _ in range(5):
        assert create(alice).status == 201

    refused = create(alice)

    assert (refused.status, refused.body["code"]) == (409, "too_many_imports")
    assert create(bob).status == 201


def test_a_create_with_a_key_is_repeated_with_the_same_upload(
    alice: Client, letters_queue: RecordingQueue
) -> None:
    body = {"format": "vcard", "size": 10, "filename": "a.vcf"}
    key = {"Idempotency-Key": "one"}

    first, again = (alice.request("POST", URL, body=body, headers=key) for _ in range(2))

    assert first.body == again.body
    assert len(listed(alice)) == 1


@pytest.mark.parametrize(
    ("file", "form", "reason"),
    [
        ("Price\n1\n", "csv", "csv_header_unknown"),
        ("{", "json", "not_a_list_of_contacts"),
        ('[{"first_name": "Ada"}, {]', "json", "unreadable"),
    ],
)
def test_a_file_that_is_none_fails_with_its_reason(
    alice: Client, letters_queue: RecordingQueue, file: str, form: str, reason: str
) -> None:
    created = begin(alice, file, form)

    work(letters_queue)

    shown = read(alice, created)
    assert (shown["state"], shown["reason"]) == ("failed", reason)


def test_more_people_than_a_job_takes_fail_it(
    alice: Client, letters_queue: RecordingQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITH_IMPORT_JOB_CARDS", "12")
    environment.settings.cache_clear()
    created = begin(alice)

    work(letters_queue)

    shown = read(alice, created)
    assert (shown["state"], shown["reason"], shown["read"]) == ("failed", "too_many_cards", 10)


def test_csv_is_read_by_its_mapping_and_its_dates_are_proven_once(
    alice: Client, letters_queue: RecordingQueue
) -> None:
    """The first piece proves that the month comes first; the others go by it."""
    rows = [f"Some{number},5/{25 if number == 0 else 6}/1990\n" for number in range(12)]
    file = "Who,Born\n" + "".join(rows)

    created = begin(alice, file, "csv", mapping={"Who": "first_name", "Born": "birthday"})
    work(letters_queue)

    assert read(alice, created)["created"] == 12
    assert {each["birthday"] for each in people(alice)[1:]} == {"1990-05-06"}
    items = alice.request("GET", f"{URL}/{created.body['id']}/items").body["items"]
    assert {tuple(each["changes"]) for each in items} == {()}
    assert [each["line"] for each in items] == list(range(2, 14))


def test_our_json_is_worked_through(alice: Client, letters_queue: RecordingQueue) -> None:
    contacts = [{"first_name": f"Some{number}", "notes": "[{"} for number in range(12)]

    created = begin(alice, json.dumps({"contacts": contacts}), "json")
    work(letters_queue)

    assert read(alice, created)["created"] == 12
    assert len(people(alice)) == 12


def test_two_people_with_one_uid_in_two_pieces_are_two(
    alice: Client, letters_queue: RecordingQueue
) -> None:
    file = FILE + card(0).replace("Some0", "Another")

    created = begin(alice, file)
    work(letters_queue)

    assert read(alice, created)["created"] == MANY + 1
    assert len(people(alice)) == MANY + 1


def test_a_job_is_undone_as_a_whole(alice: Client, letters_queue: RecordingQueue) -> None:
    mine = alice.create("Some0", last_name="Mine")
    imports(alice, card(0).replace("Body", "Mine"))
    created = begin(alice, FILE.replace("Some0", "Some-0"))
    work(letters_queue)

    undone = alice.request("POST", f"{URL}/{created.body['id']}/undo")

    assert undone.body["trashed"] == MANY - 1
    assert people(alice)[0]["first_name"] == mine["first_name"]


def test_while_another_import_runs_the_job_waits(
    alice: Client,
    letters_queue: RecordingQueue,
    postgres_url: str,
) -> None:
    created = begin(alice)
    engine = patient_engine(postgres_url)
    with engine.begin() as other:
        ExchangeRepository(other, alice.id).claim()

        assert work(letters_queue) == {"batchItemFailures": []}

    engine.dispose()
    assert letters_queue.delays()[-1] > 0
    assert read(alice, created)["state"] == "running"
    work(letters_queue)
    assert read(alice, created)["state"] == "done"


def test_a_job_whose_owner_is_gone_ends(
    alice: Client, letters_queue: RecordingQueue, database: RolledBack, bucket: UploadBucket
) -> None:
    begin(alice)
    database.connection.execute(delete(User).where(User.id == alice.id))

    assert work(letters_queue) == {"batchItemFailures": []}


def test_a_malformed_message_and_a_bucket_that_is_away_are_delivered_again(
    alice: Client, letters_queue: RecordingQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(alice)
    malformed = handler({"Records": [{"messageId": "7", "body": "{}"}]}, Context())
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")
    uploads._client.cache_clear()

    away = work(letters_queue)

    assert malformed == {"batchItemFailures": [{"itemIdentifier": "7"}]}
    assert away == {"batchItemFailures": [{"itemIdentifier": "1"}]}


def test_lost_messages_are_posted_again_and_what_is_a_day_old_is_given_up(
    alice: Client, letters_queue: RecordingQueue, clock: FrozenClock
) -> None:
    letters_queue.away = True
    created = begin(alice)
    abandoned = create(alice)
    letters_queue.away = False
    breaker.reset()
    assert letters_queue.messages == []

    assert _CLEANUP["imports"]() == 1
    assert _CLEANUP["imports"]() == 0
    work(letters_queue)
    assert read(alice, created)["state"] == "done"

    clock.set_offset(25 * 3600)
    assert _CLEANUP["imports"]() == 1
    shown = read(alice, abandoned)
    assert (shown["state"], shown["reason"]) == ("failed", "not_finished_in_time")


def test_an_import_that_takes_too_long_for_its_request_becomes_a_job(
    alice: Client, letters_queue: RecordingQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITH_REQUEST_SECONDS", "9")
    monkeypatch.setenv("KITH_FILE_SECONDS", "9")
    environment.settings.cache_clear()
    key = {"Idempotency-Key": "one"}

    answered = imports(alice, HOPPER + ADA, headers=key)
    again = imports(alice, HOPPER + ADA, headers=key)

    assert (answered.status, answered.body["state"]) == (202, "queued")
    assert answered.headers["location"].endswith(f"{URL}/{answered.body['id']}")
    assert again.body == answered.body
    assert people(alice) == []
    work(letters_queue)
    assert read(alice, answered)["created"] == 2
    assert len(people(alice)) == 2


def test_without_a_bucket_a_file_comes_with_its_request_only(
    alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KITH_IMPORTS_BUCKET")
    environment.settings.cache_clear()

    assert create(alice).body["code"] == "uploads_unavailable"
    assert counts(imports(alice, HOPPER)) == (1, 0, 0, 0)


def test_a_group_tags_its_members_in_whatever_piece_they_are(
    alice: Client, letters_queue: RecordingQueue
) -> None:
    members = "".join(f"MEMBER:urn:uuid:card-{number}\r\n" for number in (0, 12, 24))
    group = f"BEGIN:VCARD\r\nVERSION:4.0\r\nKIND:group\r\nFN:Navy\r\n{members}END:VCARD\r\n"

    created = begin(alice, FILE + group)
    work(letters_queue)

    assert read(alice, created)["state"] == "done"
    tagged = [each["first_name"] for each in people(alice) if each["tags"] == ["Navy"]]
    assert tagged == ["Some0", "Some12", "Some24"]
    alice.request("DELETE", "/api/contacts/1/tags/Navy")
    begin(alice, FILE + group)
    work(letters_queue)
    assert people(alice)[0]["tags"] == [], "no news, so what was taken off stays off"


def test_what_a_job_writes_has_what_follows_from_it(
    alice: Client, database: RolledBack, letters_queue: RecordingQueue
) -> None:
    long = "щодня " * 150
    begin(alice, FILE.replace("END:VCARD", f"NOTE:{long}\r\nEND:VCARD"))

    work(letters_queue)

    assert unfaithful(database, alice) == []
