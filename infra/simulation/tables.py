"""The tables of docs/operating/capacity.md and cost.md, computed; between marks in the pages."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from infra.simulation import prices
from infra.simulation.cost import (
    INSTALLATIONS,
    Installation,
    database_month,
    monthly_costs,
    nat_instance_month,
)
from infra.simulation.day import simulate_day
from infra.simulation.loads import Load
from infra.simulation.parameters import DATABASE_CLASSES, ROOT, Parameters, defaults
from infra.simulation.saturation import busy_functions, cure, letters_a_day, utilisation

SIZES: Final = tuple(map(Load, (1_000, 100_000, 1_000_000, 10_000_000)))
PAGES: Final = tuple(ROOT / "docs/operating" / name for name in ("capacity.md", "cost.md"))
_MILLION: Final = 1_000_000
_BILLION: Final = 1_000_000_000
_BLOCK: Final = re.compile(
    r"(<!-- computed by infra\.simulation: (\w+) -->\n).*?(\n<!-- end -->)", re.DOTALL
)


def render(page: str) -> str:
    """A page with its tables computed anew."""
    return _BLOCK.sub(lambda block: f"{block[1]}\n{TABLES[block[2]]()}\n{block[3]}", page)


def loads_table() -> str:
    rows: Mapping[str, Callable[[Load], str]] = {
        "requests a second, average and busiest": lambda load: (
            f"{_number(load.requests_a_second)} and {_number(load.busiest_requests_a_second)}"
        ),
        "contacts, and their gigabytes": lambda load: (
            f"{_number(load.contacts)}, {_number(load.gigabytes)} GB"
        ),
        "letters a day": lambda load: _number(letters_a_day(load)),
        "reminders of the busiest hour": lambda load: _number(load.busiest_letters(60)),
    }
    return _by_size(rows)


def saturation_table() -> str:
    """By size: what is above its capacity with the defaults, the worst first."""
    given = defaults()
    rows = [(_users(load), "; ".join(_over(load, given)) or "nothing") for load in SIZES]
    return _table(("users", "more than there is, with the template's defaults"), rows)


def parameters_table() -> str:
    """By size: the parameters that cure it, as far as they differ from the defaults."""
    names: Mapping[str, Callable[[Parameters], object]] = {
        "`ThrottleRate`": lambda chosen: chosen.throttle_rate,
        "`AuthorizerConcurrency`": lambda chosen: chosen.authorizer_concurrency,
        "`AuthConcurrency`": lambda chosen: chosen.auth_concurrency,
        "`ContactsConcurrency`": lambda chosen: chosen.contacts_concurrency,
        "`PlannerConcurrency`": lambda chosen: chosen.planner_concurrency,
        "`LettersConcurrency`": lambda chosen: chosen.letters_concurrency,
        "`RemindersConcurrency`": lambda chosen: chosen.reminders_concurrency,
        "`RemindersRate`": lambda chosen: chosen.reminders_rate,
        "`DatabaseClass`": lambda chosen: f"`{chosen.database_class}`",
        "SES: letters a day": lambda chosen: _number(chosen.ses_daily),
        "SES: letters a second": lambda chosen: chosen.ses_rate,
    }
    rows = [
        (name, str(read(defaults())), *(str(read(cure(load))) for load in SIZES))
        for name, read in names.items()
    ]
    return _table(("", "default", *map(_users, SIZES)), rows)


def day_table() -> str:
    """By size: a day with those parameters."""
    days = {load.users: simulate_day(load, cure(load)) for load in SIZES}
    rows: Mapping[str, Callable[[Load], str]] = {
        "slices a day": lambda load: _number(days[load.users].slices),
        "slices of the busiest tick": lambda load: _number(days[load.users].busiest_slices),
        "reminders sent": lambda load: _number(days[load.users].sent),
        "most reminders that wait": lambda load: _number(days[load.users].most_waiting),
        "the last one leaves after, minutes": lambda load: _number(days[load.users].latest_minutes),
        "connections in use at the busiest hour": lambda load: _number(
            sum(busy_functions(load).values())
        ),
        "fullest resource": _fullest,
    }
    return _by_size(rows)


def cost_table() -> str:
    costs = [monthly_costs(each) for each in INSTALLATIONS]
    rows = [(name, *(_dollars(each[name]) for each in costs)) for name in costs[0]]
    total = ("**together**", *(f"**{_dollars(sum(each.values()))}**" for each in costs))
    chosen = [_choices(each) for each in INSTALLATIONS]
    head = ("", *(f"{_users(each.load)} users" for each in INSTALLATIONS))
    return _table(head, [("chosen", *chosen), *rows, total])


def choices_table() -> str:
    """Each part above 5 USD, and its parameter."""
    month = prices.HOURS_A_MONTH
    classes = ", ".join(f"`{name}` {_dollars(database_month(name))}" for name in DATABASE_CLASSES)
    gateway = (prices.NAT_GATEWAY_HOUR + prices.ADDRESS_HOUR) * month
    proxy = prices.PROXY_PROCESSOR_HOUR * prices.PROXY_PROCESSORS_LEAST * month
    valkey = prices.CACHE_LEAST_GB * prices.CACHE_GB_HOUR * month
    redis = prices.REDIS_LEAST_GB * prices.REDIS_GB_HOUR * month
    ways_out = (
        f"`nat-instance` {_dollars(nat_instance_month())} with its public address;"
        f" `nat-gateway` {_dollars(gateway)} and {prices.NAT_GATEWAY_GB} a GB;"
        " `none` if you bring a way out"
    )
    proxies = (
        f"{prices.PROXY_PROCESSOR_HOUR} an hour for each processor of the database,"
        f" at least two: {_dollars(proxy)}"
    )
    caches = (
        f"`none` 0; `serverless` from {_dollars(valkey)} for Valkey, from {_dollars(redis)} for"
        f" Redis; `node` {_dollars(prices.CACHE_NODE_HOUR * month)} each for `cache.t4g.micro`"
    )
    rows = [
        ("`EgressMode`", ways_out),
        ("`DatabaseClass`", classes),
        ("`DatabaseStorage`", f"{prices.STORAGE_GIB} a GiB"),
        ("`MultiAz`", "doubles the database"),
        ("`DatabaseProxy`", proxies),
        ("`CacheMode`", caches),
        ("`Tracing`", f"{_dollars(prices.TRACES_MILLION)} for a million traces after 100 000"),
    ]
    return _table(("parameter", "choices"), rows)


TABLES: Final[Mapping[str, Callable[[], str]]] = {
    "loads": loads_table,
    "saturation": saturation_table,
    "parameters": parameters_table,
    "day": day_table,
    "cost": cost_table,
    "choices": choices_table,
}


def _over(load: Load, parameters: Parameters) -> Iterable[str]:
    for resource, share in utilisation(load, parameters).items():
        if share > 1:
            yield f"{resource} {_times(share)}"


def _fullest(load: Load) -> str:
    resource, share = next(iter(utilisation(load, cure(load)).items()))
    return f"{resource} {share:.0%}"


def _choices(installation: Installation) -> str:
    chosen = [f"`{installation.parameters.database_class}`"]
    chosen += ["Multi-AZ"] if installation.multi_az else []
    return ", ".join([*chosen, "nat-gateway" if installation.nat_gateway else "nat-instance"])


def _by_size(rows: Mapping[str, Callable[[Load], str]]) -> str:
    body = [(name, *(cell(load) for load in SIZES)) for name, cell in rows.items()]
    return _table(("", *map(_users, SIZES)), body)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _users(load: Load) -> str:
    return _number(load.users)


def _number(value: float) -> str:
    """Three digits at the most, with a space between thousands."""
    if value >= _BILLION:
        return f"{_digits(value / _BILLION)} billion"
    if value >= _MILLION:
        return f"{_digits(value / _MILLION)} million"
    return f"{_digits(value):,}".replace(",", " ")


def _digits(value: float) -> float | int:
    """With one digit behind the point below ten, else rounded to three digits."""
    if value < 10:
        small = round(value, 1)
        return int(small) if small == int(small) else small
    step: int = 10 ** max(0, len(str(int(value))) - 3)
    return round(value / step) * step


def _dollars(value: float) -> str:
    return f"{value:.2f}" if 0 < value < 1 else _number(value)


def _times(share: float) -> str:
    return f"{_number(share)} ×"
