"""Contact data are sealed by the program, and people get database logins of their own."""

from typing import TYPE_CHECKING

from alembic import context, op
from sqlalchemy import text

from mgg_kernel.errors import SchemaError
from mgg_kernel.hot.schema import run_migration_file

if TYPE_CHECKING:
    from mgg_kernel.hot.sealing import Sealer

revision = "0019"
down_revision = "0018"

_PLAIN = text(
    "SELECT username, email, phone FROM users WHERE email IS NOT NULL OR phone IS NOT NULL"
)
_SEALED = text("UPDATE users SET email = :email, phone = :phone WHERE username = :username")


def upgrade() -> None:
    """Run the SQL of this version, and seal what was stored as it is."""
    connection = op.get_bind()
    plain = connection.execute(_PLAIN).all()
    sealer: Sealer | None = context.config.attributes.get("sealer")
    if plain and sealer is None:
        raise SchemaError(
            "This database holds phone numbers or e-mail addresses to be sealed; upgrade it with "
            "'mgg db upgrade', which has the key."
        )
    run_migration_file(revision)
    connection.exec_driver_sql("SET LOCAL ROLE mgg_owner")
    for username, email, phone in plain:
        assert sealer is not None
        values = {"username": username}
        for column, value in (("email", email), ("phone", phone)):
            values[column] = value and sealer.seal(value, f"users.{username}.{column}")
        connection.execute(_SEALED, values)
    connection.exec_driver_sql("RESET ROLE")
