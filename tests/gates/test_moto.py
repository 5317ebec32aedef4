"""The stacks in moto's CloudFormation, as far as moto knows their resources.

moto knows no outputs of nested stacks, so each stack is created by itself, with words in the place
of what the others would tell it.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.cloudformation import parsing

from infra.local.stack.intrinsics import load
from tests.gates.conftest import ROOT, run

# docs/operating/first-deployment.md lists them: only AWS itself can show that they work.
UNKNOWN_TO_MOTO = {
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::ApiMapping",
    "AWS::ApiGatewayV2::DomainName",
    "AWS::ApiGatewayV2::Stage",
    "AWS::CloudWatch::Alarm",
    "AWS::CodeDeploy::Application",
    "AWS::CodeDeploy::DeploymentGroup",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::ElastiCache::ServerlessCache",
    "AWS::ElastiCache::SubnetGroup",
    "AWS::IAM::OIDCProvider",
    "AWS::Lambda::Alias",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::RDS::DBProxy",
    "AWS::RDS::DBProxyTargetGroup",
    "AWS::S3::BucketPolicy",
    "AWS::SES::ConfigurationSet",
    "AWS::SES::ConfigurationSetEventDestination",
    "AWS::SES::EmailIdentity",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::Scheduler::Schedule",
}
NOT_ALONE = {"AWS::CloudFormation::Stack", "Custom::Migration"}
NOT_TAKEN = {"DependsOn", "DBParameterGroupName"}  # moto cannot give a database its settings
ELSEWHERE = "arn:aws:sns:us-east-1:123456789012:known-to-aws"
NESTED = sorted((ROOT / "infra").glob("*.yaml"))


@pytest.fixture
def cloudformation(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        storage = boto3.client("s3", "us-east-1")
        storage.create_bucket(Bucket="packaged")
        storage.put_object(Bucket="packaged", Key="later", Body=b"")
        parameters = boto3.client("ssm", "us-east-1")
        parameters.put_parameter(Name="/kith/dev/public-keys", Value="{}", Type="String")
        yield boto3.client("cloudformation", "us-east-1")


@pytest.fixture(scope="module")
def translated(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("translated")
    python = ROOT / ".tools/sam/bin/python"
    done = run(python, "-m", "infra.gates.translate", "template.yaml", folder)
    assert done.returncode == 0, done.stderr
    template: dict[str, Any] = json.loads((folder / "template.json").read_text())
    return template


def types(template: dict[str, Any]) -> set[str]:
    return {resource["Type"] for resource in template["Resources"].values()}


def alone(template: dict[str, Any]) -> dict[str, Any]:
    """Without what moto does not know, and with words for what is then missing."""
    left_out = UNKNOWN_TO_MOTO | NOT_ALONE
    kept = {n: r for n, r in template["Resources"].items() if r["Type"] not in left_out}
    missing = set(template["Resources"]) - set(kept)
    resources = {name: _without(missing, resource) for name, resource in kept.items()}
    return {**template, "Resources": resources, "Outputs": {}}


def _without(missing: set[str], node: Any) -> Any:
    if isinstance(node, list):
        return [_without(missing, each) for each in node]
    if not isinstance(node, dict):
        return node
    if str(node.get("Ref")).endswith("Aliaslive"):
        return {"Ref": node["Ref"].removesuffix("Aliaslive")}
    if node.get("Ref") in missing or node.get("Fn::GetAtt", [""])[0] in missing:
        return ELSEWHERE
    if isinstance(node.get("Fn::Sub"), str) and any(f"${{{n}" in node["Fn::Sub"] for n in missing):
        return ELSEWHERE
    return {name: _without(missing, each) for name, each in node.items() if name not in NOT_TAKEN}


def network() -> dict[str, str]:
    """What the data stack is told about the network: moto's default one."""
    cloud = boto3.client("ec2", "us-east-1")
    subnets = [subnet["SubnetId"] for subnet in cloud.describe_subnets()["Subnets"]]
    group = cloud.describe_security_groups()["SecurityGroups"][0]["GroupId"]
    groups = {"DatabaseGroup": group, "CacheGroup": group, "Stage": "dev"}
    return {"SubnetA": subnets[0], "SubnetB": subnets[1], **groups}


def created(cloudformation: Any, template: dict[str, Any], **parameters: str) -> set[str]:
    """The logical ids of what moto made of a template."""
    cloudformation.create_stack(
        StackName="kith",
        TemplateBody=json.dumps(template),
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[
            {"ParameterKey": name, "ParameterValue": text} for name, text in parameters.items()
        ],
    )
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName="kith")
    return {each["LogicalResourceId"] for page in pages for each in page["StackResourceSummaries"]}


def test_what_moto_does_not_know_is_written_down(translated: dict[str, Any]) -> None:
    everything = types(translated).union(*(types(load(file)) for file in NESTED))
    known = set(parsing.get_model_map()) | NOT_ALONE
    listed = (ROOT / "docs/operating/first-deployment.md").read_text()

    assert everything - known == UNKNOWN_TO_MOTO
    for kind in UNKNOWN_TO_MOTO:
        assert f"`{kind}`" in listed


def test_the_root_stack_is_created(cloudformation: Any, translated: dict[str, Any]) -> None:
    template = alone(translated)

    assert created(cloudformation, template) == set(template["Resources"])


@pytest.mark.parametrize("file", NESTED, ids=lambda file: file.stem)
def test_a_nested_stack_is_created(cloudformation: Any, file: Path) -> None:
    template = alone(load(file))
    if not template["Resources"]:
        pytest.skip("moto knows none of its resources")
    wanted = {n: ELSEWHERE for n, each in template["Parameters"].items() if "Default" not in each}
    wanted |= {name: text for name, text in network().items() if name in wanted}
    conditional = {n for n, each in template["Resources"].items() if "Condition" in each}

    made = created(cloudformation, template, **wanted)

    assert made >= set(template["Resources"]) - conditional
