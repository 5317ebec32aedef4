"""The template with its parameters chosen: its resources by type, and what they refer to."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.local.stack.intrinsics import Located, TemplateError, Values, load
from infra.local.stack.model import ACCOUNT_ID, REGION
from infra.local.stack.strict_section import Section

FUNCTION = "AWS::Serverless::Function"
HTTP_API = "AWS::Serverless::HttpApi"
LAYER = "AWS::Serverless::LayerVersion"
QUEUE = "AWS::SQS::Queue"
BUCKET = "AWS::S3::Bucket"

# Understood, and without a counterpart here: what they do is done by the local cloud itself
# (migrations, secrets, mail) or has no meaning on a laptop (alarms, permissions, networks).
NOT_RUN_HERE = frozenset(
    {
        "AWS::CloudFormation::CustomResource",
        "AWS::CloudFormation::Stack",
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::CompositeAlarm",
        "AWS::CloudWatch::Dashboard",
        "AWS::EC2::SecurityGroup",
        "AWS::EC2::SecurityGroupEgress",
        "AWS::EC2::SecurityGroupIngress",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::KMS::Alias",
        "AWS::KMS::Key",
        "AWS::Lambda::EventInvokeConfig",
        "AWS::Lambda::Permission",
        "AWS::Logs::LogGroup",
        "AWS::Logs::MetricFilter",
        "AWS::S3::BucketPolicy",
        "AWS::SNS::Subscription",
        "AWS::SNS::Topic",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueuePolicy",
        "AWS::SecretsManager::Secret",
    }
)

SQS_ARN = f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:"


class Template:
    """A checked template. Resources whose condition does not hold do not exist in it."""

    def __init__(
        self, path: Path, parameters: Mapping[str, str], resolved: Mapping[str, str]
    ) -> None:
        """As ``loader.read``."""
        self._root = path.resolve().parent
        self._document = load(path)
        self._resolved = resolved
        self._check_head()
        self.resources = self.part("Resources")
        self.parameters = _chosen(self.part("Parameters"), parameters)
        self.values = Values(self.parameters, self.part("Conditions"), self.reference)
        self._check_resources()

    def _check_head(self) -> None:
        with Section("the template", self._document, Values({}, {}, lambda _: None)) as head:
            head.aws_only("AWSTemplateFormatVersion", "Description", "Metadata", "Outputs", "Rules")
            head.aws_only("Parameters", "Conditions", "Globals", "Resources")
            head.must_be("Transform", ["AWS::Serverless-2016-10-31"], "")

    def part(self, name: str) -> Located:
        part = self._document.get(name, Located())
        if not isinstance(part, Located):
            raise TemplateError(f"{name}: a mapping is expected")
        return part

    def _check_resources(self) -> None:
        for name, resource in self.resources.items():
            kind = resource.get("Type") if isinstance(resource, Located) else None
            if not isinstance(kind, str):
                raise TemplateError(f"{name}: it has no Type")
            known = {FUNCTION, HTTP_API, LAYER, QUEUE, BUCKET} | NOT_RUN_HERE
            if kind not in known and not kind.startswith("Custom::"):
                raise TemplateError(
                    f"line {resource.line}: {name}: the local cloud does not know the type {kind}"
                )

    def of_type(self, kind: str) -> list[str]:
        return [
            name
            for name, resource in self.resources.items()
            if resource["Type"] == kind and self._exists(resource)
        ]

    def _exists(self, resource: Located) -> bool:
        condition = resource.get("Condition")
        return condition is None or self.values.holds(condition)

    def properties(self, name: str) -> Section:
        resource = self.resources[name]
        with Section(name, resource, self.values) as whole:
            whole.aws_only("Type", "Condition", "DependsOn", "Metadata", "DeletionPolicy")
            whole.aws_only("UpdateReplacePolicy", "Properties", "Connectors")
        section = Section(name, resource.get("Properties", Located()), self.values)
        section.line = resource.line
        return section

    def reference(self, name: str) -> str | None:
        if name in self._resolved:
            return self._resolved[name]
        logical_id, _, attribute = name.partition(".")
        resource = self.resources.get(logical_id)
        if resource is None:
            raise TemplateError(f"there is no {logical_id}")
        return self._known_reference(logical_id, resource, attribute)

    def _known_reference(self, name: str, resource: Located, attribute: str) -> str | None:
        physical = self._physical_name(name, resource)
        return {
            (FUNCTION, ""): physical,
            (FUNCTION, "Arn"): f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{physical}",
            (QUEUE, ""): f"http://127.0.0.1/{ACCOUNT_ID}/{physical}",
            (QUEUE, "Arn"): f"{SQS_ARN}{physical}",
            (QUEUE, "QueueName"): physical,
            (BUCKET, ""): physical,
            (BUCKET, "Arn"): f"arn:aws:s3:::{physical}",
            (LAYER, ""): name,
            (HTTP_API, ""): name,
        }.get((resource["Type"], attribute))

    def _physical_name(self, name: str, resource: Located) -> str:
        names = {FUNCTION: "FunctionName", QUEUE: "QueueName", BUCKET: "BucketName"}
        given = names.get(resource["Type"], "")
        written = resource.get("Properties", {}).get(given)
        return name if written is None else str(self.values.evaluate(written))

    def function_of(self, section: Section, arn: str) -> str:
        for name in self.of_type(FUNCTION):
            if self.reference(f"{name}.Arn") == arn:
                return name
        raise section.error(f"{arn} is no function of this template")

    def queue_of(self, section: Section, arn: str) -> str:
        for name, resource in self.resources.items():
            if resource["Type"] == QUEUE and self.reference(f"{name}.Arn") == arn:
                return name
        raise section.error(f"{arn} is no queue of this template")

    def events(self, function: str) -> list[tuple[str, str, Section]]:
        """Of one function: the name, the type and the properties of each event."""
        events = Section(function, self.resources[function].get("Properties"), self.values)
        found = []
        for name, node in events.inner("Events").items():
            with Section(f"{function}.{name}", node, self.values) as event:
                kind = event.must_be("Type", ["HttpApi", "ScheduleV2", "SQS"], "")
                section = event.inner("Properties")
                section.line = event.line
            found.append((f"{function}{name}", kind, section))
        return found

    def folder(self, section: Section, uri: str) -> Path:
        folder = self._root / uri
        if not folder.is_dir():
            raise section.error(f"there is no folder {uri}")
        return folder


def _chosen(declared: Located, given: Mapping[str, str]) -> dict[str, str]:
    unknown = sorted(set(given) - set(declared))
    if unknown:
        raise TemplateError(f"the template has no parameter {unknown[0]}")
    return {name: _parameter(name, node, given.get(name)) for name, node in declared.items()}


def _parameter(name: str, node: Any, given: str | None) -> str:
    if not isinstance(node, Located):
        raise TemplateError(f"Parameters.{name}: a mapping is expected")
    value = node.get("Default") if given is None else given
    if value is None:
        raise TemplateError(f"line {node.line}: the parameter {name} has no value")
    text = as_cloudformation_writes(value)
    allowed = [as_cloudformation_writes(each) for each in node.get("AllowedValues", [])]
    if allowed and text not in allowed:
        raise TemplateError(f"line {node.line}: the parameter {name} may not be {text}")
    return text


def as_cloudformation_writes(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
