"""The command `python -m infra.local` as a whole, with a small project of four functions."""

import json
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import httpx
import pytest

from infra.local.configuration import StartupError
from infra.local.servers.process import LOOPBACK, command_line
from tests.local_cloud import RunningCloud, cloud
from tests.waiting import HANG_SECONDS, wait_until

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters: {Stage: {Type: String}, ThrottleRate: {Type: Number}, ThrottleBurst: {Type: Number}}
Globals:
  Function: {Handler: app.handler, Runtime: python3.13, Timeout: 300}
Resources:
  Api: {Type: AWS::Serverless::HttpApi}
  MigrateFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: migrate
      Environment: {Variables: {DATABASE_URL: '', REDIS_URL: ''}}
  PostFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: post
      Environment:
        Variables:
          QUEUE_URL: !Ref LettersQueue
          HASTY_QUEUE_URL: !Ref HastyQueue
          KITH_SECRET_ID: ''
      Events:
        Post: {Type: HttpApi, Properties: {Method: POST, Path: /letters, ApiId: !Ref Api}}
        Hasty: {Type: HttpApi, Properties: {Method: POST, Path: /hasty, ApiId: !Ref Api}}
  LettersFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: letters
      Environment: {Variables: {KITH_MAIL_FROM: '', KITH_MAIL_ACCOUNTS_SET: ''}}
      Events:
        Letters:
          Type: SQS
          Properties:
            Queue: !GetAtt LettersQueue.Arn
            BatchSize: 10
            FunctionResponseTypes: [ReportBatchItemFailures]
            ScalingConfig: {MaximumConcurrency: 2}
        Hasty:
          Type: SQS
          Properties:
            Queue: !GetAtt HastyQueue.Arn
            FunctionResponseTypes: [ReportBatchItemFailures]
  TickFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: tick
      Environment: {Variables: {QUEUE_URL: !Ref LettersQueue}}
      Events:
        Noon:
          Type: ScheduleV2
          Properties:
            ScheduleExpression: cron(0 12 * * ? *)
            ScheduleExpressionTimezone: UTC
            Input: '{"time":"<aws.scheduler.scheduled-time>"}'
  LettersQueue: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 600}}
  HastyQueue:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 1
      RedrivePolicy: {deadLetterTargetArn: !GetAtt DeadLetters.Arn, maxReceiveCount: 2}
  DeadLetters: {Type: AWS::SQS::Queue}
"""
MIGRATE = """
    import os, sys
    sys.path.insert(0, os.environ["PYTHONPATH"].split(":")[0])

    def handler(event, context):
        import contextlib, urllib.parse, pg8000.dbapi, redis
        redis.Redis.from_url(os.environ["REDIS_URL"]).incr("starts")
        url = urllib.parse.urlsplit(os.environ["DATABASE_URL"])
        connection = pg8000.dbapi.connect(url.username, url.hostname, url.path[1:], url.port,
                                          url.password)
        with contextlib.closing(connection):
            cursor = connection.cursor()
            cursor.execute("create table if not exists starts (at timestamptz)")
            cursor.execute("insert into starts values (now())")
            connection.commit()
            cursor.execute("select count(*) from starts")
            return {"starts": cursor.fetchone()[0],
                    "cached": int(redis.Redis.from_url(os.environ["REDIS_URL"]).get("starts"))}
"""
POST = """
    import json, os, boto3

    def handler(event, context):
        queue = {"/letters": "QUEUE_URL", "/hasty": "HASTY_QUEUE_URL"}[event["rawPath"]]
        boto3.client("sqs").send_message(QueueUrl=os.environ[queue], MessageBody=event["body"])
        keeper = boto3.client("secretsmanager")
        secret = keeper.get_secret_value(SecretId=os.environ["KITH_SECRET_ID"])["SecretString"]
        return {"statusCode": 202, "body": json.dumps(sorted(json.loads(secret)))}
"""
LETTERS = """
    import os, boto3

    def handler(event, context):
        failed = []
        for record in event["Records"]:
            if record["body"] == "bad":
                failed.append({"itemIdentifier": record["messageId"]})
            else:
                send(record["body"])
        return {"batchItemFailures": failed}

    def send(subject):
        words = {"Text": {"Data": "as text"}, "Html": {"Data": "<p>as HTML</p>"}}
        headers = [{"Name": "List-Unsubscribe", "Value": "<https://kith.example/u>"}]
        boto3.client("sesv2").send_email(
            FromEmailAddress=os.environ["KITH_MAIL_FROM"],
            Destination={"ToAddresses": ["alice@example.com"]},
            ConfigurationSetName=os.environ["KITH_MAIL_ACCOUNTS_SET"],
            EmailTags=[{"Name": "kind", "Value": "test"}],
            Content={"Simple": {"Subject": {"Data": subject}, "Body": words, "Headers": headers}},
        )
"""
TICK = """
    import os, boto3

    def handler(event, context):
        queue = boto3.client("sqs")
        queue.send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=event["time"])
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("a project")
    (folder / "template.yaml").write_text(TEMPLATE)
    sources = {"migrate": MIGRATE, "post": POST, "letters": LETTERS, "tick": TICK}
    for name, source in sources.items():
        (folder / name).mkdir()
        (folder / name / "app.py").write_text(dedent(source))
    return folder


@pytest.fixture(scope="module")
def kith(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    with cloud(tmp_path_factory.mktemp("local data"), project=project) as running:
        yield running


@pytest.fixture
def http(kith: RunningCloud) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=kith.origin, timeout=HANG_SECONDS) as client:
        yield client
        client.delete("/_local/mail/faults")
        client.delete("/_local/clock")
        client.delete("/_local/mail")


def state(http: httpx.Client) -> dict[str, Any]:
    shown: dict[str, Any] = http.get("/_local/state").json()
    return shown


def state_of(cloud: RunningCloud) -> dict[str, Any]:
    with httpx.Client(base_url=cloud.origin, timeout=HANG_SECONDS) as client:
        return state(client)


def letters(http: httpx.Client, subject: str) -> list[dict[str, Any]]:
    items = http.get("/_local/mail", params={"to": "alice@example.com"}).json()["items"]
    return [letter for letter in items if letter["subject"] == subject]


def post(http: httpx.Client, subject: str, path: str = "/letters") -> None:
    answer = http.post(path, content=subject, headers={"Content-Type": "text/plain"})
    assert answer.status_code == 202


def post_in_vain(http: httpx.Client, subject: str) -> None:
    """To the queue whose messages are soon dead; returns when this one is."""
    before = state(http)["queues"]["DeadLetters"]["waiting"]
    post(http, subject, "/hasty")
    wait_until(lambda: state(http)["queues"]["DeadLetters"]["waiting"] == before + 1)


def pids_of(cloud: RunningCloud) -> list[int]:
    """Of everything that the cloud says it started."""
    running = state_of(cloud)
    servers = [running[name]["pid"] for name in ("postgres", "valkey", "aws", "sqs", "cloudinary")]
    pools = running["functions"].values()
    workers = [worker["pid"] for pool in pools for worker in pool["workers"]]
    return [pid for pid in (*servers, *workers) if pid]


def processes_of(directory: Path) -> list[str]:
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [line for line in map(command_line, pids) if str(directory) in line]


# ------------------------------------------------------------------- letters


def test_a_posted_letter_is_in_the_mailbox_whole(http: httpx.Client) -> None:
    post(http, "Їжак")
    wait_until(lambda: letters(http, "Їжак"))

    (letter,) = letters(http, "Їжак")
    assert letter["to"] == "alice@example.com"
    assert letter["from"] == "Kith <kith@example.com>"
    assert (letter["text"], letter["html"]) == ("as text", "<p>as HTML</p>")
    assert letter["headers"] == {"List-Unsubscribe": "<https://kith.example/u>"}
    assert (letter["tags"], letter["configuration_set"]) == ({"kind": "test"}, "accounts")
    assert http.get(f"/_local/mail/{letter['id']}").headers["content-type"].startswith("text/html")


def test_a_letter_carries_the_time_of_the_functions_clock(http: httpx.Client) -> None:
    http.put("/_local/clock", json={"now": "2031-03-03T03:03:03Z"}).raise_for_status()

    post(http, "from the future")
    wait_until(lambda: letters(http, "from the future"))

    assert letters(http, "from the future")[0]["sent_at"].startswith("2031-03-03T03:03")


def test_what_always_fails_goes_to_the_dead_letters(http: httpx.Client) -> None:
    post_in_vain(http, "bad")

    assert letters(http, "bad") == []


def test_a_swallowed_letter_was_accepted_although_nobody_heard(http: httpx.Client) -> None:
    http.put("/_local/mail/faults", json={"swallow": True}).raise_for_status()

    post_in_vain(http, "swallowed")

    assert letters(http, "swallowed")


@pytest.mark.parametrize("fault", ["throttle", "refuse", "reject"])
def test_a_refused_letter_is_in_no_mailbox(http: httpx.Client, fault: str) -> None:
    http.put("/_local/mail/faults", json={fault: True}).raise_for_status()

    post_in_vain(http, fault)

    assert letters(http, fault) == []


@pytest.mark.parametrize("body", ['{"throttle": 2}', '{"burn": true}', "[]", '{"refuse": "yes"}'])
def test_faults_that_make_no_sense_are_refused(http: httpx.Client, body: str) -> None:
    answer = http.put("/_local/mail/faults", content=body)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


# ------------------------------------------------------------------- clock and schedule


def test_a_jump_of_the_clock_fires_the_latest_tick_once(http: httpx.Client) -> None:
    http.put("/_local/clock", json={"now": "2035-06-07T12:30:00Z"}).raise_for_status()

    wait_until(lambda: letters(http, "2035-06-07T12:00:00Z"))
    # What the next noon brings comes behind whatever this one had still to bring.
    http.put("/_local/clock", json={"now": "2035-06-08T12:30:00Z"}).raise_for_status()
    wait_until(lambda: letters(http, "2035-06-08T12:00:00Z"))
    assert len(letters(http, "2035-06-07T12:00:00Z")) == 1


def test_the_clock_can_be_asked_and_left_alone(http: httpx.Client) -> None:
    moved = http.put("/_local/clock", json={"now": "2027-02-28T12:00:00Z"}).json()
    asked = http.get("/_local/clock").json()

    assert moved["now"].startswith("2027-02-28T12:00:0")
    assert asked["offset_seconds"] == moved["offset_seconds"]
    assert http.delete("/_local/clock").status_code == 204
    assert http.get("/_local/clock").json()["offset_seconds"] == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [("{", 400), ("{}", 422), ('{"now": "soon"}', 422), ('{"now": "2027-02-28"}', 422)],
)
def test_a_time_that_is_none_is_refused(http: httpx.Client, body: str, status: int) -> None:
    answer = http.put("/_local/clock", content=body)

    assert answer.status_code == status
    assert answer.json()["status"] == status


# ------------------------------------------------------------------- pages


@pytest.mark.parametrize("path", ["/", "/_local/mail"])
def test_people_get_pages_that_load_nothing_from_elsewhere(http: httpx.Client, path: str) -> None:
    page = http.get(path, headers={"Accept": "text/html"})

    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "//" not in page.text.replace("<!--", "")


def test_a_letters_html_is_caged(http: httpx.Client) -> None:
    post(http, "caged")
    wait_until(lambda: letters(http, "caged"))
    path = f"/_local/mail/{letters(http, 'caged')[0]['id']}"

    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in http.get(path).text
    policy = http.get(f"{path}/html").headers["content-security-policy"]
    assert policy.startswith("sandbox allow-popups")
    assert "script-src" not in policy


@pytest.mark.parametrize("path", ["/_local/nothing", "/_local/mail/nothing", "/_local/assets/x.js"])
def test_what_is_not_there_is_not_found(http: httpx.Client, path: str) -> None:
    assert http.get(path).status_code == 404


def test_another_method_is_not_allowed(http: httpx.Client) -> None:
    answer = http.post("/_local/clock")

    assert answer.status_code == 405
    assert "PUT" in answer.headers["allow"]


def test_other_sites_cannot_look_in(http: httpx.Client) -> None:
    assert http.get("/_local/state", headers={"Host": "evil.example"}).status_code == 404


# -------------------------------------------------------------------- errors


def test_whatever_is_killed_comes_back_without_hands(http: httpx.Client) -> None:
    names = ("postgres", "valkey", "aws", "sqs")
    before = {name: state(http)[name]["pid"] for name in names}
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)

    wait_until(lambda: all(state(http)[name]["restarts"] for name in names))
    wait_until(lambda: all(state(http)[name]["state"] == "running" for name in names))

    invoke = "/2015-03-31/functions/MigrateFunction/invocations"
    assert http.post(invoke, content="{}").json()["starts"] >= 2
    post(http, "after the kill")
    wait_until(lambda: letters(http, "after the kill"))
    assert {name: state(http)[name]["pid"] for name in names}.items().isdisjoint(before.items())


def test_a_second_run_in_the_same_folder_is_refused(kith: RunningCloud, project: Path) -> None:
    with (
        pytest.raises(StartupError, match="is in use by another run"),
        cloud(kith.directory, project=project, log="second.log"),
    ):
        pass


def test_data_and_clock_survive_and_nothing_is_left_behind(project: Path, tmp_path: Path) -> None:
    with cloud(tmp_path, project=project) as first:
        httpx.put(f"{first.origin}/_local/clock", json={"now": "2040-01-01T00:00:00Z"})
        with httpx.Client(base_url=first.origin, timeout=HANG_SECONDS) as client:
            post(client, "kept")
            wait_until(lambda: letters(client, "kept"))
        pids = pids_of(first)
        assert first.stop() == 0
        assert processes_of(tmp_path) == []
        assert [pid for pid in pids if command_line(pid)] == []

    with cloud(tmp_path, project=project) as second:
        assert httpx.get(f"{second.origin}/_local/clock").json()["now"].startswith("2040-01-01")
        invoke = f"{second.origin}/2015-03-31/functions/MigrateFunction/invocations"
        assert httpx.post(invoke, content="{}", timeout=HANG_SECONDS).json() == {
            "starts": 3,
            "cached": 3,
        }
        with httpx.Client(base_url=second.origin) as client:
            assert len(letters(client, "kept")) == 1


def test_a_killed_cloud_takes_everything_with_it_and_starts_again(
    project: Path, tmp_path: Path
) -> None:
    with cloud(tmp_path, project=project) as first:
        pids = pids_of(first)
        first.process.kill()
        first.process.wait()
        wait_until(lambda: processes_of(tmp_path) == [])
        wait_until(lambda: not any(map(command_line, pids)))

    with cloud(tmp_path, project=project) as second:
        assert state_of(second)["postgres"]["state"] == "running"


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"PORT": "many"}, "PORT must be a number"),
        ({"DATABASE_URL": "postgresql://u:hidden@127.0.0.1:1/x"}, "DATABASE_URL cannot be used"),
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL must be postgresql://"),
        ({"DATABASE_URL": "postgresql://u@h:99999/x"}, "DATABASE_URL must be postgresql://"),
        ({"REDIS_URL": "redis://127.0.0.1:1/0"}, "REDIS_URL cannot be used"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, "AWS_ENDPOINT_URL cannot be used"),
        ({"CLOUDINARY_URL": "https://example.com"}, "CLOUDINARY_URL must be"),
    ],
)
def test_what_was_told_wrong_is_one_clear_line(
    project: Path, tmp_path: Path, environment: dict[str, str], message: str
) -> None:
    with (
        pytest.raises(StartupError) as failure,
        cloud(tmp_path, project=project, environment=environment),
    ):
        pass

    line = str(failure.value)
    assert line.startswith(f"Kith cannot start: {message}")
    assert "\n" not in line
    assert "hidden" not in line
    assert processes_of(tmp_path) == []


def test_a_taken_port_is_one_clear_line(project: Path, tmp_path: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as squatter:
        port = str(squatter.getsockname()[1])
        with (
            pytest.raises(StartupError, match=f"port {port} cannot be used: another program"),
            cloud(tmp_path, project=project, environment={"PORT": port}),
        ):
            pass


def test_a_template_that_cannot_be_read_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text("Resources: [")

    with (
        pytest.raises(StartupError, match=r"\AKith cannot start: [^\n]+\Z"),
        cloud(tmp_path / "local", project=tmp_path),
    ):
        pass


def test_another_run_beside_it_uses_what_it_is_given_and_starts_the_rest(
    kith: RunningCloud, project: Path, tmp_path: Path
) -> None:
    ports = {name: (kith.directory / name / "port").read_text().strip() for name in ("valkey",)}
    secret = (kith.directory / "valkey" / "password").read_text()
    url = f"redis://:{secret}@{LOOPBACK}:{ports['valkey']}/1"

    with cloud(tmp_path, project=project, environment={"REDIS_URL": url}) as second:
        valkey = state_of(second)["valkey"]
        letters_there = httpx.get(f"{second.origin}/_local/mail").json()["items"]

    assert second.origin != kith.origin
    assert letters_there == []
    assert valkey == {"pid": None, "address": f"{LOOPBACK}:{ports['valkey']}", "state": "given"}
    assert not (tmp_path / "valkey").exists()
    assert json.dumps(valkey).find(secret) == -1
