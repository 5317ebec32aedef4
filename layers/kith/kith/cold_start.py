"""Cold starts: what makes the imports of a function cheaper."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Final

# FastAPI imports them where they are installed and does without them where they are not. We only
# use the first, and only where an address is parsed. They cost a twelfth of a start.
_OPTIONAL: Final = ("email_validator", "pydantic.v1")


@contextmanager
def cold_start(*unused: str) -> Iterator[None]:
    """Around a function's imports: no garbage collection, no packages that nobody uses.

    ``unused`` names more packages that other packages import only where they are installed.

    Modules live as long as the process: a collection finds nothing to free among them, neither now
    (a tenth of a start) nor later, so they are left out of all collections for good.
    """
    modules: dict[str, ModuleType | None] = sys.modules  # type: ignore[assignment] # None: hidden
    hidden = [name for name in (*_OPTIONAL, *unused) if name not in modules]
    gc.disable()
    modules.update(dict.fromkeys(hidden))
    try:
        yield
    finally:
        for name in hidden:
            modules.pop(name, None)
        gc.freeze()
        gc.enable()
