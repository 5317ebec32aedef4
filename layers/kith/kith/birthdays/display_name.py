"""The name of a contact in letters and calendars: pure."""


def display_name(first_name: str | None, last_name: str | None, extra: object) -> str:
    """The nickname, if ``extra`` has one, else the name; always one line."""
    nickname = extra.get("nickname") if isinstance(extra, dict) else None
    if isinstance(nickname, str) and nickname.strip():
        return " ".join(nickname.split())
    return " ".join(part for part in (first_name, last_name) if part)
