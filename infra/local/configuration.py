"""The configuration of the local cloud, out of the environment and `.env`; the environment wins.

What is given here is used and not started: a database, a cache, an AWS endpoint, Cloudinary.
"""

import difflib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from kith.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PYTHONPATH = f"{ROOT}:{ROOT / 'layers' / 'kith'}"
DEFAULT_PORT = 8000
HIGHEST_PORT = 65535
# The variables by which botocore knows the endpoint of one service.
ENDPOINTS = {
    "sqs": ("AWS_ENDPOINT_URL_SQS",),
    "secretsmanager": ("AWS_ENDPOINT_URL_SECRETS_MANAGER",),
    "ses": ("AWS_ENDPOINT_URL_SESV2", "AWS_ENDPOINT_URL_SES"),
    "s3": ("AWS_ENDPOINT_URL_S3",),
}


class StartupError(Exception):
    """The local cloud cannot start; the message is one line that says what to mend."""


@dataclass(frozen=True)
class Configuration:
    root: Path
    directory: Path
    port: int
    log_json: bool = False
    colour: bool = True  # on a terminal
    database_url: str | None = None
    redis_url: str | None = None
    cloudinary_url: str | None = None
    aws: Mapping[str, str] = field(default_factory=dict)
    kith: Mapping[str, str] = field(default_factory=dict)

    def endpoint(self, service: str) -> str | None:
        """The address given for `sqs`, `secretsmanager`, `ses` or `s3`; the service's own first."""
        names = (*ENDPOINTS[service], "AWS_ENDPOINT_URL")
        return next((self.aws[name].rstrip("/") for name in names if name in self.aws), None)


def load(root: Path = ROOT) -> Configuration:
    """Out of the environment of this process, completed by the `.env` of the project."""
    environment = os.environ  # noqa: TID251 - this module is the local cloud's settings
    return read({**dotenv(root / ".env"), **environment}, root)


def read(variables: Mapping[str, str], root: Path = ROOT) -> Configuration:
    """An empty value is the same as none: `.env.example` lists every name with nothing after it."""
    given = {name: value for name, value in variables.items() if value}
    _refuse_unknown(given)
    return Configuration(
        root=root,
        directory=(root / given.get("KITH_LOCAL_DIR", ".local")).resolve(),
        port=_port(given.get("PORT", str(DEFAULT_PORT))),
        log_json=_log_json(given.get("LOG", "")),
        colour="NO_COLOR" not in given,
        database_url=given.get("DATABASE_URL"),
        redis_url=given.get("REDIS_URL"),
        cloudinary_url=given.get("CLOUDINARY_URL"),
        aws={name: value for name, value in given.items() if name.startswith("AWS_")},
        kith={
            name: value
            for name, value in given.items()
            if name.startswith("KITH_") and name != "KITH_LOCAL_DIR"
        },
    )


def _refuse_unknown(names: Iterable[str]) -> None:
    """A setting that is spelled wrong would do nothing, and nobody would know why."""
    known = {each.metadata["variable"] for each in fields(Settings)} | {"KITH_LOCAL_DIR"}
    for name in sorted(names):
        if not name.startswith("KITH_") or name.startswith("KITH_COMPOSE_") or name in known:
            continue
        meant = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {meant[0]}?" if meant else "; docs/settings.md lists them all"
        raise StartupError(f"{name} is no setting of Kith{hint}")


def dotenv(file: Path) -> dict[str, str]:
    """`NAME=value` a line; `#` begins a comment, quotes may surround a value."""
    if not file.exists():
        return {}
    lines = enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
    return dict(
        _assignment(file, number, line.strip().removeprefix("export "))
        for number, line in lines
        if line.strip() and not line.strip().startswith("#")
    )


def _assignment(file: Path, number: int, line: str) -> tuple[str, str]:
    name, equals, value = line.partition("=")
    if not equals or not name.strip().isidentifier():
        raise StartupError(f"{file.name} line {number}: expected NAME=value")
    value = value.strip()
    if value[:1] in {"'", '"'} and value[-1:] == value[:1] and len(value) > 1:
        return name.strip(), value[1:-1]
    return name.strip(), value.split(" #", 1)[0].rstrip()


def _log_json(text: str) -> bool:
    if text not in {"", "json"}:
        raise StartupError(f"LOG is json or is not given, not {text!r}")
    return text == "json"


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= HIGHEST_PORT):
        raise StartupError(f"PORT must be a number from 0 to {HIGHEST_PORT}, not {text!r}")
    return int(text)
