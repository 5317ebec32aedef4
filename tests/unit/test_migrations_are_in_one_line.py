"""Two engineers may take the same number: then the schema would have two heads."""

from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

import kith.migrations


def test_every_migration_follows_one_other() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(kith.migrations.__file__).parent))

    revisions = list(ScriptDirectory.from_config(config).walk_revisions())

    files = sorted(
        path.name[:4] for path in Path(kith.migrations.__file__).parent.glob("versions/0*")
    )
    assert [script.revision for script in reversed(revisions)] == files
