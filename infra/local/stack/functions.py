"""Lambda functions of the template: what Globals and their own properties say together."""

from pathlib import Path
from typing import Final

from infra.local.stack.intrinsics import ABSENT, Located, OnlyOnAws
from infra.local.stack.model import Function
from infra.local.stack.strict_section import Section
from infra.local.stack.template import LAYER, Template, as_cloudformation_writes

DEFAULT_MEMORY_MB: Final = 128
DEFAULT_TIMEOUT_SECONDS: Final = 3
DEFAULT_RETRIES: Final = 2


def read_globals(template: Template) -> Located:
    with Section("Globals", template.part("Globals"), template.values) as every:
        every.aws_only("HttpApi", "LayerVersion")
        if every.raw("HttpApi") is not None:
            raise every.error("HttpApi belongs to the API itself")
        function = every.raw("Function") or Located()
    return function if isinstance(function, Located) else Located()


def read_function(template: Template, globals_: Located, name: str) -> Function:
    resource = template.resources[name]
    merged = _merged(globals_, resource.get("Properties", Located()))
    merged.line = resource.line
    template.properties(name)
    with Section(name, merged, template.values) as function:
        _pass_over_what_only_aws_does(function)
        function.raw("Events")
        function.must_be("PackageType", ["Zip"], "Zip")
        environment, unresolved = _environment(template, function)
        retries, on_failure = _asynchronous(template, function)
        return Function(
            logical_id=name,
            name=function.text("FunctionName", name),
            folder=template.folder(function, function.text("CodeUri")),
            handler=function.text("Handler"),
            layers=_layers(template, function),
            environment=environment,
            unresolved=unresolved,
            timeout_seconds=function.number("Timeout", DEFAULT_TIMEOUT_SECONDS),
            memory_mb=function.whole("MemorySize", DEFAULT_MEMORY_MB),
            reserved_concurrency=function.optional_whole("ReservedConcurrentExecutions"),
            retries=retries,
            on_failure=on_failure,
            snapshots=_snapshots(function),
        )


def _snapshots(function: Section) -> bool:
    with function.inner("SnapStart") as snap_start:
        return snap_start.text("ApplyOn", "None") == "PublishedVersions"


def _layers(template: Template, function: Section) -> tuple[Path, ...]:
    folders = []
    for layer in function.texts("Layers"):
        if layer not in template.resources or template.resources[layer]["Type"] != LAYER:
            raise function.error(f"{layer} is no layer of this template")
        with template.properties(layer) as section:
            section.aws_only("CompatibleArchitectures", "CompatibleRuntimes", "Description")
            section.aws_only("LayerName", "LicenseInfo", "RetentionPolicy")
            section.aws_only("PublishLambdaVersion")
            folders.append(template.folder(section, section.text("ContentUri")))
    return tuple(folders)


def _environment(template: Template, function: Section) -> tuple[dict[str, str], frozenset[str]]:
    given: dict[str, str] = {}
    unresolved: set[str] = set()
    with function.inner("Environment") as block:
        variables = block.inner("Variables")
    for name, node in variables.items():
        try:
            value = template.values.evaluate(node)
        except OnlyOnAws:
            unresolved.add(name)
            continue
        if isinstance(value, str | int | float):
            given[name] = as_cloudformation_writes(value)
        elif value is not ABSENT:
            raise variables.error(f"{name} is no text")
    return given, frozenset(unresolved)


def _asynchronous(template: Template, function: Section) -> tuple[int, str | None]:
    """Retries of an asynchronous invocation, and the queue for those that failed for good."""
    with function.inner("EventInvokeConfig") as config:
        retries = config.whole("MaximumRetryAttempts", DEFAULT_RETRIES)
        config.aws_only("MaximumEventAgeInSeconds")
        with (
            config.inner("DestinationConfig") as destinations,
            destinations.inner("OnFailure") as failure,
        ):
            queue = _destination(template, failure)
    return retries, queue


def _destination(template: Template, failure: Section) -> str | None:
    failure.must_be("Type", ["SQS"], "SQS")
    arn = failure.value("Destination")
    return template.queue_of(failure, arn) if arn else None


def _merged(every: Located, own: Located) -> Located:
    """Globals under a function's own properties: mappings are merged, lists are joined."""
    merged = Located(every)
    for name, value in own.items():
        below = merged.get(name)
        if isinstance(below, Located) and isinstance(value, Located) and "Fn::If" not in value:
            merged[name] = _merged(below, value)
        elif isinstance(below, list) and isinstance(value, list) and name == "Layers":
            merged[name] = [*below, *value]
        else:
            merged[name] = value
    return merged


def _pass_over_what_only_aws_does(function: Section) -> None:
    function.must_be("InvokeMode", ["BUFFERED"], "BUFFERED")
    function.aws_only("Architectures", "Runtime", "RuntimeManagementConfig", "EphemeralStorage")
    function.aws_only("AutoPublishAlias", "AutoPublishAliasAllProperties", "AutoPublishCodeSha256")
    function.aws_only("VersionDeletionPolicy")
    function.aws_only("DeploymentPreference", "VersionDescription", "ProvisionedConcurrencyConfig")
    function.aws_only(
        "Policies", "Role", "RolePath", "PermissionsBoundary", "AssumeRolePolicyDocument"
    )
    function.aws_only("VpcConfig", "KmsKeyArn", "Tracing", "LoggingConfig")
    function.aws_only("Description", "Tags", "PropagateTags", "DeadLetterQueue", "RecursiveLoop")
