"""SnapStart: what a snapshot of a function must not hold, and what a restored one makes anew.

Lambda takes a snapshot of a function when its version is published, and starts environments from it
for months. Connections in it are dead, and everything that was chosen by chance would be the same
everywhere. Passwords of the database (RDS tokens) and credentials are never kept: each connection
has its own. Lambda's runtime has the module of the hooks; elsewhere nobody takes snapshots.
"""

import random
from collections.abc import Callable


def register_snapshot_hooks(disconnect: Callable[[], None], connect: Callable[[], None]) -> None:
    """Call ``disconnect`` before a snapshot is taken, and ``connect`` after each restore.

    Lambda gives a restore ten seconds altogether.
    """
    try:
        from snapshot_restore_py import register_after_restore, register_before_snapshot
    except ImportError:
        return
    register_before_snapshot(disconnect)
    register_after_restore(random.seed)
    register_after_restore(connect)
