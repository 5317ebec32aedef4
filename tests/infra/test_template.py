"""What a reviewer would look for in the template, asked of every resource."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.local.stack.intrinsics import load
from kith.mail.recovery import WATCH_AT_LEAST, WATCH_AT_MOST, WATCH_EVERY
from kith.mail.sender import ACCOUNTS_GAP
from kith.settings import Settings

ROOT = Path(__file__).parents[2]
TEMPLATES = [ROOT / "template.yaml", *sorted((ROOT / "infra").glob("*.yaml"))]
ROUTED_MOST_S = 29  # API Gateway gives up after thirty
DOORS = {
    "AuthorizerFunction",
    "AuthFunction",
    "ContactsFunction",
    "BirthdaysFunction",
    "AvatarsFunction",
    "RemindersFunction",
    "LettersFunction",
    "ImportsFunction",
    "OperatorFunction",
    "MigrateFunction",
}


QUEUES = ("LettersFunction", "RemindersFunction", "ImportsFunction")


def polled(function: dict[str, Any]) -> list[dict[str, Any]]:
    events = function["Events"].values()
    return [event["Properties"] for event in events if event["Type"] == "SQS"]


def scheduled(function: dict[str, Any]) -> dict[str, dict[str, Any]]:
    events = function["Events"].items()
    return {name: each["Properties"] for name, each in events if each["Type"] == "ScheduleV2"}


def queues_of(function: dict[str, Any]) -> list[str]:
    return [event["Queue"]["Fn::GetAtt"][0] for event in polled(function)]


def nodes(node: Any) -> Iterator[Any]:
    yield node
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for child in children:
        yield from nodes(child)


def statements(resources: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, resource in resources.items():
        for node in nodes(resource.get("Properties", {})):
            if isinstance(node, dict) and "Effect" in node and "Action" in node:
                yield name, node


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_every_door_has_its_function(functions: dict[str, Any]) -> None:
    assert set(functions) == DOORS


def test_a_function_is_a_folder_with_nothing_but_its_door(functions: dict[str, Any]) -> None:
    for properties in functions.values():
        folder = ROOT / properties["CodeUri"]
        files = {path.name for path in folder.iterdir() if path.name != "__pycache__"}
        assert files == {"app.py"}, folder


def test_every_handler_exists(functions: dict[str, Any]) -> None:
    for properties in functions.values():
        source = (ROOT / properties["CodeUri"] / "app.py").read_text()
        assert re.search(r"^(?:    )?(def handler\(|handler(: \w+)? = )", source, re.MULTILINE)


def test_no_function_that_the_gateway_waits_for_outlives_the_wait(
    functions: dict[str, Any], template: dict[str, Any]
) -> None:
    usual = template["Globals"]["Function"]["Timeout"]
    for name, properties in functions.items():
        if name not in {"MigrateFunction", "RemindersFunction"}:
            assert properties.get("Timeout", usual) <= ROUTED_MOST_S, name


def test_every_function_can_answer_before_it_is_killed(
    template: dict[str, Any], functions: dict[str, Any]
) -> None:
    """A last wait may begin just before the deadline and take as long again as was left then."""
    usual = template["Globals"]["Function"]["Timeout"]
    budgets = Settings()
    seconds = {
        "AuthorizerFunction": 2 * budgets.authorizer_time.total_seconds(),
        "AuthFunction": budgets.file_time.total_seconds(),
        "ContactsFunction": budgets.file_time.total_seconds(),
        "AvatarsFunction": budgets.upload_time.total_seconds(),
        "BirthdaysFunction": budgets.request_time.total_seconds(),
    }

    for name, deadline in seconds.items():
        assert functions[name].get("Timeout", usual) > deadline, name


def test_functions_that_people_wait_for_can_start_from_a_snapshot(
    functions: dict[str, Any],
) -> None:
    """The gateway calls the authorizer's newest code, of which Lambda takes no snapshots."""
    snapshotted = {
        name
        for name, each in functions.items()
        if each.get("SnapStart") == {"ApplyOn": {"Ref": "SnapStart"}}
    }

    assert snapshotted == {
        "AuthFunction",
        "ContactsFunction",
        "BirthdaysFunction",
        "AvatarsFunction",
    }


def test_every_published_version_follows_the_build(functions: dict[str, Any]) -> None:
    """Otherwise a change of a layer alone never reaches the alias."""
    for name, properties in functions.items():
        assert properties["AutoPublishCodeSha256"] == {"Ref": "BuildId"}, name


def test_the_layers_are_built_for_the_processor_that_runs_them(resources: dict[str, Any]) -> None:
    """Without `BuildArchitecture` SAM builds for x86_64 and does not say so."""
    for name in ("DependenciesLayer", "KithLayer"):
        layer = resources[name]
        assert layer["Metadata"]["BuildArchitecture"] == {"Ref": "Architecture"}
        assert layer["Properties"]["CompatibleArchitectures"] == [{"Ref": "Architecture"}]


def test_migrations_come_before_the_code_that_needs_them(resources: dict[str, Any]) -> None:
    for name in DOORS - {"MigrateFunction"}:
        assert resources[name]["DependsOn"] == "Migration"
    assert resources["Migration"]["Properties"]["BuildId"] == {"Ref": "BuildId"}


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_nobody_may_do_everything(file: Path) -> None:
    for name, statement in statements(load(file)["Resources"]):
        for action in listed(statement["Action"]):
            assert not action.endswith("*"), (name, action)


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_only_what_has_no_arn_is_allowed_everywhere(file: Path) -> None:
    unnamed = {"ec2", "xray"}
    for name, statement in statements(load(file)["Resources"]):
        if "*" in listed(statement.get("Resource", [])):
            actions = set(listed(statement["Action"])) - {"cloudformation:GetTemplateSummary"}
            assert {action.split(":")[0] for action in actions} <= unnamed, name


def test_only_auth_may_read_the_private_keys(resources: dict[str, Any]) -> None:
    readers = {
        name
        for name, statement in statements(resources)
        if "secretsmanager:GetSecretValue" in listed(statement["Action"])
    }
    assert readers == {"AuthRole"}


def test_only_the_migration_signs_in_as_the_owner_of_the_schema(resources: dict[str, Any]) -> None:
    owners = {
        name
        for name, statement in statements(resources)
        if "rds-db:connect" in listed(statement["Action"])
        and "kith_owner" in str(statement["Resource"])
    }
    assert owners == {"MigrateRole"}


def test_letters_leave_from_one_address_only(resources: dict[str, Any]) -> None:
    (sending,) = [
        (name, statement)
        for name, statement in statements(resources)
        if "ses:SendEmail" in listed(statement["Action"])
    ]
    name, statement = sending
    assert name == "LettersRole"
    assert statement["Condition"] == {"StringEquals": {"ses:FromAddress": {"Ref": "MailAddress"}}}


def test_every_role_is_its_function_s_own(functions: dict[str, Any]) -> None:
    roles = [tuple(properties["Role"]["Fn::GetAtt"]) for properties in functions.values()]
    assert len(set(roles)) == len(roles)


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_queues_are_encrypted_and_logs_do_not_stay_for_ever(file: Path) -> None:
    for name, resource in load(file)["Resources"].items():
        if resource["Type"] == "AWS::SQS::Queue":
            assert resource["Properties"]["SqsManagedSseEnabled"] is True, name
        if resource["Type"] == "AWS::Logs::LogGroup":
            assert "RetentionInDays" in resource["Properties"], name


def test_every_queue_that_wakes_a_function_has_dead_letters(resources: dict[str, Any]) -> None:
    dead_letters = {
        queue: resources[queue]["Properties"]["RedrivePolicy"]
        for name in QUEUES
        for queue in queues_of(resources[name]["Properties"])
    }
    assert {
        queue: each["deadLetterTargetArn"]["Fn::GetAtt"][0] for queue, each in dead_letters.items()
    } == {
        "LettersQueue": "LettersDeadLetters",
        "RemindersQueue": "LettersDeadLetters",
        "MailEventsQueue": "LettersDeadLetters",
        "PlannerQueue": "PlannerDeadLetters",
        "ImportsQueue": "ImportsDeadLetters",
    }
    assert {each["maxReceiveCount"] for each in dead_letters.values()} == {5}


def test_a_message_stays_hidden_while_its_function_may_still_work(
    resources: dict[str, Any],
) -> None:
    """Six times the timeout, as Lambda asks."""
    for name in QUEUES:
        timeout = resources[name]["Properties"]["Timeout"]
        for queue in queues_of(resources[name]["Properties"]):
            assert resources[queue]["Properties"]["VisibilityTimeout"] >= 6 * timeout


def test_pollers_report_what_failed_and_are_bounded(functions: dict[str, Any]) -> None:
    for name in QUEUES:
        assert "ReservedConcurrentExecutions" not in functions[name]
        for event in polled(functions[name]):
            assert event["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
            assert event["ScalingConfig"]["MaximumConcurrency"]


def test_a_slice_has_an_invocation_to_itself(functions: dict[str, Any]) -> None:
    """It may take a third of the function's time."""
    (slices,) = polled(functions["RemindersFunction"])
    assert slices["BatchSize"] == 1


def test_account_letters_and_reminders_have_workers_of_their_own(
    functions: dict[str, Any],
) -> None:
    workers = {
        event["Queue"]["Fn::GetAtt"][0]: event["ScalingConfig"]["MaximumConcurrency"]
        for event in polled(functions["LettersFunction"])
    }
    assert workers["LettersQueue"] == {"Ref": "LettersConcurrency"}
    assert workers["RemindersQueue"] == {"Ref": "RemindersConcurrency"}


def test_a_plan_that_fails_is_kept(functions: dict[str, Any]) -> None:
    """By the scheduler when it could not be handed over, by Lambda when it could not be done."""
    planner = functions["RemindersFunction"]
    kept = {"Fn::GetAtt": ["PlannerDeadLetters", "Arn"]}
    for schedule in scheduled(planner).values():
        assert schedule["DeadLetterConfig"] == {"Arn": kept}
    assert planner["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]["Destination"] == kept


def test_planner_and_cleanup_are_invoked_apart_with_the_time_that_was_meant(
    functions: dict[str, Any],
) -> None:
    schedules = scheduled(functions["RemindersFunction"])
    time = "<aws.scheduler.scheduled-time>"
    assert {name: json.loads(each["Input"]) for name, each in schedules.items()} == {
        "EveryQuarterHour": {"time": time, "job": "plan"},
        "Cleanup": {"time": time, "job": "cleanup"},
        "Letters": {"time": time, "job": "letters"},
    }
    for properties in schedules.values():
        assert properties["ScheduleExpressionTimezone"] == "UTC"
        assert properties["OmitName"] is True


def test_no_letter_of_an_account_waits_a_minute_after_a_fault(
    template: dict[str, Any], functions: dict[str, Any]
) -> None:
    """The gap between two watches, and the lease of a worker that Lambda has killed."""
    schedule = scheduled(functions["RemindersFunction"])["Letters"]
    longest = functions["LettersFunction"]["Timeout"]

    assert schedule["ScheduleExpression"] == "cron(* * * * ? *)"
    assert timedelta(minutes=1) == WATCH_EVERY
    assert timedelta(seconds=56) > WATCH_EVERY - WATCH_AT_LEAST
    assert timedelta(seconds=longest) < Settings().letter_lease <= timedelta(seconds=30)
    assert timedelta(seconds=30) >= ACCOUNTS_GAP
    assert WATCH_AT_MOST.total_seconds() < functions["RemindersFunction"]["Timeout"]


def test_the_database_is_reached_over_verified_tls_without_a_password(
    template: dict[str, Any], functions: dict[str, Any]
) -> None:
    usual = template["Globals"]["Function"]["Environment"]["Variables"]["DATABASE_URL"]
    migration = functions["MigrateFunction"]["Environment"]["Variables"]["DATABASE_URL"]
    for address in (usual["Fn::Sub"], migration["Fn::Sub"]):
        assert re.match(r"postgresql://kith_(app|owner)@", address)
        assert address.endswith("?sslmode=verify-full&sslrootcert=/opt/rds-ca.pem&iam=true")


def test_the_data_survives_the_stack(data: dict[str, Any]) -> None:
    database = data["Database"]
    assert database["DeletionPolicy"] == "Snapshot"
    assert database["UpdateReplacePolicy"] == "Snapshot"
    assert database["Properties"]["StorageEncrypted"] is True
    assert database["Properties"]["MasterUserAuthenticationType"] == "iam-db-auth"
    assert "MasterUserPassword" not in database["Properties"]


def test_no_bound_value_reaches_the_database_log(data: dict[str, Any]) -> None:
    settings = data["DatabaseSettings"]["Properties"]["Parameters"]
    assert settings["log_parameter_max_length"] == "0"
    assert settings["log_parameter_max_length_on_error"] == "0"
    assert settings["rds.force_ssl"] == "1"


def test_the_gateway_writes_the_origin_but_no_path(resources: dict[str, Any]) -> None:
    """A path may hold the token of a feed; an origin is what an attack is known by."""
    written = resources["HttpApi"]["Properties"]["AccessLogSettings"]["Format"]
    assert "$context.identity.sourceIp" in written
    for personal in ("path", "userAgent", "authorizer.user", "identity.user", "identity.cognito"):
        assert personal not in written


def test_the_rollback_alarm_counts_what_the_functions_count(resources: dict[str, Any]) -> None:
    alarm = resources["RollbackAlarm"]["Properties"]
    assert alarm["MetricName"] == "Http5xx"
    assert alarm["Namespace"] == {"Fn::Sub": "Kith/${Stage}"}


MOST_CONNECTIONS = 77  # of db.t4g.micro, without the three that PostgreSQL keeps for its own


def most_at_once(name: str, function: dict[str, Any], parameters: dict[str, Any]) -> int:
    """How many of a function run at once by the defaults; each has a connection."""

    def number(value: Any) -> int:
        return int(parameters[value["Ref"]]["Default"] if isinstance(value, dict) else value)

    if name == "MigrateFunction":
        return 0  # it comes before the functions of a deployment
    if "ReservedConcurrentExecutions" in function:
        return number(function["ReservedConcurrentExecutions"]["Fn::If"][1])
    pollers = [number(each["ScalingConfig"]["MaximumConcurrency"]) for each in polled(function)]
    return sum(pollers) + len(scheduled(function)) or 1  # or one by hand


def test_two_generations_of_functions_fit_into_the_smallest_database(
    template: dict[str, Any], functions: dict[str, Any]
) -> None:
    """During a deployment the old ones still hold theirs, frozen, until the server closes them."""
    generation = sum(
        most_at_once(name, {"Events": {}, **each}, template["Parameters"])
        for name, each in functions.items()
    )

    assert 2 * generation + 1 <= MOST_CONNECTIONS
    assert (
        f"| **together** | **{generation}** |" in (ROOT / "docs/operating/capacity.md").read_text()
    )


def test_a_connection_that_nobody_uses_makes_room_within_two_minutes(data: dict[str, Any]) -> None:
    settings = data["DatabaseSettings"]["Properties"]["Parameters"]

    assert 60_000 <= int(settings["idle_session_timeout"]) <= 120_000
    assert 60 <= data["Proxy"]["Properties"]["IdleClientTimeout"] <= 120


@pytest.mark.parametrize("stack", ["Network", "Data", "Mail", "Observability", "Domain"])
def test_every_parameter_of_a_nested_stack_is_given(resources: dict[str, Any], stack: str) -> None:
    """One that is not could be changed by nobody."""
    nested = resources[stack]["Properties"]
    wanted = load(ROOT / nested["TemplateURL"])["Parameters"]

    assert set(nested["Parameters"]) == set(wanted)


def test_the_defaults_suit_a_new_account(template: dict[str, Any]) -> None:
    """Ten functions at once, and the free plan: docs/operating/first-deployment.md."""
    defaults = {name: each.get("Default") for name, each in template["Parameters"].items()}

    assert (defaults["LimitConcurrency"], defaults["BackupDays"]) == ("no", 1)
    assert (defaults["DatabaseClass"], defaults["NatInstanceType"]) == ("db.t4g.micro", "t4g.micro")
    assert (defaults["DatabaseStorage"], defaults["MultiAz"], defaults["DatabaseProxy"]) == (
        20,
        "no",
        "no",
    )
    assert defaults["CacheMode"] == "serverless"


def test_every_function_may_sign_in_before_and_after_a_switch(resources: dict[str, Any]) -> None:
    """To the database and to the proxy; to the instance that is about to be restored as well."""
    signing_in = {
        name: str(statement["Resource"])
        for name, statement in statements(resources)
        if "rds-db:connect" in listed(statement["Action"])
    }

    assert set(signing_in) == {"ConnectToDatabase", "MigrateRole"}
    for resource in signing_in.values():
        assert "Data.Outputs.DatabaseResource" in resource
        assert "${RestoredDatabase}" in resource
    assert "Data.Outputs.ProxyResource" in signing_in["ConnectToDatabase"]


def test_every_log_group_that_the_stack_causes_forgets(data: dict[str, Any]) -> None:
    """RDS and its proxy would make theirs, without an end to the retention."""
    database, proxy = data["Database"], data["Proxy"]
    for resource, log, folder, name in (
        (database, "DatabaseLog", "/aws/rds/instance", "DBInstanceIdentifier"),
        (proxy, "ProxyLog", "/aws/rds/proxy", "DBProxyName"),
    ):
        written = str(data[log]["Properties"]["LogGroupName"])
        assert resource["DependsOn"] == log
        assert written.replace(f"{folder}/", "").replace("/postgresql", "") == str(
            resource["Properties"][name]
        )
    assert database["Properties"]["EnableCloudwatchLogsExports"] == ["postgresql"]


def test_every_function_writes_to_a_group_of_its_own(
    resources: dict[str, Any], functions: dict[str, Any]
) -> None:
    groups = [each["LoggingConfig"]["LogGroup"]["Ref"] for each in functions.values()]

    assert len(set(groups)) == len(functions)
    assert {resources[each]["Type"] for each in groups} == {"AWS::Logs::LogGroup"}


def test_alarms_and_dashboard_watch_what_the_code_counts() -> None:
    watching = (ROOT / "infra/observability.yaml").read_text()
    own = set(re.findall(r"Namespace: !Sub 'Kith/\$\{Stage\}'\n +MetricName: (\w+)", watching))
    shown = set(re.findall(r'"Kith/\$\{Stage\}", "(\w+)"', watching))
    source = "".join(path.read_text() for path in (ROOT / "layers/kith/kith").rglob("*.py"))

    assert own == {
        "Http5xx", "Ticks", "OldestSliceSeconds", "Unexpected", "DatabaseAway",
        "LoginFailures", "LoginsBlocked", "RefreshTokenReused", "Throttled", "QueueAway",
        "OldestAccountLetterSeconds",
    }  # fmt: skip
    for metric in own | shown | {"CacheAway", "QueueAway"}:
        named = rf'(count_metric\(|report_outage\("\w+", |EventKind\.\w+: )"{metric}"'
        assert re.search(named, source), metric


def test_files_of_imports_are_private_encrypted_and_forgotten(resources: dict[str, Any]) -> None:
    bucket = resources["ImportsBucket"]["Properties"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert [rule["ExpirationInDays"] for rule in bucket["LifecycleConfiguration"]["Rules"]] == [1]
    (statement,) = resources["ImportsBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_browsers_of_the_cors_origin_may_upload(resources: dict[str, Any]) -> None:
    (rule,) = resources["ImportsBucket"]["Properties"]["CorsConfiguration"]["CorsRules"]
    assert rule["AllowedOrigins"] == [{"Ref": "CorsOrigin"}]
    assert rule["AllowedMethods"] == ["POST"]
