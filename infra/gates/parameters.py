"""The parameters of an installation out of `samconfig.toml`, for a command that adds some.

Parameters on the command line replace those of the file, so `make deploy` gives them all.
"""

import sys
import tomllib
from pathlib import Path


def parameters(config: Path, stage: str) -> list[str]:
    """As `Name=value`.

    Raises:
        KeyError: the file knows no such installation.
    """
    deploy = tomllib.loads(config.read_text())[stage]["deploy"]["parameters"]
    return list(deploy["parameter_overrides"])


if __name__ == "__main__":
    print(" ".join(parameters(Path("samconfig.toml"), sys.argv[1])))
