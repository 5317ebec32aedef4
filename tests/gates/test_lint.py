"""Each linter against a fault that the others let through."""

from pathlib import Path

import pytest

from tests.gates.conftest import ROOT, Plant, run

# Which gate, for what; in which file, which piece becomes which fault; what the gate says of it.
FAULTS = {
    "there is no such output of a nested stack": (
        "before",
        "template.yaml",
        "Database: !GetAtt Data.Outputs.DatabaseName",
        "Database: !GetAtt Data.Outputs.Databasename",
        "Databasename",
    ),
    "a nested stack is not given what it needs": (
        "before",
        "template.yaml",
        "        EventsQueueArn: !GetAtt MailEventsQueue.Arn\n",
        "",
        "EventsQueueArn",
    ),
    "SAM takes either Arn or Type": (
        "sam",
        "template.yaml",
        "MaximumEventAgeInSeconds: 3600}\n            DeadLetterConfig: {Arn: ",
        "MaximumEventAgeInSeconds: 3600}\n            DeadLetterConfig: {Type: SQS, Arn: ",
        "You can either define 'Arn' or 'Type'",
    ),
    "a function waits for the gateway that waits for it": (
        "translated",
        "template.yaml",
        "          KITH_SECRET_ID: !Ref KeysSecret\n",
        "          KITH_SECRET_ID: !GetAtt AuthFunctionSignUpPermission.Id\n",
        "E3004 Circular Dependencies",
    ),
    "the database answers the whole internet": (
        "checkov",
        "infra/data.yaml",
        "PubliclyAccessible: false",
        "PubliclyAccessible: true",
        "CKV_AWS_17",
    ),
    "the database is not encrypted": (
        "checkov",
        "infra/data.yaml",
        "StorageEncrypted: true",
        "StorageEncrypted: false",
        "CKV_AWS_16",
    ),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_the_gate_catches(fault: tuple[str, str, str, str, str], copy: Path, plant: Plant) -> None:
    gate, file, piece, planted, complaint = fault
    plant(file, piece, planted)

    done = run(ROOT / "infra/gates/lint", copy, gate)

    assert done.returncode
    assert complaint in done.stdout + done.stderr
