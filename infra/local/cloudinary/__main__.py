"""``python -m infra.local.cloudinary``: the stand-in as a server of its own."""

import argparse
import sys
from pathlib import Path

from infra.local.asgi import serve_quietly
from infra.local.cloudinary.app import Cloud, create_app
from infra.local.cloudinary.authentication import Account


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m infra.local.cloudinary", description="A stand-in for Cloudinary."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--directory", type=Path, required=True, help="where pictures are kept")
    parser.add_argument("--cloud", required=True, help="the cloud's name")
    parser.add_argument("--key", required=True)
    parser.add_argument("--secret", required=True)
    parser.add_argument(
        "--origin", default="", help="what pictures' addresses begin with; else the host asked"
    )
    return parser.parse_args()


def main() -> int:
    given = _arguments()
    cloud = Cloud(Account(given.cloud, given.key, given.secret), given.directory, given.origin)
    serve_quietly(create_app(cloud), given.host, given.port)
    return 0


if __name__ == "__main__":
    sys.exit(main())
