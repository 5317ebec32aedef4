"""What saturates first: for each resource the share that the busiest hour takes of it."""

from typing import Final

from infra.simulation import measured
from infra.simulation.day import QUARTER_SECONDS, owners_a_quarter
from infra.simulation.loads import Load
from infra.simulation.parameters import DATABASE_CLASSES, LATEST_MINUTES, Parameters, defaults

HEADROOM: Final = 1.25
GENERATIONS: Final = 2  # of functions during a deployment, each with its connections


def utilisation(load: Load, parameters: Parameters) -> dict[str, float]:
    """Demand over capacity by resource, the highest first; above 1 it is saturated."""
    busy = busy_functions(load)
    demands = {
        "requests a second (`ThrottleRate`)": load.busiest_requests_a_second
        / parameters.throttle_rate,
        "authorizers (`AuthorizerConcurrency`)": busy["authorizer"]
        / parameters.authorizer_concurrency,
        "logins (`AuthConcurrency`)": busy["auth"] / parameters.auth_concurrency,
        "requests at once (`ContactsConcurrency`)": busy["contacts"]
        / parameters.contacts_concurrency,
        "slices (`PlannerConcurrency`)": max(load.owners_due()) / owners_a_quarter(parameters),
        "pace of reminders (`RemindersRate`)": reminders_rate(load) / parameters.reminders_rate,
        "senders of reminders (`RemindersConcurrency`)": busy["reminders"]
        / parameters.reminders_concurrency,
        "senders of account letters (`LettersConcurrency`)": busy["letters"]
        / parameters.letters_concurrency,
        "SES's rate": letters_rate(load) / parameters.ses_rate,
        "SES's daily quota": letters_a_day(load) / parameters.ses_daily,
        "connections (`DatabaseClass`)": GENERATIONS * sum(busy.values()) / parameters.connections,
        "the database's processors (`DatabaseClass`)": database_processors(load)
        / parameters.processors,
        "the database's memory (`DatabaseClass`)": load.hot_gigabytes / parameters.cache_gigabytes,
    }
    return dict(sorted(demands.items(), key=lambda each: -each[1]))


def busy_functions(load: Load) -> dict[str, float]:
    """How many functions of each kind are busy at once; each holds a connection."""
    burst, requests = measured.BURST, load.busiest_requests_a_second
    return {
        "authorizer": requests * measured.AUTHORIZER_SECONDS * burst,
        "auth": load.busiest_logins_a_second * measured.SECONDS_A_LOGIN * burst,
        "contacts": requests * measured.SECONDS_A_REQUEST * burst,
        "planner": _planners(load),
        "reminders": reminders_rate(load) * measured.SECONDS_A_LETTER,
        "letters": load.busiest_account_letters_a_second * measured.SECONDS_A_LETTER,
    }


def reminders_rate(load: Load) -> float:
    """Reminders a second, if those of any hour are to leave within ``LATEST_MINUTES``."""
    return load.busiest_letters(LATEST_MINUTES) / LATEST_MINUTES / 60


def letters_rate(load: Load) -> float:
    return reminders_rate(load) + load.busiest_account_letters_a_second


def letters_a_day(load: Load) -> float:
    return load.reminders_a_day + load.account_letters_a_day


def database_processors(load: Load) -> float:
    """PostgreSQL's processors that are busy at the busiest hour."""
    slices = max(load.owners_due()) / measured.OWNERS_A_SLICE / QUARTER_SECONDS
    return (
        load.busiest_requests_a_second * measured.DATABASE_SECONDS_A_REQUEST
        + slices * measured.DATABASE_SECONDS_A_SLICE
        + letters_rate(load) * measured.DATABASE_SECONDS_A_LETTER
    )


def cure(load: Load) -> Parameters:
    """The parameters that leave a fifth of everything free, none below the template's default."""
    given, busy = defaults(), busy_functions(load)
    reminders = max(given.reminders_rate, _rounded(reminders_rate(load)))
    return Parameters(
        throttle_rate=max(given.throttle_rate, _rounded(load.busiest_requests_a_second)),
        authorizer_concurrency=max(given.authorizer_concurrency, _rounded(busy["authorizer"])),
        auth_concurrency=max(given.auth_concurrency, _rounded(busy["auth"])),
        contacts_concurrency=max(given.contacts_concurrency, _rounded(busy["contacts"])),
        planner_concurrency=max(given.planner_concurrency, _rounded(busy["planner"])),
        letters_concurrency=max(given.letters_concurrency, _rounded(busy["letters"])),
        reminders_concurrency=max(
            given.reminders_concurrency, _rounded(reminders * measured.SECONDS_A_LETTER)
        ),
        reminders_rate=reminders,
        database_class=_database_class(load, given),
        ses_daily=max(given.ses_daily, _rounded(letters_a_day(load))),
        ses_rate=max(given.ses_rate, _rounded(reminders + load.busiest_account_letters_a_second)),
    )


def _planners(load: Load) -> float:
    """Workers that plan the slices of the busiest quarter of an hour within it."""
    slices = max(load.owners_due()) / measured.OWNERS_A_SLICE
    return slices * measured.SECONDS_A_SLICE / QUARTER_SECONDS


def _database_class(load: Load, given: Parameters) -> str:
    """The smallest that has room for everything; at least the default."""
    names = list(DATABASE_CLASSES)
    for name in names[names.index(given.database_class) :]:
        shares = utilisation(load, given.with_database(name))
        own = [share for resource, share in shares.items() if "`DatabaseClass`" in resource]
        if max(own) * HEADROOM <= 1:
            return name
    return names[-1]


def _rounded(needed: float) -> int:
    """With headroom, rounded up to two digits."""
    wanted = needed * HEADROOM
    step: int = 10 ** max(0, len(str(int(wanted))) - 2)
    return -int(-wanted // step) * step
