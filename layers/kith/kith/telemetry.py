"""One logger and one counter for all: JSON lines and metrics in CloudWatch's embedded format.

A log line is an event with keys, never a sentence with values in it, and never holds a token, a
password, an address or a bound value.
"""

from functools import cache
from typing import Any


@cache
def _logger() -> Any:
    """Made by the first line: the authorizer, which hardly ever writes one, starts without it."""
    from aws_lambda_powertools import Logger

    # Where a line was written is always this module: the event's name says more.
    return Logger(service="kith", use_rfc3339=True, utc=True, location=None)


def load_logger() -> None:
    """Load what the first line would have to wait for."""
    _logger()


def log(event: str, /, **facts: Any) -> None:
    """One thing that happened."""
    _logger().info(event, extra=facts)


def log_warning(event: str, /, **facts: Any) -> None:
    """One thing that should not happen often."""
    _logger().warning(event, extra=facts)


def log_exception(event: str, /, **facts: Any) -> None:
    """One thing that nobody expected, with the exception that is being handled."""
    _logger().exception(event, extra=facts)


def count_metric(metric: str, value: float = 1, **dimensions: str) -> None:
    """Add to a metric of ``Kith/<stage>``; written at once: a freeze loses nothing."""
    from aws_lambda_powertools.metrics import MetricUnit, single_metric

    from kith.settings import settings

    namespace = f"Kith/{settings().stage}"  # two installations in one account do not mix
    with single_metric(
        name=metric, unit=MetricUnit.Count, value=value, namespace=namespace
    ) as metric_:
        for name, text in dimensions.items():
            metric_.add_dimension(name=name, value=text)
