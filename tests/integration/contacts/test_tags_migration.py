"""Tags that the driver made null of have their text again, and all tags their keys."""

from importlib import import_module
from pathlib import Path

from sqlalchemy import text

from kith.migrations import versions
from tests.databases import RolledBack
from tests.factories import create_contact, create_user

(_file,) = Path(next(iter(versions.__path__))).glob("*_tags.py")
migration = import_module(f"kith.migrations.versions.{_file.stem}")


def test_broken_tags_are_mended(database: RolledBack) -> None:
    connection = database.connection
    owner = create_user(connection)
    for _ in range(3):
        create_contact(connection, owner)
    connection.execute(text("UPDATE contacts SET tag_keys = NULL"))
    for contact_id, tags in ((1, "{NULL,Straße}"), (2, "{x,NULL,X,'null'}".replace("'", '"'))):
        values = {"tags": tags, "id": contact_id}
        connection.execute(
            text("UPDATE contacts SET tags = CAST(CAST(:tags AS text) AS text[]) WHERE id = :id"),
            values,
        )

    migration.write_tag_keys(connection)

    rows = connection.execute(text("SELECT tags, tag_keys FROM contacts ORDER BY id")).all()
    assert [tuple(row) for row in rows] == [
        (["null", "Straße"], ["null", "strasse"]),
        (["x", "null"], ["x", "null"]),
        ([], None),
    ]
