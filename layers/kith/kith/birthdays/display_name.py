"""The name of a contact in letters and calendars: pure."""


def display_name(first_name: str | None, last_name: str | None, nickname: str | None) -> str:
    """The nickname, if there is one, else the name; always one line."""
    names = (nickname,) if nickname and nickname.strip() else (first_name, last_name)
    return " ".join(" ".join(filter(None, names)).split())
