"""Prices as data: US dollars, list prices of us-east-1, as known in 2026."""

from collections.abc import Mapping
from typing import Final

HOURS_A_MONTH: Final = 730

# PostgreSQL on RDS, an hour of a machine on demand, in one zone.
DATABASE_HOUR: Final[Mapping[str, float]] = {
    "db.t4g.micro": 0.016, "db.t4g.small": 0.032, "db.t4g.medium": 0.065,
    "db.r8g.large": 0.239, "db.r8g.xlarge": 0.478, "db.r8g.2xlarge": 0.956,
    "db.r8g.4xlarge": 1.912, "db.r8g.8xlarge": 3.824,
}  # fmt: skip
STORAGE_GIB: Final = 0.115  # gp3, a month
PROXY_PROCESSOR_HOUR: Final = 0.015
PROXY_PROCESSORS_LEAST: Final = 2

NAT_INSTANCE_HOUR: Final = 0.0042  # t4g.nano
ADDRESS_HOUR: Final = 0.005  # a public IPv4 address
NAT_GATEWAY_HOUR: Final = 0.045
NAT_GATEWAY_GB: Final = 0.045

CACHE_GB_HOUR: Final = 0.084  # serverless Valkey
CACHE_LEAST_GB: Final = 0.1
REDIS_GB_HOUR: Final = 0.125
REDIS_LEAST_GB: Final = 1
CACHE_MILLION_UNITS: Final = 0.0023
CACHE_NODE_HOUR: Final = 0.016  # cache.t4g.micro with Redis; Valkey takes a fifth off

API_MILLION: Final = 1.00
LAMBDA_MILLION: Final = 0.20
LAMBDA_GB_SECOND: Final = 0.0000133334  # arm64
DATA_OUT_GB: Final = 0.09
SES_THOUSAND: Final = 0.10
LOGS_GB: Final = 0.50
ALARM: Final = 0.10
METRIC: Final = 0.30
SECRET: Final = 0.40
SQS_MILLION: Final = 0.40
TRACES_MILLION: Final = 5.00

# What a month has for nothing, always and not only in the first year.
FREE_LAMBDA_MILLIONS: Final = 1
FREE_LAMBDA_GB_SECONDS: Final = 400_000
FREE_DATA_OUT_GB: Final = 100
FREE_LOGS_GB: Final = 5
FREE_ALARMS: Final = 10
FREE_METRICS: Final = 10
FREE_SQS_MILLIONS: Final = 1
