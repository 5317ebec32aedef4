"""Two cards of one person made one.

A file that knows a person already says what changed: its names, birthday and notes count, and what
it leaves out is no news. Addresses, numbers, tags and what is in ``extra`` are added to what is
there.
"""

from collections.abc import Iterable
from dataclasses import replace

from kith.contacts.exchange.card import Card, LabelledValue


def update_card(known: Card, news: Card) -> Card:
    """What is known of a person, with the news."""
    has_name = news.first_name or news.last_name
    return replace(
        known,
        first_name=news.first_name if has_name else known.first_name,
        last_name=news.last_name if has_name else known.last_name,
        emails=_together(known.emails, news.emails),
        phones=_together(known.phones, news.phones),
        birthday=news.birthday or known.birthday,
        tags=tuple(dict.fromkeys([*known.tags, *news.tags])),
        favourite=known.favourite or news.favourite,
        muted=known.muted or news.muted,
        deceased=known.deceased or news.deceased,
        lead_days=known.lead_days if news.lead_days is None else news.lead_days,
        notes=news.notes or known.notes,
        extra={**known.extra, **news.extra},
        remarks=news.remarks,
    )


def _together(
    known: Iterable[LabelledValue], news: Iterable[LabelledValue]
) -> tuple[LabelledValue, ...]:
    """Each value once, in the order in which it came; the newest label that says something."""
    labels: dict[str, str | None] = {}
    for each in (*known, *news):
        labels[each.value] = each.label or labels.get(each.value)
    return tuple(LabelledValue(value, label) for value, label in labels.items())
