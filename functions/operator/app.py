"""Operator: what an operator does to accounts. It has no route: who may invoke it, IAM decides."""

from kith.cold_start import cold_start

with cold_start():
    from kith.accounts.operator.service import run_operator_command
    from kith.json_types import JsonObject
    from kith.lambda_context import LambdaContext
    from kith.telemetry import with_telemetry


@with_telemetry
def handler(event: JsonObject, context: LambdaContext) -> JsonObject:
    """``{"command": "lookup", "account": "alice@example.com"}``; docs/operating/accounts.md."""
    return run_operator_command(event, context.aws_request_id)
