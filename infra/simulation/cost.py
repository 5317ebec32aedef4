"""What an installation costs a month: loads times prices, with the parameters of its size."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from infra.simulation import measured, prices
from infra.simulation.loads import DAYS_A_MONTH, LOG_KB, RESPONSE_KB, Load
from infra.simulation.parameters import ROOT, Parameters
from infra.simulation.saturation import cure

AUTHORIZER_GB: Final = 0.5
FUNCTION_GB: Final = 1.0
LETTER_KB: Final = 10  # of a letter on its way to SES
SESSION_KB: Final = 0.5  # of a user in the cache
CACHE_UNITS: Final = 3  # of a request: the session and the limits
POLLS_A_SECOND: Final = 1  # of Lambda, at four queues with nothing in them
SECRETS: Final = 2
METRICS: Final = 15  # that we count ourselves
LEAST_STORAGE_GIB: Final = 20
STORAGE_GROWTH: Final = 2  # times the data


@dataclass(frozen=True)
class Installation:
    """A size, and what is chosen for it beside the parameters that cure its load."""

    load: Load
    multi_az: bool
    nat_gateway: bool
    cache: bool = True

    @property
    def parameters(self) -> Parameters:
        return cure(self.load)


HOBBY: Final = Installation(Load(100), multi_az=False, nat_gateway=False)
INSTALLATIONS: Final = (
    HOBBY,
    Installation(Load(10_000), multi_az=True, nat_gateway=False),
    Installation(Load(1_000_000), multi_az=True, nat_gateway=True),
    Installation(Load(10_000_000), multi_az=True, nat_gateway=True),
)


def monthly_costs(installation: Installation) -> Mapping[str, float]:
    """US dollars by part."""
    load = installation.load
    return {
        "PostgreSQL": _database(installation),
        "way out of the network": _way_out(installation),
        "cache": _cache(load) if installation.cache else 0.0,
        "HTTP API and Lambda": _requests(load) + _workers(load),
        "data to the internet": _beyond(_gigabytes(load.requests_a_month, RESPONSE_KB),
            prices.FREE_DATA_OUT_GB) * prices.DATA_OUT_GB,
        "SES": load.letters_a_month / 1000 * prices.SES_THOUSAND,
        "logs": _beyond(_gigabytes(load.requests_a_month, LOG_KB), prices.FREE_LOGS_GB)
        * prices.LOGS_GB,
        "alarms, metrics, secrets, queues": _fixed() + _queues(load),
    }  # fmt: skip


def database_month(database_class: str) -> float:
    """A machine in one zone."""
    return prices.DATABASE_HOUR[database_class] * prices.HOURS_A_MONTH


def nat_instance_month() -> float:
    return (prices.NAT_INSTANCE_HOUR + prices.ADDRESS_HOUR) * prices.HOURS_A_MONTH


def alarms() -> int:
    """How many alarms the stack has."""
    return (ROOT / "infra/observability.yaml").read_text().count("Type: AWS::CloudWatch::Alarm")


def _database(installation: Installation) -> float:
    storage = max(LEAST_STORAGE_GIB, installation.load.gigabytes * STORAGE_GROWTH)
    one = database_month(installation.parameters.database_class) + storage * prices.STORAGE_GIB
    return one * (2 if installation.multi_az else 1)


def _way_out(installation: Installation) -> float:
    if not installation.nat_gateway:
        return nat_instance_month()
    letters = _gigabytes(installation.load.letters_a_month, LETTER_KB)
    hours = (prices.NAT_GATEWAY_HOUR + prices.ADDRESS_HOUR) * prices.HOURS_A_MONTH
    return hours + letters * prices.NAT_GATEWAY_GB


def _cache(load: Load) -> float:
    stored = max(prices.CACHE_LEAST_GB, _gigabytes(load.users, SESSION_KB))
    units = load.requests_a_month * CACHE_UNITS / 1e6
    memory = stored * prices.CACHE_GB_HOUR * prices.HOURS_A_MONTH
    return memory + units * prices.CACHE_MILLION_UNITS


def _requests(load: Load) -> float:
    """The gateway, and for each request an authorizer and a function."""
    millions = load.requests_a_month / 1e6
    seconds = measured.AUTHORIZER_SECONDS * AUTHORIZER_GB + measured.SECONDS_A_REQUEST * FUNCTION_GB
    computed = _beyond(load.requests_a_month * seconds, prices.FREE_LAMBDA_GB_SECONDS)
    return (
        millions * prices.API_MILLION
        + _beyond(2 * millions, prices.FREE_LAMBDA_MILLIONS) * prices.LAMBDA_MILLION
        + computed * prices.LAMBDA_GB_SECOND
    )


def _workers(load: Load) -> float:
    """Planners and senders; a sender waits for SES most of its time."""
    slices = load.users / measured.OWNERS_A_SLICE * DAYS_A_MONTH
    seconds = slices * measured.SECONDS_A_SLICE + load.letters_a_month * measured.SECONDS_A_LETTER
    return seconds * FUNCTION_GB * prices.LAMBDA_GB_SECOND


def _fixed() -> float:
    return (
        _beyond(alarms(), prices.FREE_ALARMS) * prices.ALARM
        + _beyond(METRICS, prices.FREE_METRICS) * prices.METRIC
        + SECRETS * prices.SECRET
    )


def _queues(load: Load) -> float:
    """Each message is sent, received and deleted, ten at a time; queues are polled all the time."""
    messages = load.letters_a_month + load.users / measured.OWNERS_A_SLICE * DAYS_A_MONTH
    calls = messages * 3 / 10 + POLLS_A_SECOND * DAYS_A_MONTH * 86_400
    return _beyond(calls / 1e6, prices.FREE_SQS_MILLIONS) * prices.SQS_MILLION


def _gigabytes(number: float, kilobytes: float) -> float:
    return number * kilobytes / 1e6


def _beyond(amount: float, free: float) -> float:
    return max(0.0, amount - free)
