"""Rows of the predecessor."""

from mgg_kernel.hot.schema import run_migration_file

revision = "0017"
down_revision = "0015"


def upgrade() -> None:
    """Run the SQL of this version."""
    run_migration_file(revision)
