"""What a deployment would replace instead of changing: each such property has its answer.

Out of AWS's own schemas, as cfn-lint brings them: `createOnlyProperties` mean replacement. A
property whose value cannot change within one installation is none of our business.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

from infra.local.stack.intrinsics import load
from tests.gates.conftest import ROOT
from tests.gates.test_moto import translated

__all__ = ["translated"]

PAGE: Final = ROOT / "docs/operating/replacements.md"
NESTED: Final = sorted((ROOT / "infra").glob("*.yaml"))
# Another Stage is another installation; the account, the region and the partition do not move.
_STABLE: Final = re.compile(r"\$\{(Stage|AWS::\w+)\}")


def changes(value: Any) -> bool:
    """Whether a parameter or another resource decides about a value."""
    if isinstance(value, list):
        return any(changes(each) for each in value)
    if isinstance(value, dict):
        if set(value) == {"Ref"}:
            return not re.fullmatch(r"Stage|AWS::\w+", value["Ref"])
        if set(value) == {"Fn::Sub"} and isinstance(value["Fn::Sub"], str):
            return "${" in _STABLE.sub("", value["Fn::Sub"])
        return any(name.startswith("Fn::") or changes(each) for name, each in value.items())
    return False


def replacing(resources: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Type and property of what is replaced when another value comes, or has a fixed name."""
    for resource in resources.values():
        kind, properties = resource["Type"], resource.get("Properties", {})
        if kind.startswith("Custom::") or kind == "AWS::CloudFormation::Stack":
            continue
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
        only_once = {each.split("/")[2] for each in schema.get("createOnlyProperties", [])}
        read_only = {each.split("/")[2] for each in schema.get("readOnlyProperties", [])}
        named = {each.split("/")[2] for each in schema.get("primaryIdentifier", [])} - read_only
        for name in sorted((only_once | named) & set(properties)):
            if name in named or changes(properties[name]):
                yield kind, name


def answered() -> set[tuple[str, str]]:
    rows = re.findall(r"^\| `([\w:]+)` \| ([^|]+) \|", PAGE.read_text(), re.MULTILINE)
    return {(kind, name) for kind, names in rows for name in re.findall(r"`(\w+)`", names)}


def test_every_replacement_has_its_answer(translated: dict[str, Any]) -> None:
    found = set(replacing(translated["Resources"]))
    for file in NESTED:
        found |= set(replacing(load(file)["Resources"]))

    assert found - answered() == set(), "without an answer on the page"
    assert answered() - found == set(), "answered, and not in the templates"


@pytest.mark.parametrize("kind", ["AWS::EC2::NetworkInterface", "AWS::EC2::EIPAssociation"])
def test_nothing_stands_on_an_interface_that_only_one_can_have(kind: str) -> None:
    """As the NAT instance did: its next image could not be deployed."""
    for file in NESTED:
        assert kind not in {each["Type"] for each in load(file)["Resources"].values()}


def test_the_way_out_proves_itself_before_the_route_leads_there() -> None:
    network = load(ROOT / "infra/network.yaml")["Resources"]
    instance, route = network["NatInstance"], network["PrivateWayOut"]

    assert instance["CreationPolicy"]["ResourceSignal"]["Count"] == 1
    assert "cfn-signal" in str(instance["Properties"]["UserData"])
    assert "NetworkInterfaceId" not in str(instance["Properties"]["NetworkInterfaces"])
    assert route["Properties"]["InstanceId"]["Fn::If"][1] == {"Ref": "NatInstance"}
    assert [r for r in network.values() if r["Type"] == "AWS::EC2::Route"].count(route) == 1


def test_one_route_leads_out_whatever_the_way() -> None:
    """Two to one destination could not stand at once while one mode gives way to another."""
    network = load(ROOT / "infra/network.yaml")["Resources"]
    out = [
        name
        for name, each in network.items()
        if each["Type"] == "AWS::EC2::Route"
        and each["Properties"]["RouteTableId"] == {"Ref": "PrivateRoutes"}
    ]

    assert out == ["PrivateWayOut"]
