"""Reads `template.yaml` (AWS SAM): the one source of truth for routes, functions and schedules.

The local cloud follows what it knows, passes over what it knows to matter only on AWS, and refuses
the rest at start with the line and the name. `read` is the way in; `Stack` is the result.
"""

from collections.abc import Mapping
from pathlib import Path

from infra.local.stack.functions import read_function, read_globals
from infra.local.stack.http_api import read_http_api
from infra.local.stack.intrinsics import TemplateError
from infra.local.stack.model import Stack
from infra.local.stack.template import BUCKET, FUNCTION, QUEUE, Template
from infra.local.stack.triggers import (
    read_bucket,
    read_queue,
    read_queue_sources,
    read_schedules,
)

__all__ = ["TemplateError", "read"]


def read(path: Path, parameters: Mapping[str, str], resolved: Mapping[str, str]) -> Stack:
    """The stack that the template describes.

    `parameters` override the template's defaults. `resolved` says what references to resources
    give here: `LogicalId` for `!Ref`, `LogicalId.Attribute` for `!GetAtt`.
    """
    template = Template(path, parameters, resolved)
    queues = {name: read_queue(template, name) for name in template.of_type(QUEUE)}
    globals_ = read_globals(template)
    functions = {
        name: read_function(template, globals_, name) for name in template.of_type(FUNCTION)
    }
    return Stack(
        functions=functions,
        api=read_http_api(template, functions),
        schedules=tuple(read_schedules(template, functions)),
        sources=tuple(read_queue_sources(template, functions)),
        queues=queues,
        buckets=tuple(read_bucket(template, name) for name in template.of_type(BUCKET)),
        parameters=template.parameters,
    )
