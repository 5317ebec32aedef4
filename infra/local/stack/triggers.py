"""What functions work with besides HTTP: schedules, queues with their dead letters, buckets."""

from collections.abc import Mapping

from infra.local.stack.model import Function, Queue, QueueSource, Schedule
from infra.local.stack.strict_section import Section
from infra.local.stack.template import Template


def read_queue(template: Template, name: str) -> Queue:
    with template.properties(name) as queue:
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
            dead_letter_queue=template.queue_of(queue, dead_letters) if dead_letters else None,
            maximum_receives=maximum,
        )


def read_bucket(template: Template, name: str) -> str:
    """The name of a bucket; what is written about it matters on AWS only."""
    with template.properties(name) as bucket:
        bucket.aws_only("BucketEncryption", "PublicAccessBlockConfiguration", "OwnershipControls")
        bucket.aws_only("LifecycleConfiguration", "CorsConfiguration", "Tags")
        return bucket.text("BucketName")


def read_schedules(template: Template, functions: Mapping[str, Function]) -> list[Schedule]:
    return [
        _schedule(template, name, function, event)
        for function in functions
        for name, kind, event in template.events(function)
        if kind == "ScheduleV2"
    ]


def _schedule(template: Template, name: str, function: str, event: Section) -> Schedule:
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
            dead_letter_queue=_dead_letters(template, event),
        )


def _dead_letters(template: Template, event: Section) -> str | None:
    with event.inner("DeadLetterConfig") as config:
        config.must_be("Type", ["SQS"], "SQS")
        named = config.value("QueueLogicalId")
        arn = config.value("Arn")
        return template.queue_of(config, arn) if arn else named


def read_queue_sources(template: Template, functions: Mapping[str, Function]) -> list[QueueSource]:
    return [
        _source(template, name, function, event)
        for function in functions
        for name, kind, event in template.events(function)
        if kind == "SQS"
    ]


def _source(template: Template, name: str, function: str, event: Section) -> QueueSource:
    with event:
        with event.inner("ScalingConfig") as scaling:
            concurrency = scaling.optional_whole("MaximumConcurrency")
        responses = event.texts("FunctionResponseTypes")
        if not set(responses) <= {"ReportBatchItemFailures"}:
            raise event.error(f"FunctionResponseTypes may not be {responses[0]}")
        return QueueSource(
            logical_id=name,
            function=function,
            queue=template.queue_of(event, event.text("Queue")),
            batch_size=event.whole("BatchSize", 10),
            window_seconds=event.whole("MaximumBatchingWindowInSeconds", 0),
            reports_failures=bool(responses),
            maximum_concurrency=concurrency,
            enabled=event.flag("Enabled", default=True),
        )
