"""What was taken out of the layers is missed by nobody: everything is imported and tried out."""

import platform

import pytest

from tests.gates.conftest import ROOT, run

ARCHITECTURE = {"aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), "x86_64")
BUILT = ROOT / ".aws-sam/gates" / ARCHITECTURE / "once/build"
TRIED_OUT = """
import importlib, io, pkgutil, sys
import kith

for found in pkgutil.walk_packages(kith.__path__, "kith."):
    if not found.name.startswith("kith.migrations.env"):  # Alembic's own, for inside a migration
        importlib.import_module(found.name)

import boto3
for service in ("rds", "secretsmanager", "ses", "sesv2", "sqs", "sts"):
    boto3.client(service, region_name="us-east-1")

import phonenumbers
parsed = phonenumbers.parse("067 123 45 67", "UA")
assert phonenumbers.format_number(parsed, 0) == "+380671234567"

from PIL import Image
for kind in ("JPEG", "PNG", "WEBP"):
    picture = io.BytesIO()
    Image.new("RGB", (8, 8)).save(picture, kind)
    Image.open(io.BytesIO(picture.getvalue())).load()

import zoneinfo
assert "Europe/Kyiv" in zoneinfo.available_timezones()

import alembic.command, cloudinary.uploader, jinja2, pg8000, redis.cluster
from sqlalchemy.dialects.postgresql import pg8000 as driver
print(len([name for name in sys.modules if name.startswith("kith.")]))
"""


def test_everything_in_the_layers_works() -> None:
    if not BUILT.is_dir():
        pytest.skip("`make gates` builds the layers first")
    layers = [BUILT / name / "python" for name in ("DependenciesLayer", "KithLayer")]
    python = ROOT / ".tools/bin/python3.13"
    clean = ["env", "-i", f"PYTHONPATH={layers[0]}:{layers[1]}", "PYTHONDONTWRITEBYTECODE=1"]
    settings = ["KITH_STAGE=test", "AWS_REGION=us-east-1", "AWS_DEFAULT_REGION=us-east-1"]

    done = run(*clean, *settings, python, "-W", "ignore", "-c", TRIED_OUT)

    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 50
