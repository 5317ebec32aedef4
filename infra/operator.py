"""`python -m infra.operator disable alice@example.com`: an operator's command, from the shell.

Without a stage it goes to the local cloud that runs here, through its Invoke API; with one to that
installation's function, which IAM lets nobody invoke but who may. `make operator` runs this.
"""

import argparse
import getpass
import json
import os
import sys
from typing import Any, Final

from infra.local.configuration import DEFAULT_PORT

_FUNCTION: Final = "OperatorFunction"
_COMMANDS: Final = (
    "lookup",
    "disable",
    "enable",
    "end-sessions",
    "unlock",
    "resend",
    "invite",
    "counts",
)


def main(arguments: list[str] | None = None, session: Any = None) -> int:
    options = _parser().parse_args(arguments)
    if session is None:
        import boto3 as session
    request = {
        "command": options.command,
        "account": options.account,
        "operator": getpass.getuser(),
    }
    client, name = _deployed(session, options.stage) if options.stage else _local(session)
    answer = invoke(client, name, {key: value for key, value in request.items() if value})
    print(json.dumps(answer, indent=2, ensure_ascii=False))
    return 1 if "error" in answer or "errorMessage" in answer else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make operator ARGS=…")
    parser.add_argument("command", choices=_COMMANDS)
    parser.add_argument("account", nargs="?", default="", help="its address or id")
    parser.add_argument("--stage", default="", help="dev or prod; without it the local cloud")
    return parser


def invoke(client: Any, name: str, request: dict[str, str]) -> dict[str, Any]:
    """The function's answer, whatever it is."""
    response = client.invoke(FunctionName=name, Payload=json.dumps(request).encode())
    answer: dict[str, Any] = json.loads(response["Payload"].read())
    return answer


def _local(session: Any) -> tuple[Any, str]:
    port = os.environ.get("PORT", str(DEFAULT_PORT))  # noqa: TID251 - a command's own argument
    client = session.client(
        "lambda",
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 - the local cloud checks none
    )
    return client, _FUNCTION


def _deployed(session: Any, stage: str) -> tuple[Any, str]:
    resource = session.client("cloudformation").describe_stack_resource(
        StackName=f"kith-{stage}", LogicalResourceId=_FUNCTION
    )
    name = resource["StackResourceDetail"]["PhysicalResourceId"]
    return session.client("lambda"), f"{name}:live"


if __name__ == "__main__":
    sys.exit(main())
