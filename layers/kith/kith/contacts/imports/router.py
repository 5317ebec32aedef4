"""Import of files over HTTP: small ones at once, big ones as jobs; and what imports did.

Readers are imported where they are used: most requests have nothing to do with files.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple
from uuid import UUID

from fastapi import Depends, Path, Query, Request, Response
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json
from starlette.datastructures import UploadFile

from kith import clock
from kith.contacts.dependencies import (
    CurrentOwner,
    IdempotencyKey,
    json_response,
    next_page_header,
    stored_response,
    writing_contacts,
)
from kith.contacts.entities import Owner
from kith.contacts.exchange.schemas import FILE_CONTENT
from kith.contacts.idempotency import IdempotencyStore, IdempotentRequest, StoredResponse
from kith.contacts.imports.repository import ImportNotFound, ImportPosition, ImportRepository
from kith.contacts.imports.schemas import (
    HeaderMapping,
    Import,
    ImportCreate,
    ImportCreated,
    ImportedCard,
    ImportItemPage,
    ImportPage,
    ImportReport,
    ImportUndoneAnswer,
    file_name,
    import_url,
)
from kith.contacts.repository import MAX_CONTACT_ID
from kith.database.unit_of_work import database
from kith.deadline import extend_deadline, has_time
from kith.errors import Invalid, TooLarge, Unavailable
from kith.http.application import make_router
from kith.http.openapi import error_responses, headers_of
from kith.http.pagination import (
    Cursor,
    CursorInvalid,
    PageSize,
    Skip,
    decode_cursor,
    encode_cursor,
)
from kith.http.response_size import fit_items
from kith.settings import settings

if TYPE_CHECKING:
    from kith.contacts.exchange.card import Card
    from kith.contacts.exchange.dates import FileOrigin
    from kith.contacts.imports.importer import PreparedImport

router = make_router("exchange")


class UploadFormInvalid(Invalid):
    code = "form_wrong"
    detail = "The form must hold one file, named `file`, and beside it at most a `mapping`."


class ImportTakesLonger(Unavailable):
    """A request has not the time for this import; a job has."""

    code = "import_takes_longer"


class MappingUnreadable(Invalid):
    code = "mapping_invalid"
    detail = "The mapping must be a JSON object of headers and fields."


_FORM: Final = {
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "required": ["file"],
            "properties": {
                "file": {"type": "string", "format": "binary"},
                "mapping": {"type": "string", "description": "As the parameter."},
            },
        }
    },
    "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
}
_FILE: Final = {
    "description": "The file, up to 5 MB; what it is, is found out where its type does not say so.",
    "required": True,
    "content": FILE_CONTENT | _FORM,
}
_FORM_BYTES: Final = 64 * 1024  # boundaries, headers and the mapping around the file
# What the job needs of a request's time: to store the file, and to commit.
_HAND_OVER_SECONDS: Final = 10.0
_mapping: Final = TypeAdapter[dict[str, str]](HeaderMapping)

DryRunParameter = Annotated[bool, Query(description="Only tell what would be done.")]
DayFirstParameter = Annotated[
    bool | None,
    Query(
        description="Whether `5/6/1990` is the fifth of June. Else the other dates of the file, or "
        "your region, decide, and what was guessed is reported as `birthday_ambiguous`."
    ),
]
MappingParameter = Annotated[
    str | None,
    Query(
        max_length=10_000,
        description='What columns of CSV are, as JSON: `{"Rufname": "nickname"}`. A field is '
        "`first_name`, `last_name`, `full_name`, `birthday`, `notes`, `tags`, `phone` or "
        "`phone.mobile`, `email` or `email.work`, `address.city` and so on; `extra` keeps a column "
        "under its header, `ignore` leaves it out. The report's `mapping` shows what was found.",
    ),
]


async def _import_id(
    import_id: Annotated[str, Path(json_schema_extra={"format": "uuid"})],
) -> UUID:
    try:
        return UUID(import_id)
    except ValueError:
        raise ImportNotFound from None


ImportIdParameter = Annotated[UUID, Depends(_import_id)]


class UploadedFile(NamedTuple):
    """A file as it came with a request; ``origin`` is what the owner says of it."""

    body: bytes
    content_type: str
    name: str | None
    origin: "FileOrigin"


@router.post(
    "/api/contacts/import",
    operation_id="import_contacts",
    response_model=ImportReport,
    responses={
        202: {
            "model": Import,
            "description": "It takes longer, and goes on as a job.",
            "headers": headers_of("Location"),
        },
        **error_responses(
            413,
            import_running=409,
            too_many_imports=409,
            card_too_long=413,
            too_many_cards=413,
            csv_header_unknown=422,
            form_wrong=422,
            mapping_invalid=422,
            not_a_list_of_contacts=422,
            import_takes_longer=503,
            uploads_unavailable=503,
        ),
    },
    openapi_extra={"requestBody": _FILE},
)
async def import_contacts(  # noqa: PLR0913 - what may be said of a file
    request: Request,
    owner: CurrentOwner,
    key: IdempotencyKey,
    *,
    dry_run: DryRunParameter = False,
    day_first: DayFirstParameter = None,
    mapping: MappingParameter = None,
) -> Response:
    """Import a file of contacts; one card that cannot be read stops no other.

    vCard 2.1, 3.0 and 4.0; CSV as Google, Outlook, iCloud and Thunderbird export it, in many
    languages; our own JSON. The same file again changes nothing.
    Imports count towards how many contacts may live, not towards how many may be created a day.
    """
    from kith.contacts.imports.importer import Importer, prepare_import, rehearse_import
    from kith.contacts.imports.recording import new_import, record_results

    extend_deadline(settings().file_time.total_seconds())
    file = await _uploaded_file(request, owner, day_first=day_first, mapping=mapping)
    try:
        prepared = prepare_import(_cards(file, in_time=not dry_run), owner)
        if dry_run:
            with database().reading() as connection:
                rehearse_import(connection, owner, prepared)
            return stored_response(_report(prepared, file, None))
        now = clock.now()
        with database().writing() as work:
            responses = IdempotencyStore(work.connection, owner.id, now)
            if stored := responses.find(key):
                return stored_response(stored)
            Importer(work.session, owner, now, _check_time).run(prepared)
            done = {"finished_at": now, "position": len(file.body)}
            record = new_import("done", now, **done, **_described(file))
            ImportRepository(work.session, owner.id).add(record)
            record_results(work.session, owner, record, prepared)
            report = _report(prepared, file, record.id)
            responses.store(key, report)
    except ImportTakesLonger:
        report = _hand_over(file, owner, key)
    return stored_response(report)


def _check_time() -> None:
    """Raises ImportTakesLonger when a job should go on with it, if there is a place for jobs."""
    from kith.contacts.imports.uploads import has_uploads

    if not has_time(_HAND_OVER_SECONDS) and has_uploads():
        raise ImportTakesLonger


def _hand_over(file: UploadedFile, owner: Owner, key: IdempotentRequest) -> StoredResponse:
    """Make a job of an import that takes longer than a request may; nothing of it was done yet."""
    from kith.contacts.imports.recording import new_import
    from kith.contacts.imports.service import create_import, queue_import
    from kith.contacts.imports.uploads import put_upload, upload_key

    now = clock.now()
    record = new_import("queued", now, **_described(file))
    put_upload(upload_key(owner.id, record.id), file.body)
    with database().writing() as work:
        responses = IdempotencyStore(work.connection, owner.id, now)
        if stored := responses.find(key):
            return stored
        queue_import(work, create_import(work.session, owner, record))
        location = {"Location": import_url(record.id)}
        accepted = StoredResponse(202, location, to_json(Import.of(record, now)))
        responses.store(key, accepted)
    return accepted


@router.post(
    "/api/contacts/imports",
    operation_id="create_import",
    status_code=201,
    response_model=ImportCreated,
    responses=error_responses(
        413, too_many_imports=409, mapping_invalid=422, uploads_unavailable=503
    ),
)
async def create_import_job(
    owner: CurrentOwner, payload: ImportCreate, key: IdempotencyKey
) -> Response:
    """Begin the import of a file of up to 100 MB.

    Post the file as a form to `upload`, with its fields first, and start the import then.
    """
    from kith.contacts.imports.recording import new_import
    from kith.contacts.imports.service import create_import
    from kith.contacts.imports.uploads import presign_upload, upload_key

    if payload.size > settings().import_job_bytes:
        raise TooLarge
    now = clock.now()
    record = new_import("uploading", now, **payload.model_dump())
    upload = presign_upload(upload_key(owner.id, record.id), payload.size, now)
    with database().writing() as work:
        responses = IdempotencyStore(work.connection, owner.id, now)
        if stored := responses.find(key):
            return stored_response(stored)
        create_import(work.session, owner, record)
        shown = {**Import.of(record, now).model_dump(), "upload": upload}
        created = StoredResponse(201, {"Location": import_url(record.id)}, to_json(shown))
        responses.store(key, created)
    return stored_response(created)


@router.post(
    "/api/contacts/imports/{import_id}/start",
    operation_id="start_import",
    status_code=202,
    response_model=Import,
    responses=error_responses(
        import_not_found=404, import_finished=409, upload_missing=409, uploads_unavailable=503
    ),
)
async def start_import_job(owner: CurrentOwner, import_id: ImportIdParameter) -> Response:
    """Start an import whose file is uploaded; to start it again changes nothing."""
    from kith.contacts.imports.service import UploadAbsent, start_import
    from kith.contacts.imports.uploads import upload_key, uploaded_size

    with database().loading() as session:
        record = ImportRepository(session, owner.id).require(import_id)
    size = record.size
    if record.state == "uploading":
        size = uploaded_size(upload_key(owner.id, import_id)) or 0
        if not size:
            raise UploadAbsent
    with database().writing() as work:
        record = start_import(work, owner, import_id, size)
    location = {"Location": import_url(import_id)}
    return json_response(Import.of(record, clock.now()), 202, location)


@router.delete(
    "/api/contacts/imports/{import_id}",
    operation_id="cancel_import",
    status_code=204,
    response_class=Response,
    responses=error_responses(import_not_found=404, import_finished=409, uploads_unavailable=503),
)
async def cancel_import_job(owner: CurrentOwner, import_id: ImportIdParameter) -> Response:
    """Cancel an import; what it did by now stays, and can be undone."""
    from kith.contacts.imports.service import cancel_import
    from kith.contacts.imports.uploads import delete_upload, upload_key

    with database().writing() as work:
        cancel_import(work.session, owner, import_id, clock.now())
    delete_upload(upload_key(owner.id, import_id))
    return Response(status_code=204)


async def _uploaded_file(
    request: Request, owner: Owner, *, day_first: bool | None, mapping: str | None
) -> UploadedFile:
    from kith.contacts.exchange.dates import FileOrigin

    body, content_type = await request.body(), request.headers.get("content-type", "")
    name = None
    if content_type.partition(";")[0].strip().lower() == "multipart/form-data":
        if len(body) > settings().import_bytes + _FORM_BYTES:
            raise TooLarge
        async with request.form(max_files=1, max_fields=1, max_part_size=10_000) as form:
            file, more = form.get("file"), form.get("mapping")
            if not isinstance(file, UploadFile) or set(form) - {"file", "mapping"}:
                raise UploadFormInvalid
            body, content_type, name = await file.read(), file.content_type or "", file.filename
            mapping = more if isinstance(more, str) else mapping
    if len(body) > settings().import_bytes:
        raise TooLarge
    origin = FileOrigin(owner.region, day_first, _parsed_mapping(mapping))
    return UploadedFile(body, content_type, file_name(name), origin)


def _parsed_mapping(mapping: str | None) -> dict[str, str] | None:
    try:
        return _mapping.validate_json(mapping) if mapping else None
    except ValidationError:
        raise MappingUnreadable from None


def _cards(file: UploadedFile, *, in_time: bool) -> "Iterator[Card]":
    from kith.contacts.exchange.formats import read_cards

    most = settings().import_cards
    for card in read_cards(file.body, file.content_type, file.origin, most=most):
        if in_time:
            _check_time()
        yield card


def _described(file: UploadedFile) -> dict[str, object]:
    from kith.contacts.exchange.formats import detect_format

    return {
        "format": detect_format(file.body, file.content_type, file.origin),
        "filename": file.name,
        "size": len(file.body),
        "mapping": file.origin.mapping,
        "day_first": file.origin.day_first,
    }


def _report(
    prepared: "PreparedImport", file: UploadedFile, import_id: UUID | None
) -> StoredResponse:
    from kith.contacts.exchange.formats import mapping_of_file
    from kith.contacts.imports.recording import count_results

    summary = count_results(prepared.results) | {"dry_run": import_id is None}
    items = fit_items([prepared.results], lambda result: result)
    mapping = mapping_of_file(file.body, file.content_type, file.origin)
    members = {"import_id": import_id, "summary": summary, "mapping": mapping}
    return StoredResponse(200, {}, b'%b,"items":%b}' % (to_json(members)[:-1], items.json))


@router.get(
    "/api/contacts/imports",
    operation_id="list_imports",
    response_model=ImportPage,
)
async def list_imports(
    request: Request,
    owner: CurrentOwner,
    cursor: Cursor = None,
    skip: Skip = 0,
    limit: PageSize = 100,
) -> Response:
    """List the imports of the last 30 days, the newest first."""
    after = _import_position(cursor) if cursor else None
    with database().loading() as session:
        found = ImportRepository(session, owner.id).newest(limit + 1, after, skip)
    page = found[:limit]
    last = page[-1] if len(found) > limit else None
    rest = encode_cursor([last.created_at.isoformat(), str(last.id)]) if last else None
    now = clock.now()
    body = {"items": [Import.of(each, now) for each in page], "next_cursor": rest}
    return json_response(body, headers=next_page_header(request, request.url.path, rest))


def _import_position(cursor: str) -> ImportPosition:
    at, import_id = decode_cursor(cursor, (str, str))
    try:
        return ImportPosition(datetime.fromisoformat(at), UUID(import_id))
    except ValueError:
        raise CursorInvalid from None


@router.get(
    "/api/contacts/imports/{import_id}",
    operation_id="read_import",
    response_model=Import,
    responses=error_responses(import_not_found=404),
)
async def read_import(owner: CurrentOwner, import_id: ImportIdParameter) -> Response:
    """How far an import is, and what it did."""
    with database().loading() as session:
        record = ImportRepository(session, owner.id).require(import_id)
    return json_response(Import.of(record, clock.now()))


@router.get(
    "/api/contacts/imports/{import_id}/items",
    operation_id="list_import_items",
    response_model=ImportItemPage,
    responses=error_responses(import_not_found=404),
)
async def list_import_items(  # noqa: PLR0913 - paging is what it is
    request: Request,
    owner: CurrentOwner,
    import_id: ImportIdParameter,
    cursor: Cursor = None,
    skip: Skip = 0,
    *,
    limit: PageSize = 100,
) -> Response:
    """What became of each card, in the order of the file."""
    after = decode_cursor(cursor, (int,))[0] if cursor else 0
    with database().loading() as session:
        imports = ImportRepository(session, owner.id)
        imports.require(import_id)
        found = imports.items(import_id, min(after, MAX_CONTACT_ID), limit + 1, skip)
    page = found[:limit]
    rest = encode_cursor([page[-1].number]) if len(found) > limit else None
    body = {"items": [ImportedCard.of(each) for each in page], "next_cursor": rest}
    return json_response(body, headers=next_page_header(request, request.url.path, rest))


@router.post(
    "/api/contacts/imports/{import_id}/undo",
    operation_id="undo_import",
    response_model=ImportUndoneAnswer,
    responses=error_responses(
        import_not_found=404,
        import_not_finished=409,
        import_running=409,
        import_too_old=409,
        import_undone=409,
        contact_quota=429,
    ),
)
async def undo_import(owner: CurrentOwner, import_id: ImportIdParameter) -> Response:
    """Move what an import created to the trash, and take back what it changed, for 30 days.

    What was changed since stays, and is listed in `kept`.
    """
    from kith.contacts.imports.service import ImportUndo

    extend_deadline(settings().file_time.total_seconds())
    with writing_contacts(owner) as service:
        undone = ImportUndo(service).undo(import_id)
    kept = fit_items([undone.kept], lambda each: each).json
    shown = Import.of(undone.record, clock.now()).model_dump()
    members = {**shown, "trashed": undone.trashed, "reverted": undone.reverted}
    body = b'%b,"kept":%b}' % (to_json(members)[:-1], kept)
    return Response(body, media_type="application/json")
