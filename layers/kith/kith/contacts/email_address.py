"""E-mail addresses of contacts: kept as typed, with the domain in lower case and in IDNA.

Pure. A contact's address is only written down, not written to, so the shape is all that is asked.
"""

import re
from typing import Final

_LOCAL: Final = re.compile(r"[^\s@\"(),:;<>\[\]\\]{1,64}")
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_LONGEST: Final = 254


def normalize_address(address: str) -> str:
    """The address as it is stored.

    Raises:
        ValueError: this is no e-mail address.
    """
    local, at, domain = address.rpartition("@")
    host = _in_ascii(domain.lower())
    labels = host.split(".")
    well_formed = at and _LOCAL.fullmatch(local) and len(labels) > 1
    if not well_formed or not all(map(_LABEL.fullmatch, labels)) or _odd(local):
        raise ValueError("must be an e-mail address")
    if len(local) + 1 + len(host) > _LONGEST:
        raise ValueError("must be an e-mail address of at most 254 characters")
    return f"{local}@{host}"


def unicode_address(address: str) -> str:
    """The address with its domain in the letters that people read, for searching."""
    local, _, domain = address.rpartition("@")
    if "xn--" not in domain:
        return address
    import idna

    try:
        return f"{local}@{idna.decode(domain)}"
    except idna.IDNAError:
        return address


def _in_ascii(domain: str) -> str:
    if domain.isascii():
        return domain
    import idna

    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        raise ValueError("must be an e-mail address") from None


def _odd(local: str) -> bool:
    return local.startswith(".") or local.endswith(".") or ".." in local or not local.isprintable()
