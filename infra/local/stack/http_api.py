"""The HTTP API of the template: routes, authorizers, CORS and the throttle."""

from collections.abc import Mapping
from typing import Any, Final

from infra.local.stack.intrinsics import TemplateError
from infra.local.stack.model import Authorizer, Cors, Function, HttpApi, Route, Throttle
from infra.local.stack.strict_section import Section
from infra.local.stack.template import HTTP_API, Template

HTTP_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
INTEGRATION_TIMEOUT_MS: Final = 30_000  # the most that an HTTP API waits for a function


def read_http_api(template: Template, functions: Mapping[str, Function]) -> HttpApi:
    names = template.of_type(HTTP_API)
    if len(names) != 1:
        raise TemplateError(f"the local cloud serves one {HTTP_API}, the template has {len(names)}")
    with template.properties(names[0]) as api:
        api.aws_only("Name", "Description", "Tags", "PropagateTags", "AccessLogSettings")
        api.aws_only("DisableExecuteApiEndpoint", "FailOnWarnings", "Domain")
        api.must_be("StageName", ["$default"], "$default")
        authorizers, default = _authorizers(template, api)
        routes = _routes(template, names[0], functions, authorizers, default)
        return HttpApi(names[0], tuple(routes), _cors(api), _throttle(api))


def _authorizers(template: Template, api: Section) -> tuple[dict[str, Authorizer], str | None]:
    with api.inner("Auth") as auth:
        default = auth.value("DefaultAuthorizer")
        found = {
            name: _authorizer(template, auth, name, node)
            for name, node in auth.inner("Authorizers").items()
        }
    if default is not None and default not in found:
        raise auth.error(f"there is no authorizer {default}")
    return found, default


def _authorizer(template: Template, auth: Section, name: str, node: Any) -> Authorizer:
    with Section(f"{auth.name}.{name}", node, template.values) as authorizer:
        authorizer.aws_only("EnableFunctionDefaultPermissions", "FunctionInvokeRole")
        authorizer.must_be("AuthorizerPayloadFormatVersion", ["2.0"], "")
        authorizer.must_be("EnableSimpleResponses", ["true"], "false")
        arn = authorizer.text("FunctionArn")
        with authorizer.inner("Identity") as identity:
            headers = identity.texts("Headers") or ("Authorization",)
            seconds = identity.whole("ReauthorizeEvery", 0)
        return Authorizer(
            name=name,
            function=template.function_of(authorizer, arn),
            headers=tuple(header.lower() for header in headers),
            cache_seconds=seconds,
        )


def _routes(
    template: Template,
    api: str,
    functions: Mapping[str, Function],
    authorizers: Mapping[str, Authorizer],
    default: str | None,
) -> list[Route]:
    routes: dict[str, Route] = {}
    for function in functions:
        for _, kind, event in template.events(function):
            if kind == "HttpApi":
                route = _route(api, function, event, authorizers, default)
                if routes.setdefault(_shape(route), route) is not route:
                    raise event.error(f"{route.key} is given twice")
    return list(routes.values())


def _route(
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
