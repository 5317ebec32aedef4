"""Fuzz a parser by coverage: ``python -m tests.fuzz vcard -runs=100000`` (libFuzzer's options).

Needs atheris (``make fuzz`` installs it beside the project; it has wheels for Linux on x86-64).
What was found interesting stays in ``.local/fuzz``, so that the next run goes on from there.
"""

import logging
import sys
from pathlib import Path
from typing import Final

import atheris

from tests.fuzz.seeds import SEEDS

_PARSERS: Final = ["kith.contacts", "kith.birthdate", "kith.avatars.multipart", "python_multipart"]
_CORPUS: Final = Path(".local/fuzz")


def main() -> None:
    target, *options = sys.argv[1:]
    logging.disable()
    with atheris.instrument_imports(include=_PARSERS):
        from tests.fuzz.targets import check
    corpus = _CORPUS / target
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(SEEDS[target]):
        (corpus / f"seed-{number}").write_bytes(seed)
    words = Path(__file__).parent / "dictionaries" / f"{target}.dict"
    limits = ["-max_len=2048", "-timeout=20", "-rss_limit_mb=1024", f"-dict={words}"]
    findings = f"-artifact_prefix={_CORPUS}/{target}-"
    atheris.Setup(
        [sys.argv[0], *limits, findings, *options, str(corpus)], lambda data: check(target, data)
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
