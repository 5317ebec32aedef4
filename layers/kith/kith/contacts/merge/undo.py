"""What a merge gave to its winner, and how it is taken back without taking anything else.

Only what is still as the merge left it goes: what the owner changed or added since stays.
"""

from collections.abc import Mapping
from typing import Any, Final

# Single values of a contact. A birthday is one value in three columns.
_SINGLE: Final = (
    ("first_name",),
    ("last_name",),
    ("birth_year", "birth_month", "birth_day"),
    ("favourite",),
    ("muted",),
    ("deceased",),
    ("lead_days",),
    ("photo_url", "photo_public_id"),
)
_LISTS: Final = ("emails", "phones", "tags")
_COLUMNS: Final = (*(name for names in _SINGLE for name in names), *_LISTS, "notes", "extra")

MergeChanges = dict[str, dict[str, Any]]  # column -> {"before": ..., "after": ...}


def merge_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> MergeChanges:
    """What is different after a merge, column by column."""
    return {
        name: {"before": before[name], "after": after[name]}
        for name in _COLUMNS
        if name in after and before[name] != after[name]
    }


def revert_changes(now: Mapping[str, Any], gained: MergeChanges) -> dict[str, Any]:
    """The columns that an undo writes: each as it is now, without what the merge gave it."""
    columns: dict[str, Any] = {}
    for names in _SINGLE:
        changed = [name for name in names if name in gained]
        if changed and all(now[name] == gained[name]["after"] for name in changed):
            columns |= {name: gained[name]["before"] for name in changed}
    for name in _LISTS:
        if name in gained:
            columns[name] = _less(now[name], **gained[name])
    if "notes" in gained:
        columns["notes"] = _notes(now["notes"], **gained["notes"])
    if "extra" in gained:
        columns["extra"] = _extra(now["extra"], **gained["extra"])
    return columns


def _less(now: list[Any], before: list[Any], after: list[Any]) -> list[Any]:
    """The list without what came and is unchanged, and with what the merge took to be the same."""
    known, left = set(map(_identity, before)), set(map(_identity, [*after, *now]))
    came = [each for each in after if _identity(each) not in known]
    return [
        *(each for each in now if each not in came),
        *(each for each in before if _identity(each) not in left),
    ]


def _identity(item: Any) -> Any:
    """What makes a phone, an address or a tag the one that it is, however it is labelled."""
    return item.get("id", item.get("address")) if isinstance(item, dict) else item


def _notes(now: str | None, before: str | None, after: str | None) -> str | None:
    if now == after:
        return before
    added = (after or "").removeprefix(before or "")
    return (now or "").replace(added, "", 1) or None if added else now


def _extra(
    now: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]
) -> dict[str, Any]:
    result = dict(now)
    for key, value in after.items():
        came = key not in before or before[key] != value
        if not came or key not in now or now[key] != value:
            continue
        if key in before:
            result[key] = before[key]
        else:
            del result[key]
    return result
