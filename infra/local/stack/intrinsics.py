"""CloudFormation's YAML and its intrinsic functions, as far as `template.yaml` uses them.

Every mapping remembers its line, so that a complaint can say where. A value that exists only on AWS
(the output of a nested stack, a secret by dynamic reference) raises `OnlyOnAws`: whoever asked
decides whether that matters.
"""

import re
from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml

from infra.local.stack.model import ACCOUNT_ID, REGION

T = TypeVar("T")

SUBSTITUTION = re.compile(r"\$\{(!?)([^}]*)\}")
PSEUDO_PARAMETERS = {
    "AWS::AccountId": ACCOUNT_ID,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackName": "kith",
    "AWS::URLSuffix": "amazonaws.com",
}


class TemplateError(Exception):
    """The template cannot be run here: one line that says where and why."""


class OnlyOnAws(Exception):
    """This value is made by AWS when the stack is deployed."""


class Located(dict[str, Any]):
    """A mapping that knows the line on which it begins."""

    line: int = 0


class _Absent:
    """What `!Ref AWS::NoValue` gives: the property is not there."""


ABSENT = _Absent()


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short tags (`!Ref x` is `{Ref: x}`) and line numbers."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> Located:
    located = Located()
    located.line = node.start_mark.line + 1
    for key_node, value_node in node.value:
        key: Hashable = loader.construct_object(key_node, deep=True)
        line = key_node.start_mark.line + 1
        if str(key) in located:
            raise TemplateError(f"line {line}: {key} is given twice")
        value = loader.construct_object(value_node, deep=True)
        if isinstance(value, Located):
            value.line = line
        located[str(key)] = value
    return located


def _tagged(loader: _Loader, suffix: str, node: yaml.Node) -> Located:
    located = Located()
    located.line = node.start_mark.line + 1
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = _mapping(loader, node) if isinstance(node, yaml.MappingNode) else None
    located[name] = value.split(".", 1) if suffix == "GetAtt" and isinstance(value, str) else value
    return located


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
_Loader.add_multi_constructor("!", _tagged)


def load(path: Path) -> Located:
    """Reads the file. Whatever is wrong with it is a `TemplateError`."""
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a SafeLoader
    except OSError as error:
        raise TemplateError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TemplateError(f"{path}: it is not UTF-8") from error
    except yaml.MarkedYAMLError as error:
        line = f" line {error.problem_mark.line + 1}:" if error.problem_mark else ""
        raise TemplateError(f"{path.name}:{line} {error.problem}") from error
    if not isinstance(document, Located):
        raise TemplateError(f"{path.name}: it is not a template")
    return document


class Values:
    """Evaluates intrinsic functions by parameters, conditions and what resources resolve to."""

    def __init__(
        self,
        parameters: Mapping[str, str],
        conditions: Mapping[str, Any],
        references: Callable[[str], str | None],
    ) -> None:
        self._parameters = parameters
        self._conditions = conditions
        self._references = references
        self._functions: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Condition": self.holds,
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::If": self._if,
            "Fn::Equals": lambda pair: self._equals(*pair),
            "Fn::Not": lambda one: not self.evaluate(one[0]),
            "Fn::And": lambda many: all(self.evaluate(each) for each in many),
            "Fn::Or": lambda many: any(self.evaluate(each) for each in many),
            "Fn::Join": lambda pair: pair[0].join(map(str, self.evaluate(pair[1]))),
            "Fn::Select": lambda pair: self.evaluate(pair[1])[int(pair[0])],
            "Fn::Split": lambda pair: self.evaluate(pair[1]).split(pair[0]),
        }

    def evaluate(self, node: Any) -> Any:
        """The node with every intrinsic function in it replaced by its value."""
        if isinstance(node, Located):
            function = _intrinsic_name(node)
            return self._call(function, node) if function else self._members(node)
        if isinstance(node, list):
            values = [self.evaluate(item) for item in node]
            return [value for value in values if value is not ABSENT]
        if isinstance(node, str) and node.startswith("{{resolve:"):
            raise OnlyOnAws(node)
        return node

    def holds(self, condition: str) -> bool:
        if condition not in self._conditions:
            raise TemplateError(f"there is no condition {condition}")
        return bool(self.evaluate(self._conditions[condition]))

    def _call(self, name: str, node: Located) -> Any:
        function = self._functions.get(name)
        if function is None:
            raise TemplateError(f"line {node.line}: the local cloud does not know {name}")
        try:
            value = function(node[name])
        except (TypeError, ValueError, IndexError, AttributeError) as error:
            raise TemplateError(f"line {node.line}: {name} is not well-formed") from error
        return self.evaluate(value) if isinstance(value, str) else value

    def _members(self, node: Located) -> Located:
        evaluated = Located()
        evaluated.line = node.line
        for key, child in node.items():
            value = self.evaluate(child)
            if value is not ABSENT:
                evaluated[key] = value
        return evaluated

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return ABSENT
        return self._named(name)

    def _named(self, name: str) -> str:
        for source in (self._parameters, PSEUDO_PARAMETERS):
            if name in source:
                return source[name]
        value = self._references(name)
        if value is None:
            raise OnlyOnAws(name)
        return value

    def _get_att(self, parts: list[str]) -> str:
        return self._named(".".join(parts))

    def _sub(self, argument: Any) -> str:
        text, own = argument if isinstance(argument, list) else (argument, {})
        values = {name: self.evaluate(value) for name, value in own.items()}

        def substituted(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return f"${{{name}}}"
            return str(values[name]) if name in values else self._named(name.strip())

        return SUBSTITUTION.sub(substituted, text)

    def _if(self, argument: list[Any]) -> Any:
        condition, then, otherwise = argument
        return self.evaluate(then if self.holds(condition) else otherwise)

    def _equals(self, left: Any, right: Any) -> bool:
        return str(self.evaluate(left)) == str(self.evaluate(right))


def _intrinsic_name(node: Located) -> str | None:
    if len(node) != 1:
        return None
    (name,) = node
    return name if name in {"Ref", "Condition"} or name.startswith("Fn::") else None
