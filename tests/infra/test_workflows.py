"""GitHub's workflows: whose code they run, and what the one that deploys may do."""

import re
from pathlib import Path
from typing import Any

import pytest

from infra.local.stack.intrinsics import load

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


@pytest.fixture(scope="module")
def roles() -> dict[str, Any]:
    resources: dict[str, Any] = load(ROOT / "infra/deploy-role.yaml")["Resources"]
    return {name: each["Properties"] for name, each in resources.items()}


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_every_action_is_pinned_by_digest_and_says_its_version(file: Path) -> None:
    used = re.findall(r"uses: (.+)", file.read_text())

    assert used
    for each in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each), each


def test_dependencies_are_audited_every_week() -> None:
    checks = (ROOT / ".github/workflows/checks.yml").read_text()

    assert "make audit" in checks
    assert "schedule:" in checks


def test_one_environment_of_one_repository_may_deploy(roles: dict[str, Any]) -> None:
    (trust,) = roles["DeployRole"]["AssumeRolePolicyDocument"]["Statement"]

    assert trust["Condition"]["StringEquals"] == {
        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
        "token.actions.githubusercontent.com:sub": {
            "Fn::Sub": "repo:${Repository}:environment:${Stage}"
        },
    }


def test_who_deploys_can_take_no_role_but_hand_one_to_cloudformation(roles: dict[str, Any]) -> None:
    (policy,) = roles["DeployRole"]["Policies"]
    of_iam = [
        statement
        for statement in policy["PolicyDocument"]["Statement"]
        if str(statement["Action"]).startswith("iam:") or "sts:" in str(statement["Action"])
    ]

    assert [each["Action"] for each in of_iam] == ["iam:PassRole"]
    assert of_iam[0]["Resource"] == {"Fn::GetAtt": ["ExecutionRole", "Arn"]}


def test_roles_are_made_under_the_names_of_this_stack_only(roles: dict[str, Any]) -> None:
    (policy,) = roles["ExecutionRole"]["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]

    assert all("/kith-${Stage}-*" in each["Fn::Sub"] for each in statement["Resource"])
