"""Where fuzzing begins: files as programs write them, and small ones of our own."""

from pathlib import Path
from typing import Final

_FILES: Final = Path("tests/unit/contacts/exchange/files")
_CONTACT: Final = (
    b'{"contacts":[{"first_name":"Ann","emails":[{"address":"a@b.example","label":"home"}],'
    b'"phones":["12345"],"birthday":"--02-29","tags":["a"],"extra":{"a":[1,{"b":null}]}}]}'
)


def _files(ending: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted(_FILES.glob(f"*.{ending}"))]


def _part(name: str) -> bytes:
    return f"--b\r\nContent-Disposition: form-data; {name}\r\n\r\nx\r\n--b--\r\n".encode()


SEEDS: Final[dict[str, list[bytes]]] = {
    "vcard": _files("vcf"),
    "csv": _files("csv"),
    "json": [
        _CONTACT,
        b'[{"last_name":"\\u0406","lead_days":[1],"favourite":true,"photo":1.5,"uid":"u"}]',
    ],
    "form": [_part('name="file"; filename="a"'), _part('name="other"')],
    "body": [
        b'{"a":[1,2.5,"\\u0406",null,true]}',
        b"+380 67 123-45-67 ext. 8",
        b"a@xn--80ak6aa92e",
    ],
}
