"""Imports: works through the big files of people's address books."""

from kith.cold_start import cold_start

with cold_start():
    from kith.contacts.imports.job import run_import_messages
    from kith.json_types import JsonObject
    from kith.lambda_context import LambdaContext
    from kith.telemetry import with_telemetry

# What is left of an invocation when its last piece begins: several times what a piece takes.
_LAST_PIECE_MS = 12_000


@with_telemetry
def handler(event: JsonObject, context: LambdaContext) -> JsonObject:
    """Returns ``{"batchItemFailures": [{"itemIdentifier": ...}]}``."""
    failed = run_import_messages(
        event["Records"], lambda: context.get_remaining_time_in_millis() > _LAST_PIECE_MS
    )
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
