"""Corridors, in versions."""

from mgg_kernel.hot.schema import run_migration_file

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Run the SQL of this version."""
    run_migration_file(revision)
