"""Each linter against a fault that the others let through."""

from pathlib import Path

import pytest

from tests.gates.conftest import ROOT, Plant, run

FAULTS = {
    "cfn-lint, into the nested stack: there is no such output": (
        "template.yaml",
        "Database: !GetAtt Data.Outputs.DatabaseName",
        "Database: !GetAtt Data.Outputs.Databasename",
        "Databasename",
    ),
    "cfn-lint, into the nested stack: a parameter that it wants is missing": (
        "template.yaml",
        "        EventsQueueArn: !GetAtt MailEventsQueue.Arn\n",
        "",
        "EventsQueueArn",
    ),
    "sam validate: SAM takes either Arn or Type": (
        "template.yaml",
        "DeadLetterConfig: {Arn: ",
        "DeadLetterConfig: {Type: SQS, Arn: ",
        "You can either define 'Arn' or 'Type'",
    ),
    "cfn-lint, translated: the functions would wait for the gateway that waits for them": (
        "template.yaml",
        "KITH_MAIL_FROM: !Sub '${MailName} <${MailAddress}>'\n",
        (
            "KITH_MAIL_FROM: !Sub '${MailName} <${MailAddress}>'\n"
            "          GATEWAY: !GetAtt AuthFunctionSignUpPermission.Id\n"
        ),
        "AuthFunctionSignUpPermission",
    ),
    "checkov: the database answers the whole internet": (
        "infra/data.yaml",
        "PubliclyAccessible: false",
        "PubliclyAccessible: true",
        "CKV_AWS_17",
    ),
    "checkov: the database is not encrypted": (
        "infra/data.yaml",
        "StorageEncrypted: true",
        "StorageEncrypted: false",
        "CKV_AWS_16",
    ),
}


def lint(copy: Path) -> tuple[int, str]:
    done = run(ROOT / "infra/gates/lint", copy / "template.yaml", copy / "translated")
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_the_gate_catches(fault: tuple[str, str, str, str], copy: Path, plant: Plant) -> None:
    file, piece, planted, complaint = fault
    plant(file, piece, planted)

    code, told = lint(copy)

    assert code
    assert complaint in told
