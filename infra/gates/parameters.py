"""`samconfig.toml` with some parameters more, for one deployment.

Parameters on the command line would replace those of the file, and lose what has a space in it.
Written as YAML, of which JSON is a part: SAM takes that too, and Python can write it.
"""

import json
import sys
import tomllib
from pathlib import Path
from typing import Any


def with_more(config: Path, stage: str, more: list[str]) -> dict[str, Any]:
    """The configuration of SAM, its deployment of one installation given more `Name=value`.

    Raises:
        KeyError: the file knows no such installation.
    """
    config_file = tomllib.loads(config.read_text())
    config_file[stage]["deploy"]["parameters"]["parameter_overrides"] += more
    return config_file


if __name__ == "__main__":
    print(json.dumps(with_more(Path("samconfig.toml"), sys.argv[1], sys.argv[2:]), indent=2))
