"""Reads `template.yaml` (AWS SAM): the one source of truth for routes, functions and schedules.

The local cloud follows what it knows, passes over what it knows to matter only on AWS, and refuses
the rest at start with the line and the name. `read` is the way in; `Stack` is the result.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.local.stack.intrinsics import ABSENT, Located, OnlyOnAws, TemplateError, Values, load
from infra.local.stack.model import (
    ACCOUNT_ID,
    REGION,
    Authorizer,
    Cors,
    Function,
    HttpApi,
    Queue,
    QueueSource,
    Route,
    Schedule,
    Stack,
    Throttle,
)
from infra.local.stack.strict_section import Section

__all__ = ["TemplateError", "read"]

FUNCTION = "AWS::Serverless::Function"
HTTP_API = "AWS::Serverless::HttpApi"
LAYER = "AWS::Serverless::LayerVersion"
QUEUE = "AWS::SQS::Queue"

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
        "AWS::SNS::Subscription",
        "AWS::SNS::Topic",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueuePolicy",
        "AWS::SecretsManager::Secret",
    }
)

HTTP_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SQS_ARN = f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:"
INTEGRATION_TIMEOUT_MS = 30_000  # the most that an HTTP API waits for a function
DEFAULT_MEMORY_MB = 128
DEFAULT_TIMEOUT_SECONDS = 3
DEFAULT_RETRIES = 2


def read(path: Path, parameters: Mapping[str, str], resolved: Mapping[str, str]) -> Stack:
    """The stack that the template describes.

    `parameters` override the template's defaults. `resolved` says what references to resources
    give here: `LogicalId` for `!Ref`, `LogicalId.Attribute` for `!GetAtt`.
    """
    return _Reader(path, load(path), parameters, resolved).stack()


class _Reader:
    def __init__(
        self,
        path: Path,
        document: Located,
        parameters: Mapping[str, str],
        resolved: Mapping[str, str],
    ) -> None:
        self._root = path.resolve().parent
        self._document = document
        self._resolved = resolved
        self._check_head()
        self._resources = self._part("Resources")
        self._parameters = self._chosen(parameters)
        self._values = Values(self._parameters, self._part("Conditions"), self._reference)
        self._check_resources()
        self._queues = {name: self._queue(name) for name in self._of_type(QUEUE)}
        self._globals = self._read_globals()

    def stack(self) -> Stack:
        names = self._of_type(FUNCTION)
        functions = {name: self._function(name) for name in names}
        api = self._api(functions)
        return Stack(
            functions=functions,
            api=api,
            schedules=tuple(self._schedules(functions)),
            sources=tuple(self._sources(functions)),
            queues=self._queues,
            parameters=self._parameters,
        )

    # ------------------------------------------------------------------ head

    def _check_head(self) -> None:
        with Section("the template", self._document, Values({}, {}, lambda _: None)) as head:
            head.aws_only("AWSTemplateFormatVersion", "Description", "Metadata", "Outputs", "Rules")
            head.aws_only("Parameters", "Conditions", "Globals", "Resources")
            head.must_be("Transform", ["AWS::Serverless-2016-10-31"], "")

    def _part(self, name: str) -> Located:
        part = self._document.get(name, Located())
        if not isinstance(part, Located):
            raise TemplateError(f"{name}: a mapping is expected")
        return part

    def _chosen(self, given: Mapping[str, str]) -> dict[str, str]:
        declared = self._part("Parameters")
        unknown = sorted(set(given) - set(declared))
        if unknown:
            raise TemplateError(f"the template has no parameter {unknown[0]}")
        return {name: _parameter(name, node, given.get(name)) for name, node in declared.items()}

    # ------------------------------------------------------------- resources

    def _check_resources(self) -> None:
        for name, resource in self._resources.items():
            kind = resource.get("Type") if isinstance(resource, Located) else None
            if not isinstance(kind, str):
                raise TemplateError(f"{name}: it has no Type")
            known = {FUNCTION, HTTP_API, LAYER, QUEUE} | NOT_RUN_HERE
            if kind not in known and not kind.startswith("Custom::"):
                raise TemplateError(
                    f"line {resource.line}: {name}: the local cloud does not know the type {kind}"
                )

    def _of_type(self, kind: str) -> list[str]:
        return [
            name
            for name, resource in self._resources.items()
            if resource["Type"] == kind and self._exists(resource)
        ]

    def _exists(self, resource: Located) -> bool:
        condition = resource.get("Condition")
        return condition is None or self._values.holds(condition)

    def _properties(self, name: str) -> Section:
        resource = self._resources[name]
        with Section(name, resource, self._values) as whole:
            whole.aws_only("Type", "Condition", "DependsOn", "Metadata", "DeletionPolicy")
            whole.aws_only("UpdateReplacePolicy", "Properties", "Connectors")
        section = Section(name, resource.get("Properties", Located()), self._values)
        section.line = resource.line
        return section

    def _reference(self, name: str) -> str | None:
        if name in self._resolved:
            return self._resolved[name]
        logical_id, _, attribute = name.partition(".")
        resource = self._resources.get(logical_id)
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
            (LAYER, ""): name,
            (HTTP_API, ""): name,
        }.get((resource["Type"], attribute))

    def _physical_name(self, name: str, resource: Located) -> str:
        given = {FUNCTION: "FunctionName", QUEUE: "QueueName"}.get(resource["Type"], "")
        written = resource.get("Properties", {}).get(given)
        return name if written is None else str(self._values.evaluate(written))

    # ---------------------------------------------------------------- queues

    def _queue(self, name: str) -> Queue:
        with self._properties(name) as queue:
            queue.aws_only("SqsManagedSseEnabled", "KmsMasterKeyId", "Tags")
            queue.aws_only("KmsDataKeyReusePeriodSeconds", "RedriveAllowPolicy")
            with queue.inner("RedrivePolicy") as redrive:
                dead_letters = redrive.value("deadLetterTargetArn")
                maximum = redrive.optional_whole("maxReceiveCount")
            return Queue(
                logical_id=name,
                name=queue.text("QueueName", name),
                visibility_seconds=queue.whole("VisibilityTimeout", 30),
                delay_seconds=queue.whole("DelaySeconds", 0),
                retention_seconds=queue.whole("MessageRetentionPeriod", 345_600),
                dead_letter_queue=self._queue_of(queue, dead_letters) if dead_letters else None,
                maximum_receives=maximum,
            )

    def _queue_of(self, section: Section, arn: str) -> str:
        for name, resource in self._resources.items():
            if resource["Type"] == QUEUE and self._reference(f"{name}.Arn") == arn:
                return name
        raise section.error(f"{arn} is no queue of this template")

    # ------------------------------------------------------------- functions

    def _read_globals(self) -> Located:
        with Section("Globals", self._part("Globals"), self._values) as every:
            every.aws_only("HttpApi", "LayerVersion")
            if every.raw("HttpApi") is not None:
                raise every.error("HttpApi belongs to the API itself")
            function = every.raw("Function") or Located()
        return function if isinstance(function, Located) else Located()

    def _function(self, name: str) -> Function:
        resource = self._resources[name]
        merged = _merged(self._globals, resource.get("Properties", Located()))
        merged.line = resource.line
        self._properties(name)
        with Section(name, merged, self._values) as function:
            _pass_over_what_only_aws_does(function)
            function.raw("Events")
            function.must_be("PackageType", ["Zip"], "Zip")
            environment, unresolved = self._environment(function)
            retries, on_failure = self._asynchronous(function)
            return Function(
                logical_id=name,
                name=function.text("FunctionName", name),
                folder=self._folder(function, function.text("CodeUri")),
                handler=function.text("Handler"),
                layers=self._layers(function),
                environment=environment,
                unresolved=unresolved,
                timeout_seconds=function.number("Timeout", DEFAULT_TIMEOUT_SECONDS),
                memory_mb=function.whole("MemorySize", DEFAULT_MEMORY_MB),
                reserved_concurrency=function.optional_whole("ReservedConcurrentExecutions"),
                retries=retries,
                on_failure=on_failure,
            )

    def _folder(self, section: Section, uri: str) -> Path:
        folder = self._root / uri
        if not folder.is_dir():
            raise section.error(f"there is no folder {uri}")
        return folder

    def _layers(self, function: Section) -> tuple[Path, ...]:
        folders = []
        for layer in function.texts("Layers"):
            if layer not in self._resources or self._resources[layer]["Type"] != LAYER:
                raise function.error(f"{layer} is no layer of this template")
            with self._properties(layer) as section:
                section.aws_only("CompatibleArchitectures", "CompatibleRuntimes", "Description")
                section.aws_only("LayerName", "LicenseInfo", "RetentionPolicy")
                section.aws_only("PublishLambdaVersion")
                folders.append(self._folder(section, section.text("ContentUri")))
        return tuple(folders)

    def _environment(self, function: Section) -> tuple[dict[str, str], frozenset[str]]:
        given: dict[str, str] = {}
        unresolved: set[str] = set()
        with function.inner("Environment") as block:
            variables = block.inner("Variables")
        for name, node in variables.items():
            try:
                value = self._values.evaluate(node)
            except OnlyOnAws:
                unresolved.add(name)
                continue
            if isinstance(value, str | int | float):
                given[name] = _as_cloudformation_writes(value)
            elif value is not ABSENT:
                raise variables.error(f"{name} is no text")
        return given, frozenset(unresolved)

    def _asynchronous(self, function: Section) -> tuple[int, str | None]:
        """Retries of an asynchronous invocation, and the queue for those that failed for good."""
        with function.inner("EventInvokeConfig") as config:
            retries = config.whole("MaximumRetryAttempts", DEFAULT_RETRIES)
            config.aws_only("MaximumEventAgeInSeconds")
            with (
                config.inner("DestinationConfig") as destinations,
                destinations.inner("OnFailure") as failure,
            ):
                queue = self._destination(failure)
        return retries, queue

    def _destination(self, failure: Section) -> str | None:
        failure.must_be("Type", ["SQS"], "SQS")
        arn = failure.value("Destination")
        return self._queue_of(failure, arn) if arn else None

    # -------------------------------------------------------------- the API

    def _api(self, functions: Mapping[str, Function]) -> HttpApi:
        names = self._of_type(HTTP_API)
        if len(names) != 1:
            raise TemplateError(
                f"the local cloud serves one {HTTP_API}, the template has {len(names)}"
            )
        with self._properties(names[0]) as api:
            api.aws_only("Name", "Description", "Tags", "PropagateTags", "AccessLogSettings")
            api.aws_only("DisableExecuteApiEndpoint", "FailOnWarnings", "Domain")
            api.must_be("StageName", ["$default"], "$default")
            authorizers, default = self._authorizers(api)
            routes = self._routes(names[0], functions, authorizers, default)
            return HttpApi(names[0], tuple(routes), _cors(api), _throttle(api))

    def _authorizers(self, api: Section) -> tuple[dict[str, Authorizer], str | None]:
        with api.inner("Auth") as auth:
            default = auth.value("DefaultAuthorizer")
            found = {
                name: self._authorizer(auth, name, node)
                for name, node in auth.inner("Authorizers").items()
            }
        if default is not None and default not in found:
            raise auth.error(f"there is no authorizer {default}")
        return found, default

    def _authorizer(self, auth: Section, name: str, node: Any) -> Authorizer:
        with Section(f"{auth.name}.{name}", node, self._values) as authorizer:
            authorizer.aws_only("EnableFunctionDefaultPermissions", "FunctionInvokeRole")
            authorizer.must_be("AuthorizerPayloadFormatVersion", ["2.0"], "")
            authorizer.must_be("EnableSimpleResponses", ["true"], "false")
            arn = authorizer.text("FunctionArn")
            with authorizer.inner("Identity") as identity:
                headers = identity.texts("Headers") or ("Authorization",)
                seconds = identity.whole("ReauthorizeEvery", 0)
            return Authorizer(
                name=name,
                function=self._function_of(authorizer, arn),
                headers=tuple(header.lower() for header in headers),
                cache_seconds=seconds,
            )

    def _function_of(self, section: Section, arn: str) -> str:
        for name in self._of_type(FUNCTION):
            if self._reference(f"{name}.Arn") == arn:
                return name
        raise section.error(f"{arn} is no function of this template")

    def _events(self, function: str) -> list[tuple[str, str, Section]]:
        """Of one function: the name, the type and the properties of each event."""
        events = Section(function, self._resources[function].get("Properties"), self._values)
        found = []
        for name, node in events.inner("Events").items():
            with Section(f"{function}.{name}", node, self._values) as event:
                kind = event.must_be("Type", ["HttpApi", "ScheduleV2", "SQS"], "")
                section = event.inner("Properties")
                section.line = event.line
            found.append((f"{function}{name}", kind, section))
        return found

    def _routes(
        self,
        api: str,
        functions: Mapping[str, Function],
        authorizers: Mapping[str, Authorizer],
        default: str | None,
    ) -> list[Route]:
        routes: dict[str, Route] = {}
        for function in functions:
            for _, kind, event in self._events(function):
                if kind == "HttpApi":
                    route = self._route(api, function, event, authorizers, default)
                    if routes.setdefault(_shape(route), route) is not route:
                        raise event.error(f"{route.key} is given twice")
        return list(routes.values())

    def _route(
        self,
        api: str,
        function: str,
        event: Section,
        authorizers: Mapping[str, Authorizer],
        default: str | None,
    ) -> Route:
        with event:
            if event.text("ApiId", api) != api:
                raise event.error("ApiId is another API")
            event.must_be("PayloadFormatVersion", ["2.0"], "2.0")
            with event.inner("Auth") as auth:
                name = auth.value("Authorizer", default)
            if name not in {None, "NONE", *authorizers}:
                raise event.error(f"there is no authorizer {name}")
            return Route(
                method=event.must_be("Method", HTTP_METHODS, "").upper(),
                path=_route_path(event),
                function=function,
                authorizer=authorizers.get(name) if name else None,
                timeout_seconds=event.whole("TimeoutInMillis", INTEGRATION_TIMEOUT_MS) / 1000,
            )

    # ----------------------------------------------- what wakes the others

    def _schedules(self, functions: Mapping[str, Function]) -> list[Schedule]:
        return [
            self._schedule(name, function, event)
            for function in functions
            for name, kind, event in self._events(function)
            if kind == "ScheduleV2"
        ]

    def _schedule(self, name: str, function: str, event: Section) -> Schedule:
        with event:
            event.aws_only("OmitName", "Name", "GroupName", "Description", "KmsKeyArn", "RoleArn")
            event.aws_only("PermissionsBoundary", "FlexibleTimeWindow")
            with event.inner("RetryPolicy") as retry:
                retry.aws_only("MaximumEventAgeInSeconds")
                retries = retry.whole("MaximumRetryAttempts", 185)
            return Schedule(
                logical_id=name,
                function=function,
                expression=event.text("ScheduleExpression"),
                time_zone=event.text("ScheduleExpressionTimezone", "UTC"),
                input=event.value("Input"),
                enabled=event.must_be("State", ["ENABLED", "DISABLED"], "ENABLED") == "ENABLED",
                retries=retries,
                dead_letter_queue=self._dead_letters(event),
            )

    def _dead_letters(self, event: Section) -> str | None:
        with event.inner("DeadLetterConfig") as config:
            config.must_be("Type", ["SQS"], "SQS")
            named = config.value("QueueLogicalId")
            arn = config.value("Arn")
            return self._queue_of(config, arn) if arn else named

    def _sources(self, functions: Mapping[str, Function]) -> list[QueueSource]:
        return [
            self._source(name, function, event)
            for function in functions
            for name, kind, event in self._events(function)
            if kind == "SQS"
        ]

    def _source(self, name: str, function: str, event: Section) -> QueueSource:
        with event:
            with event.inner("ScalingConfig") as scaling:
                concurrency = scaling.optional_whole("MaximumConcurrency")
            responses = event.texts("FunctionResponseTypes")
            if not set(responses) <= {"ReportBatchItemFailures"}:
                raise event.error(f"FunctionResponseTypes may not be {responses[0]}")
            return QueueSource(
                logical_id=name,
                function=function,
                queue=self._queue_of(event, event.text("Queue")),
                batch_size=event.whole("BatchSize", 10),
                window_seconds=event.whole("MaximumBatchingWindowInSeconds", 0),
                reports_failures=bool(responses),
                maximum_concurrency=concurrency,
                enabled=event.flag("Enabled", default=True),
            )


def _parameter(name: str, node: Any, given: str | None) -> str:
    if not isinstance(node, Located):
        raise TemplateError(f"Parameters.{name}: a mapping is expected")
    value = node.get("Default") if given is None else given
    if value is None:
        raise TemplateError(f"line {node.line}: the parameter {name} has no value")
    text = _as_cloudformation_writes(value)
    allowed = [_as_cloudformation_writes(each) for each in node.get("AllowedValues", [])]
    if allowed and text not in allowed:
        raise TemplateError(f"line {node.line}: the parameter {name} may not be {text}")
    return text


def _as_cloudformation_writes(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


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
    function.aws_only("VpcConfig", "KmsKeyArn", "Tracing", "LoggingConfig", "SnapStart")
    function.aws_only("Description", "Tags", "PropagateTags", "DeadLetterQueue", "RecursiveLoop")


def _cors(api: Section) -> Cors | None:
    if "CorsConfiguration" not in api:
        return None
    with api.inner("CorsConfiguration") as cors:
        origins = cors.texts("AllowOrigins")
        credentials = cors.flag("AllowCredentials", default=False)
        if credentials and "*" in origins:
            raise cors.error("AllowCredentials and the origin * exclude each other")
        return Cors(
            allow_origins=origins,
            allow_methods=tuple(method.upper() for method in cors.texts("AllowMethods")),
            allow_headers=tuple(header.lower() for header in cors.texts("AllowHeaders")),
            expose_headers=tuple(header.lower() for header in cors.texts("ExposeHeaders")),
            max_age_seconds=cors.optional_whole("MaxAge"),
            allow_credentials=credentials,
        )


def _throttle(api: Section) -> Throttle | None:
    with api.inner("DefaultRouteSettings") as settings:
        settings.aws_only("DetailedMetricsEnabled")
        rate = settings.value("ThrottlingRateLimit")
        burst = settings.value("ThrottlingBurstLimit")
        if rate is None and burst is None:
            return None
        return Throttle(
            settings.number("ThrottlingRateLimit"), settings.whole("ThrottlingBurstLimit")
        )


def _route_path(event: Section) -> str:
    path = event.text("Path")
    segments = path.split("/")[1:]
    whole = all(
        segment.isprintable() and ("{" not in segment or (segment[0] + segment[-1]) == "{}")
        for segment in segments
    )
    if not path.startswith("/") or "+}" in path or not whole:
        raise event.error(f"Path may not be {path}")
    return path


def _shape(route: Route) -> str:
    """Two routes that differ only in the names of their parameters are the same route."""
    segments = ("{}" if part.startswith("{") else part for part in route.path.split("/"))
    return f"{route.method} {'/'.join(segments)}"
