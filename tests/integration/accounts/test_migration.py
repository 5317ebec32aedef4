"""The migrations build what the tables say."""

import pytest
from sqlalchemy import Table, inspect

from kith.accounts import models
from kith.limits.models import LimitCount
from tests.databases import RolledBack

TABLES = [
    each.__table__
    for each in (
        models.User,
        models.UserSession,
        models.OneTimeToken,
        models.EmailUndo,
        models.LoginFailures,
        models.TotpSecret,
        models.RecoveryCode,
        models.Passkey,
        models.Challenge,
        models.FactorUndo,
        models.OrphanedPicture,
        LimitCount,
    )
]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_migration_builds_the_columns_and_constraints_of_the_table(
    database: RolledBack, table: Table
) -> None:
    found = inspect(database.connection)

    columns = {each["name"]: each["nullable"] for each in found.get_columns(table.name)}
    assert columns == {each.name: each.nullable for each in table.columns}
    indexes = {each["name"] for each in found.get_indexes(table.name)}
    assert {each.name for each in table.indexes} <= indexes
    checks = {each["name"] for each in found.get_check_constraints(table.name)}
    assert checks == {str(c.name) for c in table.constraints if str(c.name).startswith("ck_")}
