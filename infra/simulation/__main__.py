"""``python -m infra.simulation [--write]``: the computed tables, printed or put into the docs."""

import sys

from infra.simulation.tables import PAGES, TABLES, render


def main() -> None:
    if sys.argv[1:] == ["--write"]:
        for page in PAGES:
            page.write_text(render(page.read_text()))
        return
    for name, table in TABLES.items():
        sys.stdout.write(f"{name}\n\n{table()}\n\n")


if __name__ == "__main__":
    main()
