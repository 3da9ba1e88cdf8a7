"""${message}."""

from mgg_kernel.hot.schema import run_migration_file

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Run the SQL of this version."""
    run_migration_file(revision)
