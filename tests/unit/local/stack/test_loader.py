import re
from pathlib import Path

import pytest

from infra.local.stack.loader import TemplateError, read
from infra.local.stack.model import Cors, Queue, Stack, Throttle

TEMPLATE = """\
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String, Default: dev, AllowedValues: [dev, prod]}
  Rate: {Type: Number, Default: 50}
Conditions:
  IsProduction: !Equals [!Ref Stage, prod]
  Always: !Not [!Condition IsProduction]
Globals:
  Function:
    Handler: app.handler
    Timeout: 15
    Layers: [!Ref Package]
    Environment: {Variables: {STAGE: !Ref Stage, DATABASE_URL: ''}}
Resources:
  Data:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: infra/data.yaml}
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      Auth:
        DefaultAuthorizer: Guard
        Authorizers:
          Guard:
            FunctionArn: !GetAtt Door.Arn
            AuthorizerPayloadFormatVersion: '2.0'
            EnableSimpleResponses: true
            EnableFunctionDefaultPermissions: true
            Identity: {Headers: [Authorization], ReauthorizeEvery: 0}
      CorsConfiguration: {AllowOrigins: ['*'], AllowMethods: [get], AllowHeaders: [X-A]}
      DefaultRouteSettings: {ThrottlingRateLimit: !Ref Rate, ThrottlingBurstLimit: 100}
  Package:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: layer}
  Door:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: door
      MemorySize: 512
      ReservedConcurrentExecutions: !If [IsProduction, 5, !Ref AWS::NoValue]
      Policies: [{Statement: [{Effect: Allow, Action: 'ses:*', Condition: {Bool: {a: b}}}]}]
      Environment:
        Variables:
          QUEUE: !Ref Letters
          ORIGIN: !Sub 'https://${Stage}.example/${!literal}'
          STORE: !GetAtt Data.Outputs.Url
      EventInvokeConfig:
        MaximumRetryAttempts: 1
        DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Dead.Arn}}
      Events:
        Read: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: get, Path: '/x/{id}'}}
        Open: {Type: HttpApi, Properties: {Method: GET, Path: /open, Auth: {Authorizer: NONE}}}
        Tick:
          Type: ScheduleV2
          Properties:
            ScheduleExpression: rate(15 minutes)
            Input: '{}'
            RetryPolicy: {MaximumRetryAttempts: 3}
            DeadLetterConfig: {Arn: !GetAtt Dead.Arn}
        Queue:
          Type: SQS
          Properties:
            Queue: !GetAtt Letters.Arn
            BatchSize: 5
            FunctionResponseTypes: [ReportBatchItemFailures]
            ScalingConfig: {MaximumConcurrency: 2}
  Unmade:
    Type: AWS::SQS::Queue
    Condition: IsProduction
  Letters:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub kith-${Stage}-letters
      VisibilityTimeout: 90
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 5}
  Dead:
    Type: AWS::SQS::Queue
"""


def stack(folder: Path, text: str = TEMPLATE, **parameters: str) -> Stack:
    for name in ("door", "layer"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "template.yaml").write_text(text)
    return read(folder / "template.yaml", parameters, {})


def refusal(folder: Path, text: str, **parameters: str) -> str:
    with pytest.raises(TemplateError) as caught:
        stack(folder, text, **parameters)
    return str(caught.value)


def test_a_function_has_its_own_properties_over_the_global_ones(tmp_path: Path) -> None:
    door = stack(tmp_path).functions["Door"]

    assert (door.handler, door.timeout_seconds, door.memory_mb) == ("app.handler", 15.0, 512)
    assert (door.folder, door.layers) == (tmp_path / "door", (tmp_path / "layer",))
    assert (door.retries, door.on_failure) == (1, "Dead")
    assert door.environment == {
        "STAGE": "dev",
        "DATABASE_URL": "",
        "QUEUE": "http://127.0.0.1/123456789012/kith-dev-letters",
        "ORIGIN": "https://dev.example/${literal}",
    }


def test_a_value_that_only_aws_has_is_named_and_left_open(tmp_path: Path) -> None:
    assert stack(tmp_path).functions["Door"].unresolved == {"STORE"}


def test_what_the_local_cloud_resolves_is_used(tmp_path: Path) -> None:
    stack(tmp_path)
    resolved = {"Data.Outputs.Url": "here", "Letters": "http://127.0.0.1:9/q"}

    door = read(tmp_path / "template.yaml", {}, resolved).functions["Door"]

    assert (door.environment["STORE"], door.environment["QUEUE"]) == (
        "here",
        "http://127.0.0.1:9/q",
    )
    assert not door.unresolved


@pytest.mark.parametrize(("stage", "concurrency"), [("dev", None), ("prod", 5)])
def test_conditions_follow_parameters(tmp_path: Path, stage: str, concurrency: int | None) -> None:
    assert stack(tmp_path, Stage=stage).functions["Door"].reserved_concurrency == concurrency


def test_a_resource_whose_condition_fails_does_not_exist(tmp_path: Path) -> None:
    assert "Unmade" not in stack(tmp_path).queues
    assert "Unmade" in stack(tmp_path, Stage="prod").queues


def test_routes_take_the_default_authorizer_unless_they_say_none(tmp_path: Path) -> None:
    routes = {route.key: route for route in stack(tmp_path).api.routes}

    guard = routes["GET /x/{id}"].authorizer
    assert guard is not None
    assert (guard.function, guard.headers, guard.cache_seconds) == ("Door", ("authorization",), 0)
    assert routes["GET /open"].authorizer is None


def test_the_api_has_its_cors_and_its_throttle(tmp_path: Path) -> None:
    api = stack(tmp_path, Rate="7").api

    assert api.cors == Cors(("*",), ("GET",), ("x-a",), (), None, allow_credentials=False)
    assert api.throttle == Throttle(7.0, 100)


def test_queues_know_their_dead_letters(tmp_path: Path) -> None:
    assert stack(tmp_path).queues["Letters"] == Queue(
        "Letters", "kith-dev-letters", 90, 0, 345_600, "Dead", 5
    )


def test_sources_and_schedules_are_read(tmp_path: Path) -> None:
    found = stack(tmp_path)

    (source,), (schedule,) = found.sources, found.schedules
    assert (source.function, source.queue, source.batch_size) == ("Door", "Letters", 5)
    assert (source.reports_failures, source.maximum_concurrency) == (True, 2)
    assert (schedule.function, schedule.expression) == ("Door", "rate(15 minutes)")
    assert (schedule.input, schedule.retries, schedule.dead_letter_queue) == ("{}", 3, "Dead")


@pytest.mark.parametrize(
    ("written", "instead", "complaint"),
    [
        ("Type: AWS::SQS::Queue\n    Properties", "Type: AWS::DynamoDB::Table\n    Properties",
         "line 71: Letters: the local cloud does not know the type AWS::DynamoDB::Table"),
        ("MemorySize: 512", "FileSystemConfigs: []",
         "line 36: Door: the local cloud does not know the property FileSystemConfigs"),
        ("Method: get", "Method: ANY", "Door.Read.Properties: Method may only be"),
        ("Path: '/x/{id}'", "Path: '/x/{id+}'", "Path may not be /x/{id+}"),
        ("Path: '/x/{id}'", "Path: /open", "GET /open is given twice"),
        ("Type: SQS\n", "Type: S3\n", "Door.Queue: Type may only be"),
        ("!Ref Stage, prod", "!Ref Stag, prod", "there is no Stag"),
        ("!GetAtt Door.Arn", "!GetAtt Package.Arn", "exists only on AWS"),
        ("!Sub kith-${Stage}-letters", "!ImportValue x", "does not know Fn::ImportValue"),
        ("EnableSimpleResponses: true", "EnableSimpleResponses: false", "may only be true"),
        ("AuthorizerPayloadFormatVersion: '2.0'", "AuthorizerPayloadFormatVersion: '1.0'",
         "may only be 2.0"),
        ("CodeUri: door", "CodeUri: nowhere", "there is no folder nowhere"),
        ("DefaultAuthorizer: Guard", "DefaultAuthorizer: Dog", "there is no authorizer Dog"),
        ("Conditions:\n", "Conditions: [\n", "template.yaml: line"),
        ("  Rate: {", "  Stage: {", "Stage is given twice"),
        ("ReportBatchItemFailures", "Whatever", "FunctionResponseTypes may not be Whatever"),
        ("Transform: AWS::Serverless-2016-10-31", "Transform: AWS::Include", "Transform may only"),
        ("BatchSize: 5", "BatchSize: many", "BatchSize is no number"),
        ("VisibilityTimeout: 90", "FifoQueue: true", "does not know the property FifoQueue"),
        ("AllowOrigins: ['*']", "AllowOrigins: ['*'], AllowCredentials: true", "exclude each"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused_by_name(
    tmp_path: Path, written: str, instead: str, complaint: str
) -> None:
    assert written in TEMPLATE

    refused = refusal(tmp_path, TEMPLATE.replace(written, instead, 1))

    assert complaint in refused
    assert "\n" not in refused


def test_a_parameter_that_the_template_has_not_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, TEMPLATE, Stag="dev") == "the template has no parameter Stag"


def test_a_parameter_must_be_one_of_the_allowed(tmp_path: Path) -> None:
    assert "the parameter Stage may not be test" in refusal(tmp_path, TEMPLATE, Stage="test")


def test_a_missing_template_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="No such file"):
        read(tmp_path / "template.yaml", {}, {})


def test_our_own_template_is_understood(tmp_path: Path) -> None:
    text = (Path(__file__).parents[4] / "template.yaml").read_text()
    for folder in re.findall(r"(?:CodeUri|ContentUri): (\S+)", text):
        (tmp_path / folder).mkdir(parents=True)

    ours = stack(tmp_path, text)

    assert {"AuthorizerFunction", "ContactsFunction", "MigrateFunction"} <= set(ours.functions)
    assert len(ours.schedules) == 3
