"""``python -m infra.local.sqs``: the stand-in as a server of its own."""

import argparse
import sys

from infra.local.asgi import serve_quietly
from infra.local.sqs.app import QueueServer, create_app
from infra.local.stack.model import ACCOUNT_ID


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m infra.local.sqs", description="A stand-in for Amazon SQS."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    serve_quietly(create_app(QueueServer(), ACCOUNT_ID), given.host, given.port)
    return 0


if __name__ == "__main__":
    sys.exit(main())
