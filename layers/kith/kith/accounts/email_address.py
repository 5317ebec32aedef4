"""E-mail addresses: parsed, and canonical as a key that identifies an account.

Kept as typed with its domain in lower case, and one account per key.
"""

from dataclasses import dataclass

from kith.errors import Fault, Invalid
from kith.settings import settings


class EmailAddressInvalid(Invalid):
    code = "email_invalid"
    detail = "This is not an e-mail address that we can write to."

    def __init__(self, pointer: str = "/email") -> None:
        super().__init__(faults=[Fault(pointer, self.code, self.detail)])


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """``written`` is where letters go; ``key`` is unique, and never shown."""

    written: str
    key: str


def parse_email_address(text: str) -> EmailAddress:
    """The address that somebody typed.

    Raises:
        EmailAddressInvalid: no letter could ever get there, or its local part is not ASCII.
    """
    # It costs as much to import as a small framework, and most requests name no address.
    from email_validator import EmailNotValidError, validate_email

    try:
        found = validate_email(
            text.strip(),
            allow_smtputf8=False,
            check_deliverability=False,
            strict=True,
            test_environment=settings().stage in {"local", "test"},
        )
    except (EmailNotValidError, UnicodeError):
        raise EmailAddressInvalid from None
    written = f"{found.local_part}@{found.ascii_domain}"
    return EmailAddress(written, written.casefold())


def email_key_of(text: str) -> str | None:
    """The key to look somebody up by, or ``None`` when nobody can have such an address."""
    try:
        return parse_email_address(text).key
    except EmailAddressInvalid:
        return None
