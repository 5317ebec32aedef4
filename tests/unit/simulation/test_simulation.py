"""The arithmetic behind docs/operating/capacity.md and cost.md."""

from itertools import pairwise
from pathlib import Path

import pytest

from infra.simulation import prices
from infra.simulation.cost import INSTALLATIONS, Installation, monthly_costs
from infra.simulation.day import reminders_a_second, simulate_day
from infra.simulation.loads import DAYS_A_MONTH, OFFSETS, Load
from infra.simulation.parameters import (
    DATABASE_CLASSES,
    LATEST_MINUTES,
    SES_FIRST_DAILY,
    defaults,
)
from infra.simulation.saturation import cure, letters_a_day, utilisation
from infra.simulation.tables import PAGES, SIZES, TABLES, render

SIZED = pytest.mark.parametrize("load", SIZES, ids=lambda load: str(load.users))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_pages_say_what_is_computed(page: Path) -> None:
    text = page.read_text()

    assert render(text) == text, "run `python -m infra.simulation --write`"


def test_every_table_stands_in_one_page() -> None:
    pages = "".join(page.read_text() for page in PAGES)

    assert [pages.count(f"infra.simulation: {name} -->") for name in TABLES] == [1] * len(TABLES)


@SIZED
def test_every_user_is_due_once_a_day(load: Load) -> None:
    assert sum(OFFSETS.values()) == 100
    assert sum(load.owners_due()) == pytest.approx(load.users)


@SIZED
def test_with_the_cure_every_reminder_leaves_within_the_hour(load: Load) -> None:
    chosen = cure(load)

    day = simulate_day(load, chosen)

    assert max(utilisation(load, chosen).values()) <= 1
    assert day.latest_minutes <= LATEST_MINUTES
    assert day.sent == pytest.approx(load.reminders_a_day)
    assert day.left_behind == pytest.approx(0, abs=1e-3)


def test_what_is_not_sent_waits() -> None:
    """With the defaults a million users are beyond SES's first quota: nothing gets lost."""
    load = Load(1_000_000)

    day = simulate_day(load, defaults())

    assert day.sent == pytest.approx(SES_FIRST_DAILY - load.account_letters_a_day)
    assert day.left_behind == pytest.approx(load.reminders_a_day - day.sent)


def test_the_slowest_of_pace_workers_and_ses_decides() -> None:
    load, given = Load(1_000), defaults()

    assert reminders_a_second(load, given) == given.reminders_rate
    assert given.ses_rate > given.reminders_rate


def test_more_users_saturate_more() -> None:
    shares = [utilisation(load, defaults()) for load in SIZES]

    for fewer, more in pairwise(shares):
        assert all(more[resource] > fewer[resource] for resource in fewer)


@pytest.mark.parametrize("installation", INSTALLATIONS, ids=lambda each: str(each.load.users))
def test_cost_and_capacity_speak_of_the_same_letters(installation: Installation) -> None:
    letters = letters_a_day(installation.load) * DAYS_A_MONTH

    costs = monthly_costs(installation)

    assert costs["SES"] == pytest.approx(letters / 1000 * prices.SES_THOUSAND)


def test_every_database_class_has_a_price() -> None:
    assert set(prices.DATABASE_HOUR) == set(DATABASE_CLASSES)
