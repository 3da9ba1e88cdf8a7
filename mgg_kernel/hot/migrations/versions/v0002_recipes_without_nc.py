"""Recipes may hold a GP charge alone."""

from mgg_kernel.hot.schema import run_migration_file

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Run the SQL of this version."""
    run_migration_file(revision)
