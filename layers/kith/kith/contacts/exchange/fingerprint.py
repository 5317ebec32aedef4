"""When a card is one that we know: by its uid, else by everything that it says."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

_SAID: Final = (
    "first_name",
    "last_name",
    "emails",
    "birth_year",
    "birth_month",
    "birth_day",
    "tags",
    "favourite",
    "muted",
    "deceased",
    "lead_days",
    "notes",
    "extra",
)


def contact_fingerprint(columns: Mapping[str, Any], uid: str | None = None) -> bytes:
    """A fingerprint of all that is said of a contact; its own history is no part of it.

    Args:
        columns: of a row or of a draft.
        uid: what the file calls the person: two who are alike stay two.
    """
    said: list[Any] = [columns[name] for name in _SAID]
    said.append([(each["number"], each["label"]) for each in columns["phones"]])
    told = json.dumps([uid, said], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).digest()
